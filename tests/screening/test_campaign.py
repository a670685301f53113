"""Campaigns: planning, running, killing, resuming, tables."""

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ionsmith.errors import (
    InvalidChoice,
    InvalidInput,
    IonsmithError,
    NoMatch,
    OutputExists,
    UnreadableFile,
)
from ionsmith.screening import (
    Campaign,
    Status,
    campaign_table,
    collect,
    export_best,
    plan_campaign,
    read_job,
    run_campaign,
    status_of,
    store,
)

LJ = "ase.calculators.lj:LennardJones"
HERE = Path(__file__).resolve().parents[1]


def job_file(folder: Path, text: str, name: str = "job.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def slabs(count: int, potential: str = LJ, rest: str = "") -> str:
    """Twice as many candidates, all different."""
    return f"""
build = "slab"
potential = "{potential}"

[options]
crystal = "lib:si"
thickness = 4

[vary]
plane = ["(1,1,1)", "(0,0,1)"]
vacuum = "10..{9 + count}"
{rest}
"""


def planned(folder: Path, text: str) -> Campaign:
    return plan_campaign(job_file(folder, text), folder / "campaign").campaign


def run_here(campaign: Campaign, **options: Any) -> Status:
    """Run in this process, which is quicker to begin than another."""
    with ThreadPoolExecutor(1) as pool:
        return run_campaign(campaign, executor=pool, **options)


def test_every_combination_is_a_candidate_once(tmp_path: Path) -> None:
    text = slabs(3).replace('"(0,0,1)"]', '"(0,0,1)", "(1,1,1)"]')
    plan = plan_campaign(job_file(tmp_path, text), tmp_path / "campaign")
    assert (plan.candidates, plan.repeated) == (6, 3)
    assert plan.atoms[0] == plan.atoms[2]


def test_numbers_are_the_same_by_value(tmp_path: Path) -> None:
    text = slabs(1).replace('"10..10"', "[10, 10.0, 10.5]").replace("thickness = 4", "{}")
    plans = []
    for number, thickness in enumerate(("4", "4.0")):
        job = job_file(tmp_path, text.format(f"thickness = {thickness}"), f"{number}.toml")
        plans.append(plan_campaign(job, tmp_path / str(number)))
        assert (plans[-1].candidates, plans[-1].repeated) == (4, 2)
    first, second = (plan.campaign for plan in plans)
    assert [c.key for c in first.candidates] == [c.key for c in second.candidates]


def test_keys_depend_on_the_content_alone(tmp_path: Path) -> None:
    keys = []
    for number, text in enumerate([slabs(2), slabs(2).replace("\n\n", "\n# a comment\n")]):
        folder = tmp_path / str(number)
        folder.mkdir()
        keys.append([c.key for c in planned(folder, text).candidates])
    assert keys[0] == keys[1]
    other = tmp_path / "other"
    other.mkdir()
    changed = planned(other, slabs(2).replace("lib:si", "lib:ge"))
    assert not {c.key for c in changed.candidates} & set(keys[0])


def test_files_go_with_the_campaign(tmp_path: Path) -> None:
    from ionsmith.crystals.files import write_structure

    write_structure(tmp_path / "silicon.cif", "lib:si")
    campaign = planned(tmp_path, slabs(1).replace("lib:si", "silicon.cif"))
    (tmp_path / "silicon.cif").unlink()
    run_here(campaign)
    assert [row.status for row in campaign_table(campaign).rows] == ["evaluated"] * 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("build = 'nothing'", "no builder"),
        ("build = 'alloy'\n[options]\nphases = 'si'", "phases is no option"),
        ("build = 'alloy'\n[vary]\nseed = 3", "expected a list"),
        ("build = 'alloy'\n[vary]\nseed = []", "expected a list"),
        ("build = 'alloy'\n[vary]\nseed = 'all'", "expected a list"),
        ("build = 'alloy'\nspeed = 3", "unknown key speed"),
        ("build = 'alloy'\n[relax]\nfmax = 0.1", "needs a potential"),
        ("build = 'alloy'\npotential = 'x:y'\n[relax]\nfmaks = 0.1", "fmaks"),
        ("potential = 'sevennet'", "say with `build`"),
        ("build = ", "not a TOML file"),
        ("build = 'alloy'\n[options]\nseed = 1\n[vary]\nseed = [1]", "fixed under"),
        ("build = 'slab'\n[options]\ncrystal = 'no.cif'\n[vary]\nplane = ['(111)']", "no.cif"),
        ("build = 'interface'\n[options]\nfilm = 'lib:si'\n[vary]\nmatch = 'all'", "substrate"),
        ("build = 'interface'\n[options]\nsubstrate = 'lib:si'\n[vary]\nmatch = 'most'", "match"),
    ],
)
def test_a_job_that_cannot_be_is_refused_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(IonsmithError, match=words) as error:
        plan_campaign(job_file(tmp_path, text), tmp_path / "campaign")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "campaign").exists()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    planned(tmp_path, slabs(1))
    with pytest.raises(OutputExists):
        planned(tmp_path, slabs(2))
    with pytest.raises(UnreadableFile):
        Campaign.open(tmp_path)


