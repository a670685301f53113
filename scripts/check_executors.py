"""One campaign through a job array, SLURM, parsl and dask: the same table from each.

The driver of SLURM is killed and two of its jobs are cancelled on the way. SLURM is set up by
scripts/one_node_slurm.sh; the extra ``cluster``, parsl and dask[distributed] must be installed.

Run: python scripts/check_executors.py
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Executor
from pathlib import Path

from ionsmith.screening import Campaign, campaign_table, plan_campaign, status_of

JOB = """
build = "slab"
potential = "ase.calculators.lj:LennardJones"
chunk = 5

[options]
crystal = "lib:si"
thickness = 4

[vary]
plane = ["(1,1,1)", "(0,0,1)"]
vacuum = "10..39"

[relax]
steps = 3
"""


def parsl() -> Executor:
    """Two processes of parsl."""
    from parsl.concurrent import ParslPoolExecutor
    from parsl.config import Config
    from parsl.executors import HighThroughputExecutor

    workers = HighThroughputExecutor(max_workers_per_node=2, address="127.0.0.1", encrypted=False)
    return ParslPoolExecutor(Config(executors=[workers], run_dir=tempfile.mkdtemp()))


def dask() -> Executor:
    """Two processes of dask."""
    from dask.distributed import Client

    return Client(n_workers=2, threads_per_worker=1).get_executor()


def begin(campaign: Campaign, *options: str) -> "subprocess.Popen[bytes]":
    """Run a campaign in a process of its own."""
    paths = [str(Path(__file__).parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return subprocess.Popen(
        [sys.executable, "-m", "ionsmith", "screen", "run", str(campaign.folder), *options],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def disturb(campaign: Campaign) -> str:
    """Kill the driver of SLURM when some pieces are finished, and cancel jobs that it left."""
    driver = begin(campaign, "--executor", "slurm")
    while status_of(campaign).finished < 15 and driver.poll() is None:
        time.sleep(0.2)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    jobs = subprocess.run(["squeue", "-h", "-o", "%A"], capture_output=True, text=True)
    cancelled = jobs.stdout.split()[:2]
    subprocess.run(["scancel", *cancelled], check=bool(cancelled))
    return f"driver killed at {status_of(campaign).finished}, {len(cancelled)} jobs cancelled"


def main() -> None:
    """Run the campaign in each way, and compare."""
    ways = {
        "--worker 1/2 and 2/2": [["--worker", "1/2"], ["--worker", "2/2"]],
        "--executor slurm": [["--executor", "slurm"]],
        "--executor check_executors:parsl": [["--executor", "check_executors:parsl"]],
        "--executor check_executors:dask": [["--executor", "check_executors:dask"]],
    }
    folder = Path(tempfile.mkdtemp())
    (folder / "job.toml").write_text(JOB)
    reference = None
    for number, (name, runs) in enumerate(ways.items()):
        campaign = plan_campaign(folder / "job.toml", folder / str(number)).campaign
        start = time.monotonic()
        what = disturb(campaign) if "slurm" in name else "undisturbed"
        for run in [begin(campaign, *options) for options in runs]:
            run.wait()
        rows = campaign_table(campaign).rows
        reference = reference or rows
        same = "the same table" if rows == reference else "ANOTHER TABLE"
        done = sum(row.reason is None for row in rows)
        took = time.monotonic() - start
        print(f"{name:34} {done} of {len(rows)} finished, {same}, {took:.0f} s, {what}", flush=True)


if __name__ == "__main__":
    main()
