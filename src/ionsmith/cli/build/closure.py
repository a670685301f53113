"""``ionsmith build closure``."""

import click

from ionsmith.cli.common import Command, emit, file_options, output_options, seed_option
from ionsmith.cli.values import whole_numbers


def _planes(text: str) -> list[int] | None:
    """Read the numbers of planes; None stands for all of them."""
    return None if text == "all" else whole_numbers(text)


@click.command(
    cls=Command,
    epilog="Example: ionsmith build beta-alumina -o - | "
    "ionsmith build closure - --planes 1,3 --route 1,2 -o closed.extxyz",
)
@click.argument("structure")
@click.option(
    "--planes",
    type=_planes,
    required=True,
    metavar="P[,P...]",
    help="Conduction planes to close, numbered from 1 at the bottom, or all.",
)
@click.option(
    "--route",
    type=whole_numbers,
    default="1",
    show_default=True,
    metavar="R[,R...]",
    help="Glide along 1 [-110], 2 [210] or 3 [-1-20]; one for all planes or one each.",
)
@click.option(
    "--sense",
    type=click.Choice(["right", "wrong"]),
    default="right",
    show_default=True,
    help="The right sense is found from the stacking; the wrong one leaves Al three-coordinated.",
)
@click.option(
    "--sodium-removed",
    type=float,
    default=1.0,
    show_default=True,
    metavar="FRACTION",
    help="Part of the Na of each closed plane that leaves, 0 to 1.",
)
@click.option("--keep-bridging-oxygen", is_flag=True, help="Leave the bridging O in the plane.")
@click.option(
    "--spacing",
    type=float,
    metavar="Å",
    help="O layer to O layer across a closed plane [default: solved for from the Al–O bond].",
)
@click.option(
    "--cell",
    type=click.Choice(["sheared", "hexagonal", "orthogonal"]),
    default="sheared",
    show_default=True,
    help="Let the cell lean, or repeat the structure until it is upright.",
)
@seed_option("Which Na leave, if a part.")
@file_options
@output_options
def closure(
    structure: str,
    planes: list[int] | None,
    route: list[int],
    sense: str,
    sodium_removed: float,
    keep_bridging_oxygen: bool,
    spacing: float | None,
    cell: str,
    seed: int,
    output: str | None,
    force: bool,
    dry_run: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """Close conduction planes of a β''-alumina STRUCTURE, as in Geng et al. 2023.

    Na and the bridging O leave, the spinel blocks come together along c, and one glides by a
    Shockley partial, so that AlO4 pairs across the plane share an edge and no longer a corner.
    """
    from ionsmith.builders.beta_alumina import close_planes
    from ionsmith.cli.structure_file import finish, ready
    from ionsmith.crystals.files import read_structure
    from ionsmith.layers.anatomy import find_anatomy

    ready(output, force=force, dry_run=dry_run)
    atoms = read_structure(structure)
    chosen = planes
    if chosen is None:
        chosen = list(range(1, find_anatomy(atoms).n_planes + 1))
    options = {
        "route": route,
        "sense": sense,
        "sodium_removed": sodium_removed,
        "keep_bridging_oxygen": keep_bridging_oxygen,
        "spacing": spacing,
        "cell": cell,
        "seed": seed,
    }
    result = close_planes(atoms, chosen, **options)  # type: ignore[arg-type]
    finish(result.atoms, output, force=force, dry_run=dry_run)
    emit(
        "build.closure",
        {"structure": structure, "planes": chosen, **options, "output": output},
        result,
        output_format=output_format,
        as_json=as_json,
        to_stderr=output == "-",
    )
