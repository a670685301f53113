"""Result of building a NASICON crystal."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.builders._model import Model, charge_text, composition_text
from ionsmith.builders.choices import NasiconPhase
from ionsmith.crystals.ordering import OrderingMethod, OrderingResult
from ionsmith.results import Table


@dataclass(frozen=True)
class Content:
    """Content per formula unit.

    Parameters
    ----------
    asked
        Requested content.
    built
        Content of the model.
    """

    asked: float
    built: float


@dataclass(frozen=True)
class SiteCount:
    """Number of Na atoms in the supercell on one published site.

    Parameters
    ----------
    site
        Label of the site.
    published
        Number by the occupancy of the refinement.
    expected
        Number by the refinement at the Na content of the model.
    here
        Number in the model.
    """

    site: str
    published: float
    expected: float
    here: int


@dataclass(frozen=True)
class Nasicon(Model):
    """An ordered NASICON model.

    Parameters
    ----------
    atoms
        The structure, with the array ``site_label``.
    ordered
        All ranked structures, and how they were ordered.
    phase
        Crystal of the library from which it was built.
    cell_vectors
        Vectors [uvw] of the model's cell in the axes of the published one, rows, shape (3, 3).
    formula_units
        Number of formula units in the model.
    formula
        Formula per formula unit, as built.
    composition
        Number of atoms of each element.
    charge
        Sum of the formal charges in e; None if unknown.
    x
        Si per formula unit; None for Na3V2(PO4)3.
    sodium
        Na per formula unit.
    vanadium_charge
        Mean formal charge of V in e; None without V.
    sodium_sites
        Number of Na atoms on each site.
    rank
        Rank of the structure by energy, from 1.
    notes
        What a user should know of this model.
    """

    document = (
        "phase",
        "n_atoms",
        "cellpar",
        "cell_vectors",
        "formula_units",
        "formula",
        "composition",
        "charge",
        "x",
        "sodium",
        "vanadium_charge",
        "sodium_sites",
        "method",
        "seed",
        "rank",
        "energy",
        "energies",
        "degeneracies",
        "n_distinct",
        "notes",
    )

    atoms: Atoms
    ordered: OrderingResult
    phase: NasiconPhase
    cell_vectors: NDArray[np.float64]
    formula_units: int
    formula: str
    composition: dict[str, int]
    charge: float | None
    x: Content | None
    sodium: Content
    vanadium_charge: float | None
    sodium_sites: tuple[SiteCount, ...]
    rank: int
    notes: tuple[str, ...]

    @property
    def method(self) -> OrderingMethod:
        """How arrangements were searched."""
        return self.ordered.method

    @property
    def seed(self) -> int:
        """Seed of the search or the draw."""
        return self.ordered.seed

    @property
    def energies(self) -> NDArray[np.float64] | None:
        """Electrostatic energies of the ranked structures in eV per supercell; None at random."""
        return self.ordered.energies

    @property
    def degeneracies(self) -> NDArray[np.int64] | None:
        """Number of equivalent arrangements of each ranked structure; None unless enumerated."""
        return self.ordered.degeneracies

    @property
    def n_distinct(self) -> int | None:
        """Number of distinct arrangements found; None at random."""
        return self.ordered.n_distinct

    @property
    def energy(self) -> float | None:
        """Electrostatic energy of the model in eV per supercell; None at random."""
        energies = self.ordered.energies
        return None if energies is None else float(energies[self.rank - 1])

    def _cell_in_words(self) -> str:
        """Such as ``5a × b × c``, or the vectors [uvw] if they are not multiples of the axes."""
        if not np.array_equal(self.cell_vectors, np.diag(np.diagonal(self.cell_vectors))):
            rows = [
                ",".join(str(Fraction(float(u)).limit_denominator(6)) for u in row)
                for row in self.cell_vectors
            ]
            return " ".join(f"[{row}]" for row in rows)
        numbers = np.diagonal(self.cell_vectors).astype(int)
        return " × ".join(f"{n if n > 1 else ''}{v}" for n, v in zip(numbers, "abc", strict=True))

    def tables(self) -> list[Table]:
        """Return the model, its Na sites, and the ranking where there are several structures."""
        rows: list[list[Any]] = [
            ["formula", self.formula],
            ["atoms", len(self.atoms)],
            ["composition", composition_text(self.composition)],
            ["cell in published axes", self._cell_in_words()],
            ["formula units", self.formula_units],
            ["cell (Å, °)", self._cell_text()],
            ["formal charge (e)", charge_text(self.charge)],
        ]
        contents = [("Na per formula unit", self.sodium)]
        if self.x is not None:
            contents.insert(0, ("x (Si per formula unit)", self.x))
        rows += [[name, f"{n.asked:.5g} requested, {n.built:.5g} built"] for name, n in contents]
        if self.vanadium_charge is not None:
            rows.append(["mean V charge (e)", f"{self.vanadium_charge:+.4g}"])
        rows.append(["ordered by", f"{self.ordered.method}, seed {self.ordered.seed}"])
        if self.energy is not None:
            rows.append(["electrostatic energy (eV)", f"{self.energy:.3f}, rank {self.rank}"])
        rows += [["note", note] for note in self.notes]
        headers = ["Na site", "refinement", "at this content", "model"]
        sites = [
            [s.site, round(s.published, 2), round(s.expected, 2), s.here] for s in self.sodium_sites
        ]
        tables = [Table(f"NASICON from {self.phase}", ["", ""], rows)]
        tables.append(Table("Na atoms in the supercell", headers, sites))
        if len(self.ordered.structures) > 1:
            ranking = self.ordered.tables()[0]
            tables.append(Table("Structures found", ranking.headers, ranking.rows))
        return tables
