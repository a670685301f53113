"""What cracking takes, and what it refuses in one line."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ase import Atoms

from ionsmith.builders.beta_alumina import build_beta_alumina
from ionsmith.builders.beta_alumina.crack import open_crack
from ionsmith.crystals import load
from ionsmith.crystals.files import write_structure
from ionsmith.errors import CrackNotPossible, InvalidChoice, NotBetaAlumina


@cache
def _stabilised() -> Atoms:
    return build_beta_alumina((6, 1, 1)).atoms


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"plane": 0}, "numbered from 1"),
        ({"plane": 4}, "the structure has 3"),
        ({"plane": 1, "width": -2.0}, "`width` is -2 Å"),
        ({"plane": 1, "width": 0.0}, "`width` is 0 Å"),
        ({"plane": 1, "width": float("nan")}, "`width` is nan"),
        ({"plane": 1, "width": 5e4}, "0.1 to 1000"),
        ({"plane": 1, "kinks": ((1.2, 2), (1.5, 1))}, "a kink at 1.2"),
        ({"plane": 1, "kinks": ((0.6, 2), (0.4, 1))}, "must rise"),
        ({"plane": 1, "kinks": ((0.4, 5), (0.6, 1))}, "no conduction plane 5"),
        ({"plane": 1, "kinks": ((0.4, 2),)}, "kink that leads back"),
        ({"plane": 1, "kinks": ((0.4, 1), (0.6, 1))}, "to itself"),
        ({"plane": 1, "kinks": ((0.4, 2), (0.6, 1)), "step_width": -1.0}, "`step_width` is -1"),
        ({"plane": 1, "step_width": 3.0}, "`step_width` is for kinks"),
        ({"plane": 1, "kinks": ((0.4, 2), (0.6, 1)), "width": 50.0}, "wider crystal"),
        ({"plane": 1, "kinks": ((0.4, 2), (0.6, 1)), "width": 27.0}, "nothing of spinel block"),
        ({"plane": 1, "extent": (0.8, 0.2)}, "two rising fractions"),
        ({"plane": 1, "extent": (0.0, 1.0)}, "crystal left"),
        ({"plane": 1, "extent": (0.0, 0.99)}, "nothing of spinel block"),
        ({"plane": 1, "extent": (0.2, 0.8), "width": 5.0}, "not `width`"),
        ({"plane": 1, "blocks": 1}, "two tips"),
        ({"plane": 1, "extent": (0.2, 0.8), "blocks": 0}, "at least 1"),
        ({"plane": 3, "extent": (0.2, 0.8)}, "use a lower plane"),
        ({"plane": 1, "vacuum": -1.0}, "`vacuum` is -1"),
        ({"plane": 3, "vacuum": 10.0}, "cell boundary"),
        ({"plane": 1, "width": 0.1, "fill": True}, "no Na atom fits"),
    ],
)
def test_refused(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(CrackNotPossible, match=reason) as caught:
        open_crack(_stabilised(), **options)
    assert "\n" not in str(caught.value)


def test_other_crystals_are_refused() -> None:
    with pytest.raises(NotBetaAlumina):
        open_crack(load("si").to_atoms(), 1)


@pytest.mark.parametrize(
    "options",
    [{"axis": "c"}, {"unit": "Angstrom"}, {"sodium": "both"}, {"faces": "Flat"}],
)
def test_wrong_words_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidChoice, match=next(iter(options))):
        open_crack(_stabilised(), 2, **options)


def test_takes_a_file(tmp_path: Path) -> None:
    write_structure(str(tmp_path / "open.extxyz"), _stabilised())
    crack = open_crack(tmp_path / "open.extxyz", 2, width=8)
    (stretch,) = crack.stretches
    (expected,) = open_crack(_stabilised(), 2, width=8).stretches
    assert stretch.wall_distance == pytest.approx(expected.wall_distance, abs=1e-6)
