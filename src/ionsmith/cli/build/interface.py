"""``ionsmith build interface``."""

from dataclasses import replace
from typing import Annotated

import click

from ionsmith.builders.choices import PresetName
from ionsmith.builders.interface import Interface, Terminations
from ionsmith.builders.interface import preset as find_preset
from ionsmith.builders.interface._interface import matches_of, pair_of, with_preset
from ionsmith.cli.framework import (
    POTENTIALS,
    Groups,
    PotentialOption,
    Seed,
    Symprec,
    command,
    numbers,
    option,
    progress,
    refuse_idle,
)
from ionsmith.cli.framework.ordering import OrderingOption, note_ordered
from ionsmith.cli.framework.relationship import RelationshipOptions
from ionsmith.crystals.conversion import read_lattice, read_phase
from ionsmith.lattice.miller import parse_directions, parse_planes
from ionsmith.lattice.symmetry import SYMPREC
from ionsmith.surfaces.matches import RankBy

OF_MODEL = (
    *("substrate_thickness", "film_thickness", "substrate_termination", "film_termination"),
    *("symmetric", "neutral", "gap", "shift", "grid", "potential", "vacuum", "freeze"),
)
"""Options that change no list of cuts."""


@command(
    example="build interface --preset nvp-nh4vo3 -o interface.extxyz",
    structure=True,
    unless="list_terminations",
    picture="Draw the interface from the side",
    kinds={"build.interface": Interface, "build.interface.terminations": Terminations},
)
def interface_command(
    substrate: str | None = None,
    film: str | None = None,
    *,
    preset: Annotated[
        PresetName | None,
        option("A published relationship with its crystals; other options win."),
    ] = None,
    relationship: RelationshipOptions,
    contact: Annotated[
        str | None,
        option(
            "Planes in contact; if only the substrate's is given, the film's is found "
            "[default: the parallel planes].",
            metavar="(hkl)[||(hkl)]",
        ),
    ] = None,
    max_area: Annotated[
        float | None,
        option(
            "Largest area of the common cell [default: 400].",
            type=click.FloatRange(0, min_open=True),
            metavar="Å²",
        ),
    ] = None,
    max_strain: Annotated[
        float | None,
        option("Largest strain of either side [default: 0.05].", type=click.FloatRange(0)),
    ] = None,
    substrate_share: Annotated[
        float | None,
        option(
            "Fraction of the strain that the substrate takes [default: 0].",
            type=click.FloatRange(0, 1),
        ),
    ] = None,
    within: Annotated[
        float | None,
        option(
            "How far a match may deviate from the relationship [default: 2].",
            type=click.FloatRange(0, 180),
            metavar="°",
        ),
    ] = None,
    match: Annotated[int, option("Rank of the match to build.", type=click.IntRange(1))] = 1,
    rank_by: Annotated[
        RankBy,
        option("Cost of strain energy, area and aspect, or energy, strain or area alone."),
    ] = "cost",
    substrate_thickness: Annotated[
        str | None, option("Thickness of the substrate [default: 12].", metavar="Å|'N planes'")
    ] = None,
    film_thickness: Annotated[
        str | None, option("Thickness of the film [default: 12].", metavar="Å|'N planes'")
    ] = None,
    substrate_termination: Annotated[
        str | None,
        option("Name or number of the substrate's cut in contact.", metavar="'A|B @0.25'|N"),
    ] = None,
    film_termination: Annotated[
        str | None,
        option("Name or number of the film's cut in contact.", metavar="'A|B @0.25'|N"),
    ] = None,
    list_terminations: Annotated[bool, option("Only list the cuts of both sides.")] = False,
    symmetric: Annotated[bool, option("Give each slab two equivalent faces.")] = False,
    neutral: Annotated[
        bool, option("Compensate the charge of each slab, at its back first; the notes say how.")
    ] = False,
    groups: Groups | None = None,
    ordering: Annotated[
        OrderingOption | None,
        "How partial occupancies in the slab are ordered [default: presets use electrostatic].",
    ] = None,
    mirror_film: Annotated[bool, option("Take the mirror image of the film.")] = False,
    gap: Annotated[
        float | None,
        option("Distance from substrate to film [default: that of the best contact].", metavar="Å"),
    ] = None,
    shift: Annotated[
        tuple[float, float] | None,
        option(
            "Shift of the film in Å [default: scanned].", type=numbers("1.2,0", 2), metavar="X,Y"
        ),
    ] = None,
    grid: Annotated[float, option("Distance of the scanned shifts.", metavar="Å")] = 0.5,
    potential: Annotated[
        PotentialOption | None,
        f"Judge shift and gap by the energies of {POTENTIALS}, as ase.calculators.emt:EMT.",
    ] = None,
    vacuum: Annotated[
        float, option("Vacuum; 0 stacks both slabs periodically.", metavar="Å")
    ] = 15.0,
    freeze: Annotated[
        str, option("Freeze the back of the substrate.", metavar="Å|'N planes'")
    ] = "0",
    seed: Annotated[Seed, "Seed of the ordering."] = 0,
    symprec: Symprec = SYMPREC,
) -> Interface | Terminations:
    """Interface of a FILM on a SUBSTRATE, from an orientation relationship or a match.

    SUBSTRATE and FILM are lib:NAME or a file. The relationship (--parallel-planes and
    --parallel-directions) orients the film, --contact sets where the two touch: along the parallel
    planes, or along any other plane. The best cell that both share there is built. Without a
    relationship the twist is free, and both planes in contact are needed.
    """
    if list_terminations:
        refuse_idle("beside --list-terminations", *OF_MODEL)
    if shift is not None:
        refuse_idle("beside --shift", "grid")
        if gap is not None:
            refuse_idle("beside --shift and --gap", "potential")
    given = {
        **{"preset": preset, "substrate": substrate, "film": film, "contact": contact},
        **{"max_area": max_area, "max_strain": max_strain, "substrate_share": substrate_share},
        **{"within": within, "substrate_thickness": substrate_thickness, "seed": seed},
        **{"film_thickness": film_thickness, "groups": groups, "ordering": ordering},
        **{"mirror_film": mirror_film, "symprec": symprec},
    }
    options = with_preset(given)
    if preset is not None and relationship.rotation is None:
        relationship = replace(
            relationship,
            parallel_planes=relationship.parallel_planes
            or parse_planes(options["parallel_planes"]),
            parallel_directions=relationship.parallel_directions
            or parse_directions(options["parallel_directions"]),
        )
    if "substrate" not in options or "film" not in options:
        raise click.UsageError("name SUBSTRATE and FILM, or a --preset")
    if not relationship.given:
        refuse_idle("without an orientation relationship", "within")
    if options.get("ordering") is None:
        refuse_idle("without --ordering", "seed")
    phases = read_phase(options["substrate"]), read_phase(options["film"])
    note_ordered(ordering, *phases)
    options |= {"substrate": phases[0], "film": phases[1]}
    crystals = read_lattice(phases[0], symprec), read_lattice(phases[1], symprec)
    orientation = relationship.between(*crystals) if relationship.given else None
    matches = matches_of(options, crystals, orientation, rank_by=rank_by, limit=match)
    if match > len(matches.matches):
        raise click.UsageError(f"--match {match}: there are {len(matches.matches)} matches")
    with progress("ordering") as report:
        pair = pair_of(options, matches.matches[match - 1], report)
        if list_terminations:
            return pair.terminations()
        return pair.build(
            orientation=orientation,
            terminations=(substrate_termination, film_termination),
            symmetric=symmetric,
            neutral=neutral,
            gap=gap,
            shift=shift,
            grid=grid,
            vacuum=vacuum,
            freeze=freeze,
            potential=potential,
            notes=() if preset is None else (find_preset(preset).note,),
        )
