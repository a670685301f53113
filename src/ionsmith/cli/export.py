"""``ionsmith export``."""

from typing import Annotated

import click

from ionsmith.cli.framework import argument, by_element, command, option
from ionsmith.exporters import (
    Export,
    MagneticOrder,
    ProtocolName,
    SmearingKind,
    Starts,
    Task,
    code_names,
    export,
    export_starts,
)
from ionsmith.exporters.codes.espresso import Syntax


@command(
    example="export espresso lib:nafepo4 nafepo4-pw --task relax",
    kinds={"export": Export, "export.starts": Starts},
)
def export_command(
    code: Annotated[str, argument(type=click.Choice(code_names()))],
    structure: str,
    directory: str,
    *,
    task: Annotated[Task, option("One energy, positions relaxed, or the cell as well.")] = "static",
    protocol: Annotated[ProtocolName, option("Cutoffs, k-points and convergence.")] = "moderate",
    kpoints: Annotated[
        tuple[int, int, int] | None,
        option(
            "Mesh centred at Γ [default: the protocol's density, 1 along vacuum].",
            metavar="NA NB NC",
        ),
    ] = None,
    cutoff: Annotated[
        float | None,
        option(
            "Cutoff of the plane waves (CP2K: the finest grid) [default: the protocol's].",
            type=click.FloatRange(min=0, min_open=True),
            metavar="eV",
        ),
    ] = None,
    magnetic_order: Annotated[
        MagneticOrder | None,
        option("Order of the initial moments [default: those of the structure, else ferro]."),
    ] = None,
    moments: Annotated[
        dict[str, float],
        option(
            "Initial moment in Bohr magnetons [default: that of the ion or metal].",
            "--moment",
            callback=by_element("V=3.25"),
            metavar="El=MOMENT",
        ),
    ],
    oxidation_states: Annotated[
        dict[str, float],
        option(
            "Formal charge that determines the moment [default: of the published sites].",
            "--oxidation-state",
            callback=by_element("V=3.25"),
            metavar="El=CHARGE",
        ),
    ],
    hubbard: Annotated[
        dict[str, float],
        option(
            "U in eV, 0 for none [default: published values of 3d metals in oxides].",
            callback=by_element("V=3.25"),
            metavar="El=U",
        ),
    ],
    no_hubbard: Annotated[bool, option("Omit the published values of U.")] = False,
    smearing: Annotated[
        SmearingKind | None,
        option(
            "Smearing of the occupations [default: cold for metals and alloys, gaussian with "
            "moments or an unsure gap]."
        ),
    ] = None,
    charge: Annotated[int, option("Charge of the cell in e.", show_default=True)] = 0,
    vdw: Annotated[bool, option("Add D3(BJ) dispersion.")] = False,
    dipole: Annotated[bool, option("Use the dipole correction for a slab.")] = True,
    pseudo_dir: Annotated[
        str | None,
        option(
            "Folder of pseudopotentials El.upf, El.psp8 or El.xml; they are copied and their "
            "hashes recorded.",
            metavar="DIR",
        ),
    ] = None,
    syntax: Annotated[
        Syntax | None, option("Quantum ESPRESSO from 7.1 on, or up to 7.0 [default: 7.1].")
    ] = None,
    potential: Annotated[
        str | None,
        option(
            "Potential for LAMMPS: pedone2006 for oxides, or a file of commands [default: "
            "pedone2006].",
            metavar="NAME|FILE",
        ),
    ] = None,
    jobscript: Annotated[
        str | None,
        option(
            "Template of a script for a queue, in which {{command}}, {{cores}}, {{pools}}, "
            "{{name}} and {{output}} are replaced; it becomes job.sh.",
            metavar="TEMPLATE",
        ),
    ] = None,
    starts: Annotated[
        bool,
        option(
            "Write competing starts, each into a folder of DIRECTORY: spin states, orders of the "
            "moments, atoms that carry the other charge."
        ),
    ] = False,
    jobflow: Annotated[
        bool,
        option("Also write it as a flow: flow.json, and flow.py that runs it here."),
    ] = False,
    force: Annotated[bool, option("Replace a folder that was exported before.")] = False,
    dry_run: Annotated[bool, option("Show what would be written; write nothing.")] = False,
) -> Export | Starts:
    """Write a calculation of STRUCTURE for a DFT code or LAMMPS into the new folder DIRECTORY.

    Spin, +U, smearing, k-points and the dipole correction of slabs follow from the structure. Files
    that may not be distributed (POTCAR, pseudopotentials) are named.
    """
    write = export_starts if starts else export
    return write(
        structure,
        code,
        None if dry_run else directory,
        flow=jobflow,
        force=force,
        jobscript=jobscript,
        task=task,
        protocol=protocol,
        kpoints=kpoints,
        cutoff=cutoff,
        magnetic_order=magnetic_order,
        moments=moments,
        oxidation_states=oxidation_states,
        hubbard=hubbard,
        use_hubbard=not no_hubbard,
        smearing=smearing,
        charge=charge,
        vdw=vdw,
        dipole=dipole,
        pseudo_dir=pseudo_dir,
        syntax=syntax,
        potential=potential,
    )
