"""Campaigns under bad potentials, damaged files, signals and changes of the job."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ionsmith.errors import ExternalProgramFailed, InvalidInput, IonsmithError, UnreadableFile
from ionsmith.screening import (
    Campaign,
    Status,
    campaign_table,
    plan_campaign,
    run_campaign,
    status_of,
)
from ionsmith.screening._claims import claimed, held

LJ = "ase.calculators.lj:LennardJones"
HERE = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let processes find the potentials of the tests."""
    own = [str(HERE), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, own)))


def planned(
    folder: Path, potential: str = LJ, count: int = 3, rest: str = "", **options: Any
) -> Campaign:
    path = folder / "job.toml"
    path.write_text(f"""
build = "slab"
potential = "{potential}"
{rest}
[options]
crystal = "lib:si"
plane = "(0,0,1)"
thickness = 4
[vary]
vacuum = "10..{9 + count}"
[relax]
steps = 2
""")
    return plan_campaign(path, folder / "campaign", **options).campaign


def run_here(campaign: Campaign, **options: Any) -> Status:
    with ThreadPoolExecutor(1) as pool:
        return run_campaign(campaign, executor=pool, **options)


def begun(campaign: Campaign, *options: str) -> "subprocess.Popen[str]":
    words = [sys.executable, "-m", "ionsmith", "screen", "run", str(campaign.folder), *options]
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("NotANumber", "not finite"),
        ("Raising", "the third line"),
        ("Leaving", "3"),
        ("OutOfMemory", "MemoryError"),
    ],
)
def test_what_a_potential_does_is_a_row_with_a_reason(
    tmp_path: Path, kind: str, words: str
) -> None:
    campaign = planned(tmp_path, f"bad_potentials:{kind}")
    run_here(campaign)
    rows = campaign_table(campaign).rows
    assert [row.status for row in rows] == ["not converged", "failed", "not converged"]
    assert rows[1].reason is not None
    assert words in rows[1].reason
    assert "\n" not in rows[1].reason


@pytest.mark.parametrize(
    ("kind", "words"), [("Crashing", "died 5 times"), ("Hanging", "no progress for 4 s")]
)
def test_what_ends_or_stops_a_worker_is_a_row_with_a_reason(
    tmp_path: Path, kind: str, words: str
) -> None:
    """The candidate that works beside the bad one all the time is not blamed."""
    campaign = planned(tmp_path, f"bad_potentials:{kind}", rest="chunk = 1")
    run_campaign(campaign, workers=2, stall=4.0)
    rows = campaign_table(campaign).rows
    assert [row.status for row in rows] == ["not converged", "failed", "not converged"]
    assert words in str(rows[1].reason)


def test_what_failed_is_tried_again_if_asked(tmp_path: Path) -> None:
    campaign = planned(tmp_path, "bad_potentials:Raising")
    run_here(campaign)
    source = HERE / "bad_potentials.py"
    assert source.exists()
    import bad_potentials

    before = campaign_table(campaign).to_dict()
    run_here(campaign)
    assert campaign_table(campaign).to_dict() == before
    bad_potentials.VICTIM, kept = 99.0, bad_potentials.VICTIM
    try:
        run_here(campaign, retry=True)
    finally:
        bad_potentials.VICTIM = kept
    assert [row.status for row in campaign_table(campaign).rows] == ["not converged"] * 3


@pytest.mark.parametrize(
    ("kind", "words"), [("FullDisk", "No space left"), ("NotInstalled", "no_such_package")]
)
def test_a_fault_of_the_machine_blames_no_candidate(tmp_path: Path, kind: str, words: str) -> None:
    campaign = planned(tmp_path, f"bad_potentials:{kind}")
    with pytest.raises(IonsmithError, match=words):
        run_here(campaign)
    statuses = [row.status for row in campaign_table(campaign).rows]
    assert statuses[1] == "waiting"
    assert "failed" not in statuses
    assert not held(campaign.folder / "claims")


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of processes")
def test_a_file_system_that_takes_no_more(tmp_path: Path) -> None:
    campaign = planned(tmp_path)
    words = f"ulimit -f 1; exec {sys.executable} -m ionsmith screen run {campaign.folder}"
    done = subprocess.run(["bash", "-c", words], capture_output=True, text=True)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "too large" in done.stderr
    assert run_here(campaign).finished == 3
    assert "failed" not in status_of(campaign).counts


