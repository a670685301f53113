"""Cutting slabs."""

import re
from collections.abc import Callable, Sequence
from math import ceil, gcd

import numpy as np
from ase import Atoms

from ionsmith import provenance
from ionsmith.arguments import is_number, whole_numbers
from ionsmith.bonding.checks import check_count
from ionsmith.builders.slab._building import built
from ionsmith.builders.slab._result import Slab, Slabs, SlabTerminations
from ionsmith.choices import checked
from ionsmith.crystals import Crystal
from ionsmith.crystals.charges import composition
from ionsmith.crystals.conversion import read_lattice, read_phase
from ionsmith.crystals.files import CrystalLike
from ionsmith.crystals.ordering import Ordering, choose_supercell, order
from ionsmith.errors import AtomsTooClose, InvalidInput, TerminationNotPossible
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import Plane, parse_plane
from ionsmith.lattice.symmetry import SYMPREC
from ionsmith.surfaces.cut_crystal import CutCrystal
from ionsmith.surfaces.plane_mesh import facets, plane_mesh
from ionsmith.surfaces.polarity import surface_charges, tasker_type
from ionsmith.surfaces.slabs import planes_of
from ionsmith.surfaces.terminations import Termination

UNITS = re.compile(r"(\d+)\s*formula units?")


@checked
def build_slab(
    crystal: CrystalLike,
    plane: Plane | str,
    *,
    termination: int | str | None = None,
    thickness: float | str = 12.0,
    supercell: tuple[int, int] = (1, 1),
    symmetric: bool = False,
    stoichiometric: bool = False,
    nonpolar: bool = False,
    neutral: bool = False,
    passivate: bool = False,
    groups: Sequence[str] | None = None,
    ordering: Ordering | None = None,
    seed: int = 0,
    vacuum: float = 15.0,
    freeze: float | str = 0.0,
    progress: Callable[[int, int], None] | None = None,
    symprec: float = SYMPREC,
) -> Slab:
    """Cut a slab out of a crystal.

    Parameters
    ----------
    crystal
        The crystal.
    plane
        The plane (hkl), whose normal will point upwards.
    termination
        Name or number of the cut at the upper face, see :func:`slab_terminations`; by default that
        with the least severed bond valence and surface charge per Å².
    thickness
        In Å, rounded up to whole lattice planes, or such as ``"5 planes"`` or
        ``"8 formula units"``, those above one primitive mesh of the plane.
    supercell
        Primitive meshes along both cell vectors in the plane.
    symmetric
        Cut the back so that an operation of the crystal maps it onto the upper face; by default
        both are one cut, and the slab has the composition of the crystal.
    stoichiometric
        Only take cuts that keep the composition of the crystal.
    nonpolar
        Only take cuts that leave neither charge nor dipole.
    neutral
        Compensate charge and dipole by the least intrusive change: mobile cations at the back,
        protons on O that lost a bond, or ions of the outermost layers.
    passivate
        Saturate severed covalent bonds with H; O that a centre has lost comes back as OH.
    groups
        Elements that may be centres of molecular groups, which stay whole; an empty list for none.
        By default all groups that end, such as PO4 and NH4, and not the SiO4 of a framework.
    ordering
        How partial occupancies are ordered in the cell of the slab; None refuses them.
    seed
        Seed of the ordering.
    vacuum
        Height of the vacuum in Å.
    freeze
        Part of the slab that is frozen, from its back: in Å, or such as ``"2 planes"``.
    progress
        Called from time to time with the number of ordering steps done and in total.
    symprec
        Distance in Å between atoms that count as equivalent, where the space group is determined.

    Raises
    ------
    DisorderedStructure
        For partial occupancies without ``ordering``.
    TerminationNotPossible
        If there is no such termination, or none that fulfils the conditions.
    InvalidInput
        If a number is out of range, or there is nothing to compensate or to passivate.
    AtomsTooClose
        If the vacuum is too low.

    Examples
    --------
    >>> import ionsmith
    >>> slab = ionsmith.build_slab("lib:al2o3", "(001)", thickness="4 planes", symmetric=True)
    >>> slab.termination, slab.formula, slab.tasker, slab.symmetric
    ('Al|Al @0.00', 'Al16O24', 'II', True)
    """
    _check(vacuum, supercell)
    cut = _cut_crystal(
        crystal, plane, thickness, supercell, groups, ordering, seed, progress, symprec
    )
    return built(
        cut,
        termination,
        symmetric=symmetric,
        stoichiometric=stoichiometric,
        nonpolar=nonpolar,
        neutral=neutral,
        passivate=passivate,
        vacuum=vacuum,
        freeze=freeze,
    )


