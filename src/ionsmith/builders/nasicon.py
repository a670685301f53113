"""NASICON crystals from published refinements: Na3V2(PO4)3 and Na1+xZr2SixP3-xO12.

All are one framework, M2(TO4)3, with four Na positions per formula unit that can be filled at
once: one Na1 and three Na2 (two sites in the monoclinic cell). A mid-Na position lies between each
Na1 and each neighbouring Na2, too close to both for any two of the three to be filled together.

**Where Na sits.** By point charges alone nearly all Na would go to the mid-Na positions. The
numbers of atoms on each site are therefore those of the refinement. At another Na content they are
those of a mixture, by lever rule, of the refinement with the end member on the other side: one Na
on Na1 alone, as in NaZr2(PO4)3 (H. Y-P. Hong, Mater. Res. Bull. 11, 173 (1976),
doi:10.1016/0025-5408(76)90073-8), or four Na that fill Na1 and Na2, as in Na4Zr2(SiO4)3
(D. Tran Qui et al., J. Solid State Chem. 39, 219 (1981)). To scale all sites alike would put more
Na on Na1 and Na2 than fits, and in Na-poor crystals empty Na1, which Na leaves last (in
Na2V2(PO4)3: S. Park et al., Chem. Mater. 34, 451 (2022), doi:10.1021/acs.chemmater.1c04033).
Which positions of a site are filled, and where Si and P sit, is found by
:func:`ionsmith.crystals.ordering.order`.

**Charge.** In Na1+xZr2SixP3-xO12 each Si asks for one Na more than P. In NayV2(PO4)3 the V make it
up: their mean charge is (9 - y)/2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from ionsmith import provenance
from ionsmith.builders.charges import composition
from ionsmith.builders.nasicon_result import Content, Nasicon, SiteCount
from ionsmith.crystals import Crystal, load
from ionsmith.crystals.formula import write_formula
from ionsmith.crystals.ordering import holding_supercells, order
from ionsmith.errors import CompositionNotPossible, IonsmithError, NoMatch
from ionsmith.geometry.checks import check_contacts

Phase = Literal["nvp", "nzsp", "nzsp-443k", "nzsp-x2.25-443k", "nzsp-monoclinic"]


@dataclass(frozen=True)
class _Refinement:
    """What the library does not say of a crystal: which Na site is which, and the content."""

    between: tuple[str, ...]  # labels of the mid-Na sites
    default: Fraction  # Na per formula unit of NVP, x of the others


PHASES: dict[str, _Refinement] = {
    "nvp": _Refinement((), Fraction(3)),
    "nzsp": _Refinement(("Na3",), Fraction(12, 5)),
    "nzsp-443k": _Refinement(("Na3",), Fraction(2)),
    "nzsp-x2.25-443k": _Refinement(("Na3",), Fraction(9, 4)),
    "nzsp-monoclinic": _Refinement(("Na4", "Na5", "Na6"), Fraction(2)),
}
"""Crystals of the library that are built from. By default NZSP is Na3.4Zr2Si2.4P0.6O12, of which no
coordinates are published, on the refinement of x = 2.35."""

FIRST_SITE = "Na1"  # in all of them
SODIUM_POSITIONS = 4  # per formula unit, Na1 and Na2
TETRAHEDRA = 3  # per formula unit
SAME_CONTENT = Fraction(1, 2000)
"""A content stands for the simplest fraction this close to it: 0.333 and 2.667 are thirds."""

SAME_REFINEMENT = 0.06
"""Difference of x up to which a refinement is taken as one of the composition built."""


def build_nasicon(
    phase: Phase = "nzsp",
    supercell: tuple[int, int, int] | None = None,
    *,
    x: float | Fraction | None = None,
    sodium: float | Fraction | None = None,
    ordering: Literal["electrostatic", "random"] = "electrostatic",
    seed: int = 0,
    count: int = 1,
    rank: int = 1,
    nearest: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Nasicon:
    """Build an ordered NASICON crystal, neutral in charge.

    Parameters
    ----------
    phase
        Crystal of the library that gives cell, coordinates and Na occupancies: ``"nvp"``,
        ``"nzsp"`` (x = 2.35 at 300 K), ``"nzsp-x2.25-443k"``, ``"nzsp-443k"`` (x = 2.05), or
        ``"nzsp-monoclinic"``. They are not changed with the composition.
    supercell
        Conventional cells along a, b and c; by default the smallest compact supercell that holds
        the composition.
    x
        Si per formula unit of Na1+xZr2SixP3-xO12, 0 to 3; by default 2.4, or for the other crystals
        what they are called by (2, 2.25).
    sodium
        Na per formula unit of NVP, 0 to 4; 3 by default.
    ordering
        How Si, P and Na are placed: by the electrostatic energy, or at random.
    seed
        Seed of the search or the draw.
    count
        Number of structures that are ranked; all are in ``ordered.structures`` of the result.
    rank
        Which of them, from 1, is the model.
    nearest
        Whether a composition that the supercell cannot hold is met as nearly as possible, Si and
        Na alike so that the charge stays balanced.
    progress
        Called now and then with the steps of the ordering that are done and the number of all.

    Returns
    -------
    Nasicon

    Raises
    ------
    CompositionNotPossible
        If the supercell cannot hold the composition, or a content is out of range.
    InvalidStructure
        For a supercell that is not three positive whole numbers.
    NoMatch
        If there are fewer distinct structures than ``rank``.
    IonsmithError
        For an unknown phase, a content that it has not, or a rank or count below one.
    """
    refinement = _refinement(phase, x, sodium)
    if rank < 1:
        raise IonsmithError(f"rank {rank}: ranks are counted from 1, the best structure")
    of_vanadium = phase == "nvp"
    given = sodium if of_vanadium else x
    asked = Fraction(given) if given is not None else refinement.default
    content = _simplest(asked)
    limit = SODIUM_POSITIONS if of_vanadium else TETRAHEDRA
    if not 0 <= asked <= limit:
        name = "Na per formula unit" if of_vanadium else "x"
        raise CompositionNotPossible(
            f"{phase}: {name} {float(asked):g} is out of range; it goes from 0 to {limit}"
        )
    crystal = load(phase)
    if supercell is None:
        supercell = (1, 1, 1) if nearest else _smallest(crystal, content, of_vanadium)
    units = crystal.formula_units * int(np.prod(supercell))
    atoms_of_content = content * units
    if atoms_of_content.denominator != 1 and not nearest:
        raise _not_held(crystal, content, of_vanadium, supercell)
    built = Fraction(round(atoms_of_content), units) if units > 0 else content
    per_unit = built if of_vanadium else 1 + built
    shares = sodium_shares(crystal, refinement.between, float(per_unit))
    numbers = _whole(shares, units, round(per_unit * units))
    target = {f"Na@{label}": number for label, number in numbers.items()}
    vanadium = None
    if of_vanadium:
        vanadium = (9 - per_unit) / 2
        crystal = crystal.with_occupancy("V1", {"V": 1.0}, {"V": float(vanadium)})
    else:
        target |= {"Si": round(built * units), "P": round((TETRAHEDRA - built) * units)}
    ordered = order(
        crystal,
        supercell,
        composition=target,
        method=ordering,
        seed=seed,
        count=max(count, rank),
        progress=progress,
    )
    if rank > len(ordered.structures):
        raise NoMatch(
            f"{phase}: rank {rank} was asked for and {len(ordered.structures)} distinct "
            "structure(s) were found; ask for a lower rank, a larger supercell or another seed"
        )
    atoms = ordered.structures[rank - 1].copy()
    check_contacts(atoms)
    parameters = {
        "phase": phase,
        "supercell": list(ordered.supercell),
        "x": None if of_vanadium else str(built),
        "sodium": str(per_unit),
        "ordering": ordering,
        "seed": seed,
        "rank": rank,
        "nearest": nearest,
    }
    provenance.record(atoms, "build nasicon", parameters)
    provenance.start_lineage(atoms)
    published = sodium_contents(load(phase))
    sites = tuple(
        SiteCount(label, published[label] * units, shares[label] * units, numbers[label])
        for label in published
    )
    amounts = {
        element: number / units
        for element in ("Na", *(e for e in ordered.composition if e != "Na"))
        if (number := ordered.composition.get(element, 0))
    }
    return Nasicon(
        atoms=atoms,
        ordered=ordered,
        phase=phase,
        supercell=ordered.supercell,
        formula=write_formula(amounts),
        composition=composition(atoms),
        charge=ordered.charge,
        x=None if of_vanadium else Content(float(asked), float(built)),
        sodium=Content(float(asked if of_vanadium else 1 + asked), float(per_unit)),
        vanadium_charge=None if vanadium is None else float(vanadium),
        sodium_sites=sites,
        rank=rank,
        notes=tuple(_notes(load(phase), content, built, vanadium, units)),
    )


def sodium_contents(crystal: Crystal) -> dict[str, float]:
    """Published Na atoms per formula unit on each Na site, by label."""
    return {
        site.label: site.occupancy["Na"] * site.multiplicity / crystal.formula_units
        for site in crystal.sites
        if "Na" in site.occupancy
    }


def sodium_shares(crystal: Crystal, between: tuple[str, ...], content: float) -> dict[str, float]:
    """Na atoms per formula unit on each Na site at a Na content.

    Parameters
    ----------
    crystal
        The refinement.
    between
        Labels of its mid-Na sites.
    content
        Na per formula unit, 0 to 4.

    Returns
    -------
    dict
        Label to number, summing to ``content``; each linear in the content between the empty
        crystal, Na1 filled alone, the refinement, and Na1 and Na2 filled.
    """
    refined = sodium_contents(crystal)
    positions = {s.label: s.multiplicity / crystal.formula_units for s in crystal.sites}
    knots = [0.0, 1.0, sum(refined.values()), float(SODIUM_POSITIONS)]
    shares = {}
    for label, number in refined.items():
        alone = 1.0 if label == FIRST_SITE else 0.0
        filled = 0.0 if label in between else positions[label]
        shares[label] = float(np.interp(content, knots, [0.0, alone, number, filled]))
    return shares


def _refinement(
    phase: str, x: float | Fraction | None, sodium: float | Fraction | None
) -> _Refinement:
    """Look the phase up, and refuse a content that it has not."""
    if phase not in PHASES:
        raise IonsmithError(f"no NASICON {phase!r} to build; known are {', '.join(PHASES)}")
    if phase == "nvp" and x is not None:
        raise CompositionNotPossible(
            "nvp has no Si, so there is no x to give; its Na content can be given (sodium)"
        )
    if phase != "nvp" and sodium is not None:
        raise CompositionNotPossible(
            f"{phase}: the Na content follows from x, it is 1 + x; give x instead"
        )
    for value in (x, sodium):
        if value is not None and not np.isfinite(float(value)):
            raise CompositionNotPossible(f"{phase}: a content of {float(value)} is no number")
    return PHASES[phase]


def _simplest(value: Fraction) -> Fraction:
    """Fraction of smallest denominator within :data:`SAME_CONTENT`."""
    denominator = 1
    while abs(Fraction(round(value * denominator), denominator) - value) > SAME_CONTENT:
        denominator += 1
    return Fraction(round(value * denominator), denominator)


def _per_unit(content: Fraction, of_vanadium: bool) -> dict[str, float]:
    """Atoms per formula unit of the elements that the content fixes."""
    if of_vanadium:
        return {"Na": float(content)}
    return {"Na": float(1 + content), "Si": float(content), "P": float(TETRAHEDRA - content)}


def _smallest(crystal: Crystal, content: Fraction, of_vanadium: bool) -> tuple[int, int, int]:
    holding = holding_supercells(crystal, _per_unit(content, of_vanadium))
    if not holding:
        raise _not_held(crystal, content, of_vanadium, (1, 1, 1))
    return holding[0]


def _not_held(
    crystal: Crystal, content: Fraction, of_vanadium: bool, supercell: tuple[int, int, int]
) -> CompositionNotPossible:
    """Error that says which supercells hold the content."""
    cells = int(np.prod(supercell))
    number = float(content * crystal.formula_units * cells)
    what = "Na" if of_vanadium else "Si"
    name = f"{float(content):.5g} Na per formula unit" if of_vanadium else f"x = {float(content):g}"
    holding = holding_supercells(crystal, _per_unit(content, of_vanadium))
    which = ", ".join("×".join(map(str, size)) for size in holding[:3])
    return CompositionNotPossible(
        f"{crystal.name}: {name} is {number:.5g} {what} in {'×'.join(map(str, supercell))} cells; "
        + (f"the smallest that hold it are {which}" if which else "none of up to 36 cells holds it")
        + "; choose one, or allow the nearest composition"
    )


def _whole(shares: dict[str, float], units: int, total: int) -> dict[str, int]:
    """Whole numbers of atoms nearest to shares × formula units that sum to a total."""
    quotas = {label: round(share * units, 6) for label, share in shares.items()}
    numbers = {label: int(quota) for label, quota in quotas.items()}
    # Largest remainders; of equal ones the first site.
    by_remainder = sorted(quotas, key=lambda label: numbers[label] - quotas[label])
    for label in by_remainder[: total - sum(numbers.values())]:
        numbers[label] += 1
    return numbers


def _notes(
    crystal: Crystal, content: Fraction, built: Fraction, vanadium: Fraction | None, units: int
) -> list[str]:
    """What a user must know of this model beyond its numbers."""
    notes = []
    if built != content:
        what = "x" if vanadium is None else "the Na content"
        notes.append(
            f"{what} asked for is {float(content):.5g}, met as nearly as {units} formula units can: "
            f"{float(built):.5g}; the charge is balanced"
        )
    if vanadium is not None:
        if vanadium.denominator != 1:
            low = vanadium.numerator // vanadium.denominator
            higher = (vanadium - low) * 2 * units
            notes.append(
                f"mixed V: {2 * units - higher} V{low}+ and {higher} V{low + 1}+; all V carry the "
                "mean charge, which of them is oxidised is not decided"
            )
        if built != PHASES["nvp"].default:
            notes.append("cell and coordinates are those of Na3V2(PO4)3; relax the model")
        return notes
    published = crystal.composition()["Si"] / crystal.formula_units
    if abs(published - float(built)) > SAME_REFINEMENT:
        notes.append(
            f"cell and coordinates are those of x = {published:.4g}; relax the model"
            " (end members in the library: nzp, x = 0, and na4zr2si3o12, x = 3)"
        )
    if 1.8 <= built <= 2.2 and crystal.name == "nzsp":
        notes.append(
            "at room temperature NASICON is monoclinic for x from 1.8 to 2.2 (Hong 1976): "
            "nzsp-monoclinic"
        )
    if 0 < built < TETRAHEDRA:
        notes.append(
            "Si and P share one published position: Si-O and P-O are equal until the model is "
            "relaxed"
        )
    if crystal.name == "nzsp-monoclinic":
        notes.append("coordinates derived from the rhombohedral ones at 443 K; relax the model")
    return notes
