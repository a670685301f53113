"""The command line of d-spacings: the published job, negative and four indices, bad input."""

from typing import Any

import pytest

from command import run_command, run_json


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run_command(capsys, "analyze", "dspacing", *arguments)


def result(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    return run_json(capsys, "analyze", "dspacing", *arguments)


def test_planes_of_the_published_interfaces(capsys: pytest.CaptureFixture[str]) -> None:
    """Yu et al.: d(202) of NVP 0.357 nm, d(100) of NH4VO3 0.491 nm."""
    found = result(capsys, "lib:nvp", "(2,0,2)", "(2,-1,0)", "(0,0,9)")
    assert [plane["d"] for plane in found["planes"]] == pytest.approx(
        [3.571, 4.364, 2.423], abs=6e-4
    )
    assert [plane["forbidden"] for plane in found["planes"]] == [False, False, True]
    found = result(capsys, "lib:nh4vo3", "(1,0,0)", "(1,2,-1)")
    assert [plane["d"] for plane in found["planes"]] == pytest.approx([4.909, 3.167], abs=6e-4)


@pytest.mark.parametrize(
    ("text", "indices"),
    [
        ("-1 2 1", [-1, 2, 1]),
        ("-1,-2,1", [-1, -2, 1]),
        ("-12-1", [-1, 2, -1]),
        ("(-1,2,1)", [-1, 2, 1]),
        ("(2,-1,-1,0)", [2, -1, 0]),
        ("-1 2 -1 1", [-1, 2, 1]),
        ("2-1-10", [2, -1, 0]),
    ],
)
def test_negative_and_four_indices(
    capsys: pytest.CaptureFixture[str], text: str, indices: list[int]
) -> None:
    assert result(capsys, "lib:nvp", text)["planes"][0]["indices"] == indices


def test_directions_in_the_same_list(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(capsys, "lib:nh4vo3", "-1 -2 1", "[0,1,2]", "(1,0,0)")
    assert [line["indices"] for line in found["directions"]] == [[0, 1, 2]]
    assert [pair["zone_law"] for pair in found["pairs"]] == [0, None, 0]
    assert found["pairs"][1]["shared"] == "[0,1,2]"


def test_table_of_spacings(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(capsys, "lib:nvp", "--d-min", "4")
    assert [plane["label"] for plane in found["planes"]] == ["(0,1,2)", "(1,0,4)", "(1,1,0)"]
    code, out, _ = run(capsys, "lib:nvp", "--d-min", "6", "--forbidden")
    assert code == 0
    assert "(0,1,2)" in out
    assert "lattice centring" in out


def test_csv_holds_the_planes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "lib:nvp", "(2,0,2)", "--format", "csv")
    assert code == 0
    assert out.splitlines()[0].startswith("plane,")
    assert out.splitlines()[1].startswith('"(2,0,2)",3.571')


@pytest.mark.parametrize(
    "arguments",
    [
        ("lib:nvp", "0 0 0"),
        ("lib:nvp", "(1,0,1,2)"),
        ("lib:nvp", "1", "2", "-1"),
        ("lib:nvp", "(1,2"),
        ("lib:nh4vo3", "(2,-1,-1,0)"),
        ("lib:nvp", "(1,0,0)", "--d-min", "2"),
        ("lib:nvp", "--d-min", "0"),
        ("lib:nvp", "--d-min", "-1"),
        ("lib:nvp", "--symprec", "0"),
        ("lib:no-such-phase", "(1,0,0)"),
        ("no-such-file.cif", "(1,0,0)"),
        (),
    ],
)
def test_bad_input_gets_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1


def test_help_shows_an_example_that_works(capsys: pytest.CaptureFixture[str]) -> None:
    import shlex

    _, out, _ = run(capsys, "--help")
    example = " ".join(out[out.index("Example:") :].removeprefix("Example:").split())
    arguments = shlex.split(example)
    assert arguments[:3] == ["ionsmith", "analyze", "dspacing"]
    assert run(capsys, *arguments[3:])[0] == 0
