"""Ordered models straight from the library: a published crystal in any supercell."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ase import Atoms

from ionsmith import provenance
from ionsmith.bonding.checks import check_supercell
from ionsmith.crystals.crystal import Crystal
from ionsmith.results import Result, Table, plain

if TYPE_CHECKING:
    from ionsmith.crystals.ordering import OrderingResult


@dataclass(frozen=True)
class CrystalModel(Result):
    """An ordered model of a published crystal.

    Parameters
    ----------
    atoms
        The structure in the published setting, with its provenance.
    crystal
        What it is a model of.
    supercell
        Conventional cells along a, b and c.
    composition
        Atoms by element, alphabetically.
    charge
        Sum of the formal charges in e; None where they are not all known.
    ordering
        How the partial occupancies were ordered; None for a crystal that has none.
    """

    atoms: Atoms
    crystal: Crystal
    supercell: tuple[int, int, int]
    composition: dict[str, int]
    charge: float | None
    ordering: "OrderingResult | None" = None

    def to_dict(self) -> dict[str, Any]:
        """Return what was made, without the arrays of single atoms."""
        return {
            "phase": self.crystal.name,
            "n_atoms": len(self.atoms),
            "cellpar": plain(self.atoms.cell.cellpar()),
            "supercell": list(self.supercell),
            "composition": self.composition,
            "charge": self.charge,
            "ordering": None if self.ordering is None else self.ordering.to_dict(),
            "provenance": provenance.of(self.atoms),
        }

    def tables(self) -> list[Table]:
        """Return the same as a table, then what the ordering found."""
        a, b, c, alpha, beta, gamma = self.atoms.cell.cellpar()
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


def build_crystal(
    crystal: Crystal,
    supercell: tuple[int, int, int] = (1, 1, 1),
    method: Literal["electrostatic", "random"] | None = None,
    composition: dict[str, int] | None = None,
    seed: int = 0,
    nearest: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> CrystalModel:
    """Build an ordered model of a published crystal.

    Parameters
    ----------
    crystal
        The crystal.
    supercell
        Conventional cells along a, b and c.
    method
        How partial occupancies are ordered; None for a crystal that has none.
    composition
        Atoms of the disordered elements in the whole supercell, as
        :func:`ionsmith.crystals.ordering.order` takes them.
    seed
        Seed of the ordering.
    nearest
        Whether published occupancies that the supercell cannot hold exactly are rounded.
    progress
        Called now and then with the steps of the ordering that are done and the number of all.

    Raises
    ------
    DisorderedStructure
        For a disordered crystal without ``method``.
    InvalidStructure
        For a supercell of zero or negative size.
    NoCoordinates, CompositionNotPossible
        If only the cell is published, or the supercell cannot hold the composition.
    """
    ordering = None
    if method is None or (crystal.is_ordered and composition is None):
        atoms = crystal.to_atoms()
        check_supercell(supercell, len(atoms))
        if supercell != (1, 1, 1):
            atoms = atoms.repeat(supercell)
            provenance.record(atoms, "supercell", {"repeats": list(supercell)})
            provenance.start_lineage(atoms)
    else:
        from ionsmith.crystals.ordering import order

        ordering = order(
            crystal,
            supercell,
            composition=composition,
            method=method,
            seed=seed,
            nearest=nearest,
            progress=progress,
        )
        atoms = ordering.structures[0]
    counts = dict(sorted(Counter(atoms.get_chemical_symbols()).items()))
    charges = {e: q for site in crystal.sites for e, q in site.oxidation.items()}
    known = set(counts) <= set(charges)
    charge = sum(charges[e] * n for e, n in counts.items()) if known else None
    return CrystalModel(atoms, crystal, supercell, counts, charge, ordering)
