"""Ordered models of published crystals, in any supercell."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from ase import Atoms

from ionsmith import provenance
from ionsmith.bonding.checks import check_supercell
from ionsmith.choices import checked
from ionsmith.crystals.conversion import read_published
from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.files import CrystalLike
from ionsmith.crystals.ordering import Ordering, OrderingResult, order
from ionsmith.results import Result, Table


@dataclass(frozen=True)
class CrystalModel(Result):
    """An ordered model of a published crystal.

    Parameters
    ----------
    atoms
        the structure in the published setting, with its provenance
    crystal
        the published crystal
    supercell
        conventional cells along a, b and c
    composition
        atoms by element, alphabetically
    charge
        sum of the formal charges, in e; null if not all are known
    ordering
        how the partial occupancies were ordered; null for an ordered crystal
    """

    document: ClassVar = (
        "phase",
        "n_atoms",
        "cellpar",
        "supercell",
        "composition",
        "charge",
        "ordering",
        "provenance",
    )

    atoms: Atoms
    crystal: Crystal
    supercell: tuple[int, int, int]
    composition: dict[str, int]
    charge: float | None
    ordering: OrderingResult | None = None

    @property
    def phase(self) -> str:
        """Name of the crystal."""
        return self.crystal.name

    @property
    def n_atoms(self) -> int:
        """Number of atoms."""
        return len(self.atoms)

    @property
    def cellpar(self) -> tuple[float, float, float, float, float, float]:
        """Cell lengths in Å and angles in degrees."""
        a, b, c, alpha, beta, gamma = self.atoms.cell.cellpar().tolist()
        return a, b, c, alpha, beta, gamma

    @property
    def provenance(self) -> dict[str, Any]:
        """Sources and steps of the structure."""
        return provenance.of(self.atoms)

    def tables(self) -> list[Table]:
        """Return cell and composition, then the ordering."""
        a, b, c, alpha, beta, gamma = self.cellpar
        rows: list[list[Any]] = [
            ["phase", self.crystal.name],
            ["atoms", len(self.atoms)],
            ["cell", f"{a:.5g}, {b:.5g}, {c:.5g} Å; {alpha:.5g}, {beta:.5g}, {gamma:.5g}°"],
            ["supercell", " × ".join(map(str, self.supercell))],
            ["composition", " ".join(f"{e}{n}" for e, n in self.composition.items())],
            ["charge", "not known" if self.charge is None else f"{self.charge:g} e"],
            ["citation", self.crystal.citation],
        ]
        tables = [Table(self.crystal.title, ["", ""], rows)]
        return tables if self.ordering is None else tables + self.ordering.tables()


@checked
def build_crystal(
    crystal: CrystalLike,
    supercell: tuple[int, int, int] = (1, 1, 1),
    ordering: Ordering | None = None,
    composition: dict[str, int] | None = None,
    seed: int = 0,
    nearest: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> CrystalModel:
    """Build an ordered model of a published crystal.

    Parameters
    ----------
    crystal
        A crystal of the library, or its name.
    supercell
        Conventional cells along a, b and c.
    ordering
        How partial occupancies are ordered; None for an ordered crystal.
    composition, seed, nearest, progress
        As for :func:`ionsmith.crystals.ordering.order`.

    Raises
    ------
    DisorderedStructure
        If the crystal is disordered and ``ordering`` is not given.
    InvalidStructure
        If the supercell has a zero or negative size.
    NoCoordinates, CompositionNotPossible
        If only the cell is published, or the supercell cannot hold the composition.
    """
    crystal = read_published(crystal)
    result = None
    if ordering is None or (crystal.is_ordered and composition is None):
        atoms = crystal.to_atoms()
        check_supercell(supercell, len(atoms))
        if supercell != (1, 1, 1):
            atoms = atoms.repeat(supercell)
            provenance.record(atoms, "supercell", {"repeats": list(supercell)})
            provenance.start_lineage(atoms)
    else:
        result = order(
            crystal,
            supercell,
            composition=composition,
            ordering=ordering,
            seed=seed,
            nearest=nearest,
            progress=progress,
        )
        atoms = result.structures[0]
    counts = dict(sorted(Counter(atoms.get_chemical_symbols()).items()))
    charges = {e: q for site in crystal.sites for e, q in site.oxidation.items()}
    known = set(counts) <= set(charges)
    charge = sum(charges[e] * n for e, n in counts.items()) if known else None
    return CrystalModel(atoms, crystal, supercell, counts, charge, result)
