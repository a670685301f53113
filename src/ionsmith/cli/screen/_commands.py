"""The commands below ``ionsmith screen``."""

import re
from typing import Annotated, Any

import click

from ionsmith.cli.framework import (
    OnDevice,
    argument,
    command,
    option,
)
from ionsmith.exporters import code_names
from ionsmith.screening import (
    Campaign,
    CampaignTable,
    Collected,
    ExportedCandidates,
    Plan,
    Status,
    Stored,
    campaign_table,
    collect,
    export_best,
    plan_campaign,
    run_campaign,
    status_of,
    store,
)
from ionsmith.screening._claims import LEASE
from ionsmith.screening.running import STALL

CampaignArgument = Annotated[str, argument(metavar="CAMPAIGN")]
Sort = Annotated[
    str | None,
    option("Column or varied option to sort by [default: the order of the job].", metavar="COLUMN"),
]
Descending = Annotated[bool, option("The largest first.")]


EXAMPLE = "screen plan - -o campaign <<< $'build = \"nasicon\"\\nvary.x = [1.5, 2]'"
RUN = f"{EXAMPLE} && ionsmith screen run campaign --worker 1/1"


@command(example=EXAMPLE)
def plan_command(
    job: Annotated[str, argument(metavar="JOB.toml")],
    *,
    output: Annotated[
        str | None, option("Folder of the campaign.", "-o", "--output", metavar="DIR")
    ] = None,
    force: Annotated[bool, option("Give an existing campaign this job; its results stay.")] = False,
    dry_run: Annotated[bool, option("Count the candidates; write nothing.")] = False,
) -> Plan:
    """Make a campaign from a job: every combination of the options that are varied, once.

    JOB.toml, or standard input for -, names the builder (build = "interface"), the potential, the
    options that all candidates share under [options], the values of those that are varied under
    [vary], and those of the relaxation under [relax]. Equal combinations, and shifts that symmetry
    makes equal, are left out. The same job gives the same keys.
    """
    if output is None and not dry_run:
        raise click.UsageError("say where the campaign goes with -o DIR, or pass --dry-run")

    def report(count: int) -> None:
        click.echo(f"{count:,} candidates", err=True)

    return plan_campaign(job, None if dry_run else output, force=force, progress=report)


def _duration(text: str) -> float:
    """Seconds of a duration such as 30s, 5m, 2h or 01:30:00."""
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text):
        return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]
    if found := re.fullmatch(r"(\d+):(\d\d):(\d\d)", text):
        return float(int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]))
    raise click.BadParameter(f"{text!r}: expected 90s, 30m, 2h or 01:30:00")


def _worker(text: str) -> tuple[int, int]:
    """Number of a worker and of all, such as 3/8."""
    if found := re.fullmatch(r"(\d+)/(\d+)", text):
        return int(found[1]), int(found[2])
    raise click.BadParameter(f"{text!r}: expected i/n, such as 3/8")


@command(example=RUN, kinds={"screen.run": Status})
def run_command(
    campaign: CampaignArgument,
    *,
    executor: Annotated[
        str,
        option(
            "local, the queue, or a function that makes an executor of concurrent.futures.",
            metavar="local|slurm|flux|MODULE:OBJECT",
        ),
    ] = "local",
    workers: Annotated[
        int | None,
        option("Processes of this machine [default: cores].", type=click.IntRange(1)),
    ] = None,
    partition: Annotated[
        str | None, option("Partition of SLURM [default: that of the cluster].", metavar="NAME")
    ] = None,
    worker: Annotated[
        Any,
        option(
            "Work in one process as number i of n, such as one of a job array.",
            metavar="i/n",
            type=_worker,
        ),
    ] = None,
    walltime: Annotated[
        Any,
        option(
            "When to stop, with the state saved [default: when finished].",
            metavar="90s|30m|2h|01:30:00",
            type=_duration,
        ),
    ] = None,
    retry: Annotated[bool, option("Try again what failed.")] = False,
    threads: Annotated[
        int, option("Threads of a potential in each process.", type=click.IntRange(1))
    ] = 1,
    device: OnDevice = "cpu",
    lease: Annotated[
        float,
        option(
            "Seconds without a sign of life after which other workers' pieces are taken over.",
            type=click.FloatRange(1),
        ),
    ] = LEASE,
    stall: Annotated[
        float,
        option(
            "Seconds without a step, an energy or a model after which a candidate fails as hung.",
            type=click.FloatRange(1),
        ),
    ] = STALL,
) -> Status:
    """Work on CAMPAIGN until it is finished.

    It may be killed and begun again, and run several times at once: what is finished is not done
    again, and relaxations continue from their last steps. SIGTERM and Ctrl-C end it as --walltime
    does; a second Ctrl-C ends it at once.
    """

    def report(done: int, count: int) -> None:
        click.echo(f"{done} of {count} pieces", err=True)

    return run_campaign(
        Campaign.open(campaign),
        executor=executor,
        workers=workers,
        partition=partition,
        worker=worker,
        walltime=walltime,
        retry=retry,
        threads=threads,
        device=device,
        lease=lease,
        stall=stall,
        progress=report,
    )


