"""Alloys of Li and Na with Si, Ge, Sn and Sb, and their elements, from published crystals.

A crystal with partial occupancies is ordered first. For its electrostatic energy the alloy is
treated as a Zintl phase (E. Zintl, Angew. Chem. 52, 1 (1939), doi:10.1002/ange.19390520102): each
guest atom donates one electron, and the host atoms share these electrons equally.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from ase import Atoms

from ionsmith import provenance
from ionsmith.bonding.checks import check_contacts, check_supercell
from ionsmith.builders._model import Model, composition_text
from ionsmith.choices import checked
from ionsmith.crystals import Crystal
from ionsmith.crystals.alloy_systems import (
    HOSTS,
    AlloySystem,
    about,
    corrected,
    guest_content,
    load_alloy,
    parse_system,
    path,
)
from ionsmith.crystals.library import occupation
from ionsmith.crystals.ordering import Ordering, OrderingResult, order
from ionsmith.crystals.recut import recut_crystal
from ionsmith.errors import DisorderedStructure
from ionsmith.lattice.cell_vectors import in_cell, primitive_vectors
from ionsmith.results import Result, Table, notes_table


@dataclass(frozen=True)
class Alloy(Model):
    """A model of an alloy phase.

    Parameters
    ----------
    atoms
        The structure, with the array ``site_label``.
    crystal
        The published crystal.
    cell
        Cell that is repeated.
    supercell
        Cells along a, b and c.
    composition
        Number of atoms of each element, alphabetically.
    x
        Guest atoms per host atom; None for Li and Na themselves.
    volume_per_host
        Volume per host atom in Å³; None for Li and Na.
    ordering
        How partial occupancies were ordered; None for a crystal without any.
    notes
        What a user should know of this phase.
    """

    document = (
        "phase",
        "formula",
        "x",
        "space_group_number",
        "space_group_symbol",
        "cell",
        "supercell",
        "n_atoms",
        "cellpar",
        "composition",
        "volume_per_host",
        "density",
        "citation",
        "doi",
        "data_class",
        "confidence",
        "ordering",
        "notes",
    )

    atoms: Atoms
    crystal: Crystal
    cell: Literal["conventional", "primitive"]
    supercell: tuple[int, int, int]
    composition: dict[str, int]
    x: float | None
    volume_per_host: float | None
    ordering: OrderingResult | None
    notes: tuple[str, ...]

    @property
    def phase(self) -> str:
        """Name of the phase in the library."""
        return self.crystal.name

    @property
    def formula(self) -> str:
        """Formula of the phase."""
        return self.crystal.formula

    @property
    def space_group_number(self) -> int:
        """Number of the published space group."""
        return self.crystal.space_group_number

    @property
    def space_group_symbol(self) -> str:
        """Hermann–Mauguin symbol of the published setting."""
        return self.crystal.space_group_symbol

    @property
    def density(self) -> float:
        """Density of the published crystal in g/cm³."""
        return self.crystal.density

    @property
    def citation(self) -> str:
        """Publication of the crystal."""
        return self.crystal.citation

    @property
    def doi(self) -> str | None:
        """DOI of this publication; None if it has none."""
        return self.crystal.doi

    @property
    def data_class(self) -> str:
        """Whether the structure was measured or relaxed."""
        return self.crystal.data_class

    @property
    def confidence(self) -> str:
        """How far the data can be trusted."""
        return self.crystal.confidence

    def tables(self) -> list[Table]:
        """Return the phase, its ordering and the notes."""
        a, b, c, alpha, beta, gamma = self.cellpar
        crystal = self.crystal
        rows: list[list[Any]] = [
            ["phase", f"{crystal.name}, {crystal.formula}"],
            ["x", None if self.x is None else f"{self.x:.6g}"],
            ["space group", f"{crystal.space_group_symbol} ({crystal.space_group_number})"],
            ["cell", f"{self.cell}, {' × '.join(map(str, self.supercell))}"],
            ["edges", f"{a:.5g}, {b:.5g}, {c:.5g} Å; {alpha:.5g}, {beta:.5g}, {gamma:.5g}°"],
            ["atoms", f"{len(self.atoms)}: {composition_text(self.composition)}"],
            ["density", f"{crystal.density:.4f} g/cm³"],
            ["citation", crystal.citation],
            ["data", f"{crystal.data_class}; {crystal.confidence}"],
        ]
        if self.volume_per_host is not None:
            rows.insert(6, ["volume per host atom", f"{self.volume_per_host:.3f} Å³"])
        tables = [Table(crystal.title, ["", ""], rows)]
        if self.ordering is not None:
            tables += self.ordering.tables()
        return tables + notes_table(self.notes)


@dataclass(frozen=True)
class PathPhase:
    """One phase of a path.

    Parameters
    ----------
    phase
        Name in the library.
    formula
        Formula.
    x
        Guest atoms per host atom.
    space_group_number
        Number of the published space group.
    space_group_symbol
        Hermann–Mauguin symbol of the published setting.
    n_atoms
        Number of positions in the conventional cell.
    sites
        ``ordered`` or ``disordered``.
    data_class
        Whether the structure was measured or relaxed.
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
        Guest and host, such as ``"Na-Sn"``.
    phases
        The phases by rising x.
    files
        Files of the phases, in the same order; empty if they were only listed.
    notes
        What a user should know of these phases.
    """

    system: str
    phases: tuple[PathPhase, ...]
    files: tuple[str, ...]
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the phases, the files and the notes."""
        headers = ["phase", "formula", "x", "space group", "atoms", "sites", "data"]
        rows = [
            [
                phase.phase,
                phase.formula,
                round(phase.x, 4),
                f"{phase.space_group_symbol} ({phase.space_group_number})",
                phase.n_atoms,
                phase.sites,
                phase.data_class,
            ]
            for phase in self.phases
        ]
        tables = [Table(f"{self.system}: from the element to the richest phase", headers, rows)]
        if self.files:
            tables.append(Table("", ["file"], [[name] for name in self.files]))
        return tables + notes_table(self.notes)


