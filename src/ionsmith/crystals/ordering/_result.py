"""Ordered cells of a disordered crystal, and how they are found."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.results import Result, Table, notes_table

Ordering = Literal["electrostatic", "random", "enumerate", "sqs"]
"""How partial occupancies are ordered: for a low electrostatic energy, at random, as every distinct
arrangement in turn, or as a special quasi-random structure."""

OrderingMethod = Literal["enumeration", "monte carlo", "random", "sqs"]
"""How arrangements were searched."""


@dataclass(frozen=True)
class OrderingResult(Result):
    """Ordered cells of a disordered crystal, the best first.

    Parameters
    ----------
    structures
        ordered supercells in the published setting, with their provenance
    crystal
        name of the crystal
    supercell
        conventional cells along a, b and c
    method
        how arrangements were searched
    seed
        seed of the search or the draw
    energies
        electrostatic energy of each structure, in eV per supercell; null at random, for
        quasi-random structures, and if not all charges are known
    objectives
        weighted sum of the magnitudes of the Warren–Cowley parameters of each structure, 0 for
        pairs as in a random alloy; null unless quasi-random
    degeneracies
        number of arrangements equivalent to each structure by symmetry; null unless enumerated
    n_distinct
        number of distinct arrangements found; null at random
    n_arrangements
        number of arrangements without close contacts; null unless enumerated
    composition
        atoms by element in the supercell
    charge
        sum of the formal charges, in e; null if not all are known. A charge is reported, not
        compensated
    published
        number of atoms in the supercell by the published occupancy, by species and site (Na@Na1)
    site_counts
        number of atoms in each structure, by species and site
    notes
        what was assumed, one line each
    """

    document: ClassVar = (
        "n_structures",
        "crystal",
        "supercell",
        "method",
        "seed",
        "energies",
        "objectives",
        "degeneracies",
        "n_distinct",
        "n_arrangements",
        "composition",
        "charge",
        "published",
        "site_counts",
        "notes",
    )

    structures: tuple[Atoms, ...]
    crystal: str
    supercell: tuple[int, int, int]
    method: OrderingMethod
    seed: int
    energies: NDArray[np.float64] | None
    objectives: NDArray[np.float64] | None
    degeneracies: NDArray[np.int64] | None
    n_distinct: int | None
    n_arrangements: int | None
    composition: dict[str, int]
    charge: float | None
    published: dict[str, float]
    site_counts: tuple[dict[str, int], ...]
    notes: tuple[str, ...] = ()

    @property
    def atoms(self) -> Atoms:
        """The best structure."""
        return self.structures[0]

    @property
    def n_structures(self) -> int:
        """Number of structures."""
        return len(self.structures)

    def tables(self) -> list[Table]:
        """Return the ranking, and the occupancies of the best structure."""
        best = None if self.energies is None else self.energies[0]
        ranking = [
            [
                rank + 1,
                None if self.energies is None else float(self.energies[rank]),
                None if self.energies is None else float(self.energies[rank] - best),
                None if self.degeneracies is None else int(self.degeneracies[rank]),
                None if self.objectives is None else float(self.objectives[rank]),
            ]
            for rank in range(len(self.structures))
        ]
        size = "×".join(map(str, self.supercell))
        charge = "charge not known" if self.charge is None else f"charge {self.charge:+g} e"
        formula = " ".join(f"{element}{n}" for element, n in self.composition.items())
        title = f"{self.crystal} {size}: {formula}, {charge}, {self.method}"
        headers = ["rank", "energy (eV)", "above best (eV)", "degeneracy", "deviation of pairs"]
        kept = [0, *(i for i in range(1, 5) if any(row[i] is not None for row in ranking))]
        ranking = [[row[i] for i in kept] for row in ranking]
        headers = [headers[i] for i in kept]
        sites = [
            [*key.partition("@")[::2], number, self.site_counts[0][key]]
            for key, number in self.published.items()
        ]
        return [
            Table(title, headers, ranking),
            Table("Atoms on disordered sites", ["species", "site", "published", "here"], sites),
            *notes_table(self.notes),
        ]
