"""Relax several structures into a folder, one after another, as part of a larger measurement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from ionsmith.crystals.files import CrystalLike, name_of
from ionsmith.errors import IonsmithError
from ionsmith.potentials import PotentialLike, load_potential
from ionsmith.simulation.relaxing._job import relax_to_file


@dataclass(frozen=True)
class Entry:
    """One structure that was relaxed.

    Parameters
    ----------
    structure
        Its name.
    energy_before, energy_after
        Energy of the whole structure in eV; None if there is none.
    converged
        Whether its forces are small.
    error
        What went wrong.
    """

    structure: str
    energy_before: float | None = None
    energy_after: float | None = None
    converged: bool = False
    error: str | None = None


def relax_all(
    structures: Sequence[CrystalLike],
    folder: str | PathLike[str],
    potential: PotentialLike,
    *,
    begin: Callable[[str], None] | None = None,
    **options: Any,
) -> list[Entry]:
    """Relax structures one after another; a failure does not stop the others.

    Many structures are relaxed in parallel by ``ionsmith.screening.relax_structures``.

    Parameters
    ----------
    structures
        The structures, each with a name of its own.
    folder
        Where each is written as extended XYZ under its name. What is there and fits is used or
        continued, and replaced otherwise.
    potential
        An ASE calculator, or a name or potential of :func:`ionsmith.potentials.load_potential`.
    begin
        Called with each structure's name before it is relaxed.
    **options
        Those of :func:`ionsmith.simulation.relaxing.relax`.
    """
    target, loaded = Path(folder), load_potential(potential)
    target.mkdir(exist_ok=True)
    entries = []
    for structure in structures:
        known = isinstance(structure, str | PathLike)
        name = fspath(structure) if known else name_of(structure)  # type: ignore[arg-type]
        if begin is not None:
            begin(name)
        output = target / f"{Path(name.removeprefix('lib:')).stem}.extxyz"
        entry = Entry(name)
        for force in (False, True):
            try:
                done = relax_to_file(
                    structure, output, loaded, resume=not force, force=force, **options
                )
            except IonsmithError as error:
                entry = Entry(name, error=str(error))
            else:
                entry = Entry(name, done.energy_before, done.energy_after, done.converged)
                break
        entries.append(entry)
    return entries
