"""Alloys of Li and Na with Si, Ge, Sn and Sb, and their elements, as published.

A crystal with partial occupancies is ordered first. Its electrostatic energy takes the alloy for a
Zintl phase (E. Zintl, Angew. Chem. 52, 1 (1939), doi:10.1002/ange.19390520102): each guest gives
its electron away, and the hosts share the electrons alike.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from ase import Atoms

from ionsmith import provenance
from ionsmith.bonding.checks import check_contacts, check_supercell
from ionsmith.crystals import Crystal
from ionsmith.crystals.alloy_systems import (
    HOSTS,
    AlloySystem,
    about,
    corrected,
    guest_content,
    load_alloy,
    path,
)
from ionsmith.crystals.ordering import OrderingResult, order
from ionsmith.crystals.recut import recut_crystal
from ionsmith.crystals.summary import occupation
from ionsmith.errors import DisorderedStructure
from ionsmith.lattice.cell_vectors import in_cell, primitive_vectors
from ionsmith.results import Result, Table, notes_table, plain


@dataclass(frozen=True)
class Alloy(Result):
    """A model of an alloy phase.

    Parameters
    ----------
    atoms
        The structure, with the array ``site_label``.
    crystal
        What it is a model of.
    cell
        ``"conventional"`` or ``"primitive"``.
    supercell
        Such cells along a, b and c.
    composition
        Atoms by element, alphabetically.
    x
        Guest atoms for each host atom; None for Li and Na themselves.
    volume_per_host
        In Å³; None for Li and Na.
    ordering
        How the partial occupancies were ordered; None for a crystal that has none.
    notes
        What a user must know of this phase.
    """

    atoms: Atoms
    crystal: Crystal
    cell: Literal["conventional", "primitive"]
    supercell: tuple[int, int, int]
    composition: dict[str, int]
    x: float | None
    volume_per_host: float | None
    ordering: OrderingResult | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return what was made, without the arrays of single atoms."""
        return {
            "phase": self.crystal.name,
            "formula": self.crystal.formula,
            "x": self.x,
            "space_group_number": self.crystal.space_group_number,
            "space_group_symbol": self.crystal.space_group_symbol,
            "cell": self.cell,
            "supercell": list(self.supercell),
            "n_atoms": len(self.atoms),
            "cellpar": plain(self.atoms.cell.cellpar()),
            "composition": self.composition,
            "volume_per_host": self.volume_per_host,
            "density": self.crystal.density,
            "citation": self.crystal.citation,
            "doi": self.crystal.doi,
            "data_class": self.crystal.data_class,
            "confidence": self.crystal.confidence,
            "ordering": None if self.ordering is None else self.ordering.to_dict(),
            "notes": list(self.notes),
        }

    def tables(self) -> list[Table]:
        """Return the same as a table, then what the ordering found, then the notes."""
        a, b, c, alpha, beta, gamma = self.atoms.cell.cellpar()
        held = " ".join(f"{element}{n}" for element, n in self.composition.items())
        crystal = self.crystal
        rows: list[list[Any]] = [
            ["phase", f"{crystal.name}, {crystal.formula}"],
            ["x", None if self.x is None else f"{self.x:.6g}"],
            ["space group", f"{crystal.space_group_symbol} ({crystal.space_group_number})"],
            ["cell", f"{self.cell}, {' × '.join(map(str, self.supercell))}"],
            ["edges", f"{a:.5g}, {b:.5g}, {c:.5g} Å; {alpha:.5g}, {beta:.5g}, {gamma:.5g}°"],
            ["atoms", f"{len(self.atoms)}: {held}"],
            ["density", f"{crystal.density:.4f} g/cm³"],
            ["citation", crystal.citation],
            ["data", f"{crystal.data_class}; {crystal.confidence}"],
        ]
        if self.volume_per_host is not None:
            rows.insert(6, ["volume per host atom", f"{self.volume_per_host:.3f} Å³"])
        found = [Table(crystal.title, ["", ""], rows)]
        if self.ordering is not None:
            found += self.ordering.tables()
        return found + notes_table(self.notes)


@dataclass(frozen=True)
class PathPhase:
    """One phase of a path.

    Parameters
    ----------
    phase, formula
        Name in the library, and formula.
    x
        Guest atoms for each host atom.
    space_group_number, space_group_symbol
        Of the published setting.
    n_atoms
        Positions in the conventional cell.
    sites
        ``ordered`` or ``disordered``.
    data_class
        Whether measured or relaxed.
    """

    phase: str
    formula: str
    x: float
    space_group_number: int
    space_group_symbol: str
    n_atoms: int
    sites: str
    data_class: str