@checked
def slab_terminations(
    crystal: CrystalLike,
    plane: Plane | str,
    *,
    groups: Sequence[str] | None = None,
    ordering: Ordering | None = None,
    seed: int = 0,
    symprec: float = SYMPREC,
) -> SlabTerminations:
    """List where a crystal can be cut parallel to a plane.

    Parameters
    ----------
    crystal, plane, groups, ordering, seed, symprec
        As for :func:`build_slab`. Cuts and their names do not depend on the ordering; without one,
        the severed valence of a disordered crystal is not given.

    Raises
    ------
    TerminationNotPossible
        As :func:`build_slab`.
    """
    cut = _cut_crystal(crystal, plane, "1 plane", (1, 1), groups, ordering, seed, None, symprec)
    heights = [termination.height for termination in cut.terminations]
    charges = surface_charges(cut.reference, heights)
    return SlabTerminations(
        crystal=cut.name,
        plane=str(cut.plane),
        spacing=cut.spacing,
        tasker=tasker_type(cut.reference, heights),
        terminations=cut.terminations,
        surface_charges=(None,) * len(heights) if charges is None else tuple(charges.tolist()),
        turned=tuple(
            tuple(back.number for back in cut.partners.get(termination.number, ()))
            for termination in cut.terminations
        ),
        notes=(cut.lattice.note,) if cut.lattice.note else (),
    )


@checked
def build_slabs(
    crystal: CrystalLike,
    max_index: int = 1,
    *,
    thickness: float | str = 12.0,
    supercell: tuple[int, int] = (1, 1),
    symmetric: bool = False,
    stoichiometric: bool = False,
    nonpolar: bool = False,
    neutral: bool = False,
    passivate: bool = False,
    groups: Sequence[str] | None = None,
    ordering: Ordering | None = None,
    seed: int = 0,
    vacuum: float = 15.0,
    freeze: float | str = 0.0,
    symprec: float = SYMPREC,
) -> Slabs:
    """Build a slab for every inequivalent cut of all planes up to an index.

    Cuts that a rotation or a mirror makes equivalent count once. Without ``symmetric`` so do those
    whose slab is that of another cut turned over.

    Parameters
    ----------
    crystal
        The crystal.
    max_index
        Largest Miller index.
    thickness, supercell, symmetric, stoichiometric, nonpolar, neutral, passivate, groups, \
ordering, seed, vacuum, freeze, symprec
        As for :func:`build_slab`. Cuts that do not fulfil the conditions are left out.

    Raises
    ------
    DisorderedStructure, InvalidInput
        As :func:`build_slab`.
    """
    _check(vacuum, supercell)
    phase = read_phase(crystal)
    lattice = read_lattice(phase, symprec)
    slabs, skipped = [], []
    for plane in facets(lattice.symmetry, max_index, two_sided=True):
        cut = _cut_crystal(
            phase, plane, thickness, supercell, groups, ordering, seed, None, symprec, lattice
        )
        try:
            chosen = _inequivalent(cut, turned=not symmetric)
        except TerminationNotPossible as error:
            skipped.append(f"{plane}: {error}")
            continue
        for termination in chosen:
            try:
                slabs.append(
                    built(
                        cut,
                        termination.name,
                        symmetric=symmetric,
                        stoichiometric=stoichiometric,
                        nonpolar=nonpolar,
                        neutral=neutral,
                        passivate=passivate,
                        vacuum=vacuum,
                        freeze=freeze,
                    )
                )
            except (TerminationNotPossible, AtomsTooClose) as error:
                skipped.append(f"{plane} {termination.name}: {error}")
    bulk = _published_cell(phase, lattice, ordering, seed)
    return Slabs(lattice.name, max_index, tuple(slabs), (), tuple(skipped), bulk)