def damage(path: Path, kind: str) -> None:
    text = path.read_bytes() or b" "
    half = len(text) // 2
    path.write_bytes(
        {
            "truncated": text[:half],
            "empty": b"",
            "zeros": bytes(len(text)),
            "one byte": text[:half] + bytes([text[half] ^ 1]) + text[half + 1 :],
            "garbage": b"{]",
            "another type": b"[1, 2]\n3\n",
        }[kind]
    )


KINDS = ["truncated", "empty", "zeros", "one byte", "garbage", "another type"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", ["jsonl", "extxyz"])
def test_damaged_results_are_computed_again(tmp_path: Path, kind: str, suffix: str) -> None:
    campaign = planned(tmp_path, rest="chunk = 3")
    run_here(campaign)
    before = campaign_table(campaign).to_dict()
    (path,) = (campaign.folder / "results").glob(f"*.{suffix}")
    damage(path, kind)
    campaign_table(campaign)
    status_of(campaign)
    run_here(campaign)
    assert campaign_table(campaign).to_dict() == before
    assert Campaign.open(campaign.folder).candidates == campaign.candidates


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_of_a_piece_in_work_are_made_again(tmp_path: Path, kind: str) -> None:
    whole, campaign = (planned(tmp_path / name, rest="chunk = 3") for name in made(tmp_path))
    run_here(whole)

    class Enough(Exception):
        pass

    import ase.calculators.lj as lj

    steps = iter(range(5))

    class Stopping(lj.LennardJones):
        def calculate(self, *args: Any, **kwargs: Any) -> None:
            if next(steps, None) is None:
                raise SystemError from OSError(28, "No space left on device")
            super().calculate(*args, **kwargs)

    original = lj.LennardJones
    from ionsmith.screening.running import _piece

    _piece._potential.cache_clear()
    lj.LennardJones = Stopping  # type: ignore[misc]
    try:
        with pytest.raises((IonsmithError, SystemError)):
            run_here(campaign)
    finally:
        lj.LennardJones = original  # type: ignore[misc]
        _piece._potential.cache_clear()
    (folder,) = (campaign.folder / "working").iterdir()
    names = {path.suffix for path in folder.iterdir()}
    assert {".json", ".extxyz", ".tries"} <= names
    for path in folder.iterdir():
        damage(path, kind)
    run_here(campaign)
    assert campaign_table(campaign).to_dict()["rows"] == campaign_table(whole).to_dict()["rows"]


def made(folder: Path) -> list[str]:
    for name in ("whole", "part"):
        (folder / name).mkdir()
    return ["whole", "part"]


@pytest.mark.parametrize("name", ["campaign.toml", "candidates.jsonl"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_campaign_is_refused_in_one_line(tmp_path: Path, name: str, kind: str) -> None:
    campaign = planned(tmp_path)
    damage(campaign.folder / name, kind)
    with pytest.raises(UnreadableFile) as error:
        Campaign.open(campaign.folder)
    assert "\n" not in str(error.value)


def test_a_campaign_without_its_empty_folders_is_one(tmp_path: Path) -> None:
    campaign = planned(tmp_path)
    for name in ("claims", "results", "working"):
        (campaign.folder / name).rmdir()
    assert status_of(campaign).waiting == 3
    assert run_here(campaign).finished == 3


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_read_only_campaign_can_be_looked_at(tmp_path: Path) -> None:
    campaign = planned(tmp_path)
    with claimed(campaign.folder / "claims", "x"):
        for path in campaign.folder.iterdir():
            path.chmod(0o555)
        assert status_of(campaign).waiting == 3
        for path in campaign.folder.iterdir():
            path.chmod(0o755)


@pytest.mark.parametrize(
    ("text", "alive"),
    [
        ("", True),
        ("{", True),
        ("3", True),
        ('{"machine": 3}', True),
        ('{"machine": "elsewhere", "process": 1, "began": "5"}', True),
    ],
)
def test_claims_of_others_count_until_their_lease_is_over(
    tmp_path: Path, text: str, alive: bool
) -> None:
    (tmp_path / "x.0").write_text(text)
    with claimed(tmp_path, "x", 60) as claim:
        assert (claim is None) == alive
    ahead = time.time() + 3600  # a clock that is wrong
    os.utime(tmp_path / "x.0", (ahead - 7200, ahead - 7200))
    assert held(tmp_path, 60) == set()
    with claimed(tmp_path, "x", 60) as claim:
        assert claim is not None
        assert claim.number == 1
        assert held(tmp_path, 60) == {"x"}
        with claimed(tmp_path, "x", 60) as second:
            assert second is None
    assert list(tmp_path.iterdir()) == []


def test_other_weights_than_planned_are_refused(tmp_path: Path) -> None:
    campaign = planned(tmp_path)
    path = campaign.folder / "campaign.toml"
    text = path.read_text()
    assert "\npotential = " in text
    path.write_text(text.replace("(ase", "(weights 0123456789ab, not ase"))
    with pytest.raises(InvalidInput, match="was planned with"):
        run_here(Campaign.open(campaign.folder))
    assert status_of(campaign).finished == 0


def test_a_job_that_changes_during_a_run_is_gone_on_with(tmp_path: Path) -> None:
    campaign = planned(tmp_path, rest="chunk = 1", count=4)

    def change(done: int, of: int) -> None:
        if done == 1 and of == 4:
            planned(tmp_path, rest="chunk = 2", count=6, force=True)

    assert run_here(campaign, progress=change).counts == {"not converged": 6}
    now = Campaign.open(campaign.folder)
    assert [row.status for row in campaign_table(now).rows] == ["not converged"] * 6


class _Refusing(Executor):
    def submit(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no more\nwork")


class _Failing(Executor):
    def submit(self, *_: Any, **__: Any) -> Any:
        from concurrent.futures import Future

        future: Future[Any] = Future()
        future.set_exception(RuntimeError("lost"))
        return future


@pytest.mark.parametrize(("pool", "words"), [(_Refusing(), "no work"), (_Failing(), "lost")])
def test_executors_that_fail_are_given_up(tmp_path: Path, pool: Executor, words: str) -> None:
    with pytest.raises(ExternalProgramFailed, match=words) as error:
        run_campaign(planned(tmp_path), executor=pool)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing", "MODULE:OBJECT"),
        ("no_module:pool", "no_module"),
        ("os:nothing", "nothing"),
        ("os:getpid", "no executor"),
        ("os:listdirs", "listdirs"),
        ("math:sqrt", "fails"),
    ],
)
def test_what_makes_no_executor_is_refused(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(IonsmithError, match=words) as error:
        run_campaign(planned(tmp_path), executor=name)
    assert "\n" not in str(error.value)


def test_a_document_holds_nothing_that_a_potential_prints(tmp_path: Path) -> None:
    run = begun(planned(tmp_path, "bad_potentials:Printing"), "--worker", "1/1", "--json")
    out, said = run.communicate(timeout=120)
    assert json.loads(out)["result"]["finished"] == 3
    assert "noise" in said


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("Slow", [signal.SIGTERM]),
        ("Slow", [signal.SIGINT]),
        ("Hanging", [signal.SIGINT, signal.SIGINT]),
    ],
)
def test_signals_end_a_run(tmp_path: Path, kind: str, numbers: list[int]) -> None:
    """Ctrl-C goes to all processes of a terminal; twice, it does not wait for a hung one."""
    campaign = planned(tmp_path, f"bad_potentials:{kind}", rest="chunk = 3")
    run = begun(campaign, "--workers", "1")
    while not list((campaign.folder / "working").glob("*/*.json")):
        assert run.poll() is None, run.communicate()
        time.sleep(0.05)
    time.sleep(0.5)
    for number in numbers:
        if number == signal.SIGINT:
            os.killpg(run.pid, number)
        else:
            run.send_signal(number)
        time.sleep(0.3)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Traceback" not in said
    time.sleep(0.3)
    assert not held(campaign.folder / "claims")
    assert kind == "Hanging" or said.strip().splitlines()[-1] == "ionsmith: interrupted"
