"""Energies over the shifts, one after another, and the points that the surface leads to."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from os import PathLike
from typing import Any

import numpy as np
from ase.units import J, m
from numpy.typing import NDArray

from ionsmith.arguments import whole_numbers
from ionsmith.choices import checked
from ionsmith.crystals.files import Checkpoint, CrystalLike, name_of
from ionsmith.errors import ExternalProgramFailed, InvalidInput
from ionsmith.potentials import Potential, PotentialLike, load_potential
from ionsmith.simulation.gamma_surface._fault import ZERO, Fault, find_fault
from ionsmith.simulation.gamma_surface._points import FaultRelaxation, GammaState, Points
from ionsmith.simulation.gamma_surface._result import GammaSurface, Minimum, Saddle
from ionsmith.simulation.gamma_surface._stationary import (
    Landscape,
    Pass,
    interpolate,
    landscape,
    walk,
)

Floats = NDArray[np.float64]

SHALLOW = 0.005
"""Depth below its lowest pass, as a part of the range of the surface, from which a minimum is
listed."""

SAME = 0.1
"""Difference of shifts in Å below which they are one."""

UNCERTAIN = 0.05
"""Error of the interpolation, as a part of the range of the surface, from which a note is made."""

STEEP = 2.0
"""Range in J/m² of the surface that both are parts of if it is larger, as where atoms overlap."""

MOST_SHIFTS = 10_000

LOWEST_SHIFTS = 6
"""Shifts along each axis of the basal cell that :func:`lowest_glide` computes: the glides of
closure are among them."""


@checked
def gamma_surface(
    structure: CrystalLike,
    plane: int | str,
    potential: PotentialLike,
    *,
    shifts: tuple[int, int] = (12, 12),
    relax: FaultRelaxation = "spacing",
    thickness: float | str = 20.0,
    fmax: float = 0.02,
    steps: int = 200,
    checkpoint: str | PathLike[str] | None = None,
    resume: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> GammaSurface:
    """Compute the energy of shifting the crystal above a plane along it.

    Parameters
    ----------
    structure
        A crystal, a model of β''-alumina, a slab or an interface.
    plane
        Number of a conduction plane, from 1 at the bottom, which is emptied if it is open; or
        ``"(hkl)@HEIGHT"`` with the height in Å above the plane (hkl) through the origin of the
        cell, such as ``"(111)@1.2"``. Without a height it is the widest gap between layers.
    potential
        An ASE calculator, or a name or potential of :func:`ionsmith.potentials.load_potential`.
    shifts
        Number of shifts along each in-plane vector.
    relax
        What relaxes at each shift: ``"none"`` nothing; ``"spacing"`` the distance of the rigid
        halves; ``"normal"`` also the atoms, along the normal, and the height of the cell.
    thickness
        Of a crystal between the plane and its next image, in Å or as ``"6 planes"``.
    fmax, steps
        Largest force in eV/Å and largest number of steps of ``"normal"``.
    checkpoint
        File that keeps the shifts that are done.
    resume
        Continue from the checkpoint.
    progress
        Called with the number of shifts done and in total.

    Returns
    -------
    GammaSurface

    Raises
    ------
    InvalidInput
        If the plane cannot be cut, an option is out of range, or the checkpoint belongs to another
        run.
    NotBetaAlumina
        For the number of a plane in a structure that has none.
    ExternalProgramFailed
        If the potential fails.

    Notes
    -----
    Shifts that the symmetry of the block maps onto each other are computed once. Energies are
    counted from the unshifted crystal, relaxed alike; those of a conduction plane from the emptied
    open plane. Minima and passes are found on a periodic cubic spline of the grid, and their
    energies are then computed at that shift.

    Examples
    --------
    >>> from ase.build import bulk
    >>> from ase.calculators.emt import EMT
    >>> from ionsmith.simulation.gamma_surface import gamma_surface
    >>> copper = bulk("Cu", a=3.59, cubic=True)
    >>> surface = gamma_surface(copper, "(111)", EMT(), shifts=(6, 6), thickness="6 planes")
    >>> surface.energies.shape, surface.n_computed
    ((6, 6), 10)
    """
    shifts = _checked(shifts, fmax, steps)
    if resume and checkpoint is None:
        raise InvalidInput("name the `checkpoint` to resume from")
    fault = find_fault(structure, plane, thickness)
    potential = load_potential(potential)
    potential.check(fault.atoms)
    settings = {"relax": relax, "fmax": fmax, "steps": steps}
    store = None if checkpoint is None else Checkpoint(checkpoint, GammaState)
    state = GammaState(_job(fault, potential, settings))
    if resume:
        assert store is not None
        state = store.load(state.job)
    points = Points(fault, potential, relax, fmax, steps, state, store)

    grid = np.array([(i, j) for i in range(shifts[0]) for j in range(shifts[1])]) / shifts
    source = _distinct(fault, grid, shifts)
    wanted = np.unique(source)
    # The reference is the first point of a run.
    reference = points.reference()
    energies = np.zeros(len(grid))
    openings = np.zeros(len(grid))
    for done, index in enumerate(wanted.tolist()):
        if progress is not None:
            progress(done, len(wanted))
        energy, opening = points.at(grid[index])
        energies[source == index], openings[source == index] = energy, opening
    unit = fault.area * J / m**2
    surface = ((energies - reference[0]) / unit).reshape(shifts)
    if not np.isfinite(surface).all():
        raise ExternalProgramFailed(f"{potential.model} gives energies that are not finite")

    def energy_at(shift: Floats) -> tuple[float, float]:
        energy, opening = points.at(shift)
        return (energy - reference[0]) / unit, opening

    found = landscape(surface, fault.vectors)
    minima, members = _minima(fault, found, energy_at)
    # A valley whose bottom is flat has no pass between images of its minimum.
    saddles = [
        saddle
        for saddle in _passes(found, members, energy_at)
        if saddle.energy > max(minima[number].energy for number in saddle.between)
    ]
    path = _lowest_path(found, members, minima)
    known: list[Minimum | Saddle] = [*minima, *saddles]
    error = np.abs(
        interpolate(surface, np.array([item.shift for item in known]).reshape(-1, 2))
        - [item.energy for item in known]
    ).max(initial=0.0)
    notes = list(fault.notes)
    if error > UNCERTAIN * min(STEEP, float(np.ptp(surface))):
        notes.append(
            f"at minima and passes the interpolated surface is off by up to {error:.2f} J/m²; "
            "their energies were computed, path and picture are interpolated: take more shifts"
        )
    if progress is not None:
        progress(len(wanted), len(wanted))
    return GammaSurface(
        structure=name_of(structure),
        plane=fault.plane,
        potential=potential.describe(),
        relax=relax,
        reference="the emptied open plane" if fault.emptied else "the unshifted crystal",
        n_atoms=len(fault.atoms),
        vectors=fault.vectors,
        area=fault.area,
        energies=surface,
        openings=openings.reshape(shifts),
        n_computed=len(wanted),
        minima=tuple(minima),
        saddles=tuple(saddles),
        path=path,
        notes=tuple(notes),
    )


def lowest_glide(
    structure: CrystalLike,
    plane: int,
    potential: PotentialLike,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> str:
    """Find the glide that closes a conduction plane at the lowest energy, with rigid blocks.

    Parameters
    ----------
    structure
        A β''-alumina structure with the plane open.
    plane
        Its number, from 1 at the bottom.
    potential
        As for :func:`gamma_surface`.
    progress
        Called with the number of shifts done and in total.

    Returns
    -------
    str
        The lowest of the shifts by sixths of the basal axes, as
        :func:`ionsmith.builders.beta_alumina.close_planes` takes it.
    """
    fault = find_fault(structure, plane, 0.0)
    cells = np.rint(np.linalg.norm(fault.vectors, axis=1) / np.linalg.norm(fault.axes[0]))
    first, second = (LOWEST_SHIFTS * max(1, int(n)) for n in cells)
    surface = gamma_surface(structure, plane, potential, shifts=(first, second), progress=progress)
    index = np.unravel_index(surface.energies.argmin(), surface.energies.shape)
    shift = np.array(index) / surface.energies.shape
    named = fault.vector(shift)
    if fault.name(shift) == "third" or named is None:
        return "third"
    return named[0]


def _checked(shifts: Any, fmax: float, steps: int) -> tuple[int, int]:
    """The numbers of shifts, if all options are in range."""
    first, second = whole_numbers(
        "shifts", shifts, "two whole numbers of 4 or more", count=2, least=4
    )
    if first * second > MOST_SHIFTS:
        raise InvalidInput(f"`shifts` are {first * second}; up to {MOST_SHIFTS} are taken")
    if not fmax > 0 or not np.isfinite(fmax):
        raise InvalidInput(f"`fmax` is {fmax:g} eV/Å; a positive value was expected")
    if steps < 1:
        raise InvalidInput(f"`steps` is {steps}; 1 or more were expected")
    return first, second


def _job(fault: Fault, potential: Potential, settings: dict[str, Any]) -> str:
    """Hash of everything that the energies depend on."""
    digest = hashlib.sha256()
    for array in (fault.atoms.numbers, fault.atoms.positions, fault.atoms.cell.array):
        digest.update(np.ascontiguousarray(array).tobytes())
    settings = {**settings, "potential": potential.describe(), "plane": fault.plane}
    digest.update(json.dumps(settings, sort_keys=True).encode())
    return digest.hexdigest()[:16]


def _distinct(fault: Fault, grid: Floats, shape: tuple[int, int]) -> NDArray[np.int64]:
    """For each shift of a grid the index of the first one that is equivalent."""
    source = np.arange(len(grid))
    for moved in fault.equivalents(grid):
        places = moved * shape
        whole = np.rint(places)
        there = np.flatnonzero(np.abs(places - whole).max(axis=1) < 1e-5)
        index = (whole[there].astype(int) % shape) @ (shape[1], 1)
        source[there] = np.minimum(source[there], index)
    return source


def _minima(
    fault: Fault, found: Landscape, energy_at: Callable[[Floats], tuple[float, float]]
) -> tuple[list[Minimum], dict[int, int]]:
    """Distinct minima and named glides, and for each minimum of the landscape which one it is."""
    shape = np.array(found.values.shape)
    classes: list[tuple[Floats, list[int]]] = []
    for index, place in enumerate(found.minima):
        named = fault.vector(place)
        exact = place if named is None else named[1]
        # Where the spline is too low, the point of the grid is the minimum.
        exact = min((exact, np.rint(exact * shape) / shape), key=lambda s: energy_at(s)[0])
        own = next((members for shift, members in classes if _alike(fault, shift, exact)), None)
        if own is None:
            classes.append((exact, [index]))
        else:
            own.append(index)
    floor = SHALLOW * min(STEEP, float(np.ptp(found.values)))
    deep = [(exact, members) for exact, members in classes if found.depth(members) > floor]
    rows = [(_minimum(fault, exact, energy_at, len(members)), members) for exact, members in deep]
    rows.sort(key=lambda row: (round(row[0].energy, 4), row[0].shift))
    while True:
        belongs = {index: number for number, (_, members) in enumerate(rows) for index in members}
        # By the energies that were computed some are too shallow as well.
        shallow = [
            saddle.between[1]
            for saddle in _passes(found, belongs, energy_at)
            if saddle.between[0] != saddle.between[1]
            and saddle.energy - rows[saddle.between[1]][0].energy < floor
        ]
        if not shallow:
            break
        del rows[max(shallow)]
    settled = found.settled(belongs)
    minima = [row[0] for row in rows]
    listed = [np.array(item.shift) for item in minima]
    for name, place in fault.names:
        shift = place[:2] @ np.linalg.inv(fault.vectors)
        if name in {item.name for item in minima} or any(
            _alike(fault, other, shift) for other in listed
        ):
            continue
        listed.append(shift)
        same = [
            other
            for other, at in fault.names
            if _alike(fault, shift, at[:2] @ np.linalg.inv(fault.vectors))
        ]
        row = _minimum(fault, shift, energy_at, len(same))
        minima.append(replace(row, name=name, slides_to=settled.get(found.basin(shift))))
    return minima, belongs


def _minimum(
    fault: Fault,
    shift: Floats,
    energy_at: Callable[[Floats], tuple[float, float]],
    multiplicity: int,
) -> Minimum:
    """Energy and names of a shift."""
    energy, opening = energy_at(shift)
    named = fault.vector(shift)
    return Minimum(
        shift=_inside(shift),
        energy=energy,
        opening=opening,
        name=fault.name(shift),
        vector=None if named is None or named[0] == ZERO else named[0],
        multiplicity=multiplicity,
        slides_to=None,
    )


def _inside(shift: Floats) -> tuple[float, float]:
    """Shift in fractions from 0 to 1, rounded."""
    first, second = (np.round(shift - np.floor(shift + 1e-6), 6) + 0.0).tolist()
    return first, second


def _alike(fault: Fault, shift: Floats, other: Floats) -> bool:
    """Whether two shifts are equivalent by symmetry."""
    apart = fault.equivalents(shift) - other
    lengths = np.linalg.norm((apart - np.rint(apart)) @ fault.vectors, axis=1)
    return bool(lengths.min() < SAME)


def _passes(
    found: Landscape,
    belongs: dict[int, int],
    energy_at: Callable[[Floats], tuple[float, float]],
) -> list[Saddle]:
    """Lowest pass between each two distinct minima."""
    settled = found.settled(belongs)
    lowest: dict[tuple[int, int], Pass] = {}
    for item in found.passes:
        if not belongs:
            break
        first, second = sorted(settled[index] for index in item.ends)
        # Passes inside a basin, over what is too shallow to be a minimum, are none.
        whole = first != second or all(index in belongs for index in item.ends)
        known = lowest.get((first, second))
        if whole and (known is None or item.energy < known.energy):
            lowest[first, second] = item
    saddles = []
    for (first, second), item in sorted(lowest.items(), key=lambda pair: pair[1].energy):
        shift = _inside(item.shift)
        energy, opening = energy_at(np.array(shift))
        saddles.append(Saddle(shift, energy, opening, (first, second)))
    return saddles


def _lowest_path(found: Landscape, belongs: dict[int, int], minima: list[Minimum]) -> Floats:
    """The path from no shift to the lowest other minimum."""
    home = found.basin(np.zeros(2))
    start = belongs.get(home)
    goals = [n for n, item in enumerate(minima) if item.slides_to is None and n != start]
    if not goals:
        return np.zeros((0, 3))
    ends = {index for index, number in belongs.items() if number == goals[0]}
    shifts = np.array([np.zeros(2), *walk(found.lowest_path(home, ends))])
    return np.column_stack([shifts, interpolate(found.values, shifts)])
