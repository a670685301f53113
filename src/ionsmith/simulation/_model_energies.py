"""Energies of the models that belong together, and the crystals that they were cut from."""

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

from ase import Atoms

from ionsmith.crystals.files import CrystalLike
from ionsmith.errors import InvalidInput, NotConverged
from ionsmith.potentials import Potential
from ionsmith.simulation.relaxing import CellChange, relax_to_file


def crystal_of(steps: list[dict[str, Any]], given: CrystalLike | None, name: str) -> CrystalLike:
    """The crystal of a model: as given, or that of the library that its record names."""
    if given is not None:
        return given
    if len(steps) == 1 and steps[0].get("step") == "library":
        return f"lib:{steps[0]['parameters']['name']}"
    raise InvalidInput(f"give the crystal that it was cut from as `{name}`")


def energies_of(
    models: dict[str, tuple[Atoms, CellChange]],
    potential: Potential,
    folder: str | PathLike[str] | None,
    fmax: float,
    steps: int,
    progress: Callable[[int, int], None] | None,
) -> dict[str, float]:
    """Energy of each model in eV, relaxed if there is a folder for that."""
    energies = {}
    if folder is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)
    for done, (name, (atoms, cell)) in enumerate(models.items()):
        if progress is not None:
            progress(done, len(models))
        if folder is None:
            energies[name] = potential.energy(atoms)
            continue
        path = Path(folder) / f"{name}.extxyz"
        found = relax_to_file(
            atoms, path, potential, cell=cell, fmax=fmax, steps=steps, resume=True
        )
        if not found.converged:
            raise NotConverged(
                f"{path} is not converged after {steps} steps; allow more `steps`, and it continues"
            )
        energies[name] = found.energy_after
    if progress is not None:
        progress(len(models), len(models))
    return energies
