"""``ionsmith build particle`` and ``ionsmith build wire``."""

import json
from pathlib import Path
from typing import Annotated, Any

import click

from ionsmith.builders.choices import ParticleShape, WireShape
from ionsmith.builders.particles import Particle, Wire, build_particle, build_wire
from ionsmith.cli.framework import Groups, command, numbers, option
from ionsmith.lattice.miller import Direction


def read_energies(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> dict[str, float]:
    """Read ``(1,1,1)=1.2``, given once for each form, or a document of ``analyze surfaces``."""
    energies: dict[str, float] = {}
    for text in value:
        plane, sign, number = text.rpartition("=")
        if plane.strip() in energies:
            raise click.BadParameter(f"{plane.strip()} is given twice")
        try:
            if sign:
                energies[plane.strip()] = float(number)
            else:
                shape = json.loads(Path(text).read_text(encoding="utf-8"))["result"]["shape"]
                energies.update(shape["energies"])
        except (OSError, ValueError, KeyError, TypeError):
            raise click.BadParameter(
                "expected a plane and its energy in J/m² such as '(1,1,1)=1.2', or a file of "
                f"'ionsmith analyze surfaces --json' with a shape, not {text!r}"
            ) from None
    return energies


def read_centre(text: str) -> str | tuple[float, ...]:
    """Read a word, or three fractions."""
    return text.strip() if text.strip().isalpha() else numbers("0.5 0.5 0.5", 3)(text)


Energies = Annotated[
    dict[str, float],
    option(
        "Surface energy of a form, once for each, or the file of 'analyze surfaces --json'.",
        callback=read_energies,
        metavar="(hkl)=J/m²|FILE.json",
    ),
]
Centre = Annotated[
    Any,
    option(
        "Centre: the first atom, that of an element, the largest hole, or fractions of the cell.",
        type=read_centre,
        metavar="atom|EL|hollow|X,Y,Z",
    ),
]
Stoichiometric = Annotated[
    bool, option("Remove units at the surface until the composition is that of the crystal.")
]
Neutral = Annotated[
    bool, option("Add or remove the fewest units at the surface that make it neutral.")
]
Passivate = Annotated[bool, option("Saturate severed covalent bonds with H.")]
Vacuum = Annotated[float, option("Empty space on each side.", metavar="Å")]
SIZE = option(
    "Diameter; three of an ellipsoid; diameter and length (thickness) of a rod (disc); outer and "
    "inner one of a hollow sphere.",
    type=numbers("40 or 40,20"),
    metavar="Å[,Å,Å]",
)


@command(
    example="build particle lib:si --size 20 --passivate -o particle.extxyz",
    structure=True,
    picture="Draw the particle",
)
def particle_command(
    crystal: str,
    *,
    size: Annotated[Any, SIZE],
    shape: Annotated[ParticleShape, option("Shape.")] = "sphere",
    axis: Annotated[
        Direction | None,
        option("Axis of a rod, disc or ellipsoid, along z [default: [001]].", metavar="[uvw]"),
    ] = None,
    centre: Centre = "atom",
    energies: Energies,
    stoichiometric: Stoichiometric = False,
    neutral: Neutral = False,
    passivate: Passivate = False,
    groups: Groups | None = None,
    vacuum: Vacuum = 10.0,
) -> Particle:
    """Particle of a CRYSTAL, cut between its atoms and molecular groups.

    CRYSTAL is lib:NAME, a file or - (standard input), ordered. Molecules and groups such as PO4
    stay whole; they belong to the particle if their middle does.
    """
    return build_particle(
        crystal,
        size,
        shape=shape,
        axis=axis,
        centre=centre,
        energies=energies or None,
        stoichiometric=stoichiometric,
        neutral=neutral,
        passivate=passivate,
        groups=groups,
        vacuum=vacuum,
    )


@command(
    example="build wire lib:si --diameter 15 --axis [111] --passivate -o wire.extxyz",
    structure=True,
    picture="Draw the wire along its axis",
)
def wire_command(
    crystal: str,
    *,
    diameter: Annotated[
        float,
        option(
            "Diameter; of a faceted wire, that of a circle of the same area.",
            type=click.FloatRange(0, min_open=True),
            metavar="Å",
        ),
    ],
    axis: Annotated[Direction, option("Direction of the wire, along z.", metavar="[uvw]")],
    shape: Annotated[WireShape, option("Cross-section.")] = "round",
    length: Annotated[
        float,
        option("Smallest length of the cell; one period at least.", metavar="Å"),
    ] = 0.0,
    centre: Centre = "atom",
    energies: Energies,
    stoichiometric: Stoichiometric = False,
    neutral: Neutral = False,
    passivate: Passivate = False,
    groups: Groups | None = None,
    vacuum: Vacuum = 10.0,
) -> Wire:
    """Wire of a CRYSTAL along [uvw], periodic.

    CRYSTAL is lib:NAME, a file or - (standard input), ordered. Facets of a faceted wire are the
    planes with the largest spacings that contain its axis, or those of --energies.
    """
    return build_wire(
        crystal,
        diameter,
        axis=axis,
        shape=shape,
        length=length,
        centre=centre,
        energies=energies or None,
        stoichiometric=stoichiometric,
        neutral=neutral,
        passivate=passivate,
        groups=groups,
        vacuum=vacuum,
    )
