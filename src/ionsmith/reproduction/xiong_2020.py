"""Xiong, Tao and Yue 2020: amorphous phases in electrodes, so far as their crystals go."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from ase import Atoms
from ase.data import atomic_masses, atomic_numbers

from ionsmith.analyzers.coordination import coordination, shared_polyhedra
from ionsmith.analyzers.storage import MAH_PER_MOL
from ionsmith.builders.particles import build_embedded
from ionsmith.crystals import load
from ionsmith.crystals.formula import parse_formula, write_formula
from ionsmith.reproduction.rows import Paper, Row, attempt, if_so
from ionsmith.reproduction.xiong_2020_glasses import (
    Glass,
    by_rate,
    kept,
    running,
    shares,
    spread,
)
from ionsmith.reproduction.xiong_2020_models import CUTOFFS, amorphous_maricite, count, window
from ionsmith.reproduction.xiong_2020_tellurites import rows as tellurite_rows

MOST = 95.0
"""Share in per cent of the P that have to keep four O for PO4 to stay, where in a few a bond more
or less is left over from the quench."""

RARE = 3.0
"""Share in per cent of the Fe below which a polyhedron is left out of the mix."""

CURVE = (2.3, 2.5, 2.7, 2.9, 3.1)
"""In Å, cutoffs of Fe-O whose coordination is named."""

FORMS = {"maricite": "nafepo4", "triphylite": "nafepo4-triphylite"}

GLASS = parse_formula("Sn1.0B0.56P0.40Al0.42O3.6")
CATIONS = {"Sn": 2, "B": 3, "P": 5, "Al": 3}
"""Tin composite oxide glass, and charges of its cations."""

LOOSER = 0.1
"""In Å, by how much the cutoff of Fe-O is varied to see what depends on it."""


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
    yield from _maricite(paper)
    yield from _grown_crystals(paper)


def _maricite(paper: Paper) -> Iterator[Row]:
    """Rows of crystalline maricite."""
    crystal = load("nafepo4")
    atoms = crystal.to_atoms()
    found = coordination(atoms, shapes=True)
    counts = found.counts()
    for element, number in (("Fe", 6), ("P", 4)):
        yield paper.on("nafepo4", "coordination").words(
            f"O around {element} in maricite NaFePO4",
            str(number),
            " and ".join(str(one) for one in sorted(counts[element])),
        )
    for element, shape in (("Fe", "octahedron"), ("P", "tetrahedron")):
        sites = [one for one in found.shapes or () if one.element == element]
        yield paper.on("nafepo4", "coordination").words(
            f"shape of the O around {element} in maricite NaFePO4",
            shape,
            " and ".join(sorted({one.shape for one in sites})),
            tolerance_from="the nearest ideal polyhedron",
            why="continuous shape measure "
            + ", ".join(f"{one.measure:.2f}" for one in sites)
            + ", where 0 is ideal",
        )
    yield _channels(paper)
    yield _capacity(paper)
    yield from _amorphous(paper, atoms)
    shared = sum(one.count for one in shared_polyhedra(atoms).rows if one.pair == "PO4-PO4")
    ratios = [_oxygen_per_phosphorus(formula) for formula in (
        {"NaFePO4": 1.0}, {"FeO": 0.4, "NaPO3": 0.6})]  # fmt: skip
    yield paper.open(
        "NaFePO4 is a poor glass former, 40FeO·60NaPO3 is a glass",
        "yes",
        "a melt that is quenched in picoseconds becomes a glass whatever it is, so that a "
        f"simulation does not tell; what the crystal says: {shared} PO4 pairs share an O, so there "
        f"is no network of phosphate, with {ratios[0]:g} O per P; the glass has {ratios[1]:.2f}, "
        "below the 4 of isolated PO4, so that phosphate tetrahedra have to share O",
    )
    yield from _embedded(paper)


def _embedded(paper: Paper) -> Iterator[Row]:
    """Rows of maricite embedded in carbon and in its glass."""
    maricite = load("nafepo4")
    carbon = build_embedded(maricite, load("graphite"), size=16.0, wall=8.0)
    volume = carbon.volume_fraction * carbon.atoms.get_volume()
    yield paper.on("nafepo4", "graphite", "particle builder").number(
        "nanocrystals of NaFePO4 of 1.6 nm in carbon",
        1.6,
        (6 * volume / np.pi) ** (1 / 3) / 10,
        "nm",
        within=0.05,
        why=f"{carbon.counts['guest']} atoms of maricite in a cavity of graphite, by the diameter "
        "of the same volume; carbon of the electrode is not graphite, and nothing was relaxed",
        match="built",
    )
    glass = build_embedded(maricite, kept()[0].atoms, size=12.0, wall=8.0, orientation="random")
    yield paper.on("nafepo4", "kept glasses", "particle builder").words(
        "nanocrystals embedded in the amorphous matrix",
        "embedded",
        "embedded",
        why=f"{glass.counts['guest']} atoms of maricite among {glass.counts['host']} of its glass, "
        f"no closer than {glass.closest:.2f} Å; that they matter is a statement on electrodes",
        match="built",
    )


def _channels(paper: Paper) -> Row:
    """In which form of NaFePO4 Na has the wider way."""
    widths = {name: window(load(crystal).to_atoms(), "Na") for name, crystal in FORMS.items()}
    return paper.on(*FORMS.values(), "windows").words(
        "form of NaFePO4 with open channels for Na",
        "triphylite",
        max(widths, key=lambda name: widths[name]),
        tolerance_from="the wider of two",
        why="narrowest place of the widest way of straight hops: "
        + ", ".join(f"{width:.2f} Å in {name}" for name, width in widths.items())
        + " to the nearest atom; both crystals are relaxed ones; this tells the wider form, "
        "ionsmith analyze migration whether Na passes",
    )


def _capacity(paper: Paper) -> Row:
    """Capacity of NaFePO4."""
    mass = sum(atomic_masses[atomic_numbers[e]] * n for e, n in parse_formula("NaFePO4").items())
    value = MAH_PER_MOL / mass
    return paper.number(
        "one Na of NaFePO4, 1 C",
        155,
        value,
        "mAh/g",
        within=0.5,
        why=if_so(value < 154.5, "by the atomic masses; the printed one is rounded up"),
        match="arithmetic",
    )


def _amorphous(paper: Paper, atoms: Atoms) -> Iterator[Row]:
    """Rows of amorphous maricite."""
    glasses, crystal = by_rate(kept()), count(atoms)
    made = paper.on("nafepo4", "kept glasses")
    origin = " and ".join(
        f"{len(some)} glasses of {len(some[0].atoms)} atoms quenched from maricite at {rate:g} K/ps"
        for rate, some in glasses.items()
    )
    mixes = {_mix(some) for some in glasses.values()}
    yield made.words(
        "FeO6 of amorphous NaFePO4",
        "a mix of FeO6, FeO5 and FeO4",
        mixes.pop() if len(mixes) == 1 else "depends on the rate",
        tolerance_from="3 % of the Fe, and twice the spread",
        why=f"{origin}, with as many seeds, kept in the package and made again by "
        f"scripts/quench_glasses.py; Fe-O within {CUTOFFS['Fe-O']:g} Å, with standard deviations: "
        + "; ".join(f"{rate:g} K/ps: {_shares(some)}" for rate, some in glasses.items())
        + "; the shell has no end, so that the number of O rises with the cutoff: "
        f"{_curve(next(iter(glasses.values())))}; in the crystal all have {min(crystal.iron)}",
    )
    whole = {rate: shares(some, 15, CUTOFFS["P-O"])[4] for rate, some in glasses.items()}
    yield made.words(
        "PO4 of amorphous NaFePO4",
        "stay",
        "stay" if all(one.mean >= MOST for one in whole.values()) else "break",
        tolerance_from=f"{MOST:g} % of the P",
        why=f"with four O within {CUTOFFS['P-O']:g} Å: "
        + "; ".join(f"{one.shown()} % of the P at {rate:g} K/ps" for rate, one in whole.items())
        + "; the same glasses",
    )
    slow = next(iter(glasses.values()))
    near, far = (spread(slow, partial(_around_oxygen, longer=by)) for by in (-LOOSER, LOOSER))
    around = {rate: spread(some, _around_oxygen) for rate, some in glasses.items()}
    yield made.words(
        "mean coordination of O by Fe and P on amorphization",
        "falls",
        "falls"
        if all(one.mean + 2 * one.deviation < crystal.oxygen for one in around.values())
        else "does not fall",
        tolerance_from="twice the spread",
        why=f"from {crystal.oxygen:.2f} in the crystal to "
        + " and ".join(f"{one.shown(2)} at {rate:g} K/ps" for rate, one in around.items())
        + f"; at the slower rate {near.shown(2)} and {far.shown(2)} where the cutoff of Fe-O is "
        f"{LOOSER:g} Å shorter and longer; the same glasses",
    )
    yield _fresh(paper.on("nafepo4", "melt and quench", "kept glasses"), glasses)


def _fresh(paper: Paper, glasses: dict[float, list[Glass]]) -> Row:
    """Whether a glass that is quenched now is as those that were kept."""
    quantity = "O around Fe in a glass quenched now, beside those quenched before"
    old = spread(list(glasses.values())[-1], _around_iron)
    made = attempt(amorphous_maricite)
    if isinstance(made, str):
        return paper.not_run(quantity, round(old.mean, 2), "", made, "check")
    smaller = (len(kept()[0].atoms) / len(made.atoms)) ** 0.5
    return paper.number(
        quantity,
        round(old.mean, 2),
        _around_iron(made.atoms),
        within=round(3 * old.deviation * smaller, 2),
        tolerance_from="three times the spread, for so many atoms",
        why=f"{len(made.atoms)} atoms at {made.rate:g} K/ps ({made.potential})",
        origin="check",
    )


def _mix(glasses: list[Glass]) -> str:
    """Polyhedra of Fe that are common in glasses."""
    found = shares(glasses, 26, CUTOFFS["Fe-O"])
    often = [k for k, one in found.items() if one.mean > max(RARE, 2 * one.deviation)]
    kinds = [f"FeO{number}" for number in sorted(often, reverse=True)]
    if not kinds[1:]:
        return f"{kinds[0]} alone" if kinds else "no polyhedron is common"
    return f"a mix of {', '.join(kinds[:-1])} and {kinds[-1]}"


def _shares(glasses: list[Glass]) -> str:
    """Shares of the polyhedra of Fe."""
    found = shares(glasses, 26, CUTOFFS["Fe-O"])
    return ", ".join(f"FeO{number} {one.shown()} %" for number, one in found.items())


def _curve(glasses: list[Glass]) -> str:
    """Number of O around Fe with the cutoff."""
    mean, deviation = running(glasses, 26, np.array(CURVE))
    listed = zip(CURVE, mean.tolist(), deviation.tolist(), strict=True)
    return ", ".join(f"{n:.2f} ± {by:.2f} within {r:g} Å" for r, n, by in listed)


def _around_oxygen(atoms: Atoms, longer: float = 0.0) -> float:
    """Mean number of Fe and P around O, with a longer cutoff of Fe-O."""
    return count(atoms, longer).oxygen


def _around_iron(atoms: Atoms) -> float:
    """Mean number of O around Fe."""
    found = count(atoms).iron
    return sum(number * atoms for number, atoms in found.items()) / sum(found.values())


def _grown_crystals(paper: Paper) -> Iterator[Row]:
    """Rows of the crystals that grow in vanadium tellurite glass."""
    yield from tellurite_rows(paper)
    per_vanadium = []
    for name, formula in (("livo3", "LiVO3"), ("li3vo4-gamma", "Li3VO4"), ("te", "Te")):
        crystal = load(name)
        amounts = {e: n / crystal.formula_units for e, n in crystal.composition().items()}
        order = parse_formula(formula)
        yield paper.on(name).words(
            f"nanocrystals that cycling grows: {crystal.title}",
            formula,
            write_formula({element: amounts[element] for element in order}),
            why=f"from the sites of the crystal, {crystal.space_group_symbol}, "
            f"{crystal.density:.2f} g/cm³",
            match="by construction",
        )
        if "V" in amounts:
            per_vanadium.append(amounts["Li"] / amounts["V"])
    rising = per_vanadium == sorted(per_vanadium)
    yield paper.on().words(
        "Li per V from LiVO3 to γ-Li3VO4, as cycling goes on",
        "rises",
        "rises" if rising else "falls",
        why=" to ".join(f"{value:g}" for value in per_vanadium),
        match="arithmetic",
    )
    needed = sum(CATIONS[element] * GLASS[element] for element in CATIONS) / 2
    yield paper.on().number(
        "O that balances Sn(II), B, P and Al in Sn1.0B0.56P0.40Al0.42O3.6",
        GLASS["O"],
        needed,
        within=0.05,
        why=f"{2 * (GLASS['O'] - needed):.2f} e are left over with Sn(II): a part of it is Sn(IV)",
        match="arithmetic",
    )


def _oxygen_per_phosphorus(mixture: dict[str, float]) -> float:
    """O per P of a mixture of formulas."""
    total = {"O": 0.0, "P": 0.0}
    for formula, share in mixture.items():
        for element, amount in parse_formula(formula).items():
            if element in total:
                total[element] += share * amount
    return total["O"] / total["P"]


PAPER = Paper(
    "p4",
    "Xiong, Tao and Yue, Front. Mater. 6, 328 (2020), doi:10.3389/fmats.2019.00328",
    rows,
)
