"""Xiong, Tao and Yue 2020: amorphous phases in electrodes, so far as their crystals go."""

from collections.abc import Iterator

from ase import Atoms
from ase.data import atomic_masses, atomic_numbers

from ionsmith.analyzers.coordination import coordination, shared_polyhedra
from ionsmith.analyzers.storage import MAH_PER_MOL
from ionsmith.crystals import load
from ionsmith.crystals.formula import parse_formula, write_formula
from ionsmith.potentials import PEDONE
from ionsmith.reproduction.rows import Paper, Row, attempt, if_so
from ionsmith.reproduction.xiong_2020_models import CUTOFFS, amorphous_maricite, count, window
from ionsmith.simulation.melt_quench import mixture

MOST = 0.95
"""Share of the P that have to keep four O for PO4 to stay, where each in a few melts a bond more
or less is left over from the quench."""

RARE = 0.03
"""Share of the Fe below which a polyhedron is left out of the mix: one atom of the model."""

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
    found = coordination(atoms)
    counts = found.counts()
    for element, number in (("Fe", 6), ("P", 4)):
        yield paper.on("nafepo4", "coordination").words(
            f"O around {element} in maricite NaFePO4",
            str(number),
            " and ".join(str(one) for one in sorted(counts[element])),
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
    yield paper.open(
        "nanocrystals of NaFePO4 of 1.6 nm in carbon",
        1.6,
        "no builder makes particles or embeds them",
        "nm",
    )
    yield paper.open(
        "nanocrystals embedded in the amorphous matrix",
        "matter",
        "no builder embeds crystals in a glass yet",
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
        + " to the nearest atom; both crystals are relaxed ones",
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
    claims = (
        ("FeO6 of amorphous NaFePO4", "a mix of FeO6, FeO5 and FeO4"),
        ("PO4 of amorphous NaFePO4", "stay"),
        ("mean coordination of O by Fe and P on amorphization", "falls"),
    )
    paper = paper.on("nafepo4", "melt and quench")
    made = attempt(amorphous_maricite)
    if isinstance(made, str):
        yield from (paper.not_run(*claim, "", made) for claim in claims)
        return
    crystal, glass = count(atoms), count(made.atoms)
    near, far = (count(made.atoms, by) for by in (-LOOSER, LOOSER))
    total = sum(glass.iron.values())
    often = [number for number, atoms in glass.iron.items() if atoms >= RARE * total]
    kinds = [f"FeO{number}" for number in sorted(often, reverse=True)]
    yield paper.words(
        *claims[0],
        f"a mix of {', '.join(kinds[:-1])} and {kinds[-1]}" if kinds[1:] else f"{kinds[0]} alone",
        tolerance_from="one Fe of the model",
        why=f"{len(made.atoms)} atoms of maricite molten and quenched at {made.rate:g} K/ps "
        f"({made.potential}); Fe-O within {CUTOFFS['Fe-O']:g} Å: {_listed(glass.iron)}; within "
        f"{CUTOFFS['Fe-O'] - LOOSER:g} Å: {_listed(near.iron)}; within "
        f"{CUTOFFS['Fe-O'] + LOOSER:g} Å: {_listed(far.iron)}; in the crystal all have "
        f"{min(crystal.iron)}",
    )
    share = glass.phosphorus.get(4, 0) / sum(glass.phosphorus.values())
    yield paper.words(
        *claims[1],
        "stay" if share >= MOST else "break",
        tolerance_from="95 % of the P",
        why=f"{100 * share:.0f} % of the P have four O within {CUTOFFS['P-O']:g} Å",
    )
    yield paper.words(
        *claims[2],
        "falls" if glass.oxygen < crystal.oxygen else "does not fall",
        why=f"from {crystal.oxygen:.2f} in the crystal to {glass.oxygen:.2f} ({near.oxygen:.2f} "
        f"and {far.oxygen:.2f} where the cutoff of Fe-O is {LOOSER:g} Å shorter and longer)",
    )


def _listed(counts: dict[int, int]) -> str:
    """Polyhedra by their number of O."""
    return ", ".join(f"{atoms} FeO{number}" for number, atoms in sorted(counts.items()))


def _grown_crystals(paper: Paper) -> Iterator[Row]:
    """Rows of the crystals that grow in vanadium tellurite glass."""
    known = {element for element, _ in PEDONE}
    for name, mixed in (
        ("60V2O5·40TeO2", "60V2O5·40TeO2"),
        ("50TeO2·50V2O5 with 5 mol% Al2O3", "47.5TeO2·47.5V2O5·5Al2O3"),
    ):
        lacking = " and ".join(sorted(set(mixture(mixed)) - known, reverse=True))
        yield paper.open(
            f"glass {name}",
            "made",
            if_so(
                bool(lacking),
                f"Pedone's force field has no {lacking}, and a melt with a machine-learned "
                "potential takes hours: ionsmith build amorphous "
                f"{mixed} --method melt-quench --potential sevennet, and its --density",
            ),
        )
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
