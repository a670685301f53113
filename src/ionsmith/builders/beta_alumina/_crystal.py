"""Na β''-alumina, stabilised by Mg or Li or undoped, from the published crystal.

Mg in Na1+xMgxAl11-xO17, or Li in Na1+2xLixAl11-xO17, replaces Al on the tetrahedral sites inside
the spinel blocks; without a stabiliser the formula is NaAl11O17. Each formula unit has two Na
sites, on which another ion may take the place of Na.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.arguments import is_number
from ionsmith.bonding.checks import check_contacts, check_supercell
from ionsmith.builders._model import Model, charge_text, composition_text
from ionsmith.builders.beta_alumina._exchange import METHOD, check_cell, thickening, with_planes
from ionsmith.builders.choices import MobileIon, Stabilizer
from ionsmith.choices import checked
from ionsmith.crystals import Crystal, load
from ionsmith.crystals.charges import composition, formal_charge
from ionsmith.crystals.ordering import Ordering, order
from ionsmith.errors import CompositionNotPossible
from ionsmith.layers.anatomy import Anatomy, find_anatomy
from ionsmith.results import Table

DEFAULT_CONTENT = {"Mg": Fraction(2, 3), "Li": Fraction(1, 3), "none": Fraction(0)}
"""Stabiliser atoms per formula unit: for Mg as in Bettman and Peters, for Li what balances the same
Na content, Na1.67Li0.33Al10.67O17."""

CHARGE_DEFICIT = {"Mg": 1, "Li": 2, "none": 0}
"""Difference in charge between Al3+ and one stabiliser ion, balanced by Na+."""

FORMULA_UNITS = 3  # in the hexagonal cell
TETRAHEDRAL_SITE, SODIUM_SITE = "Al2", "Na1"
SITES_PER_FORMULA = 2  # of either kind
PLANES_OF_A_CELL = 3
ORDERED_CELLS = 16
"""Largest number of hexagonal cells that is ordered as a whole. In a larger supercell, a block of
cells is ordered and repeated: there the electrostatic search is slow, and it ends above the energy
of the repeated block."""


@dataclass(frozen=True)
class BetaAlumina(Model):
    """A β''-alumina model, with its anatomy.

    Parameters
    ----------
    atoms
        The structure, with the arrays ``spinel_block`` and ``conduction_plane`` (from 1; 0: none).
    anatomy
        Assignment of the atoms to blocks and planes, and the stacking of these.
    composition
        Atoms by element.
    charge
        Sum of formal charges in e.
    supercell
        Hexagonal cells along a, b and c.
    ordered_block
        Part of the supercell in which Na and stabiliser were ordered, then repeated.
    stabilizer
        Element that stabilises the structure, or ``"none"``.
    stabilizer_content
        Stabiliser atoms per formula unit.
    sodium
        Na atoms, or other mobile ions, per formula unit.
    ion
        The mobile ion.
    notes
        What a user should know of the model, one line each.
    """

    document = (
        "n_atoms",
        "cellpar",
        "composition",
        "charge",
        "supercell",
        "ordered_block",
        "stabilizer",
        "stabilizer_content",
        "sodium",
        "ion",
        "n_planes",
        "basal_cells",
        "oxygen_gap",
        "row_spacing",
        "stacking",
        "notes",
    )

    atoms: Atoms
    anatomy: Anatomy
    composition: dict[str, int]
    charge: int | None
    supercell: tuple[int, int, int]
    ordered_block: tuple[int, int, int]
    stabilizer: Stabilizer
    stabilizer_content: float
    sodium: float
    ion: MobileIon
    notes: tuple[str, ...]

    @property
    def n_planes(self) -> int:
        """Number of conduction planes."""
        return self.anatomy.n_planes

    @property
    def basal_cells(self) -> int:
        """Basal cells of each conduction plane."""
        return self.anatomy.basal_cells

    @property
    def oxygen_gap(self) -> NDArray[np.float64]:
        """Distance in Å of the facing O layers across each conduction plane, shape (n_planes,)."""
        return self.anatomy.oxygen_gap

    @property
    def row_spacing(self) -> NDArray[np.float64]:
        """Distance in Å of the octahedral rows across each conduction plane, shape (n_planes,)."""
        return self.anatomy.row_spacing

    @property
    def stacking(self) -> str:
        """Letters A, B, C of the O layers, one word for each block."""
        return self.anatomy.stacking

    def tables(self) -> list[Table]:
        """Return composition, cell and anatomy."""
        rows: list[tuple[str, Any]] = [
            ("atoms", len(self.atoms)),
            ("composition", composition_text(self.composition)),
            ("formal charge (e)", charge_text(self.charge)),
            ("cell (Å, °)", self._cell_text()),
            ("conduction planes", self.n_planes),
            ("basal cells per plane", self.basal_cells),
            ("O layers across a plane (Å)", f"{self.oxygen_gap.mean():.2f}"),
            ("Al rows across a plane (Å)", f"{self.row_spacing.mean():.2f}"),
            ("O layers", self.stacking),
        ]
        if self.ordered_block != self.supercell:
            block = "×".join(map(str, self.ordered_block))
            rows.append(("ordered in a block of", f"{block} cells, repeated"))
        name = {"Mg": "Mg-stabilised", "Li": "Li-stabilised", "none": "undoped"}[self.stabilizer]
        rows += [("note", note) for note in self.notes]
        return [Table(f"{self.ion} β''-alumina, {name}", ("", ""), rows)]


@checked
def build_beta_alumina(
    supercell: tuple[int, int, int] = (1, 1, 1),
    *,
    stabilizer: Stabilizer = "Mg",
    stabilizer_content: float | Fraction | None = None,
    sodium: float | Fraction | None = None,
    ion: MobileIon = "Na",
    cell: tuple[float, float] | None = None,
    ordering: Ordering = "electrostatic",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> BetaAlumina:
    """Build Na β''-alumina, or another ion in the place of Na.

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
        Na atoms (or other mobile ions) per formula unit, up to 2; by default the number that
        balances the charge. With another value the framework stays the same, and the net charge is
        reported.
    ion
        The mobile ion: ``"Na"``, ``"Li"``, ``"K"``, ``"Rb"``, ``"Ag"`` or ``"Tl"``. The spinel
        blocks are those of the Na crystal, the conduction planes as much thicker as those of
        exchanged β-alumina (Yao and Kummer 1967, doi:10.1016/0022-1902(67)80301-4); the ions are
        on the site of Na.
    cell
        Lattice constants a and c in Å of one hexagonal cell instead; c changes the conduction
        planes alone.
    ordering
        How Na and stabiliser are placed: by electrostatic energy (in a block of up to 16 cells,
        repeated in a larger supercell), or at random over the whole supercell.
    seed
        Seed of the random draw or of the Monte Carlo search.
    progress
        Called from time to time with the number of ordering steps done and in total.

    Returns
    -------
    BetaAlumina

    Raises
    ------
    InvalidChoice
        For an unknown stabiliser, ion or ordering.
    CompositionNotPossible
        If the supercell cannot hold the stabiliser or Na content exactly, or the lattice constants
        are out of range.
    InvalidStructure
        If the supercell is not three positive whole numbers.

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
            raise CompositionNotPossible(
                "`stabilizer_content` needs a stabiliser: set `stabilizer` to Mg or Li"
            )
        content = _content(stabilizer_content, "stabiliser")
    balanced = 1 + CHARGE_DEFICIT[stabilizer] * content
    amount = _content(balanced if sodium is None else sodium, ion)
    crystal = _parent(stabilizer, content, amount, ion)
    a, c = float(crystal.cell[0, 0]), float(crystal.cell[2, 2])
    if cell is not None:
        check_cell(cell, a, c)
    block = cells if ordering == "random" else _ordered_block(cells, content, amount)
    target = {f"{ion}@{SODIUM_SITE}": _count(amount, block, ion)}
    if stabilizer != "none":
        target[f"{stabilizer}@{TETRAHEDRAL_SITE}"] = _count(content, block, stabilizer)
    ordered = order(
        crystal, block, composition=target, ordering=ordering, seed=seed, progress=progress
    )
    atoms = ordered.structures[0]
    if block != cells:
        n1, n2, n3 = (whole // part for whole, part in zip(cells, block, strict=True))
        atoms = atoms.repeat((n1, n2, n3))
    anatomy = find_anatomy(atoms)
    thicker, wider = thickening(ion), 1.0
    if cell is not None:
        thicker, wider = (cell[1] - c) / PLANES_OF_A_CELL, cell[0] / a
    if thicker or wider != 1:
        atoms = with_planes(atoms, anatomy, thicker, wider)
        anatomy = find_anatomy(atoms)
    atoms.set_array("spinel_block", anatomy.spinel_block, int)
    atoms.set_array("conduction_plane", anatomy.conduction_plane, int)
    check_contacts(atoms)
    parameters = {
        "supercell": list(cells),
        "stabilizer": stabilizer,
        "stabilizer_content": str(content),
        "sodium": str(amount),
        "ion": ion,
        "cell": None if cell is None else list(cell),
        "ordering": ordering,
        "ordered_block": list(block),
        "seed": seed,
    }
    exchanged = [METHOD] if ion != "Na" and cell is None else []
    provenance.record(atoms, "build beta-alumina", parameters, exchanged)
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
        ion=ion,
        notes=_notes(ion, cell, thicker),
    )


