"""NASICON crystals from published refinements: Na3V2(PO4)3 and Na1+xZr2SixP3-xO12.

Both have the framework M2(TO4)3, with four Na positions per formula unit that can be occupied at
once: one Na1 and three Na2 (two sites in the monoclinic cell). A mid-Na position lies between each
Na1 and each neighbouring Na2, too close to either for two of the three to be occupied together.

**Na sites.** By point charges alone, nearly all Na would occupy the mid-Na positions. The numbers
of atoms on each site are therefore those of the refinement. For another Na content they follow the
lever rule between the refinement and the end member on the other side: one Na on Na1 alone, as in
NaZr2(PO4)3 (H. Y-P. Hong, Mater. Res. Bull. 11, 173 (1976), doi:10.1016/0025-5408(76)90073-8), or
four Na that fill Na1 and Na2, as in Na4Zr2(SiO4)3 (D. Tran Qui et al., J. Solid State Chem. 39, 219
(1981)). Scaling all sites alike would overfill Na1 and Na2, and would empty Na1 in Na-poor
crystals, although Na leaves it last (in Na2V2(PO4)3: S. Park et al., Chem. Mater. 34, 451 (2022),
doi:10.1021/acs.chemmater.1c04033). Which positions of a site are occupied, and where Si and P sit,
is found by :func:`ionsmith.crystals.ordering.order`.

**Charge.** In Na1+xZr2SixP3-xO12 one Na balances each Si on a P site. In NayV2(PO4)3 the mean
charge of V is (9 - y)/2.
"""

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from ionsmith import provenance
from ionsmith.bonding.checks import check_contacts, check_supercell
from ionsmith.builders.choices import NasiconPhase
from ionsmith.builders.nasicon._content import (
    TETRAHEDRA,
    Refinement,
    asked_content,
    simplest,
    sodium_contents,
    sodium_shares,
    whole_numbers,
)
from ionsmith.builders.nasicon._members import Interpolated, at_composition, content_of
from ionsmith.builders.nasicon._result import Content, Nasicon, SiteCount
from ionsmith.choices import checked
from ionsmith.crystals import Crystal, load
from ionsmith.crystals.charges import composition
from ionsmith.crystals.formula import write_formula
from ionsmith.crystals.ordering import Ordering, holding_supercells, order
from ionsmith.crystals.recut import RecutCrystal, recut_crystal
from ionsmith.errors import CompositionNotPossible, InvalidInput, NoMatch

SAME_REFINEMENT = 0.06
"""Difference of x below which a refinement has the composition of the model."""

MAX_CELLS = 36
"""Largest number of cells of a supercell that is searched for a composition."""


