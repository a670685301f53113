"""The command line of indexing."""

import json

import pytest

from command import run_command
from ionsmith.crystals import names


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run_command(capsys, "analyze", "indexing", *arguments)


def test_rough_values_of_the_paper_in_the_whole_library(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """P2 reads 0.491 nm for (100) of NH4VO3; 0.317 nm and 49.8° are those of (12-1)."""
    code, out, err = run(capsys, "--spot", "4.91@0", "--spot", "3.17@49.8", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    best = document["result"]["solutions"][0]
    assert best["crystal"] == "nh4vo3"
    assert sorted(map(abs, best["zone_indices"])) == [0, 1, 2]
    assert len(document["result"]["solutions"]) == min(20, document["result"]["count"])
    assert document["inputs"]["spot"] == [{"d": 4.91, "azimuth": 0}, {"d": 3.17, "azimuth": 49.8}]
    assert document["result"]["tried"] == len(names())


def test_negative_angles_and_chosen_crystals(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "lib:si", "--spot", "3.136@-35", "--spot", "3.136@35.5",
                       "--limit", "1")  # fmt: skip
    assert code == 0
    assert "[1,1,0]" in out.replace("-", "").replace("[0,1,1]", "[1,1,0]")


@pytest.mark.parametrize(
    ("arguments", "expected", "words"),
    [
        (("--spot", "4.91"), 2, "such as 4.91@50.2"),
        (("--spot", "4.91@0"), 2, "at least two"),
        ((), 2, "--spot"),
        (("--spot", "4@0", "--spot", "3@180"), 2, "in line"),
        (("lib:si", "--spot", "40@0", "--spot", "30@50"), 3, "larger tolerances"),
        (
            ("--spot", "4@0", "--spot", "3@50", "--d-tolerance", "2"),
            2,
            "must be above 0 and up to 0.2",
        ),
    ],
)
def test_refusals(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], expected: int, words: str
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (expected, "")
    assert words in err
