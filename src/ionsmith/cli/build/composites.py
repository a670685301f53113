"""``ionsmith build shell`` and ``ionsmith build embed``."""

from typing import Annotated, Any

import click

from ionsmith.builders.choices import ParticleShape
from ionsmith.builders.particles import Composite, build_embedded, build_shell
from ionsmith.builders.particles._composites import WALL, Orientation
from ionsmith.cli.build.particles import SIZE, Centre, Energies, Vacuum, read_centre
from ionsmith.cli.framework import (
    Cells,
    Groups,
    Seed,
    Symprec,
    command,
    numbers,
    option,
    refuse_idle,
)
from ionsmith.cli.framework.relationship import RelationshipOptions
from ionsmith.crystals.conversion import read_lattice
from ionsmith.lattice.miller import Direction
from ionsmith.lattice.symmetry import SYMPREC

Shape = Annotated[ParticleShape, option("Shape of the particle.")]
Axis = Annotated[
    Direction | None,
    option("Axis of a rod, disc or ellipsoid [default: [001]].", metavar="[uvw]"),
]
Random = Annotated[bool, option("Orient it at random, by --seed.", "--random")]
Gap = Annotated[
    float | None,
    option("Smallest distance between atoms of both [default: closest approach].", metavar="Å"),
]
OrientationSeed = Annotated[Seed, "Seed of --random."]

OF_SIZE = ("without --size", "shape", "axis", "centre", "energies")
"""When and which options of a particle have no effect."""


def _orientation(
    relationship: RelationshipOptions, outer: str, inner: str, random: bool, symprec: float
) -> Orientation:
    """Orientation by a relationship, at random, or none."""
    if random and relationship.given:
        raise click.UsageError("--random and an orientation relationship exclude each other")
    if not random:
        refuse_idle("without --random", "seed")
    if not relationship.given:
        refuse_idle("without an orientation relationship", "symprec")
        return "random" if random else None
    return relationship.between(read_lattice(outer, symprec), read_lattice(inner, symprec))


@command(
    example="build shell lib:si lib:sio2 --size 16 --thickness 8 -o shell.extxyz",
    structure=True,
    picture="Draw a slice through the middle",
)
def shell_command(
    core: str,
    shell: str,
    *,
    thickness: Annotated[
        float, option("From the surface of the core to that of the shell.", metavar="Å")
    ],
    size: Annotated[Any, SIZE] = None,
    shape: Shape = "sphere",
    axis: Axis = None,
    centre: Centre = "atom",
    shell_centre: Annotated[
        Any,
        option(
            "Point of the shell's crystal at the centre, given as --centre.",
            type=read_centre,
            metavar="atom|EL|hollow|X,Y,Z",
        ),
    ] = "atom",
    energies: Energies,
    relationship: RelationshipOptions,
    random: Random = False,
    seed: OrientationSeed = 0,
    gap: Gap = None,
    neutral: Annotated[
        bool, option("Make the core neutral, then the whole at the outer surface.")
    ] = False,
    groups: Groups | None = None,
    vacuum: Vacuum = 10.0,
    symprec: Symprec = SYMPREC,
) -> Composite:
    """Particle of a CORE in a shell of another crystal.

    CORE is a crystal with --size, or a finite structure; SHELL is a crystal: lib:NAME or a file.
    The array 'part' of the model says core or shell. Of an orientation relationship, the shell is
    the substrate and comes first.
    """
    if size is None:
        refuse_idle(*OF_SIZE)
    return build_shell(
        core,
        shell,
        thickness,
        size=size,
        shape=shape,
        axis=axis,
        centre=centre,
        shell_centre=shell_centre,
        energies=energies or None,
        orientation=_orientation(relationship, shell, core, random, symprec),
        seed=seed,
        gap=gap,
        neutral=neutral,
        groups=groups,
        vacuum=vacuum,
    )


@command(
    example="build embed lib:na lib:mgo --size 14 --random -o embedded.extxyz",
    structure=True,
    picture="Draw a slice through the middle",
)
def embed_command(
    guest: str,
    host: str,
    *,
    size: Annotated[Any, SIZE] = None,
    shape: Shape = "sphere",
    axis: Axis = None,
    centre: Centre = "atom",
    energies: Energies,
    relationship: RelationshipOptions,
    random: Random = False,
    seed: OrientationSeed = 0,
    supercell: Annotated[
        Cells | None, "Repeats of the host [default: the smallest that leave --wall]."
    ] = None,
    wall: Annotated[
        float, option("Host between the guest and its periodic images, at least.", metavar="Å")
    ] = WALL,
    place: Annotated[
        Any,
        option(
            "Centre of the guest in fractions of the supercell.",
            type=numbers("0.5 0.5 0.5", 3),
            metavar="X,Y,Z",
        ),
    ] = (0.5, 0.5, 0.5),
    gap: Gap = None,
    fill: Annotated[
        bool, option("Keep the host whole, and only the units of the guest that find room.")
    ] = False,
    neutral: Annotated[
        bool, option("Make the guest neutral, then the whole at the cavity.")
    ] = False,
    groups: Groups | None = None,
    symprec: Symprec = SYMPREC,
) -> Composite:
    """Particle of a GUEST in a cavity of a crystal, a glass or a metal.

    GUEST is a crystal with --size, or a finite structure; HOST is periodic: lib:NAME or a file.
    The cavity is carved between the atoms and molecular groups of the host. The array 'part' of
    the model says guest or host. Of an orientation relationship, the host is the substrate and
    comes first.
    """
    if size is None:
        refuse_idle(*OF_SIZE)
    return build_embedded(
        guest,
        host,
        size=size,
        shape=shape,
        axis=axis,
        centre=centre,
        energies=energies or None,
        orientation=_orientation(relationship, host, guest, random, symprec),
        seed=seed,
        supercell=supercell,
        wall=wall,
        place=place,
        gap=gap,
        fill=fill,
        neutral=neutral,
        groups=groups,
    )
