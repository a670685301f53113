"""Vanadium tellurite glasses of Xiong et al. 2020, quenched beforehand, beside measured ones.

Three models of each glass lie in ``structures/glasses``, as ``ionsmith build amorphous`` wrote
them, with the command in their provenance; ``scripts/quench_tellurites.py`` makes them again. The
paper names the glasses and gives no numbers of their structure, so that measured ones come from
elsewhere: densities as the database SciGlass lists them, coordination from diffraction.

A hundred atoms that cool through the glass transition in a picosecond show bonds, not more: no
structure beyond a nanometre, no phase separation, no V(IV), and more broken bonds than a glass that
had seconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from ase import Atoms

from ionsmith import provenance
from ionsmith.bonding.elements import mass_density
from ionsmith.crystals.files import read_structure
from ionsmith.crystals.library import glasses as kept_glasses
from ionsmith.reproduction.rows import Paper, Row, if_so
from ionsmith.reproduction.xiong_2020_glasses import Glass, Spread, running, shares, spread
from ionsmith.simulation.melt_quench import mixture

CUTOFFS = {23: 2.2, 52: 2.4}
"""In Å around V and Te: longer V-O belong to V=O...V and to three-coordinated O (U. Hoppe et al.,
J. Non-Cryst. Solids 358, 328 (2012), doi:10.1016/j.jnoncrysol.2011.09.038); alpha-TeO2 has its
four O within 2.12 Å, the next at 2.9 Å."""

LOOSER = 0.2
"""In Å, by how much the cutoffs are varied to see what depends on them."""

VANADYL = 1.7
"""In Å, longest V=O: 1.58 Å in V2O5, whose next bond has 1.78 Å."""

COMMON = 10.0
"""Share in per cent of the V or Te from which a polyhedron belongs to the mix: a model has 24 V, 8
Te."""

MOST = 95.0
"""Share in per cent of the V that have to have V=O."""


@dataclass(frozen=True)
class Tellurite:
    """A glass, and what was measured of it.

    Parameters
    ----------
    title
        Its name in the paper.
    start
        How the names of its models begin.
    mixture
        Its oxides.
    density
        Middle of measured densities in g/cm³.
    within
        Half of their range in g/cm³.
    measured
        Who measured them, in words.
    """

    title: str
    start: str
    mixture: str
    density: float
    within: float
    measured: str


TELLURITES = (
    Tellurite(
        "60V2O5·40TeO2",
        "glass-60v2o5-40teo2-",
        "60V2O5+40TeO2",
        3.64,
        0.08,
        "3.56 (Lebrun et al., Solid State Ionics 40-41, 718 (1990)), 3.69 (Hirashima et al. 1992), "
        "3.71 (Souri and Shomalian, J. Non-Cryst. Solids 355, 1597 (2009)) and, of 61.3 mol% V2O5, "
        "3.68 (Levy et al., Solid State Ionics 28-30, 736 (1988))",
    ),
    Tellurite(
        "50TeO2·50V2O5 with 5 mol% Al2O3",
        "glass-50teo2-50v2o5-5al2o3-",
        "50TeO2+50V2O5+5Al2O3",
        4.00,
        0.07,
        "of 50TeO2·50V2O5 without Al2O3 3.93 (Hirashima et al. 1992), 3.96 (Kaur et al., AIP Conf. "
        "Proc. 1942, 70028 (2018)), 4.00 (Sidkey et al., J. Non-Cryst. Solids 215, 75 (1997)) and "
        "4.07 (Levy et al. 1988); 3.64 (Kjeldsen et al., J. Phys. Chem. B 118, 14942 (2014)) is "
        "left out",
    ),
)


@cache
def models(start: str) -> tuple[Glass, ...]:
    """Kept models of a glass, by seed.

    Parameters
    ----------
    start
        How their names begin.
    """
    made = []
    for path in kept_glasses(start):
        atoms = read_structure(path)
        settings = provenance.of(atoms)["steps"][0]["parameters"]
        made.append(Glass(float(settings["rate"]), int(settings["seed"]), atoms))
    return tuple(sorted(made, key=lambda one: one.seed))


def vanadyl(atoms: Atoms) -> float:
    """Share in per cent of the V that have an O within :data:`VANADYL`."""
    found = shares([Glass(0.0, 0, atoms)] * 2, 23, VANADYL)
    return 100 - (found[0].mean if 0 in found else 0.0)


def mean_number(glasses: tuple[Glass, ...], centre: int, longer: float = 0.0) -> Spread:
    """Mean number of O around V or Te within its cutoff, or a longer one, with its spread.

    Parameters
    ----------
    glasses
        At least two of them.
    centre
        Atomic number.
    longer
        What is added to the cutoff in Å.
    """
    mean, deviation = running(list(glasses), centre, np.array([CUTOFFS[centre] + longer]))
    return Spread(float(mean[0]), float(deviation[0]))


def rows(paper: Paper) -> Iterator[Row]:
    """Compute the rows of both glasses.

    Parameters
    ----------
    paper
        What makes rows.

    Yields
    ------
    Row
        One by one.
    """
    for glass in TELLURITES:
        yield from _rows(paper.on("kept tellurites"), glass, models(glass.start))


def _rows(paper: Paper, glass: Tellurite, made: tuple[Glass, ...]) -> Iterator[Row]:
    """Rows of a glass."""
    name, first = glass.title, made[0]
    unit = mixture(glass.mixture)
    whole = all(
        one.atoms.symbols.count(e) * sum(unit.values()) == n * len(one.atoms)
        for one in made
        for e, n in unit.items()
    )
    yield paper.words(
        f"glass {name}",
        "made",
        "made" if whole else "of another composition",
        why=f"{len(made)} models of {len(first.atoms)} atoms, quenched from random positions at "
        f"{first.rate:g} K/ps with {_potential(first.atoms)} and kept in structures/glasses; a "
        "melt that is quenched in picoseconds becomes a glass whatever it is; made again by "
        "scripts/quench_tellurites.py",
        match="built",
    )
    density = spread(list(made), mass_density)
    yield paper.number(
        f"density of {name}",
        glass.density,
        density.mean,
        "g/cm³",
        within=glass.within,
        tolerance_from="range of the measured ones",
        why=f"{density.shown(2)}, relaxed at zero pressure and 0 K; measured {glass.measured}, as "
        "listed in SciGlass; a faster quench leaves a looser glass, while the potential makes the "
        "cell of the crystal Te2V2O9 0.4 % larger than measured"
        + _near(density, glass.density, glass.within),
        origin="check",
    )
    number = mean_number(made, 23)
    yield paper.number(
        f"O around V in {name}",
        4.2,
        number.mean,
        within=0.2,
        tolerance_from="vitreous V2O5 to 50ZnO·50V2O5",
        why=f"{_cut(made, 23)}; measured by diffraction 4.4 in vitreous V2O5 and 4.0 in "
        "50ZnO·50V2O5 (Hoppe et al., Z. Naturforsch. A 56, 478 (2001), "
        "doi:10.1515/zna-2001-0609)" + _near(number, 4.2, 0.2),
        origin="check",
    )
    yield _mix(
        paper, made, 23, f"polyhedra of V in {name}", "a mix of VO5 and VO4",
        "vitreous V2O5 has both (Hoppe et al. 2012, doi:10.1016/j.jnoncrysol.2011.09.038)",
    )  # fmt: skip
    double = spread(list(made), vanadyl)
    yield paper.number(
        f"V with V=O in {name}",
        100,
        double.mean,
        "%",
        within=100 - MOST,
        tolerance_from=f"{MOST:g} % of the V",
        why=f"{double.shown()} % have an O within {VANADYL:g} Å; V=O is common to the units of "
        "vanadate glasses (Hoppe et al. 2012)"
        + if_so(
            double.mean < MOST,
            "; V without it are bonds that the quench had no time to sort",
        ),
        origin="check",
    )
    yield _mix(
        paper, made, 52, f"polyhedra of Te in {name}", "a mix of TeO4 and TeO3",
        "V2O5, as WO3, turns TeO4 of TeO2 glass into TeO3; in 75TeO2·25WO3, Te has 3.61 O "
        "(doi:10.1016/j.jnoncrysol.2018.05.003); the shell of Te has no end, so that its shares "
        "depend on the cutoff",
    )  # fmt: skip


def _near(found: Spread, published: float, within: float) -> str:
    """Remark on a number that is outside the tolerance by less than the spread."""
    beyond = abs(found.mean - published) - within
    return if_so(0 < beyond < found.deviation, "; it is outside by less than the spread")


def _mix(
    paper: Paper, made: tuple[Glass, ...], centre: int, quantity: str, published: str, source: str
) -> Row:
    """Row of the polyhedra that are common around V or Te."""
    symbol = {23: "V", 52: "Te"}[centre]
    found = shares(list(made), centre, CUTOFFS[centre])
    often = sorted((k for k, one in found.items() if one.mean >= COMMON), reverse=True)
    kinds = [f"{symbol}O{number}" for number in often]
    mix = f"a mix of {', '.join(kinds[:-1])} and {kinds[-1]}" if kinds[1:] else f"{kinds[0]} alone"
    listed = ", ".join(f"{symbol}O{k} {one.shown()} %" for k, one in found.items())
    return paper.words(
        quantity,
        published,
        mix,
        tolerance_from=f"{COMMON:g} % of the {symbol}",
        why=f"{listed}; {_cut(made, centre)}; {source}",
        origin="check",
    )


def _cut(made: tuple[Glass, ...], centre: int) -> str:
    """Number of O within the cutoff, and how it depends on it."""
    near, mean, far = (mean_number(made, centre, by) for by in (-LOOSER, 0.0, LOOSER))
    at = CUTOFFS[centre]
    return (
        f"{mean.shown(2)} O within {at:g} Å ({near.shown(2)} within {at - LOOSER:g}, "
        f"{far.shown(2)} within {at + LOOSER:g})"
    )


def _potential(atoms: Atoms) -> str:
    """Model of the potential that a glass was quenched with."""
    return str(provenance.of(atoms)["steps"][0]["parameters"]["potential"]["model"])
