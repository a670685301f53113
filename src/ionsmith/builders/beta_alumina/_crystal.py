"""Na β''-alumina, Mg- or Li-stabilised or undoped, from the published crystal.

The crystal is that of Bettman and Peters (1969), doi:10.1021/j100726a024: Na1+xMgxAl11-xO17 with
x = 2/3. Mg, or Li in Na1+2xLixAl11-xO17, replaces Al on the tetrahedral sites inside the spinel
blocks; without a stabiliser the formula is NaAl11O17. Each formula unit has two Na sites.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, Literal

from ase import Atoms

from ionsmith import provenance
from ionsmith.bonding.checks import check_contacts, check_supercell
from ionsmith.crystals import Crystal, load
from ionsmith.crystals.charges import composition, formal_charge
from ionsmith.crystals.ordering import order
from ionsmith.errors import CompositionNotPossible
from ionsmith.layers.anatomy import Anatomy, find_anatomy
from ionsmith.results import Result, Table, plain

Stabilizer = Literal["Mg", "Li", "none"]
DEFAULT_CONTENT = {"Mg": Fraction(2, 3), "Li": Fraction(1, 3), "none": Fraction(0)}
"""Stabiliser atoms per formula unit: as in Bettman and Peters for Mg; for Li the amount that binds
the same Na content, Na1.67Li0.33Al10.67O17."""

CHARGE_DEFICIT = {"Mg": 1, "Li": 2, "none": 0}
"""Charge that one stabiliser atom leaves missing against Al3+, made up by Na+."""

FORMULA_UNITS = 3  # in the hexagonal cell
TETRAHEDRAL_SITE, SODIUM_SITE = "Al2", "Na1"
SITES_PER_FORMULA = 2  # of either kind
ORDERED_CELLS = 16
"""Hexagonal cells up to which a supercell is ordered as a whole. A larger one is ordered in a block
that is repeated: the electrostatic search takes longer with every site, and in cells much larger
than this one it ends above the energy of the repeated block."""


@dataclass(frozen=True)
class BetaAlumina(Result):
    """A β''-alumina model, with its anatomy.

    Parameters
    ----------
    atoms
        The structure, with arrays ``spinel_block`` and ``conduction_plane`` (from 1; 0 is none).
    anatomy
        Which atom belongs to which block and plane, and how they are stacked.
    composition
        Atoms by element.
    charge
        Sum of formal charges in e.
    supercell
        Hexagonal cells along a, b and c.
    ordered_block
        The part of the supercell in which Na and stabiliser were ordered and that was repeated.
    stabilizer, stabilizer_content, sodium
        Species, atoms per formula unit, and Na atoms per formula unit.
    """

    atoms: Atoms
    anatomy: Anatomy
    composition: dict[str, int]
    charge: int | None
    supercell: tuple[int, int, int]
    ordered_block: tuple[int, int, int]
    stabilizer: Stabilizer
    stabilizer_content: float
    sodium: float

    def to_dict(self) -> dict[str, Any]:
        """Return the composition, the cell and the anatomy without the arrays of single atoms."""
        return {
            "n_atoms": len(self.atoms),
            "cellpar": plain(self.atoms.cell.cellpar()),
            "composition": self.composition,
            "charge": self.charge,
            "supercell": list(self.supercell),
            "ordered_block": list(self.ordered_block),
            "stabilizer": self.stabilizer,
            "stabilizer_content": self.stabilizer_content,
            "sodium": self.sodium,
            "n_planes": self.anatomy.n_planes,
            "basal_cells": self.anatomy.basal_cells,
            "oxygen_gap": plain(self.anatomy.oxygen_gap),
            "row_spacing": plain(self.anatomy.row_spacing),
            "stacking": self.anatomy.stacking,
        }

    def tables(self) -> list[Table]:
        """Return composition, cell and anatomy."""
        a, b, c, alpha, beta, gamma = (round(float(x), 3) for x in self.atoms.cell.cellpar())
        rows: list[tuple[str, Any]] = [
            ("atoms", len(self.atoms)),
            ("composition", " ".join(f"{el}{n}" for el, n in self.composition.items())),
            ("formal charge (e)", "unknown" if self.charge is None else f"{self.charge:+d}"),
            ("cell (Å, °)", f"{a} {b} {c}  {alpha} {beta} {gamma}"),
            ("conduction planes", self.anatomy.n_planes),
            ("basal cells per plane", self.anatomy.basal_cells),
            ("O layers across a plane (Å)", f"{self.anatomy.oxygen_gap.mean():.2f}"),
            ("Al rows across a plane (Å)", f"{self.anatomy.row_spacing.mean():.2f}"),
            ("O layers", self.anatomy.stacking),
        ]
        if self.ordered_block != self.supercell:
            block = "×".join(map(str, self.ordered_block))
            rows.append(("ordered in a block of", f"{block} cells, repeated"))
        name = {"Mg": "Mg-stabilised", "Li": "Li-stabilised", "none": "undoped"}[self.stabilizer]
        return [Table(f"Na β''-alumina, {name}", ("", ""), rows)]


def build_beta_alumina(
    supercell: tuple[int, int, int] = (1, 1, 1),
    *,
    stabilizer: Stabilizer = "Mg",
    stabilizer_content: float | Fraction | None = None,
    sodium: float | Fraction | None = None,
    ordering: Literal["electrostatic", "random"] = "electrostatic",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> BetaAlumina:
    """Build Na β''-alumina.

    Parameters
    ----------
    supercell
        Hexagonal cells along a, b and c; each holds three formula units and three conduction
        planes.
    stabilizer
        ``"Mg"``, ``"Li"`` or ``"none"``.
    stabilizer_content
        Stabiliser atoms per formula unit, up to 2; see :data:`DEFAULT_CONTENT`.
    sodium
        Na atoms per formula unit, up to 2; by default what balances the charge. Another value
        leaves the framework as it is, and the charge that results is reported.
    ordering
        How Na and stabiliser are placed: by electrostatic energy (up to :data:`ORDERED_CELLS`
        cells at once, repeated in a larger supercell), or at random over the whole supercell.
    seed
        Seed of the random draw or of the Monte Carlo search.
    progress
        Called now and then with the steps of the ordering that are done and the number of all.

    Returns
    -------
    BetaAlumina

    Raises
    ------
    CompositionNotPossible
        If the supercell cannot hold the stabiliser or Na content exactly.
    InvalidInput
        For a supercell that is not three positive whole numbers.

    Examples
    --------
    >>> from ionsmith.builders.beta_alumina import build_beta_alumina
    >>> model = build_beta_alumina(stabilizer="Li")
    >>> model.atoms.get_chemical_formula()
    'Al32LiNa5O51'
    >>> sorted(set(model.atoms.arrays["conduction_plane"].tolist()))
    [0, 1, 2, 3]
    """
    cells = check_supercell(supercell, len(load("beta2-alumina").expand().positions))
    content = DEFAULT_CONTENT[stabilizer]
    if stabilizer_content is not None:
        if stabilizer == "none":
            raise CompositionNotPossible("an undoped crystal has no stabiliser content")
        content = _content(stabilizer_content, "stabiliser")
    balanced = 1 + CHARGE_DEFICIT[stabilizer] * content
    amount = _content(balanced if sodium is None else sodium, "Na")
    crystal = _parent(stabilizer, content, amount)
    block = cells if ordering == "random" else _ordered_block(cells, content, amount)
    target = {"Na": _count(amount, block, "Na")}
    if stabilizer != "none":
        target[stabilizer] = _count(content, block, stabilizer)
    ordered = order(
        crystal, block, composition=target, method=ordering, seed=seed, progress=progress
    )
    atoms = ordered.structures[0]
    if block != cells:
        n1, n2, n3 = (whole // part for whole, part in zip(cells, block, strict=True))
        atoms = atoms.repeat((n1, n2, n3))
    anatomy = find_anatomy(atoms)
    atoms.set_array("spinel_block", anatomy.spinel_block, int)
    atoms.set_array("conduction_plane", anatomy.conduction_plane, int)
    check_contacts(atoms)
    parameters = {
        "supercell": list(cells),
        "stabilizer": stabilizer,
        "stabilizer_content": str(content),
        "sodium": str(amount),
        "ordering": ordering,
        "ordered_block": list(block),
        "seed": seed,
    }
    provenance.record(atoms, "build beta-alumina", parameters)
    provenance.start_lineage(atoms)
    counts = composition(atoms)
    return BetaAlumina(
        atoms=atoms,
        anatomy=anatomy,
        composition=counts,
        charge=formal_charge(counts),
        supercell=cells,
        ordered_block=block,
        stabilizer=stabilizer,
        stabilizer_content=float(content),
        sodium=float(amount),
    )


def _content(value: float | Fraction, what: str) -> Fraction:
    """Content per formula unit as a fraction: 0.6667 is meant to be 2/3."""
    if not 0 <= float(value) <= SITES_PER_FORMULA:
        raise CompositionNotPossible(
            f"{float(value):g} {what} per formula unit: there are sites for 0 to "
            f"{SITES_PER_FORMULA}"
        )
    exact = Fraction(value)
    simple = exact.limit_denominator(1000)
    return simple if abs(simple - exact) <= exact / 1000 else exact


def _parent(stabilizer: Stabilizer, content: Fraction, sodium: Fraction) -> Crystal:
    """Published crystal with the wanted species on the tetrahedral and the Na sites."""
    share = float(content / SITES_PER_FORMULA)
    mix = {"Al": 1 - share} | ({stabilizer: share} if share else {})
    charges = {"Al": 3.0, "Mg": 2.0, "Li": 1.0}
    crystal = load("beta2-alumina").with_occupancy(
        TETRAHEDRAL_SITE, mix, {species: charges[species] for species in mix}
    )
    return crystal.with_occupancy(
        SODIUM_SITE, {"Na": float(sodium / SITES_PER_FORMULA)}, {"Na": 1.0}
    )


def _count(content: Fraction, cells: tuple[int, int, int], species: str) -> int:
    """Atoms of a species in a supercell, or which supercells can hold them."""
    number = content * FORMULA_UNITS * cells[0] * cells[1] * cells[2]
    if number.denominator != 1:
        step = (content * FORMULA_UNITS).denominator
        raise CompositionNotPossible(
            f"{float(content):g} {species} per formula unit is {float(number):.3f} atoms in "
            f"{_words(cells)} cells; supercells with a multiple of {step} cells can hold it, such "
            f"as {step} 1 1, or {float(Fraction(round(number), 1) * content / number):.4g} "
            f"{species} in this one"
        )
    return int(number)


def _ordered_block(
    cells: tuple[int, int, int], content: Fraction, sodium: Fraction
) -> tuple[int, int, int]:
    """Largest part of the supercell that can be ordered at once and repeated to fill it."""
    for value, species in ((content, "stabiliser"), (sodium, "Na")):
        _count(value, cells, species)
    divisors = [[part for part in range(1, n + 1) if n % part == 0] for n in cells]
    blocks = [
        (n1, n2, n3)
        for n1, n2, n3 in product(*divisors)
        if (size := n1 * n2 * n3) <= ORDERED_CELLS
        and all((value * FORMULA_UNITS * size).denominator == 1 for value in (content, sodium))
    ]
    if not blocks:
        raise CompositionNotPossible(
            f"no part of {_words(cells)} cells with at most {ORDERED_CELLS} of them holds this "
            "composition exactly, and more are not ordered at once; order at random, or choose "
            "simpler contents"
        )
    # Among blocks of one size the most compact one.
    return max(blocks, key=lambda b: (b[0] * b[1] * b[2], -max(b), b))


def _words(numbers: Any) -> str:
    return " ".join(map(str, numbers))
