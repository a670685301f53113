"""The crystals of Yu et al. 2021 and the facets of its precursors.

A facet is cheap if few bonds are cut: planes up to :data:`LARGEST` are ranked by the bond valence
that their cheapest cut severs. That is no surface energy; molecules and ions that relax lower it.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
from ase import Atoms

from ionsmith.analyzers.coordination import coordination
from ionsmith.analyzers.migration import Migration, migration
from ionsmith.builders.nasicon import build_nasicon
from ionsmith.builders.slab import slab_terminations
from ionsmith.crystals import Crystal, load
from ionsmith.errors import TerminationNotPossible
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import Direction, Plane, zone_law
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.reproduction.rows import Paper, Row, attempt, if_so
from ionsmith.surfaces.contact_planes import plane_angle
from ionsmith.surfaces.plane_mesh import facets

LARGEST = 2
"""Largest index of the planes that a facet is ranked among."""

CHEAP = 1 / 3
"""Share of the planes that count as cheap."""

CUT = "cheapest third of the planes"

SUBSTRATE, GROWTH = Plane((1, 0, 0)), Plane((2, 0, 2))
"""Face of NH4VO3, and plane of NVP along which it is said to grow."""

ZONES = (
    (Direction((0, 1, 1)), Plane((1, 0, 0))),
    (Direction((0, 1, 1)), Plane((0, -1, 1))),
    (Direction((0, 1, 2)), Plane((1, 0, 0))),
    (Direction((0, 1, 2)), Plane((1, -2, 1))),
)
"""Zone axes of NH4VO3 and the facets that are named in them."""

FAST, FACE = Direction((1, 1, 0)), Plane((1, 1, 1))
"""Of NaH2PO4: direction in which diffusion is assumed to be fastest, and the facet."""


def phase_rows(paper: Paper) -> Iterator[Row]:
    """Compute the rows of the crystals.

    Parameters
    ----------
    paper
        What makes rows.

    Yields
    ------
    Row
        One by one.
    """
    for name, title in (("nvp", "Na3V2(PO4)3"), ("nzsp", "Na3.4Zr2Si2.4P0.6O12")):
        yield paper.on(name, "symmetry").words(
            f"space group of {title}", "R-3c", found_group(load(name))
        )
    for name, title, system in (
        ("nh4vo3", "NH4VO3", "orthorhombic"),
        ("nah2po4", "NaH2PO4", "monoclinic"),
    ):
        yield paper.on(name, "symmetry").words(
            f"crystal system of {title}", system, crystal_system(load(name))
        )
    model = build_nasicon("nzsp", x=2.4, ordering="random")
    published = load("nzsp")
    yield paper.on("nzsp", "nasicon builder").words(
        "NZSP, as it can be built without partial occupancies",
        "Na3.4Zr2Si2.4P0.6O12",
        model.formula,
        why=f"in {len(model.atoms)} atoms, charge {model.charge:+g} e; sites are those of "
        f"{published.formula}, the nearest refinement, and the cell follows x",
        match="built",
    )


def nzsp_rows(paper: Paper) -> Iterator[Row]:
    """Compute the rows of NVP on NZSP.

    Parameters
    ----------
    paper
        What makes rows.

    Yields
    ------
    Row
        One by one.
    """
    axes = (("a", 0), ("c", 2))
    nvp, nzsp = load("nvp"), load("nzsp")
    both = f"{nvp.space_group_symbol} on {nzsp.space_group_symbol}"
    sizes = ", ".join(
        f"{axis} {100 * (nvp.cellpar[k] / nzsp.cellpar[k] - 1):+.1f} %" for axis, k in axes
    )
    yield paper.on("nvp", "nzsp").words(
        "NVP on NZSP",
        "R-3c on R-3c",
        both,
        why=f"by the symbols of the records; one framework, NVP smaller: {sizes}",
        match="by construction",
    )
    for name, title, published in (("nh4vo3", "NH4VO3", 5), ("nvp-ordered-dft", "NVP", 3)):
        bonds = coordination(load(name).to_atoms())
        vanadium = bonds.numbers == 23
        value = float(bonds.valence_sum[vanadium].mean())
        yield paper.on(name, "coordination").number(
            f"valence of V in {title}, by bond lengths",
            published,
            value,
            "e",
            within=0.5,
            tolerance_from="half a charge",
            why=f"bond-valence sum of VO{int(bonds.coordination_numbers[vanadium].mean())}",
        )


def facet_rows(paper: Paper, relationship: OrientationRelationship) -> Iterator[Row]:
    """Compute the rows of the facets.

    Parameters
    ----------
    paper
        What makes rows.
    relationship
        NVP on NH4VO3.

    Yields
    ------
    Row
        One by one.
    """
    for zone, plane in ZONES:
        yield paper.on("indices").number(
            f"facet {plane} of nh4vo3 in zone {zone}: hu + kv + lw",
            0,
            zone_law(plane, zone),
            within=0,
            match="arithmetic",
        )
    for name, plane, said in (
        ("nh4vo3", SUBSTRATE, "low"),
        ("nh4vo3", ZONES[1][1], "exposed"),
        ("nh4vo3", ZONES[3][1], "exposed"),
        ("nah2po4", FACE, "exposed"),
    ):
        ranked = ranking(load(name))
        cost = severed(load(name), plane)
        place = 1 + sum(other < cost - 1e-6 for other in ranked)
        equal = sum(abs(other - cost) < 1e-6 for other in ranked) - 1
        yield paper.on(name, "indices", "severed valence").words(
            f"energy of facet {plane} of {name}, by the bonds that it severs",
            said,
            said if place <= CHEAP * len(ranked) else "high",
            tolerance_from=CUT,
            why=f"{cost:.3f} valence units/Å², no. {place} of {len(ranked)} planes with indices up "
            f"to {LARGEST}{if_so(equal > 0, f', {equal} others alike')}; the cheapest severs "
            f"{ranked[0]:.3f}; hydrogen bonds are not counted",
        )
    off = _smallest_angle(relationship)
    on = paper.on("nh4vo3", "nvp", "indices")
    yield on.number(
        f"angle of {GROWTH} of nvp to {SUBSTRATE} of nh4vo3 under the relationship of the paper",
        14.7,
        off,
        "°",
        within=0.05,
        origin="check",
    )
    yield on.number(
        f"the same, if NVP grows along {GROWTH} on {SUBSTRATE}",
        0,
        off,
        "°",
        within=1,
        tolerance_from="spots in an image",
        why=if_so(off > 1, f"no equivalent of {GROWTH} faces {SUBSTRATE} in that orientation"),
    )
    yield _diffusion(paper.on("nah2po4", "migration"))


def _diffusion(paper: Paper) -> Row:
    """Direction in which diffusion is assumed to be fastest, and what rigid barriers say."""
    crystal = load("nah2po4")
    tilt = abs(float(crystal.lattice.lattice.inclination(FACE.indices, FAST.indices)))
    found = attempt(lambda: migration(crystal, "Na"))
    said = found if isinstance(found, str) else _barriers(found)
    return paper.open(
        f"fastest diffusion in NaH2PO4 along {FAST}",
        "assumed",
        "what diffuses is not known here, and barriers of one ion in a rigid crystal do not settle "
        f"it; those of Na (ionsmith analyze migration): {said}; {FAST} rises {tilt:.1f}° out of "
        f"{FACE}, so that it leads to that facet",
    )


def _barriers(found: Migration) -> str:
    """Barriers along the cell vectors."""
    heights = {way: found.barrier(way) for way in "abc"}
    return ", ".join(
        f"{'none found' if height is None else f'{height:.2f} eV'} along {way}"
        for way, height in heights.items()
    )


def ranking(crystal: Crystal) -> tuple[float, ...]:
    """Bond valence that the planes of a crystal sever, in valence units per Å², ascending.

    Parameters
    ----------
    crystal
        An ordered crystal.
    """
    planes = facets(crystal.lattice.symmetry, LARGEST, two_sided=True)
    return tuple(sorted(severed(crystal, plane) for plane in planes))


def severed(crystal: Crystal, plane: Plane) -> float:
    """Bond valence of the cheapest cut, in valence units per Å²; infinite if there is none.

    Parameters
    ----------
    crystal
        An ordered crystal.
    plane
        The plane.
    """
    try:
        cuts = slab_terminations(crystal, plane).terminations
        return min(np.inf if cut.severed is None else cut.severed for cut in cuts)
    except TerminationNotPossible:
        return np.inf


def _smallest_angle(relationship: OrientationRelationship) -> float:
    """Smallest angle in degrees of an allowed equivalent of the growth plane to the face."""
    symmetry = relationship.film.symmetry
    images = [np.asarray(GROWTH.indices) @ one for one in symmetry.point_group]
    planes = {tuple(int(sign * i) for i in image) for image, sign in product(images, (1, -1))}
    return min(
        plane_angle(relationship, (SUBSTRATE, Plane((h, k, m)))) for h, k, m in sorted(planes)
    )


def found_group(crystal: Crystal) -> str:
    """Symbol of the space group of the sites, whatever the record says.

    Parameters
    ----------
    crystal
        Any crystal; each site counts as an element of its own, full or not.
    """
    return _found(crystal).symmetry.symbol


def crystal_system(crystal: Crystal) -> str:
    """Crystal system of the space group of the sites.

    Parameters
    ----------
    crystal
        Any crystal.
    """
    number = _found(crystal).symmetry.number
    ends = (2, 15, 74, 142, 167, 194, 230)
    names = (
        *("triclinic", "monoclinic", "orthorhombic", "tetragonal"),
        *("trigonal", "hexagonal", "cubic"),
    )
    return next(name for end, name in zip(ends, names, strict=True) if number <= end)


def _found(crystal: Crystal) -> CrystalLattice:
    """Lattice and space group of the sites, found from their positions."""
    expanded = crystal.expand()
    atoms = Atoms(
        numbers=1 + expanded.site_index,
        scaled_positions=expanded.positions,
        cell=crystal.cell,
        pbc=True,
    )
    return CrystalLattice.of_atoms(atoms, crystal.name)
