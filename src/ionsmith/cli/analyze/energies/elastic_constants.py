"""``ionsmith analyze elastic-constants`` and ``ionsmith analyze continuum``."""

from typing import Annotated

from ionsmith.cli.framework import (
    POTENTIALS,
    OnDevice,
    PotentialOption,
    Steps,
    Threads,
    argument,
    command,
    option,
    progress,
    refuse_idle,
)
from ionsmith.potentials import NamedPotential
from ionsmith.simulation.continuum import Continuum, continuum
from ionsmith.simulation.elastic_constants import (
    STIFF_POTENTIAL,
    ElasticConstants,
    elastic_constants,
)

Strain = Annotated[float, option("Largest element of the strains.", metavar="NUMBER")]


@command(example="analyze elastic-constants lib:al2o3")
def elastic_constants_command(
    structure: str,
    *,
    potential: Annotated[PotentialOption, f"{POTENTIALS}."] = STIFF_POTENTIAL,
    strain: Strain = 0.005,
    fmax: Annotated[float, option("Largest force in relaxed cells.", metavar="eV/Å")] = 0.005,
    steps: Steps = 500,
    checkpoint: Annotated[
        str | None,
        option("Keep what is finished here; a run with the same file continues.", metavar="FILE"),
    ] = None,
    threads: Threads = 1,
    device: OnDevice = "cpu",
) -> ElasticConstants:
    """Elastic constants of STRUCTURE and the moduli that follow.

    The cell is relaxed, then strained by six strains of both signs, without those that symmetry
    makes equivalent; the atoms relax in each. In JSON, result.stiffness is what '--film-elastic'
    and '--substrate-elastic' of 'analyze matches' take as a file.
    """
    loaded = NamedPotential(potential, threads, device)
    with progress("strained cells") as report:
        return elastic_constants(
            structure,
            loaded,
            strain=strain,
            fmax=fmax,
            steps=steps,
            checkpoint=checkpoint,
            progress=report,
        )


@command(
    example='analyze continuum lib:mgo "(001)" "(110)" --stress 0.3 --json',
)
def continuum_command(
    structure: str,
    planes: Annotated[tuple[str, ...], argument(metavar="[PLANE]...", required=False)],
    *,
    potential: Annotated[PotentialOption, f"{POTENTIALS}."] = STIFF_POTENTIAL,
    thickness: Annotated[
        str, option("Thickness of the slabs that are cleaved off.", metavar="Å|'N planes'")
    ] = "12",
    relax: Annotated[
        str | None,
        option("Relax the slabs too, in this folder; finished ones are kept.", metavar="DIR"),
    ] = None,
    stress: Annotated[
        tuple[float, ...],
        option("Give the flaw that grows at this stress (may be repeated).", metavar="GPa"),
    ] = (),
    barrier: Annotated[
        tuple[str, ...],
        option(
            "Add a barrier, or those of the JSON of 'analyze migration' (may be repeated).",
            metavar="NAME=eV|FILE.json",
        ),
    ] = (),
    strain: Strain = 0.005,
    fmax: Annotated[float, option("Largest force of a relaxed slab.", metavar="eV/Å")] = 0.05,
    steps: Steps = 500,
    threads: Threads = 1,
    device: OnDevice = "cpu",
) -> Continuum:
    """What continuum models need of STRUCTURE: volumes, stiffness, cleavage of PLANEs.

    A PLANE is (hkl) for all of its cuts, or (hkl)@HEIGHT for that of a height as in the names of
    'build slab --list-terminations', as (001)@0.58. The crystal is relaxed first.
    """
    if not planes:
        refuse_idle("without a PLANE", "thickness", "relax", "stress", "fmax")
    if relax is None:
        refuse_idle("without --relax", "fmax")
    loaded = NamedPotential(potential, threads, device)
    with progress("cells and slabs") as report:
        return continuum(
            structure,
            planes,
            loaded,
            thickness=thickness,
            relax=relax,
            stresses=stress,
            barriers=barrier,
            strain=strain,
            fmax=fmax,
            steps=steps,
            progress=report,
        )
