"""Textbook structures that the library does not hold, or not ordered."""

from ase import Atoms
from ase.spacegroup import crystal

from ionsmith.crystals import load


def rutile() -> Atoms:
    """Abrahams and Bernstein (1971), doi:10.1063/1.1676569."""
    return crystal(
        ["Ti", "O"],
        [(0, 0, 0), (0.3048, 0.3048, 0)],
        spacegroup=136,
        cellpar=[4.594, 4.594, 2.959, 90, 90, 90],
    )


def perovskite() -> Atoms:
    """Ideal SrTiO3, a = 3.905 Å."""
    positions = [(0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)]
    return Atoms("SrTiO3", scaled_positions=positions, cell=[3.905] * 3, pbc=True)


def spinel() -> Atoms:
    """MgAl2O4 of the library (Redfern et al. 1999), every site with what it mostly holds."""
    published = load("mgal2o4")
    for site in published.sites:
        main = max(site.occupancy, key=lambda element: site.occupancy[element])
        published = published.with_occupancy(site.label, {main: 1.0})
    return published.to_atoms()