def inequivalent_cuts(
    crystal: CrystalLike,
    plane: Plane | str,
    *,
    groups: Sequence[str] | None = None,
    symprec: float = SYMPREC,
    symmetric: bool = False,
) -> list[str]:
    """Return the names of the cuts of a plane that give different slabs.

    Parameters
    ----------
    crystal, plane, groups, symprec, symmetric
        As for :func:`build_slab`.

    Raises
    ------
    TerminationNotPossible
        If the crystal cannot be cut along the plane.
    """
    cut = _cut_crystal(crystal, plane, "1 planes", (1, 1), groups, None, 0, None, symprec)
    return [termination.name for termination in _inequivalent(cut, turned=not symmetric)]


def _published_cell(
    phase: Crystal | Atoms, lattice: CrystalLattice, ordering: Ordering | None, seed: int
) -> Atoms:
    """The crystal in its published cell, with the point group that equivalent planes have."""
    atoms: Atoms
    if isinstance(phase, Atoms):
        atoms = phase.copy()
        atoms.set_constraint()
    elif phase.is_ordered or ordering is None:
        atoms = phase.to_atoms()
    else:
        choice = choose_supercell(phase, (1, 1, 1))
        atoms = order(
            choice.crystal, composition=choice.composition, ordering=ordering, seed=seed
        ).structures[0]
    provenance.record(
        atoms,
        "cut into slabs",
        {"crystal": lattice.name, "point_group": lattice.symmetry.point_group.tolist()},
    )
    return atoms


def _cut_crystal(
    crystal: CrystalLike,
    plane: Plane | str,
    thickness: float | str,
    supercell: tuple[int, int],
    groups: Sequence[str] | None,
    ordering: Ordering | None,
    seed: int,
    progress: Callable[[int, int], None] | None,
    symprec: float,
    lattice: CrystalLattice | None = None,
) -> CutCrystal:
    """Crystal in the cell of a slab."""
    phase = read_phase(crystal)
    lattice = read_lattice(phase, symprec) if lattice is None else lattice
    plane = (parse_plane(plane) if isinstance(plane, str) else plane).reduced()
    mesh = plane_mesh(lattice, plane)
    if units := UNITS.fullmatch(str(thickness).strip()):
        thickness = f"{ceil(int(units[1]) / _units_in_plane(phase, lattice))} planes"
    sites = len(phase.expand().positions) if isinstance(phase, Crystal) else len(phase)
    meshes = supercell[0] * supercell[1] * planes_of(thickness, lattice.lattice_spacing(plane))
    check_count(meshes * sites // len(lattice.symmetry.centrings), "the slab")
    return CutCrystal(
        phase=phase,
        lattice=lattice,
        plane=plane,
        vectors=np.diag(supercell) @ mesh.vectors,
        thickness=thickness,
        groups=None if groups is None else tuple(groups),
        ordering=ordering,
        seed=seed,
        progress=progress,
        below=True,
        deformation=mesh.frame,
    )


def _units_in_plane(phase: Crystal | Atoms, lattice: CrystalLattice) -> int:
    """Formula units in a primitive cell, which one lattice plane has above each mesh."""
    if isinstance(phase, Crystal):
        return max(1, phase.formula_units // len(lattice.symmetry.centrings))
    return gcd(*composition(phase).values()) // len(lattice.symmetry.centrings)


def _inequivalent(crystal: CutCrystal, *, turned: bool) -> list[Termination]:
    """One cut of each set of equivalents; with turned, turning over makes cuts equivalent too."""
    chosen: list[Termination] = []
    for cut in crystal.terminations:
        if cut.like != cut.number or cut.mirror_of is not None:
            continue
        backs = {back.like for back in crystal.partners.get(cut.number, ())}
        mirrors = {back.mirror_of for back in crystal.partners.get(cut.number, ())}
        if turned and any(other.number in backs | mirrors for other in chosen):
            continue
        chosen.append(cut)
    return chosen


def _check(vacuum: float, supercell: tuple[int, int]) -> None:
    """Refuse numbers out of range."""
    if not is_number(vacuum) or not 1 <= vacuum <= 1e3:
        raise InvalidInput(f"`vacuum` is {vacuum!r}; 1 to 1000 Å was expected")
    whole_numbers("supercell", supercell, "two positive integers", count=2, least=1)