@checked
def build_alloy(
    phase: str,
    supercell: tuple[int, int, int] = (1, 1, 1),
    *,
    primitive: bool = False,
    ordering: Ordering | None = None,
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
        Use the shortest primitive cell instead of the published conventional one.
    ordering
        How partial occupancies are ordered; not needed for a crystal without any.
    nearest
        Round occupancies that the supercell cannot hold exactly.
    seed
        Seed of the ordering.
    progress
        Called from time to time with the number of ordering steps done and in total.

    Returns
    -------
    Alloy

    Raises
    ------
    InvalidChoice
        For an unknown ordering.
    UnknownPhase
        If the library has no such alloy; the message explains compositions that were misprinted.
    DisorderedStructure
        For a disordered crystal without ``ordering``.
    CompositionNotPossible
        If the supercell cannot hold the published occupancies.
    InvalidStructure
        If the supercell is not three positive whole numbers.

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
            ordering=ordering,
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


def alloy_path(system: AlloySystem | str, files: tuple[str, ...] = ()) -> AlloyPath:
    """List every known phase of a system, from the element to the richest, by rising x.

    Parameters
    ----------
    system
        Guest and host, such as ``"Na-Sn"``.
    files
        Files of the phases, in this order.

    Raises
    ------
    InvalidInput
        If it is none of the eight systems.
    """
    system = parse_system(system) if isinstance(system, str) else system
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
    """Error for a crystal that needs an ordering."""
    mixed = ", ".join(site.label for site in crystal.sites if not site.is_ordered)
    return DisorderedStructure(
        f"{crystal.name} is disordered on {mixed}: set `ordering`, such as electrostatic or "
        "random, or order it first (build_ordered)"
    )


def _zintl(crystal: Crystal) -> Crystal:
    """Crystal with the charge +1 on each guest and the balancing charge on each host."""
    x = float(guest_content(crystal))
    sites = tuple(
        replace(site, oxidation={e: -x if e in HOSTS else 1.0 for e in site.occupancy})
        for site in crystal.sites
    )
    return replace(crystal, sites=sites)