def _notes(ion: MobileIon, cell: tuple[float, float] | None, thicker: float) -> tuple[str, ...]:
    """Where the cell of another ion than Na comes from."""
    if cell is not None:
        return (
            f"cell as given: conduction planes {thicker:+.3f} Å thicker than with Na, blocks as in "
            "the Na crystal; relax the model",
        )
    if ion == "Na":
        return ()
    return (
        f"conduction planes {thicker:+.3f} Å thicker than with Na, as in exchanged β-alumina (Yao "
        f"and Kummer 1967, recalled); blocks as in the Na crystal, {ion} on the site of Na; relax "
        "the model",
    )


def _content(value: float | Fraction, what: str) -> Fraction:
    """Content per formula unit as a fraction; 0.6667 is taken as 2/3."""
    if not is_number(value):
        raise CompositionNotPossible(
            f"{value!r} {what} atoms per formula unit; a number was expected, such as 1.5"
        )
    value = value.item() if isinstance(value, np.generic) else value
    if not 0 <= float(value) <= SITES_PER_FORMULA:
        raise CompositionNotPossible(
            f"{float(value):g} {what} atoms per formula unit: there are only "
            f"{SITES_PER_FORMULA} sites"
        )
    exact = Fraction(value)
    simple = exact.limit_denominator(1000)
    return simple if abs(simple - exact) <= exact / 1000 else exact


