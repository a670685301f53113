"""``ionsmith build porous``."""

from typing import Annotated

import click

from ionsmith.builders.choices import Ion, IonSite, PoreKind
from ionsmith.builders.porous import Porous, build_porous
from ionsmith.cli.framework import Cells, Seed, command, option, refuse_idle
from ionsmith.lattice.miller import Direction


@command(
    example="build porous lib:ge --porosity 18.05 --zone [001] --ions 4 -o porous-ge.extxyz",
    structure=True,
)
def porous_command(
    crystal: str,
    *,
    porosity: Annotated[float, option("Porosity of the cell.", metavar="PERCENT")],
    kind: Annotated[
        PoreKind, option("Shape of the pores; the last two are bicontinuous.")
    ] = "columns",
    zone: Annotated[
        Direction | None, option("Direction of columns [default: [001]].", metavar="[uvw]")
    ] = None,
    supercell: Annotated[
        Cells | None,
        "Repeats; for columns, of a cell with its third vector along them [default: 16 Å wide "
        "across columns, 30 Å for other shapes].",
    ] = None,
    pores: Annotated[
        tuple[int, int, int],
        option(
            "Pores, or periods of the gyroid, along the edges of the supercell.",
            metavar="NA NB NC",
        ),
    ] = (1, 1, 1),
    centre: Annotated[
        tuple[float, float, float] | None,
        option(
            "Centre of a pore in fractions of one cell [default: the first atom].",
            metavar="X Y Z",
        ),
    ] = None,
    wavelength: Annotated[
        float | None,
        option(
            "Wavelength of a levelled wave [default: a third of the least width of the supercell].",
            type=click.FloatRange(0, min_open=True),
            metavar="Å",
        ),
    ] = None,
    seed: Annotated[Seed, "Seed of random spheres and levelled waves."] = 0,
    remove_pieces: Annotated[bool, option("Remove pieces that the pores cut off.")] = False,
    passivate: Annotated[
        bool, option("Saturate dangling bonds with H.", "--passivate/--bare")
    ] = True,
    ion: Annotated[Ion, option("Element of the ions in the pores.")] = "Li",
    ions: Annotated[int, option("Number of ions in the pores.", type=click.IntRange(0))] = 0,
    place: Annotated[
        IonSite,
        option(
            "Where ions go: on dangling bonds instead of H, into pores, or into voids of the wall."
        ),
    ] = "surface",
) -> Porous:
    """Porous model of a CRYSTAL, its walls terminated with H, Li or Na.

    CRYSTAL is lib:NAME, a file or - (standard input). Whole shells of atoms are removed until the
    porosity is met, then atoms that kept less than half of their bonds.
    """
    when = f"on {kind}"
    if kind != "levelled-wave":
        refuse_idle(when, "wavelength")
    if kind not in ("levelled-wave", "random-spheres"):
        refuse_idle(when, "seed")
    if kind not in ("columns", "spheres"):
        refuse_idle(when, "centre")
    if kind == "levelled-wave":
        refuse_idle(when, "pores")
    if not ions:
        refuse_idle("without --ions", "ion", "place")
    return build_porous(
        crystal,
        porosity,
        kind=kind,
        zone=zone,
        supercell=supercell,
        pores=pores,
        centre=centre,
        wavelength=wavelength,
        seed=seed,
        remove_pieces=remove_pieces,
        passivate=passivate,
        ion=ion,
        ions=ions,
        place=place,
    )
