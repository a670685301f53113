"""What Li et al. 2022 say about crystals in words and lines, beside the crystals."""

from collections.abc import Iterator

import numpy as np
from ase.data import atomic_masses
from ase.neighborlist import neighbor_list

from ionsmith.analyzers.coordination import coordination
from ionsmith.analyzers.powder import powder_pattern
from ionsmith.analyzers.storage import MAH_PER_MOL, storage
from ionsmith.crystals import load
from ionsmith.crystals.formula import parse_formula, write_formula
from ionsmith.lattice.miller import Plane
from ionsmith.reproduction.rows import Paper, Row, if_so
from ionsmith.reproduction.yu_2021_crystals import crystal_system, found_group

DENSITIES = (("si", 2.35), ("ge", 5.35), ("sn", 7.28), ("sb", 6.68))
"""Crystal and density in g/cm³."""

EXPANSIONS = (
    ("nasn2", 60.0, "first step", "taken for the NaSn3 of the review, which is no known crystal; "),
    ("na15sn4", 420.0, "in the end", ""),
)
"""Crystal of a step, expansion of Sn in per cent, and why that crystal."""

GROUPS = (
    ("nasn", "space group of NaSn", "I4_1/acd"),
    ("sn", "space group of Sn", "I4_1/amd"),
)

SYSTEMS = (
    ("na9sn4", "crystal system of Na9Sn4", "rhombohedral"),
    ("nasn", "crystal system of NaSn, elsewhere in the review", "orthorhombic"),
    ("sn", "crystal system of Sn", "cubic"),
)
"""Crystal, and what it is called."""

LINES = {
    "na15sn4": (16.5, 19.0, 31.8, 33.3, 34.7, 37.4),
    "sb": (28.7,),
    "na3sb": (33.5, 34.3),
}
"""Lines of Cu Kα in degrees, by crystal."""

STRONG = 20.0
"""Intensity in per cent of the strongest line from which a line counts."""

GRAPHITE, CARBON_PER_LITHIUM = 372.0, 6

HOSTS = ("Mg2Si", "Mg2Ge", "Cu6Sn5", "Sb2O3", "GeO2")
"""Compounds of the hosts that the review names too."""

MODELS_NAMED = (
    "nanowires",
    "nanoparticles",
    "hollow spheres",
    "core–shell particles",
    "nanosheets",
)

_NEAREST = {
    "nanosheets": "no builder makes sheets with edges; ionsmith build slab makes endless ones"
}
"""What comes near to a model that no builder makes."""


def crystal_rows(paper: Paper) -> Iterator[Row]:
    """Compute the rows.

    Parameters
    ----------
    paper
        What makes rows.

    Yields
    ------
    Row
        One by one.
    """
    yield from _silicon(paper)
    yield from _densities(paper)
    yield from _tin(paper)
    yield from _words(paper)
    for name, lines in LINES.items():
        yield from _lines(paper, name, lines)
    yield paper.on().number(
        "graphite as LiC6",
        GRAPHITE,
        MAH_PER_MOL / (CARBON_PER_LITHIUM * atomic_masses[6]),
        "mAh/g",
        within=0.5,
        match="arithmetic",
    )
    for formula in HOSTS:
        crystal = load(formula)
        amounts = {e: n / crystal.formula_units for e, n in crystal.composition().items()}
        yield paper.on(crystal.name).words(
            "another host that is named",
            formula,
            write_formula({element: amounts[element] for element in parse_formula(formula)}),
            why=f"{crystal.title}; {crystal.space_group_symbol}, {crystal.density:.2f} g/cm³",
            match="by construction",
        )
    for model in MODELS_NAMED:
        yield paper.open(
            f"models of {model}", "named", _NEAREST.get(model, "no builder makes them")
        )


def _silicon(paper: Paper) -> Iterator[Row]:
    """Rows of the spacing of Si that is printed."""
    on, crystal = paper.on("si", "indices"), load("si")
    edge, symmetry = crystal.cellpar[0], crystal.lattice.symmetry
    largest = float(crystal.lattice.lattice.d_spacing((1, 1, 1)))
    yield on.number(
        "interplanar spacing of Si, which is near the cell edge",
        5.472,
        edge,
        "Å",
        within=0.0005,
        why=f"{100 * (5.472 / edge - 1):.1f} % more than the edge, {edge:.3f} Å; the largest "
        f"spacing of an allowed reflection is d(1,1,1) = {largest:.3f} Å",
    )
    reason = symmetry.absence_reason((1, 0, 0))
    yield on.words(
        "reflection (1,0,0) of Si, which has that spacing",
        "seen",
        "allowed" if reason is None else "forbidden",
        why=if_so(reason is not None, f"by {reason}; so are (2,0,0) and all with mixed indices"),
    )