def test_campaigns_of_another_version_are_refused(tmp_path: Path) -> None:
    campaign = planned(tmp_path, slabs(1))
    path = campaign.folder / "campaign.toml"
    path.write_text(path.read_text().replace('ionsmith = "', 'ionsmith = "9'))
    with pytest.raises(InvalidInput, match="planned by"):
        Campaign.open(campaign.folder)


@pytest.fixture
def traces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the traces of evaluations, in this process and its children."""
    folder = tmp_path / "traces"
    folder.mkdir()
    monkeypatch.setenv("COUNTING_LJ", str(folder))
    paths = [str(HERE), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    return folder


COUNTING = "counting_lj:CountingLJ"


def test_a_finished_campaign_is_not_computed_again(tmp_path: Path, traces: Path) -> None:
    campaign = planned(tmp_path, slabs(3, COUNTING))
    first = run_here(campaign)
    assert (first.finished, len(list(traces.iterdir()))) == (6, 6)
    table = campaign_table(campaign).to_dict()
    run_here(campaign)
    assert len(list(traces.iterdir())) == 6
    assert campaign_table(Campaign.open(campaign.folder)).to_dict() == table


def test_a_changed_limit_repeats_the_relaxations_alone(tmp_path: Path, traces: Path) -> None:
    text = slabs(1, COUNTING, "[relax]\nsteps = 0\n")
    campaign = planned(tmp_path, text)
    run_here(campaign)
    packs = {path.name for path in (campaign.folder / "results").iterdir()}
    job = job_file(tmp_path, text.replace("steps = 0", "steps = 1"))
    again = plan_campaign(job, campaign.folder, force=True).campaign
    assert [row.status for row in campaign_table(again).rows] == ["waiting"] * 2
    before = len(list(traces.iterdir()))
    run_here(again)
    assert {path.name for path in (campaign.folder / "results").iterdir()} == packs
    assert len(list(traces.iterdir())) > before
    done = len(list(traces.iterdir()))
    back = plan_campaign(job_file(tmp_path, text), campaign.folder, force=True).campaign
    run_here(back)
    assert len(list(traces.iterdir())) == done  # the results of the first settings are kept


def test_more_candidates_keep_the_results_of_the_first(tmp_path: Path, traces: Path) -> None:
    campaign = planned(tmp_path, slabs(2, COUNTING))
    run_here(campaign)
    job = job_file(tmp_path, "chunk = 3\n" + slabs(4, COUNTING))
    more = plan_campaign(job, campaign.folder, force=True).campaign
    run_here(more)
    assert len(list(traces.iterdir())) == 8
    assert status_of(more).counts == {"evaluated": 8}


def test_a_failure_is_a_row_and_stops_nothing(tmp_path: Path) -> None:
    text = """
