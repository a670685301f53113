"""``ionsmith library export``."""

from typing import Literal

import click

from ionsmith.cli.common import (
    Command,
    emit,
    file_options,
    output_options,
    progress,
    seed_option,
    supercell_option,
)
from ionsmith.results import Result


def _counts(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> dict[str, int] | None:
    """Read whole numbers of atoms written as a formula, such as ``Na18V12``."""
    if value is None:
        return None
    from ionsmith.crystals.formula import parse_formula

    try:
        amounts = parse_formula(value.replace(" ", ""))
    except ValueError:
        amounts = {}
    if not amounts or any(amount != int(amount) for amount in amounts.values()):
        raise click.BadParameter(
            f"whole numbers of atoms such as Na18V12 were expected, not {value!r}", ctx, parameter
        )
    return {element: int(amount) for element, amount in amounts.items()}


@click.command(
    cls=Command,
    epilog="Example: ionsmith library export nvp --order random --nearest -o nvp.cif",
)
@click.argument("name")
@supercell_option("Conventional cells along a, b and c.")
@click.option(
    "--order",
    "method",
    type=click.Choice(["electrostatic", "random"]),
    help="How partial occupancies are ordered.",
)
@click.option(
    "--composition",
    callback=_counts,
    metavar="ATOMS",
    help="Atoms of the disordered elements in the whole supercell, such as Na18.",
)
@click.option(
    "--nearest", is_flag=True, help="Round occupancies that the supercell cannot hold exactly."
)
@seed_option("Seed of the ordering.")
@click.option("--raw", is_flag=True, help="Write the library's own CIF, disorder included.")
@file_options
@output_options
def export(
    name: str,
    supercell: tuple[int, int, int],
    method: Literal["electrostatic", "random"] | None,
    composition: dict[str, int] | None,
    nearest: bool,
    seed: int,
    raw: bool,
    output: str | None,
    force: bool,
    dry_run: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """Write the crystal NAME in its published setting; a disordered one needs --order or --raw."""
    from ionsmith.cli.structure_file import finish, ready
    from ionsmith.crystals import load
    from ionsmith.crystals.files import write_text
    from ionsmith.crystals.library import published_cif
    from ionsmith.crystals.models import build_crystal
    from ionsmith.crystals.summary import page

    supercell = tuple(supercell)  # type: ignore[assignment]  # a list from a configuration file
    if method is None and (composition is not None or seed != 0 or nearest):
        raise click.UsageError("--composition, --nearest and --seed need --order")
    if raw and (method is not None or supercell != (1, 1, 1)):
        raise click.UsageError("--raw writes the published CIF and takes no other model options")
    if raw and output not in (None, "-") and not str(output).lower().endswith(".cif"):
        raise click.UsageError("--raw writes a CIF; give -o a name that ends in .cif")
    crystal = load(name)
    ready(output, force=force, dry_run=dry_run)
    result: Result
    if raw:
        result = page(crystal)
        if output is not None and not dry_run:
            write_text(output, published_cif(crystal.name), force=force)
    else:
        with progress("ordering") as report:
            result = model = build_crystal(
                crystal, supercell, method, composition, seed, nearest, report
            )
        finish(model.atoms, output, force=force, dry_run=dry_run)
    inputs = {
        "name": name,
        "supercell": supercell,
        "ordering": method,
        "composition": composition,
        "nearest": nearest,
        "seed": seed,
        "raw": raw,
        "output": output,
    }
    emit(
        "library.show" if raw else "library.export",
        inputs,
        result,
        output_format=output_format,
        as_json=as_json,
        to_stderr=output == "-",
    )