def _densities(paper: Paper) -> Iterator[Row]:
    """Rows of the densities."""
    for name, published in DENSITIES:
        crystal = load(name)
        off = 100 * (published / crystal.density - 1)
        yield paper.on(name).number(
            f"density of {crystal.formula}",
            published,
            crystal.density,
            "g/cm³",
            within=0.005,
            why=if_so(
                abs(published - crystal.density) > 0.005,
                f"printed {off:+.1f} % off the crystal, as if its edges were {-off / 3:+.2f} % "
                "off; they are known better",
            ),
        )


def _tin(paper: Paper) -> Iterator[Row]:
    """Rows of Sn and its phases with Na."""
    for name, published, step, choice in EXPANSIONS:
        (phase,) = storage([name]).phases
        yield paper.on(name, "sn").number(
            f"expansion of Sn, {step}, about ({load(name).formula})",
            published,
            phase.expansion_percent,
            "%",
            within=5,
            tolerance_from="about, tens printed",
            why=f"{choice}V/V0 = {phase.volume_ratio:.2f}; data of the crystal: "
            f"{load(name).data_class}",
        )
    crystal = load("na9sn4")
    atoms = crystal.to_atoms()
    shortest = float(neighbor_list("d", atoms[atoms.numbers == 50], 4.0).min())
    yield paper.on("na9sn4").number(
        "shortest Sn–Sn in Na9Sn4",
        2.85,
        shortest,
        "Å",
        within=0.005,
        why=if_so(
            "dft" in crystal.data_class,
            f"the coordinates are relaxed ones; in relaxed cells distances of metals come out "
            f"{100 * (shortest / 2.85 - 1):.1f} % long easily",
        ),
    )
    counts = coordination(load("na15sn4").to_atoms()).counts()["Sn"]
    yield paper.on("na15sn4", "coordination").words(
        "Na around Sn in Na15Sn4", "12", " and ".join(str(one) for one in sorted(counts))
    )


def _words(paper: Paper) -> Iterator[Row]:
    """Rows of space groups and crystal systems."""
    for name, quantity, published in GROUPS:
        yield paper.on(name, "symmetry").words(quantity, published, found_group(load(name)))
    for name, quantity, published in SYSTEMS:
        crystal = load(name)
        found = crystal_system(crystal)
        yield paper.on(name, "symmetry").words(
            quantity,
            published,
            found,
            why=if_so(found != published, f"its sites have {found_group(crystal)}"),
        )


def _lines(paper: Paper, name: str, printed: tuple[float, ...]) -> Iterator[Row]:
    """Rows of the powder lines of a crystal, and the one cell edge that they share."""
    pattern = powder_pattern(f"lib:{name}")
    strong = pattern.intensity >= STRONG
    angles, spacings = pattern.two_theta[strong], pattern.d[strong]
    names = [str(Plane((int(h), int(k), int(m)))) for h, k, m in pattern.hkl[strong]]
    nearest = [int(abs(angles - one).argmin()) for one in printed]
    # One scale of all spacings, in which the printed lines agree best.
    wave = 2 * spacings[nearest] * np.sin(np.radians(angles[nearest] / 2))
    scale = float(
        np.mean(wave / (2 * np.sin(np.radians(np.array(printed) / 2))) / spacings[nearest])
    )
    shifted = 2 * np.degrees(np.arcsin(wave / (2 * scale * spacings[nearest])))
    off = float(abs(shifted - printed).max())
    crystal = load(name)
    for published, line in zip(printed, nearest, strict=True):
        yield paper.on(name, "powder").number(
            f"line of {crystal.formula}, Cu Kα: {names[line]}",
            published,
            float(angles[line]),
            "°",
            within=0.05,
            why=if_so(
                len(printed) > 1 and off <= 0.05,
                f"one scale of the cell, {100 * (scale - 1):+.2f} % (a = "
                f"{scale * crystal.cellpar[0]:.2f} Å), puts all {len(printed)} lines within "
                f"{off:.2f}°; the cell of the library is {crystal.confidence_cell}",
            ),
        )
