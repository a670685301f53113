"""Screening: many candidates of one kind, built, relaxed and judged, on any number of machines.

A campaign is a folder. :func:`plan_campaign` makes it from a job, a TOML file that names a builder,
the options that are varied and the potential that judges::

    build = "interface"
    potential = "sevennet-r2scan"

    [options]
    substrate = "lib:si"
    film = "lib:ge"
    contact = "(0,0,1)||(0,0,1)"

    [vary]
    match = [1, 2, 3]
    film_termination = "all"

    [relax]
    fmax = 0.05

:func:`run_campaign` works on it with any executor of :mod:`concurrent.futures`; it may be killed
and begun again, or run several times at once. :func:`status_of` and :func:`campaign_table` tell
what there is by then, :func:`export_best` and :func:`collect` hand the best to a DFT code and set
its energies beside, :func:`store` puts the models into a database.
"""

from ionsmith.screening._campaign import Campaign
from ionsmith.screening._job import Job, read_job
from ionsmith.screening._planning import Plan, plan_campaign
from ionsmith.screening._structures import relax_structures
from ionsmith.screening._table import CampaignTable, Judged, campaign_table
from ionsmith.screening.handing_on import (
    Collected,
    Compared,
    Exported,
    ExportedCandidates,
    Stored,
    collect,
    export_best,
    store,
)
from ionsmith.screening.running import Status, run_campaign, status_of

__all__ = [
    "Campaign",
    "CampaignTable",
    "Collected",
    "Compared",
    "Exported",
    "ExportedCandidates",
    "Job",
    "Judged",
    "Plan",
    "Status",
    "Stored",
    "campaign_table",
    "collect",
    "export_best",
    "plan_campaign",
    "read_job",
    "relax_structures",
    "run_campaign",
    "status_of",
    "store",
]