build = "slab"
potential = "ase.calculators.emt:EMT"
most_atoms = 60
[options]
crystal = "lib:si"
[vary]
plane = ["(1,1,1)", "(0,0,0)", "(9,7,5)"]
"""
    campaign = planned(tmp_path, text)
    run_here(campaign)
    rows = campaign_table(campaign).rows
    assert [row.status for row in rows] == ["failed"] * 3
    assert "\n" not in "".join(str(row.reason) for row in rows)


def test_two_workers_share_a_campaign(tmp_path: Path, traces: Path) -> None:
    campaign = planned(tmp_path, slabs(10, COUNTING))
    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(run_campaign, Campaign.open(campaign.folder), worker=(i, 2)) for i in (1, 2)
        ]
        assert all(run.result().finished == 20 for run in runs)
    assert len(list(traces.iterdir())) == 20


def test_any_executor_gives_the_same_table(tmp_path: Path) -> None:
    tables = []
    for name in ("local", "threads", "worker"):
        (tmp_path / name).mkdir()
        campaign = planned(tmp_path / name, slabs(4))
        if name == "threads":
            with ThreadPoolExecutor(3) as pool:
                run_campaign(campaign, executor=pool)
        elif name == "worker":
            run_campaign(campaign, worker=(2, 3))
        else:
            run_campaign(campaign, workers=2)
        tables.append(campaign_table(campaign).to_dict()["rows"])
    assert tables[0] == tables[1] == tables[2]
    assert [row["status"] for row in tables[0]] == ["evaluated"] * 8


def test_walltime_stops_and_gives_the_claims_back(tmp_path: Path, traces: Path) -> None:
    campaign = planned(tmp_path, slabs(5, COUNTING))
    status = run_here(campaign, walltime=0.0)
    assert status.finished == 0
    assert not list((campaign.folder / "claims").iterdir())
    assert run_here(campaign).finished == 10


def run_in_background(campaign: Campaign, *options: str) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", "ionsmith", "screen", "run", str(campaign.folder), *options]
    return subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def children(process: int) -> list[int]:
    """Processes that another one began."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(path.read_text().rpartition(")")[2].split()[1]) == process:
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def environment_of(process: int) -> bytes:
    """Environment of a process."""
    try:
        return Path(f"/proc/{process}/environ").read_bytes()
    except OSError:
        return b""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_killed_workers_and_drivers_lose_only_what_was_in_work(
    tmp_path: Path, traces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTING_LJ_SECONDS", "0.005")
    text = slabs(250, COUNTING)
    (tmp_path / "whole").mkdir()
    whole = planned(tmp_path / "whole", text.replace(COUNTING, LJ))
    run_here(whole)
    campaign = planned(tmp_path, text)
    dice = random.Random(0)
    kills = 0
    while status_of(campaign).finished < 500:
        driver = run_in_background(campaign, "--workers", "2", "--lease", "4")
        victims = ["worker", "driver"] if kills < 6 else []
        for victim in victims:
            time.sleep(dice.uniform(1.5, 3.0))
            if driver.poll() is not None:
                break
            targets = children(driver.pid) if victim == "worker" else [driver.pid]
            if targets:
                os.kill(dice.choice(targets), signal.SIGKILL)
                kills += 1
        driver.wait(timeout=120)
    time.sleep(1)
    assert not [p for p in children(1) if str(traces).encode() in environment_of(p)]  # orphans
    done, repeated = 500, len(list(traces.iterdir())) - 500
    assert kills
    assert len(campaign_table(campaign).rows) == done
    assert repeated <= 2 * kills  # at most what each of two workers had in work
    first, second = (
        [{**row, "key": None} for row in campaign_table(c).to_dict()["rows"]]
        for c in (whole, campaign)
    )
    assert first == second


def test_the_best_are_exported(tmp_path: Path) -> None:
    campaign = planned(tmp_path, slabs(2))
    run_here(campaign)
    best = export_best(campaign, "vasp", tmp_path / "best", best=1, per="plane")
    assert [Path(row.folder, "POSCAR").is_file() for row in best.rows] == [True, True]
    with pytest.raises(OutputExists):
        export_best(campaign, "vasp", tmp_path / "best")


def test_rows_are_sorted_by_what_is_varied(tmp_path: Path) -> None:
    campaign = planned(tmp_path, slabs(2).replace('"(0,0,1)"]', '"(0,0,1)", "(1,1,0)"]'))
    by_width = campaign_table(campaign, sort="vacuum", descending=True).rows
    assert [row.varied["vacuum"] for row in by_width] == [11, 11, 11, 10, 10, 10]
    by_plane = campaign_table(campaign, sort="plane").rows
    assert [row.varied["plane"] for row in by_plane][::2] == ["(0,0,1)", "(1,1,0)", "(1,1,1)"]
    with pytest.raises(NoMatch):  # none is built
        export_best(campaign, "vasp", tmp_path / "best", sort="vacuum")
    run_here(campaign)
    best = export_best(campaign, "vasp", tmp_path / "best", sort="vacuum", best=1, descending=True)
    assert best.rows[0].judged.varied["vacuum"] == 11
    with pytest.raises(InvalidChoice, match=r"no column 'nothing'.*vacuum"):
        campaign_table(campaign, sort="nothing")


def test_descending_without_a_column_is_refused(tmp_path: Path) -> None:
    campaign = planned(tmp_path, slabs(1))
    with pytest.raises(InvalidChoice, match="`descending` needs a column"):
        campaign_table(campaign, descending=True)
    with pytest.raises(InvalidChoice, match="`descending` needs a column"):
        export_best(campaign, "vasp", tmp_path / "best", descending=True)


def test_models_go_into_a_database(tmp_path: Path) -> None:
    from ase.db import connect

    campaign = planned(tmp_path, slabs(2, rest="[relax]\nsteps = 2\n"))
    with pytest.raises(NoMatch):
        store(campaign, str(tmp_path / "models.db"))
    run_here(campaign)
    stored = store(campaign, str(tmp_path / "models.db"))
    rows = {row.candidate: row for row in connect(tmp_path / "models.db").select()}
    table = {row.key: row for row in campaign_table(campaign).rows}
    assert stored.count == len(rows) == 4
    for key, row in rows.items():
        assert row.natoms == table[key].n_atoms
        assert row.energy == pytest.approx(table[key].energy)
    with pytest.raises(OutputExists):
        store(campaign, str(tmp_path / "models.db"))
    assert store(campaign, str(tmp_path / "models.db"), force=True).count == 4


def test_energies_of_a_code_are_set_beside(tmp_path: Path) -> None:
    campaign = planned(tmp_path, slabs(1))
    run_here(campaign)
    export_best(campaign, "espresso", tmp_path / "best", best=2)
    rows = collect(campaign, tmp_path / "best").rows
    assert [row.energy for row in rows] == [None, None]
    assert all("\n" not in str(row.reason) and row.reason for row in rows)
    with pytest.raises(UnreadableFile, match="no exported candidates"):
        collect(campaign, tmp_path)


def test_parquet_keeps_types(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    text = slabs(1).replace('"10..10"', "[10, 11.5]").replace('"(0,0,1)"', "[0, 0, 0]")
    campaign = planned(tmp_path, text)
    run_here(campaign)
    store(campaign, str(tmp_path / "table.parquet"))
    rows = parquet.read_table(tmp_path / "table.parquet").to_pylist()
    for row, judged in zip(rows, campaign_table(campaign).rows, strict=True):
        assert (row["key"], row["status"]) == (judged.key, judged.status)
        assert row["energy"] == judged.energy
        assert row["varied.vacuum"] == judged.varied["vacuum"]
        assert isinstance(row["varied.plane"], str)  # of two types


@pytest.mark.parametrize(
    ("target", "words"),
    [("mysql://me:secret@host/x", "postgresql"), ("table.csv", "parquet"), ("models", "db")],
)
def test_other_databases_are_refused(tmp_path: Path, target: str, words: str) -> None:
    campaign = planned(tmp_path, slabs(1))
    run_here(campaign)
    with pytest.raises(InvalidInput, match=words) as error:
        store(campaign, target)
    assert "secret" not in str(error.value)
    assert not Path(target).exists()


def test_flows_and_a_script_for_aiida(tmp_path: Path) -> None:
    campaign = planned(tmp_path, slabs(1))
    run_here(campaign)
    with pytest.raises(InvalidInput, match="espresso"):
        export_best(campaign, "vasp", tmp_path / "best", aiida=True)
    export_best(campaign, "espresso", tmp_path / "best", best=1, aiida=True)
    compile((tmp_path / "best" / "submit.py").read_text(), "submit.py", "exec")
    assert "create_builder_from_file" in (tmp_path / "best" / "submit.py").read_text()


def test_many_results_are_in_few_files(tmp_path: Path) -> None:
    campaign = planned(tmp_path, slabs(150).replace(f'potential = "{LJ}"', ""))
    run_here(campaign)
    assert status_of(campaign).counts == {"built": 300}
    files = [path for path in campaign.folder.rglob("*") if path.is_file()]
    assert len(files) <= 302


def test_equal_shifts_are_left_out(tmp_path: Path) -> None:
    """On (001) of two diamond crystals the plane group of the slabs is p2mm at least."""
    text = """
build = "interface"
[options]
substrate = "lib:si"
film = "lib:si"
contact = "(0,0,1)||(0,0,1)"
substrate_thickness = 6
film_thickness = 6
[vary]
shift = "grid 1.0"
"""
    plan = plan_campaign(job_file(tmp_path, text), None)
    assert 1 < plan.candidates < 16


def test_jobs_are_read(tmp_path: Path) -> None:
    job = read_job(job_file(tmp_path, slabs(2)))
    assert (job.build, job.options) == ("slab", {"crystal": "lib:si", "thickness": 4})
