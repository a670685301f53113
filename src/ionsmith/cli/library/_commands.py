"""The commands below ``ionsmith library``."""

from typing import Annotated, Any

import click

from ionsmith.cli.framework import Cells, Seed, command, option, progress
from ionsmith.cli.framework.ordering import OrderingOption, note_ordered
from ionsmith.crystals import load
from ionsmith.crystals.files import write_text
from ionsmith.crystals.formula import parse_formula
from ionsmith.crystals.library import CrystalPage, Listing, listing, page, published_cif, search
from ionsmith.crystals.models import CrystalModel, build_crystal


@command(example="library list --element Na --element P --space-group R-3c")
def list_command(
    formula: Annotated[
        str | None, option("Composition, such as Na3V2P3O12 or sio2.", metavar="FORMULA")
    ] = None,
    element: Annotated[
        tuple[str, ...],
        option("Element that must be present (may be repeated).", metavar="SYMBOL"),
    ] = (),
    space_group: Annotated[
        str | None, option("Number or symbol, such as 167 or R-3c.", metavar="GROUP")
    ] = None,
    family: Annotated[
        str | None, option("Group of phases, such as nasicon.", metavar="FAMILY")
    ] = None,
) -> Listing:
    """Crystals of the library that fulfil every condition given."""
    return listing(
        search(formula=formula, elements=element, space_group=space_group, family=family)
    )


@command(example="library show beta2-alumina")
def show_command(name: str) -> CrystalPage:
    """Cell, sites, citation, confidence, notes and corrections of the crystal NAME."""
    return page(load(name))


def _composition(text: str) -> dict[str, int]:
    """Read whole numbers of atoms written as a formula, such as ``Na18V12``."""
    try:
        amounts = parse_formula(text.replace(" ", ""))
    except ValueError:
        amounts = {}
    if not amounts or any(amount != int(amount) for amount in amounts.values()):
        raise click.BadParameter(f"expected whole numbers of atoms such as Na18V12, not {text!r}")
    return {element: int(amount) for element, amount in amounts.items()}


@command(
    example="library export nvp --ordering random --nearest -o nvp.cif",
    structure=True,
    unless="raw",
    kinds={"library.export": CrystalModel, "library.show": CrystalPage},
)
def export_command(
    name: str,
    supercell: Annotated[Cells, "Conventional cells along a, b and c."] = (1, 1, 1),
    ordering: OrderingOption | None = None,
    composition: Annotated[
        Any,
        option(
            "Atoms of the disordered elements in the whole supercell, such as Na18.",
            type=_composition,
            metavar="ATOMS",
        ),
    ] = None,
    nearest: Annotated[
        bool, option("Round occupancies that the supercell cannot hold exactly.")
    ] = False,
    seed: Annotated[Seed, "Seed of the ordering."] = 0,
    raw: Annotated[bool, option("Write the library's own CIF, disorder included.")] = False,
    output: str | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> CrystalModel | CrystalPage:
    """Write the crystal NAME in its published setting.

    A disordered crystal needs --ordering or --raw.
    """
    supercell = tuple(supercell)  # type: ignore[assignment]  # a list from a configuration file
    if ordering is None and (composition is not None or seed != 0 or nearest):
        raise click.UsageError("--composition, --nearest and --seed need --ordering")
    if raw and (ordering is not None or supercell != (1, 1, 1)):
        raise click.UsageError("--raw writes the published CIF and takes no other model options")
    if raw and output not in (None, "-") and not str(output).lower().endswith(".cif"):
        raise click.UsageError("--raw writes a CIF; give -o a name that ends in .cif")
    if raw and output is None and not dry_run:
        raise click.UsageError("say where the CIF goes with -o FILE, or pass --dry-run")
    crystal = load(name)
    if raw:
        if output is not None and not dry_run:
            write_text(output, published_cif(crystal.name), force=force)
        return page(crystal)
    if composition is None:
        note_ordered(ordering, crystal)
    with progress("ordering") as report:
        return build_crystal(crystal, supercell, ordering, composition, seed, nearest, report)
