"""Xiong, Tao and Yue 2020: amorphous phases in electrodes, so far as their crystals go."""

from collections.abc import Iterator

from ase import Atoms

from ionsmith.analyzers.coordination import coordination
from ionsmith.analyzers.polyhedra import shared_polyhedra
from ionsmith.crystals import load
from ionsmith.crystals.formula import parse_formula, write_formula
from ionsmith.geometry.bonds import find_bonds
from ionsmith.reproduction.rows import Paper, Row

NO_GLASS = "no builder makes oxide glasses by melting and quenching yet"


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
    crystal = load("nafepo4")
    atoms = crystal.to_atoms()
    found = coordination(atoms)
    counts = found.counts()
    for element, number in (("Fe", 6), ("P", 4)):
        yield paper.words(
            f"O around {element} in maricite NaFePO4",
            str(number),
            " and ".join(str(one) for one in sorted(counts[element])),
        )
    mean = _mean_oxygen(atoms)
    iron, oxygen = (atoms.get_chemical_symbols().count(element) for element in ("Fe", "O"))
    yield paper.open(
        "FeO6 of amorphous NaFePO4", "a mix of FeO6, FeO5 and FeO4",
        f"{NO_GLASS}; in the crystal all {sum(counts['Fe'].values())} Fe of the cell have "
        f"{min(counts['Fe'])} O",
    )  # fmt: skip
    yield paper.open(
        "PO4 of amorphous NaFePO4",
        "stay",
        f"{NO_GLASS}; in the crystal all P have {min(counts['P'])} O",
    )
    yield paper.open(
        "mean coordination of O by Fe and P on amorphization",
        "falls",
        f"{NO_GLASS}; {mean:.2f} in the crystal, {mean - iron / oxygen:.2f} if every Fe lost an O",
    )
    shared = sum(one.count for one in shared_polyhedra(atoms).rows if one.pair == "PO4-PO4")
    ratios = [_oxygen_per_phosphorus(formula) for formula in (
        {"NaFePO4": 1.0}, {"FeO": 0.4, "NaPO3": 0.6})]  # fmt: skip
    yield paper.open(
        "NaFePO4 is a poor glass former, 40FeO·60NaPO3 is a glass",
        "yes",
        f"{NO_GLASS}; what the crystal says: {shared} PO4 pairs share an O, so there is no network "
        f"of phosphate, with {ratios[0]:g} O per P; the glass has {ratios[1]:.2f}, below the 4 of "
        "isolated PO4, so that phosphate tetrahedra have to share O",
    )
    yield paper.open(
        "nanocrystals embedded in the amorphous matrix",
        "matter",
        "no builder embeds crystals in a glass yet",
    )


def _grown_crystals(paper: Paper) -> Iterator[Row]:
    for quantity in (
        "glass 60V2O5·40TeO2",
        "glass 50TeO2·50V2O5 with 5 mol% Al2O3",
    ):
        yield paper.open(quantity, "made", NO_GLASS)
    per_vanadium = []
    for name, formula in (("livo3", "LiVO3"), ("li3vo4-gamma", "Li3VO4"), ("te", "Te")):
        crystal = load(name)
        amounts = {e: n / crystal.formula_units for e, n in crystal.composition().items()}
        order = parse_formula(formula)
        yield paper.words(
            f"nanocrystals that cycling grows: {crystal.title}",
            formula,
            write_formula({element: amounts[element] for element in order}),
            why=f"from the sites of the crystal, {crystal.space_group_symbol}, "
            f"{crystal.density:.2f} g/cm³",
        )
        if "V" in amounts:
            per_vanadium.append(amounts["Li"] / amounts["V"])
    rising = per_vanadium == sorted(per_vanadium)
    yield paper.words(
        "Li per V from LiVO3 to γ-Li3VO4, as cycling goes on",
        "rises",
        "rises" if rising else "falls",
        why=" to ".join(f"{value:g}" for value in per_vanadium),
    )


def _mean_oxygen(atoms: Atoms) -> float:
    """Mean number of Fe and P around O."""
    bonds = find_bonds(atoms)
    from_oxygen = atoms.numbers[bonds.first] == 8
    to_cation = (atoms.numbers[bonds.second] == 26) | (atoms.numbers[bonds.second] == 15)
    return float((from_oxygen & to_cation).sum() / (atoms.numbers == 8).sum())


def _oxygen_per_phosphorus(mixture: dict[str, float]) -> float:
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
