"""``ionsmith export``."""

from pathlib import Path
from typing import Any

import click

from ionsmith.cli.common import Command, emit, output_options
from ionsmith.cli.values import by_element

CODES = ["vasp", "espresso", "cp2k", "abinit", "gpaw", "lammps"]


@click.command(
    cls=Command,
    epilog="Example: ionsmith export espresso lib:nafepo4 nafepo4-pw --task relax",
)
@click.argument("code", type=click.Choice(CODES))
@click.argument("structure")
@click.argument("directory")
@click.option(
    "--task",
    type=click.Choice(["static", "relax", "relax-cell"]),
    default="static",
    show_default=True,
    help="One energy, positions relaxed, or the cell as well.",
)
@click.option(
    "--protocol",
    type=click.Choice(["fast", "moderate", "precise"]),
    default="moderate",
    show_default=True,
    help="Cutoffs, k-points and convergence.",
)
@click.option(
    "--kpoints",
    type=click.IntRange(min=1),
    nargs=3,
    metavar="NA NB NC",
    help="Mesh centred at Γ [default: the protocol's density, 1 along vacuum].",
)
@click.option(
    "--cutoff",
    type=click.FloatRange(min=0, min_open=True),
    metavar="eV",
    help="Of the plane waves (CP2K: the finest grid) [default: the protocol's].",
)
@click.option(
    "--magnetic-order",
    type=click.Choice(["ferro", "antiferro", "none"]),
    help="Of the initial moments [default: those of the structure, else ferro].",
)
@click.option(
    "--moment",
    multiple=True,
    callback=by_element("V=3.25"),
    metavar="El=MOMENT",
    help="Initial moment in Bohr magnetons [default: high spin of the formal charge].",
)
@click.option(
    "--oxidation-state",
    "oxidation",
    multiple=True,
    callback=by_element("V=3.25"),
    metavar="El=CHARGE",
    help="Formal charge that the moments follow [default: of the published sites].",
)
@click.option(
    "--hubbard",
    multiple=True,
    callback=by_element("V=3.25"),
    metavar="El=U",
    help="U in eV, 0 for none [default: published values of 3d metals in oxides].",
)
@click.option("--no-hubbard", is_flag=True, help="Leave out the published values of U.")
@click.option(
    "--smearing",
    type=click.Choice(["fixed", "gaussian", "cold"]),
    help="Of the occupations [default: cold for metals and alloys, gaussian with moments].",
)
@click.option("--charge", type=int, default=0, show_default=True, help="Of the cell, in e.")
@click.option("--vdw", is_flag=True, help="Add D3(BJ) dispersion.")
@click.option("--no-dipole", is_flag=True, help="Leave out the dipole correction of a slab.")
@click.option(
    "--pseudo-dir",
    metavar="DIR",
    help="Pseudopotentials El.upf, El.psp8 or El.xml; they are copied and their hashes kept.",
)
@click.option(
    "--syntax",
    type=click.Choice(["7.1", "6.7"]),
    help="Quantum ESPRESSO from 7.1 on, or up to 7.0 [default: 7.1].",
)
@click.option(
    "--potential",
    metavar="NAME|FILE",
    help="Of LAMMPS: pedone2006 for oxides, or a file of commands [default: pedone2006].",
)
@click.option(
    "--jobflow",
    is_flag=True,
    help="Also write it as a flow: flow.json, and flow.py that runs it here.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be written; write nothing.")
@output_options
def export(
    code: str,
    structure: str,
    directory: str,
    task: str,
    protocol: str,
    kpoints: tuple[int, int, int] | None,
    cutoff: float | None,
    magnetic_order: str | None,
    moment: dict[str, float],
    oxidation: dict[str, float],
    hubbard: dict[str, float],
    no_hubbard: bool,
    smearing: str | None,
    charge: int,
    vdw: bool,
    no_dipole: bool,
    pseudo_dir: str | None,
    syntax: str | None,
    potential: str | None,
    jobflow: bool,
    dry_run: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """Write a calculation of STRUCTURE for a DFT code into the new folder DIRECTORY.

    Spin, +U, smearing, k-points and the dipole correction of slabs follow from the structure. What
    may not be handed on (POTCAR, pseudopotentials) is named.
    """
    from ionsmith.crystals.files import read_structure
    from ionsmith.exporters import export as write

    options: dict[str, Any] = {
        "task": task,
        "protocol": protocol,
        "kpoints": kpoints or None,
        "cutoff": cutoff,
        "magnetic_order": magnetic_order,
        "moments": moment,
        "oxidation_states": oxidation,
        "hubbard": hubbard,
        "use_hubbard": not no_hubbard,
        "smearing": smearing,
        "charge": charge,
        "vdw": vdw,
        "dipole": not no_dipole,
    }
    result = write(
        read_structure(structure),
        code,
        None if dry_run else directory,
        syntax=syntax,
        potential=potential,
        flow=jobflow,
        pseudo_dir=None if pseudo_dir is None else Path(pseudo_dir),
        **options,
    )
    emit(
        "export",
        {
            "code": code,
            "structure": structure,
            "directory": directory,
            **options,
            "pseudo_dir": pseudo_dir,
            "syntax": syntax,
            "potential": potential,
            "jobflow": jobflow,
            "dry_run": dry_run,
        },
        result,
        output_format=output_format,
        as_json=as_json,
    )