@command(example=f"{EXAMPLE} && ionsmith screen status campaign")
def status_command(campaign: CampaignArgument) -> Status:
    """How far CAMPAIGN has come."""
    return status_of(Campaign.open(campaign))


@command(example=f"{RUN} && ionsmith screen table campaign --sort n_atoms")
def table_command(
    campaign: CampaignArgument, *, sort: Sort = None, descending: Descending = False
) -> CampaignTable:
    """The candidates of CAMPAIGN with what was computed of them."""
    return campaign_table(Campaign.open(campaign), sort=sort, descending=descending)


@command(example=f"{RUN} && ionsmith screen export campaign --sort n_atoms --code vasp -o best")
def export_command(
    campaign: CampaignArgument,
    *,
    code: Annotated[str, option("DFT code.", type=click.Choice(code_names()))],
    output: Annotated[str, option("New folder.", "-o", "--output", metavar="DIR")],
    best: Annotated[int, option("How many.", type=click.IntRange(1))] = 5,
    per: Annotated[
        str | None,
        option("So many for each value of this varied option.", metavar="OPTION"),
    ] = None,
    sort: Annotated[
        str | None,
        option(
            "Column that decides [default: largest adhesion, else lowest energy per atom].",
            metavar="COLUMN",
        ),
    ] = None,
    descending: Descending = False,
    jobscript: Annotated[
        str | None, option("Template of a script for a queue, as for export.", metavar="TEMPLATE")
    ] = None,
    pseudo_dir: Annotated[
        str | None, option("Folder of the pseudopotentials.", metavar="DIR")
    ] = None,
    jobflow: Annotated[bool, option("Also write each as a flow, as export does.")] = False,
    aiida: Annotated[
        bool, option("Also write submit.py, which submits all by AiiDA (espresso).")
    ] = False,
) -> ExportedCandidates:
    """Write the best candidates of CAMPAIGN for a DFT code, one folder each."""
    return export_best(
        Campaign.open(campaign),
        code,
        output,
        best=best,
        per=per,
        sort=sort,
        descending=descending,
        jobscript=jobscript,
        pseudo_dir=pseudo_dir,
        flow=jobflow,
        aiida=aiida,
    )


@command(
    example=f"{RUN} && ionsmith screen export campaign --sort n_atoms --code vasp -o best && "
    "ionsmith screen collect campaign best"
)
def collect_command(
    campaign: CampaignArgument, folder: Annotated[str, argument(metavar="DIR")]
) -> Collected:
    """Set the energies that a DFT code computed in the folders of DIR beside those of CAMPAIGN."""
    return collect(Campaign.open(campaign), folder)


@command(example=f"{RUN} && ionsmith screen db campaign models.db")
def db_command(
    campaign: CampaignArgument,
    target: Annotated[str, argument(metavar="OUT.db|URL|OUT.parquet")],
    *,
    force: Annotated[bool, option("Replace an existing file.")] = False,
) -> Stored:
    """Put the finished models of CAMPAIGN into a database of ASE (SQLite, or PostgreSQL by URL).

    A .parquet file holds the table alone.
    """
    return store(Campaign.open(campaign), target, force=force)