@checked
def build_nasicon(
    phase: NasiconPhase = "nzsp",
    supercell: tuple[int, int, int] | None = None,
    *,
    x: float | Fraction | None = None,
    sodium: float | Fraction | None = None,
    primitive: bool = False,
    nearest: bool = False,
    ordering: Ordering = "electrostatic",
    seed: int = 0,
    count: int = 1,
    rank: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Nasicon:
    """Build an ordered, charge-neutral NASICON crystal.

    Parameters
    ----------
    phase
        Crystal of the library with the cell, coordinates and Na occupancies: ``"nvp"``,
        ``"nzsp"`` (x = 2.35 at 300 K), ``"nzsp-x2.25-443k"``, ``"nzsp-443k"`` (x = 2.05), or
        ``"nzsp-monoclinic"``. Coordinates are the same for each composition; the cell of a
        rhombohedral one follows x linearly between the members (Vegard), from ``"nzp"``
        (x = 0) to ``"na4zr2si3o12"`` (x = 3), or the Na content from ``"nvp-na1"`` to
        ``"nvp-na4"``.
    supercell
        Cells along a, b and c. By default the smallest supercell that can hold the composition: the
        most compact block of conventional cells, or the most nearly cubic cell of primitive ones.
    x
        Si per formula unit of Na1+xZr2SixP3-xO12, 0 to 3; by default 2.4 for ``"nzsp"``, 2.25 for
        ``"nzsp-x2.25-443k"`` and 2 for the others.
    sodium
        Na per formula unit of Na3V2(PO4)3 (``"nvp"``), 0 to 4; 3 by default.
    primitive
        Use primitive cells instead of the conventional cell of the refinement.
    nearest
        Take the nearest composition that the supercell can hold, Si and Na together so that the
        charge stays balanced. The default supercell is then one cell.
    ordering
        How Si, P and Na are placed: by electrostatic energy, or at random.
    seed
        Seed of the ordering.
    count
        Number of structures that are ranked; all are in ``ordered.structures`` of the result.
    rank
        Rank of the structure that becomes the model, from 1.
    progress
        Called from time to time with the number of ordering steps done and in total.

    Returns
    -------
    Nasicon

    Raises
    ------
    InvalidChoice
        For an unknown phase or ordering.
    CompositionNotPossible
        If the supercell cannot hold the composition, or a content is out of range.
    InvalidStructure
        If the supercell is not three positive whole numbers.
    NoMatch
        If there are fewer distinct structures than ``rank``.
    InvalidInput
        If ``rank`` or ``count`` is below 1.

    Examples
    --------
    >>> from ionsmith.builders.nasicon import build_nasicon
    >>> model = build_nasicon("nvp", sodium=3)
    >>> model.atoms.get_chemical_formula(), model.vanadium_charge
    ('Na18O72P18V12', 3.0)
    """
    if rank < 1 or count < 1:
        raise InvalidInput(
            f"`rank` is {rank} and `count` {count}; both must be at least 1 (the best structure)"
        )
    refinement, asked = asked_content(phase, x, sodium)
    content = simplest(asked)
    published = load(phase)
    if supercell is not None:
        check_supercell(supercell, len(published.expand().positions))
    followed = at_composition(phase, content)
    crystal, size = _cell(followed.crystal, refinement, content, supercell, primitive, nearest)
    units = crystal.formula_units * int(np.prod(size))
    if (content * units).denominator != 1 and not nearest:
        raise _not_held(crystal, refinement, content, size)
    built = Fraction(round(content * units), units)
    if built != content:
        followed = at_composition(phase, built)
        crystal, size = _cell(followed.crystal, refinement, content, supercell, primitive, nearest)
    per_unit = refinement.per_unit(built)
    totals = {element: round(amount * units) for element, amount in per_unit.items()}
    shares = sodium_shares(published, float(per_unit["Na"]), refinement.between)
    sodium_counts = whole_numbers(shares, units, totals.pop("Na"))
    vanadium = None
    if refinement.varied == "Na":
        vanadium = (9 - per_unit["Na"]) / 2
        crystal = crystal.with_occupancy("V1", {"V": 1.0}, {"V": float(vanadium)})
    ordered = order(
        crystal,
        size,
        composition=totals | {f"Na@{label}": number for label, number in sodium_counts.items()},
        ordering=ordering,
        seed=seed,
        count=max(count, rank),
        progress=progress,
    )
    if rank > len(ordered.structures):
        raise NoMatch(
            f"{phase}: `rank` is {rank}, but {len(ordered.structures)} distinct structure(s) were "
            "found: use a lower rank, a larger supercell or another seed"
        )
    parameters = {
        "phase": phase,
        "supercell": None if supercell is None else list(size),
        "x": None if vanadium is not None else str(asked),
        "sodium": str(asked) if vanadium is not None else None,
        "primitive": primitive,
        "nearest": nearest,
        "ordering": ordering,
        "seed": seed,
        "formula_units": units,
    }
    members = [member.source() for member in followed.between if member.name != phase]
    for number, structure in enumerate(ordered.structures, start=1):
        check_contacts(structure)
        provenance.record(structure, "build nasicon", parameters | {"rank": number}, members)
        provenance.start_lineage(structure)
    atoms = ordered.structures[rank - 1]
    notes = list(_notes(published, followed, refinement, content, built, vanadium, units))
    if len(ordered.structures) < count:
        found = "there are" if ordered.method == "enumeration" else "the search found"
        notes.append(
            f"{count} structures were asked for; {found} {len(ordered.structures)} different"
        )
    refined = sodium_contents(published)
    axes = np.asarray(crystal.vectors) if isinstance(crystal, RecutCrystal) else np.eye(3)
    return Nasicon(
        atoms=atoms,
        ordered=ordered,
        phase=phase,
        cell_vectors=np.round(axes * np.reshape(size, (3, 1)), 9) + 0.0,
        formula_units=units,
        formula=_formula(ordered.composition, units),
        composition=composition(atoms),
        charge=ordered.charge,
        x=None if vanadium is not None else Content(float(asked), float(built)),
        sodium=Content(float(refinement.per_unit(asked)["Na"]), float(per_unit["Na"])),
        vanadium_charge=None if vanadium is None else float(vanadium),
        sodium_sites=tuple(
            SiteCount(label, refined[label] * units, shares[label] * units, number)
            for label, number in sodium_counts.items()
        ),
        rank=rank,
        notes=tuple(notes),
    )


def _cell(
    crystal: Crystal,
    refinement: Refinement,
    content: Fraction,
    supercell: tuple[int, int, int] | None,
    primitive: bool,
    nearest: bool,
) -> tuple[Crystal, tuple[int, int, int]]:
    """Crystal in the cell that is repeated, and the repeats."""
    unit = recut_crystal(crystal) if primitive else crystal
    if supercell is not None:
        return unit, (int(supercell[0]), int(supercell[1]), int(supercell[2]))
    cells = 1 if nearest else (content * unit.formula_units).denominator
    if cells > MAX_CELLS:
        raise _not_held(unit, refinement, content, (1, 1, 1))
    if cells == 1:
        return unit, (1, 1, 1)
    if not isinstance(unit, RecutCrystal):
        return unit, _holding(unit, refinement, content)[0]
    from ase.build import find_optimal_cell_shape

    multiple = find_optimal_cell_shape(unit.cell, cells, "sc")
    if np.linalg.det(multiple) < 0:
        multiple = -multiple
    return recut_crystal(crystal, multiple @ np.asarray(unit.vectors)), (1, 1, 1)


def _holding(
    crystal: Crystal, refinement: Refinement, content: Fraction
) -> list[tuple[int, int, int]]:
    """Supercells that can hold a content, the smallest first."""
    amounts = {element: float(n) for element, n in refinement.per_unit(content).items()}
    return holding_supercells(crystal, amounts, MAX_CELLS)


def _not_held(
    crystal: Crystal, refinement: Refinement, content: Fraction, size: tuple[int, int, int]
) -> CompositionNotPossible:
    """Error that names supercells that can hold the content."""
    units = crystal.formula_units * int(np.prod(size))
    number = float(content * units)
    holding = [_words(cells) for cells in _holding(crystal, refinement, content)[:3]]
    which = f"the smallest that can hold it are {', '.join(holding)}"
    if not holding:
        which = f"none of up to {MAX_CELLS} cells can hold it"
    return CompositionNotPossible(
        f"{crystal.name}: {refinement.name} = {float(content):.5g} is {number:.6g} "
        f"{refinement.varied} in a supercell of {_words(size)} cells; {which}: choose one of these "
        f"or a simpler content, or the nearest one ({round(number) / units:.5g}) with `nearest`"
    )


def _formula(counts: dict[str, int], units: int) -> str:
    """Formula per formula unit, Na first."""
    elements = sorted(counts, key=lambda element: element != "Na")
    return write_formula({element: counts[element] / units for element in elements})


def _notes(
    crystal: Crystal,
    followed: Interpolated,
    refinement: Refinement,
    content: Fraction,
    built: Fraction,
    vanadium: Fraction | None,
    units: int,
) -> list[str]:
    """What a user should know of a model."""
    notes = []
    if built != content:
        notes.append(
            f"{refinement.name}: {float(content):.5g} requested, {float(built):.5g} built, the "
            f"nearest that {units} formula units can hold; the charge is balanced"
        )
    if vanadium is not None:
        if vanadium.denominator != 1:
            lower = vanadium.numerator // vanadium.denominator
            higher = (vanadium - lower) * 2 * units
            notes.append(
                f"mixed V: {2 * units - higher} V{lower}+ and {higher} V{lower + 1}+; all V have "
                "the mean charge here, without choosing which are oxidised"
            )
        notes += _cell_note(followed, "Na", "Na3V2(PO4)3")
        return notes
    refined = content_of(crystal)
    if followed.between:
        notes += _cell_note(followed, "x", f"x = {refined:.4g}")
    elif abs(refined - float(built)) > SAME_REFINEMENT:
        notes.append(
            f"cell and coordinates are those of x = {refined:.4g}, the only such crystal; relax "
            "the model"
        )
    if crystal.name == "nzsp-monoclinic":
        notes.append(
            "the coordinates were derived from rhombohedral ones at 443 K; relax the model"
        )
    elif crystal.name == "nzsp" and 1.8 <= built <= 2.2:
        notes.append(
            "at room temperature NASICON is monoclinic for x from 1.8 to 2.2 (Hong 1976); "
            "nzsp-monoclinic has that cell"
        )
    if 0 < built < TETRAHEDRA:
        notes.append("Si and P share one published position: Si–O and P–O are equal until relaxed")
    return notes


def _cell_note(followed: Interpolated, varied: str, coordinates: str) -> list[str]:
    """Note on a cell between those of two members."""
    if not followed.between:
        return []
    ends = " and ".join(f"{m.name} ({varied} = {content_of(m):.4g})" for m in followed.between)
    length, _, height, *_ = followed.crystal.cellpar
    which = "of" if len(followed.between) == 1 else f"linear in {varied} between"
    return [
        f"cell {which} {ends}, a = {length:.4f} Å and c = {height:.4f} Å; "
        f"coordinates are those of {coordinates}; relax the model"
    ]


def _words(size: tuple[int, int, int]) -> str:
    """Repeats as text."""
    return "×".join(map(str, size))
