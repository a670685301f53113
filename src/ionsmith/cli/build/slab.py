"""``ionsmith build slab``."""

import csv
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import click

from ionsmith import provenance
from ionsmith.builders.slab import (
    Slab,
    Slabs,
    SlabTerminations,
    build_slab,
    build_slabs,
    slab_terminations,
)
from ionsmith.cli.framework import (
    WITHOUT_EFFECT,
    Groups,
    Seed,
    Symprec,
    command,
    command_line,
    csv_text,
    option,
    progress,
    refuse_idle,
    refuse_others,
)
from ionsmith.cli.framework.ordering import OrderingOption, note_ordered
from ionsmith.crystals.files import check_target, write_structure, write_text
from ionsmith.errors import OutputExists
from ionsmith.lattice.miller import Plane
from ionsmith.lattice.symmetry import SYMPREC


@command(
    example='build slab lib:al2o3 "(001)" --symmetric -o slab.extxyz',
    structure=True,
    unless=("list_terminations", "all"),
    kinds={
        "build.slab": Slab,
        "build.slab.terminations": SlabTerminations,
        "build.slab.all": Slabs,
    },
)
def slab_command(
    crystal: str,
    plane: Plane | None = None,
    *,
    termination: Annotated[
        str | None,
        option(
            "Name or number of the cut at the upper face [default: the one that costs least].",
            metavar="'A|B @0.25'|N",
        ),
    ] = None,
    list_terminations: Annotated[bool, option("Only list the cuts.")] = False,
    all: Annotated[
        int | None,
        option(
            "Every inequivalent cut of all planes up to this index, written into the folder -o "
            "with a table.",
            type=click.IntRange(1, 6),
            metavar="INDEX",
        ),
    ] = None,
    thickness: Annotated[
        str, option("Thickness of the slab.", metavar="Å|'N planes'|'N formula units'")
    ] = "12",
    supercell: Annotated[
        tuple[int, int],
        option("Primitive meshes along both vectors in the plane.", metavar="NA NB"),
    ] = (1, 1),
    symmetric: Annotated[bool, option("Give the slab two equivalent faces.")] = False,
    stoichiometric: Annotated[
        bool, option("Only cuts that keep the composition of the crystal.")
    ] = False,
    nonpolar: Annotated[bool, option("Only cuts that leave neither charge nor dipole.")] = False,
    neutral: Annotated[
        bool,
        option("Compensate charge and dipole by the least intrusive change, which is reported."),
    ] = False,
    passivate: Annotated[
        bool, option("Saturate severed covalent bonds with H; cut O come back as OH.")
    ] = False,
    groups: Groups | None = None,
    ordering: OrderingOption | None = None,
    vacuum: Annotated[float, option("Vacuum.", metavar="Å")] = 15.0,
    freeze: Annotated[str, option("Freeze the slab from its back.", metavar="Å|'N planes'")] = "0",
    seed: Annotated[Seed, "Seed of the ordering."] = 0,
    symprec: Symprec = SYMPREC,
    output: str | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> Slab | SlabTerminations | Slabs:
    """Slab of a CRYSTAL parallel to a PLANE, with vacuum.

    CRYSTAL is lib:NAME, a file or - (standard input); PLANE is (hkl), whose normal points upwards.
    """
    if (plane is None) == (all is None):
        raise click.UsageError("give one PLANE such as (001), or all of them with --all INDEX")
    if ordering is None:
        refuse_idle("without --ordering", "seed")
    of_crystal: dict[str, Any] = {
        "groups": groups,
        "ordering": ordering,
        "seed": seed,
        "symprec": symprec,
    }
    of_slab: dict[str, Any] = {
        "thickness": thickness,
        "supercell": tuple(supercell),
        "symmetric": symmetric,
        "stoichiometric": stoichiometric,
        "nonpolar": nonpolar,
        "neutral": neutral,
        "passivate": passivate,
        "vacuum": vacuum,
        "freeze": freeze,
    }
    if all is not None:
        if list_terminations or termination is not None:
            raise click.UsageError("--all takes every termination: leave out the other options")
        if output in (None, "-") and not dry_run:
            raise click.UsageError("say where the slabs go with -o FOLDER, or pass --dry-run")
        if output is not None and not dry_run:
            _check_folder(Path(output), force=force)
        slabs = build_slabs(crystal, all, **of_crystal, **of_slab)
        return slabs if dry_run or output is None else _write(slabs, Path(output))
    assert plane is not None
    note_ordered(ordering, crystal)
    if list_terminations:
        if output is not None:
            raise click.UsageError("--list-terminations writes no structure; leave out -o")
        refuse_others("beside --list-terminations", "list_terminations", *of_crystal)
        return slab_terminations(crystal, plane, **of_crystal)
    with progress("ordering") as report:
        return build_slab(
            crystal, plane, termination=termination, progress=report, **of_crystal, **of_slab
        )


def _check_folder(folder: Path, *, force: bool) -> None:
    """Refuse a folder with something in it, and one that cannot be made."""
    check_target(str(folder) if not folder.is_dir() else str(folder / "slabs.csv"), force=force)
    if folder.is_dir() and not force and next(folder.iterdir(), None) is not None:
        raise OutputExists(f"{folder} is not empty; choose another folder or replace with --force")


def _write(slabs: Slabs, folder: Path) -> Slabs:
    """Write all slabs with their table, first beside the folder, so that it is whole."""
    names: list[str] = []
    for slab in slabs.slabs:
        stem = f"{slabs.crystal}_{slab.plane.strip('()').replace(',', '_')}_"
        number = 1 + sum(name.startswith(stem) for name in names)
        names.append(f"{stem}{number}.extxyz")
    written = replace(slabs, files=tuple(names))
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as own:
        for name, slab in zip(names, slabs.slabs, strict=True):
            provenance.note_command(slab.atoms, command_line(WITHOUT_EFFECT))
            write_structure(str(Path(own) / name), slab.atoms, force=False)
        table = written.tables()[0]
        write_structure(str(Path(own) / "bulk.extxyz"), slabs.bulk, force=False)
        write_text(str(Path(own) / "slabs.csv"), csv_text(table) + "\n", force=False)
        folder.mkdir(exist_ok=True)
        for old in _written_before(folder):
            old.unlink(missing_ok=True)
        for path in sorted(Path(own).iterdir()):
            path.replace(folder / path.name)
    return written


def _written_before(folder: Path) -> list[Path]:
    """Slabs that the table of a folder names: they are replaced with it."""
    table = folder / "slabs.csv"
    if not table.is_file():
        return []
    rows = csv.DictReader(table.read_text(encoding="utf-8", errors="replace").splitlines())
    names = [row.get("file") or "" for row in rows]
    return [folder / name for name in names if name.endswith(".extxyz") and "/" not in name]
