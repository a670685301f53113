"""What :func:`ionsmith.builders.nasicon.build_nasicon` returns."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.crystals.ordering import OrderingResult
from ionsmith.results import Result, Table, plain


@dataclass(frozen=True)
class Content:
    """A content per formula unit.

    Parameters
    ----------
    asked
        What was asked for.
    built
        What the model holds.
    """

    asked: float
    built: float


@dataclass(frozen=True)
class SiteCount:
    """Na atoms of the supercell on one published site.

    Parameters
    ----------
    site
        Label of the site.
    published
        By the occupancy of the refinement.
    expected
        By the refinement at the Na content of the model.
    here
        In the model.
    """

    site: str
    published: float
    expected: float
    here: int


@dataclass(frozen=True)
class Nasicon(Result):
    """An ordered NASICON model.

    Parameters
    ----------
    atoms
        The structure, with the array ``site_label``.
    ordered
        All ranked structures, with what the ordering says of them.
    phase
        Crystal of the library that it was built from.
    cell_vectors
        Vectors [uvw] of the model's cell in the axes of the published one, rows, shape (3, 3).
    formula_units
        Number of formula units in the model.
    formula
        Per formula unit, as built.
    composition
        Atoms by element.
    charge
        Sum of the formal charges in e.
    x
        Si per formula unit; None for NVP.
    sodium
        Na per formula unit.
    vanadium_charge
        Mean formal charge of V in e; None without V.
    sodium_sites
        Na atoms on each site.
    rank
        Rank of the structure among those of ``ordered``, from 1.
    notes
        What a user must know of this model.
    """

    atoms: Atoms
    ordered: OrderingResult
    phase: str
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
    def energy(self) -> float | None:
        """Electrostatic energy in eV per supercell; None at random."""
        energies = self.ordered.energies
        return None if energies is None else float(energies[self.rank - 1])

    def _cell_in_words(self) -> str:
        """``5a × b × c``, or the vectors where they are others."""
        if not np.array_equal(self.cell_vectors, np.diag(np.diagonal(self.cell_vectors))):
            rows = [
                ",".join(str(Fraction(float(u)).limit_denominator(6)) for u in row)
                for row in self.cell_vectors
            ]
            return " ".join(f"[{row}]" for row in rows)
        numbers = np.diagonal(self.cell_vectors).astype(int)
        return " × ".join(f"{n if n > 1 else ''}{v}" for n, v in zip(numbers, "abc", strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the arrays of single atoms."""
        ordered = self.ordered
        return {
            "phase": self.phase,
            "n_atoms": len(self.atoms),
            "cellpar": plain(self.atoms.cell.cellpar()),
            "cell_vectors": plain(self.cell_vectors),
            "formula_units": self.formula_units,
            "formula": self.formula,
            "composition": self.composition,
            "charge": self.charge,
            "x": plain(self.x),
            "sodium": plain(self.sodium),
            "vanadium_charge": self.vanadium_charge,
            "sodium_sites": plain(self.sodium_sites),
            "method": ordered.method,
            "seed": ordered.seed,
            "rank": self.rank,
            "energy": self.energy,
            "energies": plain(ordered.energies),
            "degeneracies": plain(ordered.degeneracies),
            "n_distinct": ordered.n_distinct,
            "notes": list(self.notes),
        }

    def tables(self) -> list[Table]:
        """Return the model, its Na sites, and the ranking where there are several structures."""
        a, b, c, alpha, beta, gamma = (round(float(v), 3) for v in self.atoms.cell.cellpar())
        rows: list[list[Any]] = [
            ["formula", self.formula],
            ["atoms", len(self.atoms)],
            ["composition", " ".join(f"{el}{n}" for el, n in self.composition.items())],
            ["cell in published axes", self._cell_in_words()],
            ["formula units", self.formula_units],
            ["cell (Å, °)", f"{a} {b} {c}  {alpha} {beta} {gamma}"],
            ["formal charge (e)", "unknown" if self.charge is None else f"{self.charge:+g}"],
        ]
        contents = [("Na per formula unit", self.sodium)]
        if self.x is not None:
            contents.insert(0, ("x (Si per formula unit)", self.x))
        rows += [[name, f"{n.asked:.5g} asked, {n.built:.5g} built"] for name, n in contents]
        if self.vanadium_charge is not None:
            rows.append(["mean V charge (e)", f"{self.vanadium_charge:+.4g}"])
        rows.append(["ordered by", f"{self.ordered.method}, seed {self.ordered.seed}"])
        if self.energy is not None:
            rows.append(["electrostatic energy (eV)", f"{self.energy:.3f}, rank {self.rank}"])
        rows += [["note", note] for note in self.notes]
        headers = ["Na site", "refinement", "at this content", "here"]
        sites = [
            [s.site, round(s.published, 2), round(s.expected, 2), s.here] for s in self.sodium_sites
        ]
        tables = [Table(f"NASICON from {self.phase}", ["", ""], rows)]
        tables.append(Table("Na atoms in the supercell", headers, sites))
        if len(self.ordered.structures) > 1:
            ranking = self.ordered.tables()[0]
            tables.append(Table("Structures found", ranking.headers, ranking.rows))
        return tables
