"""The stages of a candidate, by name."""

from collections.abc import Callable

from ase import Atoms

from ionsmith.errors import InvalidInput
from ionsmith.potentials import Potential
from ionsmith.screening._campaign import Campaign
from ionsmith.screening._candidates import Candidate, located
from ionsmith.screening._interface import starts_of
from ionsmith.screening._stages import (
    References,
    built,
    relaxed,
    scanned,
    scored,
    second_opinion,
)
from ionsmith.screening._store import Row, Store


def stage_of(
    campaign: Campaign,
    candidate: Candidate,
    stage: str,
    key: str,
    before: tuple[Row, str],
    store: Store,
    potentials: list[Potential | None],
    check: Callable[[], None],
) -> tuple[Row, Atoms | None]:
    """Do one stage of a candidate; what it raises makes the candidate fail.

    Parameters
    ----------
    campaign
        The campaign.
    candidate
        The candidate.
    stage
        Name of the stage.
    key
        Its key.
    before
        Results of the stages before, and the key of their model.
    store
        Where it is.
    potentials
        Potential and second potential.
    check
        Called at each step of a longer work.
    """
    job, (known, model) = campaign.job, before
    options = located({**job.options, **candidate.varied}, campaign.folder)
    if stage == "build":
        return built(job.build, options)
    if known["n_atoms"] > job.most_atoms:
        raise InvalidInput(f"{known['n_atoms']} atoms, `most_atoms` is {job.most_atoms}")
    atoms, (potential, second) = store.model(model), potentials
    assert potential is not None
    if stage == "scan":
        assert job.scan is not None
        return scanned(starts_of(options, atoms, job.scan.get("grid")), potential, job.scan, check)
    if stage == "relax":
        return relaxed(atoms, potential, job.relax, store.relaxing(key), check)
    references = References(campaign.folder, potential, job.relax, check)
    if stage == "score":
        row = scored(options, job.relax, atoms, known, references)
    else:
        assert second is not None
        row = second_opinion(atoms, known, second, references)
    return {"status": known["status"], **row}, None
