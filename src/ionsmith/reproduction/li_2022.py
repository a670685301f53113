"""Li et al. 2022: what Si, Ge, Sn and Sb take up of Li and Na, and how they swell.

The tables are redone by :func:`ionsmith.analyzers.storage.review`, which also finds what a
figure is that the crystal of its row does not give.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ionsmith.analyzers.pores import filling
from ionsmith.analyzers.storage import (
    MASS,
    SAME_CAPACITY,
    SAME_VOLUME,
    SWELLING,
    UNITS,
    Claim,
    review,
    storage,
)
from ionsmith.builders.amorphous import build_packing
from ionsmith.builders.porous import build_porous
from ionsmith.crystals import load
from ionsmith.crystals.alloy_systems import (
    GUESTS,
    guest_content,
    load_alloy,
    parse_system,
    path,
)
from ionsmith.crystals.formula import parse_formula, write_formula
from ionsmith.errors import UnknownPhase
from ionsmith.reproduction.li_2022_crystals import crystal_rows
from ionsmith.reproduction.rows import Paper, Row

PHASES = {
    "Li-Si": ("LiSi", "Li12Si2", "Li2Si3", "Li13Si4", "Li22Si5"),
    "Li-Ge": ("Li22Ge5",),
    "Li-Sn": ("Li22Sn5",),
    "Li-Sb": ("Li3Sb",),
    "Na-Si": ("NaSi",),
    "Na-Ge": ("NaGe",),
    "Na-Sn": ("NaSn3", "NaSn", "Na9Sn4", "Na15Sn4"),
    "Na-Sb": ("Na3Sb",),
}
"""Phases that the review names, as they are printed."""

MISPRINTS = ("Li12Si2", "Li2Si3", "Na2Sn4")

OWN = 2.0
"""Factor around a figure within which others are drawn, to see how many find a match by chance."""

DRAWN = 2001

POROSITY = 18.05
DENSER, EMPTIER = 0.0, 40.0
"""Porosities in per cent: of the cited model, and two to compare with."""

SURFACE_LITHIUM = (1, 2, 4, 20)
FULL = "li22ge5"

SODIATED_GLASS, GLASS_ATOMS = "Na1.6Ge", 52


def rows(paper: Paper) -> Iterator[Row]:
    """Compute the rows of the paper.

    Parameters
    ----------
    paper
        What makes rows.

    Yields
    ------
    Row
        One by one, as they are computed.
    """
    for system, formulas in PHASES.items():
        yield _phases(paper, system, formulas)
    for formula in MISPRINTS:
        yield _misprint(paper, formula)
    for claim in review().claims:
        yield _claim(paper, claim)
    yield from crystal_rows(paper)
    yield from _porous(paper)
    yield _glass(paper)
    yield paper.open(
        "amorphous Si and Ge take up Na where the crystals do not",
        "yes",
        "not computed: many sites in large networks, each relaxed; ionsmith build amorphous makes "
        "networks and packings with Na, ionsmith analyze stability compares their energies with "
        "those of the crystals",
    )


def _phases(paper: Paper, system: str, formulas: tuple[str, ...]) -> Row:
    """Which of the phases that the review names are known crystals, by rising content."""
    found, missing = [], []
    for formula in formulas:
        try:
            crystal = load_alloy(formula)
        except UnknownPhase as error:
            missing.append(str(error))
            continue
        amounts = crystal.composition()
        unit = sum(amounts.values()) / sum(parse_formula(formula).values())
        text = write_formula({element: amounts[element] / unit
                              for element in parse_formula(formula)})  # fmt: skip
        found.append((guest_content(crystal), text, crystal.name))
    known = {name for *_, name in found}
    others = [
        crystal.name
        for crystal in path(parse_system(system))
        if guest_content(crystal) and crystal.name not in known
    ]
    also = [f"also in the library: {', '.join(others)}"] if others else []
    return paper.on(*sorted(known)).words(
        f"phases of {system}, by rising content",
        ", ".join(formulas),
        ", ".join(text for _, text, _ in sorted(found)),
        tolerance_from="composition of the sites",
        why="; ".join([*missing, *also]),
        match="by construction",
    )


def _misprint(paper: Paper, formula: str) -> Row:
    """A phase that does not exist, and those that differ from it in one printed number."""
    printed = parse_formula(formula)
    known = [
        crystal
        for crystal in path(parse_system("-".join(printed)))
        if guest_content(crystal) and crystal.answers_to_formula
    ]
    near = [
        crystal.formula
        for crystal in known
        if sum(parse_formula(crystal.formula)[element] == printed[element]
                for element in printed) == 1
    ]  # fmt: skip
    try:
        said = f"the ratio is that of {load_alloy(formula).formula}"
    except UnknownPhase as error:
        said = str(error)
    return paper.on(*(one.name for one in known)).words(
        f"a phase of {'-'.join(printed)} as it is printed",
        formula,
        " or ".join(near) or "none",
        why=f"{said} (computed: known phases with one of its two numbers)",
    )


def _claim(paper: Paper, claim: Claim) -> Row:
    """A figure of the tables: volumes are compared, so that expansions count from -100 %."""
    tolerance = claim.review * (SAME_CAPACITY if claim.quantity == MASS else SAME_VOLUME) / 100
    if claim.quantity == SWELLING:
        tolerance = (100 + claim.value) * SAME_VOLUME / 100
    if claim.at_least:
        tolerance = 0.0
    crystal = load(claim.phase)
    more = ", more than" if claim.at_least else ""
    host = next(element for element in crystal.composition() if element not in GUESTS).lower()
    mass = claim.quantity == MASS
    on = paper.on(crystal.name) if mass else paper.on(crystal.name, host)
    return on.number(
        f"table {claim.table}, {crystal.formula}: {_KIND[claim.quantity]}{more}",
        claim.review,
        claim.value,
        _UNIT[claim.quantity],
        within=tolerance,
        tolerance_from="printed as a bound"
        if claim.at_least
        else ("printed to 0.2 %" if mass else "cells of one phase in the literature"),
        above=claim.at_least,
        why=_meaning(claim),
        match="arithmetic" if mass else "agrees",
    )


def _meaning(claim: Claim) -> str:
    """Say what a figure is that is not what its row says, if that is more than chance."""
    if claim.as_stated:
        return ""
    own = f"the crystal grows by {claim.value:.0f} %, V/V0 = {1 + claim.value / 100:.2f}"
    if claim.quantity != SWELLING:
        own = f"the crystal has {claim.value:.0f} mAh/cm³"
    if claim.table == 2 and claim.quantity != SWELLING:
        return f"{own}; the figure is that of table 1, for the product with Li"
    if not claim.readings:
        return f"{own}; no phase of the system gives the printed figure"
    first = claim.readings[0]
    if first.phase == claim.phase:
        return f"the printed figure is {first}; {own}"
    return (
        f"{own}; another phase comes near, {first}, but so does some phase for "
        f"{_chance(claim):.0%} of all figures between half and twice the printed one"
    )


def _chance(claim: Claim) -> float:
    """Share of figures near a printed one that some phase of the system comes near to."""
    crystal = load(claim.phase)
    guest = next(element for element in crystal.composition() if element in GUESTS)
    host = next(element for element in crystal.composition() if element not in GUESTS)
    names = [one.name for one in path(parse_system(f"{guest}-{host}")) if guest_content(one)]
    phases = storage(names).phases
    figures = claim.review * np.geomspace(1 / OWN, OWN, DRAWN)
    if claim.quantity == SWELLING:
        ratios = np.array([one.volume_ratio for one in phases])
        volumes = np.array([figures / 100, figures / 100 + 1])
        off = volumes[..., None] / ratios - 1
    else:
        values = [one.capacity_product_mAh_cm3 for one in phases]
        off = np.array(values) / figures[None, :, None] - 1
    return float((abs(off) <= SAME_VOLUME / 100).any(axis=(0, 2)).mean())


_KIND = {key: text.removeprefix("% ") for key, text in UNITS.items()}
_UNIT = {key: text.split(" ")[0] for key, text in UNITS.items()}


def _porous(paper: Paper) -> Iterator[Row]:
    """Rows of porous anodes."""
    paper = paper.on("ge", "porous builder")
    germanium = load("ge").to_atoms()
    model = build_porous(germanium, POROSITY)
    yield paper.number(
        "porosity of a model of porous Ge",
        POROSITY,
        model.porosity.atoms,
        "%",
        within=POROSITY / 100,
        tolerance_from="one atom of the model",
        match="by construction",
        why=f"{model.removed} of {model.removed + model.composition['Ge']} Ge taken out",
    )
    yield paper.number(
        "broken bonds of its walls that no H closes",
        0,
        model.dangling_bonds - model.hydrogen,
        within=0,
        match="built",
        why=f"{model.hydrogen} H",
    )
    counts = [
        build_porous(germanium, POROSITY, ions=number).composition["Li"]
        for number in SURFACE_LITHIUM
    ]
    yield paper.words(
        "Li on the walls of the pores",
        ", ".join(map(str, SURFACE_LITHIUM)),
        ", ".join(map(str, counts)),
        match="built",
    )
    dense = germanium
    emptier = build_porous(germanium, EMPTIER, passivate=False).atoms
    outward = [filling(one, FULL, "ge").outward for one in (dense, model.atoms, emptier)]
    needed = filling(model.atoms, FULL, "ge").porosity_needed
    less = all(after < before for before, after in pairwise(outward))
    yield paper.words(
        "outward expansion at higher porosity",
        "less",
        "less" if less else "not less",
        match="by construction",
        why=f"{', '.join(f'{value:.0f} %' for value in outward)} at {DENSER:g}, {POROSITY:g} and "
        f"{EMPTIER:g} %, if walls of {load(FULL).formula} grow into the pores first; none at "
        f"{needed:.0f} %",
    )


def _glass(paper: Paper) -> Row:
    """Expansion of amorphous Na1.6Ge, of which there is no crystal."""
    model = build_packing(SODIATED_GLASS, GLASS_ATOMS)
    before, crystal = storage(["ge", "nage"]).phases
    content = parse_formula(SODIATED_GLASS)
    each = (crystal.volume_per_host - before.volume_per_host) / crystal.x
    ratio = 100 * (1 + content["Na"] / content["Ge"] * each / before.volume_per_host)
    return paper.on("ge", "nage", "na", "amorphous builder").number(
        "expansion of amorphous Na1.6Ge, about",
        300,
        100 * (model.volume_per_host / before.volume_per_host - 1),
        "%",
        within=50,
        tolerance_from="about, one digit",
        why=f"an estimate: {model.density_source}, not relaxed; {each:.1f} Å³ a Na, as in NaGe, "
        f"make V/V0 = {ratio / 100:.2f}, growth by {ratio - 100:.0f} %",
    )


PAPER = Paper(
    "p3",
    "Li et al., Energy Mater. 2, 200020 (2022), doi:10.20517/energymater.2022.24",
    rows,
)