def _parent(stabilizer: Stabilizer, content: Fraction, amount: Fraction, ion: MobileIon) -> Crystal:
    """Published crystal with the wanted species on the tetrahedral and the Na sites."""
    share = float(content / SITES_PER_FORMULA)
    mix = {"Al": 1 - share} | ({stabilizer: share} if share else {})
    charges = {"Al": 3.0, "Mg": 2.0, "Li": 1.0}
    crystal = load("beta2-alumina").with_occupancy(
        TETRAHEDRAL_SITE, mix, {species: charges[species] for species in mix}
    )
    return crystal.with_occupancy(SODIUM_SITE, {ion: float(amount / SITES_PER_FORMULA)}, {ion: 1.0})


def _count(content: Fraction, cells: tuple[int, int, int], species: str) -> int:
    """Number of atoms of a species in a supercell; the error names supercells that can hold it."""
    number = content * FORMULA_UNITS * cells[0] * cells[1] * cells[2]
    if number.denominator != 1:
        step = (content * FORMULA_UNITS).denominator
        raise CompositionNotPossible(
            f"{float(content):g} {species} per formula unit is {float(number):.3f} atoms in "
            f"{_words(cells)} cells; take a multiple of {step} cells, such as {step} 1 1, or "
            f"{float(Fraction(round(number), 1) * content / number):.4g} {species} in this one"
        )
    return int(number)


def _ordered_block(
    cells: tuple[int, int, int], content: Fraction, sodium: Fraction
) -> tuple[int, int, int]:
    """Largest block that can be ordered as a whole and repeated to fill the supercell."""
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
            f"no block of at most {ORDERED_CELLS} of the {_words(cells)} cells can hold this "
            "composition, and larger ones are not ordered by energy: use random `ordering`, or "
            "simpler contents"
        )
    # Of blocks of equal size, the most compact one.
    return max(blocks, key=lambda b: (b[0] * b[1] * b[2], -max(b), b))


def _words(numbers: tuple[int, ...]) -> str:
    """Three numbers, with spaces between."""
    return " ".join(map(str, numbers))
