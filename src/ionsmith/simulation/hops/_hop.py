"""The two ends of a hop, and the band between them."""

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.analyzers.migration import Hop
from ionsmith.bonding.checks import check_contacts, check_supercell
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput, NotConverged
from ionsmith.potentials import PotentialLike, load_potential
from ionsmith.simulation.hops._band import HopBarrier, relax_band
from ionsmith.simulation.relaxing import relax_to_file

Floats = NDArray[np.float64]

Mechanism = Literal["to an empty site", "vacancy", "interstitial"]

OWN = 1.5
"""Distance in Å up to which an ion belongs to a site."""

APART = 0.5
"""Distance in Å below which both ends of a hop have relaxed to the same place."""


def hop_barrier(
    structure: CrystalLike,
    hop: Hop,
    potential: PotentialLike,
    folder: str | PathLike[str],
    *,
    ion: str = "Na",
    supercell: Sequence[int] = (1, 1, 1),
    images: int = 5,
    fmax: float = 0.05,
    steps: int = 500,
    progress: Callable[[str, int, float, float], None] | None = None,
) -> HopBarrier:
    """Compute the barrier of a hop.

    Parameters
    ----------
    structure
        The ordered structure in which the hop was found.
    hop
        One of ``hops`` of :class:`~ionsmith.analyzers.migration.Migration`.
    potential
        An ASE calculator, or a name or potential of :func:`ionsmith.potentials.load_potential`.
    folder
        Holds both ends, relaxed, and the band. A run in the folder of an interrupted one continues
        it, and repeats nothing of a finished one.
    ion
        Element of the mobile ion.
    supercell
        Cells along a, b and c; ions of a small cell hop together with their images.
    images
        Images between the ends.
    fmax
        Largest force in eV/Å on an atom, of the ends and across the band.
    steps
        Largest number of steps of each relaxation.
    progress
        Called with what is relaxed, the step, an energy in eV and the largest force in eV/Å.

    Returns
    -------
    HopBarrier
        Also if the steps of the band ran out; then ``converged`` is false.

    Raises
    ------
    DisorderedStructure, UnreadableFile
        As :func:`ionsmith.crystals.files.read_structure`.
    InvalidInput
        If the potential lacks an element, an option is out of range, both ends relax to the same
        place, or the folder holds another run.
    NotConverged
        If an end does not relax in the steps allowed.
    ExternalProgramFailed
        If the potential fails.
    """
    if not 1 <= images <= 50:
        raise InvalidInput(f"`images` is {images}; expected 1 to 50")
    atoms = read_structure(structure)
    repeats = check_supercell(tuple(supercell), len(atoms))
    potential = load_potential(potential)
    model, moving, way, mechanism = _first_end(atoms, hop, ion, repeats)
    potential.check(model)
    last = model.copy()
    last.positions[moving] = way[-1]
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    ends = []
    for name, end in (("start", model), ("end", last)):
        check_contacts(end)

        def report(step: int, energy: float, force: float, name: str = name) -> None:
            if progress is not None:
                progress(name, step, energy, force)

        file = place / f"{name}.extxyz"
        relaxed = relax_to_file(
            end,
            file,
            potential,
            fmax=fmax,
            steps=steps,
            resume=True,
            progress=report,
        )
        if not relaxed.converged:
            raise NotConverged(
                f"the {name} of the hop is not relaxed after {steps} steps; run it again with more "
                "`steps`, and it goes on from there"
            )
        # As the file has it, so that a run that continues has the same ends.
        kept = _beside(read_structure(file), end)
        ends.append((kept, potential.energy(kept)))
    moved = ends[1][0].positions[moving] - ends[0][0].positions[moving]
    if np.linalg.norm(moved) < APART:
        raise InvalidInput(
            f"both ends of the hop {hop.start} – {hop.end} relax to the same place with "
            f"{potential.name}: one of the two is no site; take another hop"
        )
    return relax_band(
        ends,
        moving,
        way,
        potential,
        place,
        images=images,
        fmax=fmax,
        steps=steps,
        progress=progress,
        hop=hop,
        mechanism=mechanism,
    )


def _first_end(
    atoms: Atoms, hop: Hop, ion: str, repeats: tuple[int, int, int]
) -> tuple[Atoms, int, Floats, Mechanism]:
    """The model at the start, index of the ion that moves, its way in Å and what it is."""
    model = atoms.repeat(repeats)
    way = np.array(hop.way) @ np.asarray(atoms.cell.array)
    start, end = _ion_at(model, ion, way[0]), _ion_at(model, ion, way[-1])
    if start is None and end is not None:
        way, start, end = way[::-1], end, None
    mechanism: Mechanism = "to an empty site"
    if start is None:
        mechanism = "interstitial"
        added = Atoms(ion, [way[0]])
        for name, array in model.arrays.items():
            if name not in added.arrays:
                kind = np.full_like(array[:1], "" if array.dtype.kind == "U" else 0)
                added.set_array(name, kind)
        model += added
        start = len(model) - 1
    elif end is not None:
        if end == start:
            raise InvalidInput(
                f"the ion hops to its own image, {hop.length:.2f} Å away; take a larger `supercell`"
            )
        mechanism = "vacancy"
        del model[end]
        start -= end < start
    # In the frame of the ion, which may lie in a next cell.
    shift = model.positions[start] - way[0]
    lattice = np.round(np.linalg.solve(np.asarray(model.cell.array).T, shift)) @ model.cell.array
    model.positions[start] = way[0] + (shift - lattice)
    provenance.record(model, "hop", {"way": hop.way, "supercell": list(repeats), "ion": ion})
    return model, int(start), way, mechanism


def _ion_at(model: Atoms, ion: str, place: Floats) -> int | None:
    """Index of the ion on a site; None if it is empty."""
    from ase.geometry import find_mic

    ions = np.flatnonzero(model.symbols == ion)
    if len(ions) == 0:
        return None
    distances = find_mic(model.positions[ions] - place, model.cell, model.pbc)[1]
    nearest = int(np.argmin(distances))
    return int(ions[nearest]) if distances[nearest] < OWN else None


def _beside(relaxed: Atoms, before: Atoms) -> Atoms:
    """The relaxed atoms next to where they were, not in other cells."""
    from ase.geometry import find_mic

    model: Atoms = before.copy()
    moved = find_mic(relaxed.positions - before.positions, before.cell, before.pbc)[0]
    model.positions = before.positions + moved
    return model