@dataclass(frozen=True)
class AlloyPath(Result):
    """Every known phase of a system, from the element to the richest.

    Parameters
    ----------
    system
        Such as ``"Na-Sn"``.
    phases
        By rising x.
    files
        Where the phases were written, in their order; empty where they were only listed.
    notes
        What a user must know of these phases.
    """

    system: str
    phases: tuple[PathPhase, ...]
    files: tuple[str, ...]
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the phases, then the notes."""
        headers = ["phase", "formula", "x", "space group", "atoms", "sites", "data"]
        rows = [
            [
                one.phase,
                one.formula,
                round(one.x, 4),
                f"{one.space_group_symbol} ({one.space_group_number})",
                one.n_atoms,
                one.sites,
                one.data_class,
            ]
            for one in self.phases
        ]
        found = [Table(f"{self.system}: from the element to the richest phase", headers, rows)]
        if self.files:
            found.append(Table("", ["file"], [[name] for name in self.files]))
        return found + notes_table(self.notes)


def build_alloy(
    phase: str,
    supercell: tuple[int, int, int] = (1, 1, 1),
    *,
    primitive: bool = False,
    ordering: Literal["electrostatic", "random"] | None = None,
    nearest: bool = False,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Alloy:
    """Build an alloy phase, or the element at either end of its path.

    Parameters
    ----------
    phase
        Name or formula of a crystal of the library, such as ``"li15si4"``.
    supercell
        Cells along a, b and c.
    primitive
        Whether cells are the shortest primitive ones, and not the published conventional ones.
    ordering
        How partial occupancies are ordered; a crystal that has none needs nothing here.
    nearest
        Whether occupancies that the supercell cannot hold exactly are rounded.
    seed
        Seed of the ordering.
    progress
        Called now and then with the steps of the ordering that are done and the number of all.

    Returns
    -------
    Alloy

    Raises
    ------
    UnknownPhase
        If the library has no such alloy; what is known of misprinted compositions is said.
    DisorderedStructure
        For a disordered crystal without ``ordering``.
    CompositionNotPossible
        If the supercell cannot hold the published occupancies.
    InvalidStructure
        For a supercell that is not three positive whole numbers.

    Examples
    --------
    >>> from ionsmith.builders.alloys import build_alloy
    >>> alloy = build_alloy("na15sn4")
    >>> alloy.atoms.get_chemical_formula()
    'Na60Sn16'
    """
    crystal = load_alloy(phase)
    check_supercell(supercell, len(crystal.expand().positions))
    ordered = None
    if crystal.is_ordered:
        atoms = crystal.to_atoms()
        if primitive:
            symmetry = crystal.lattice.symmetry
            atoms = in_cell(atoms, symmetry, primitive_vectors(symmetry, crystal.cell))
        atoms = atoms.repeat(supercell)
    else:
        if ordering is None:
            raise _disordered(crystal)
        charged = _zintl(crystal)
        ordered = order(
            recut_crystal(charged) if primitive else charged,
            supercell,
            method=ordering,
            nearest=nearest,
            seed=seed,
            progress=progress,
        )
        atoms = ordered.structures[0].copy()
    check_contacts(atoms)
    parameters = {
        "phase": crystal.name,
        "supercell": list(supercell),
        "primitive": primitive,
        "ordering": None if ordered is None else ordering,
        "seed": seed,
    }
    provenance.record(atoms, "build alloy", parameters)
    provenance.start_lineage(atoms)
    counts = dict(sorted(Counter(atoms.get_chemical_symbols()).items()))
    hosts = sum(counts.get(host, 0) for host in HOSTS)
    return Alloy(
        atoms=atoms,
        crystal=crystal,
        cell="primitive" if primitive else "conventional",
        supercell=supercell,
        composition=counts,
        x=(len(atoms) - hosts) / hosts if hosts else None,
        volume_per_host=float(atoms.get_volume()) / hosts if hosts else None,
        ordering=ordered,
        notes=tuple(about(crystal)),
    )


def alloy_path(system: AlloySystem, files: tuple[str, ...] = ()) -> AlloyPath:
    """List every known phase of a system, from the element to the richest, by rising x.

    Parameters
    ----------
    system
        Guest and host.
    files
        Where the phases were written, in the order of :func:`ionsmith.crystals.alloy_systems.path`.
    """
    crystals = path(system)
    notes = [note for crystal in crystals for note in corrected(crystal)]
    return AlloyPath(
        system=str(system),
        phases=tuple(
            PathPhase(
                phase=crystal.name,
                formula=crystal.formula,
                x=float(guest_content(crystal)),
                space_group_number=crystal.space_group_number,
                space_group_symbol=crystal.space_group_symbol,
                n_atoms=len(crystal.expand().positions),
                sites=occupation(crystal),
                data_class=crystal.data_class,
            )
            for crystal in crystals
        ),
        files=files,
        notes=tuple(dict.fromkeys(notes)),
    )


def _disordered(crystal: Crystal) -> DisorderedStructure:
    mixed = ", ".join(site.label for site in crystal.sites if not site.is_ordered)
    return DisorderedStructure(
        f"{crystal.name} is disordered on {mixed}; say how it is to be ordered: electrostatic or "
        "random (--order on the command line)"
    )


def _zintl(crystal: Crystal) -> Crystal:
    """Give every guest the charge +1 and every host the same negative one, none in sum."""
    x = float(guest_content(crystal))
    sites = tuple(
        replace(site, oxidation={e: -x if e in HOSTS else 1.0 for e in site.occupancy})
        for site in crystal.sites
    )
    return replace(crystal, sites=sites)
