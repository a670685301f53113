"""A band of images between two relaxed ends."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.mep import NEB
from ase.mep.neb import idpp_interpolate
from numpy.typing import NDArray

from ionsmith.analyzers.migration import Hop
from ionsmith.crystals.files import Checkpoint
from ionsmith.errors import ExternalProgramFailed, IonsmithError, reason_of
from ionsmith.plotting import SERIES, axes_or_new
from ionsmith.potentials import Potential
from ionsmith.results import Result, Table
from ionsmith.simulation.relaxing._relax import ResumableFIRE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

SPRING = 1.0
"""Constant in eV/Å² of the springs between images."""

CLIMB = 0.3
"""Largest force in eV/Å from which the highest image climbs."""

SMALL = 7.0
"""Shortest distance in Å of an ion and its image for which no note is made."""

BELOW = 0.01
"""Energy in eV of an image below both ends from which a note is made."""

BAND = "band.json"


@dataclass
class BandState:
    """State of a band before the evaluation of its latest positions.

    Parameters
    ----------
    job
        Hash of the ends and of all settings that its course depends on.
    positions
        Of the images between the ends in Å, shape (images, n, 3).
    memory
        Memory of the optimizer.
    climbing
        Whether the highest image climbs.
    forces
        Largest force in eV/Å after each step.
    energies
        Of all images in eV after the last step, with the ends.
    """

    run: ClassVar[str] = "band"

    job: str
    positions: Floats
    memory: Any = None
    climbing: bool = False
    forces: list[float] = field(default_factory=list)
    energies: list[float] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class HopBarrier(Result):
    """Barrier of a hop.

    Parameters
    ----------
    start, end
        Names of the sites.
    mechanism
        ``to an empty site``, ``vacancy`` or ``interstitial``.
    formula
        Atoms of the model, without the vacancy.
    length
        Distance of the relaxed ends of the moving ion in Å.
    barrier
        Largest rise of the energy along the band in eV: from the start to the highest image, unless
        an image between lies lower than the start.
    reverse
        The same from the end to the start.
    bond_valence
        Barrier in eV of the hop in the rigid lattice, from bond-valence energies.
    distances
        Way of the moving ion to each image in Å, shape (images + 2,).
    energies
        Energy in eV of each image above the start, shape (images + 2,).
    converged
        Whether the band is relaxed.
    steps
        Steps of the band.
    largest_force
        Largest force in eV/Å at the end.
    potential
        The potential.
    notes
        What limits the numbers.
    """

    start: str
    end: str
    mechanism: str
    formula: str
    length: float
    barrier: float
    reverse: float
    bond_valence: float
    distances: Floats
    energies: Floats
    converged: bool
    steps: int
    largest_force: float
    potential: dict[str, str | None]
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the barrier, and the energies along the hop."""
        from ionsmith.results import notes_table

        state = f"{self.steps} steps, largest force {self.largest_force:.3f} eV/Å"
        facts = [
            ["hop", f"{self.start} – {self.end}, {self.mechanism}, {self.length:.2f} Å"],
            ["model", self.formula],
            ["barrier (eV)", f"{self.barrier:.3f}"],
            ["barrier of the way back (eV)", f"{self.reverse:.3f}"],
            ["bond-valence barrier, rigid (eV)", f"{self.bond_valence:.3f}"],
            ["potential", str(self.potential["model"])],
            ["converged" if self.converged else "NOT converged", state],
        ]
        rows = [
            [f"{x:.2f}", f"{e:.3f}"] for x, e in zip(self.distances, self.energies, strict=True)
        ]
        return [
            Table("Barrier of a hop", ["", ""], facts),
            Table("Energies", ["way (Å)", "energy (eV)"], rows),
            *notes_table(self.notes),
        ]

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the energy along the hop.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        ax = axes_or_new(ax)
        ax.plot(self.distances, self.energies, "o-", color=SERIES[0])
        ax.set_xlabel("way of the ion (Å)")
        ax.set_ylabel("energy (eV)")
        return ax


class _Band(NEB):
    """A band that evaluates its images once at each place."""

    known: tuple[bytes, Floats] | None = None

    def get_forces(self) -> Floats:
        """Forces across the band."""
        positions: Floats = self.get_positions()  # type: ignore[no-untyped-call]
        place = positions.tobytes() + bytes([self.climb])
        if self.known is None or self.known[0] != place:
            forces: Floats = super().get_forces()  # type: ignore[no-untyped-call]
            self.known = place, forces
        return self.known[1]


def relax_band(
    ends: Sequence[tuple[Atoms, float]],
    moving: int,
    way: Floats,
    potential: Potential,
    folder: Path,
    *,
    images: int,
    fmax: float,
    steps: int,
    progress: Callable[[str, int, float, float], None] | None,
    hop: Hop,
    mechanism: str,
) -> HopBarrier:
    """Relax the images between two ends, and report."""
    band = [ends[0][0].copy() for _ in range(images + 1)] + [ends[1][0].copy()]
    for image, (_, energy) in ((band[0], ends[0]), (band[-1], ends[1])):
        image.calc = SinglePointCalculator(image, energy=energy)
    settings = {"images": images, "way": way.tolist(), "potential": potential.describe()}
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for end, _ in ends:
        for array in (end.numbers, end.positions, end.cell.array):
            digest.update(np.ascontiguousarray(array).tobytes())
    store = Checkpoint(folder / BAND, BandState)
    job = digest.hexdigest()[:16]
    if store.path.exists():
        state = store.load(job)
    else:
        _interpolate(band, moving, way)
        state = BandState(job, np.array([image.positions for image in band[1:-1]]))
    for image, positions in zip(band[1:-1], state.positions, strict=True):
        image.positions = positions
        image.calc = potential.calculator
    neb = _Band(  # type: ignore[no-untyped-call]
        band,
        k=SPRING,
        climb=state.climbing,
        method="improvedtangent",
        allow_shared_calculator=True,
    )
    mover = ResumableFIRE(neb, logfile=None)
    if state.memory is not None:
        mover.memory = tuple(state.memory)
        mover.read()
    done = bool(state.energies) and state.climbing and state.forces[-1] < fmax
    while not done:
        forces = _forces(neb, potential)
        largest = float(np.sqrt((forces**2).sum(axis=1).max()))
        state.energies = np.asarray(neb.energies).tolist()
        state.forces.append(largest)
        if progress is not None:
            progress("band", len(state.forces) - 1, max(state.energies), largest)
        done = state.climbing and largest < fmax
        if done or len(state.forces) > steps:
            store.save(state, at_once=True)
            break
        if not state.climbing and largest < max(CLIMB, fmax):
            state.climbing = neb.climb = True
            continue
        mover.step()
        state.positions = np.array([image.positions for image in band[1:-1]])
        state.memory = mover.memory
        store.save(state)
    path = np.array([image.positions[moving] for image in band])
    distances = np.linalg.norm(np.diff(path, axis=0), axis=1).cumsum()
    energies = np.array(state.energies) - state.energies[0]
    model = band[0]
    shortest = float(min(np.linalg.norm(v) for v in model.cell.array))
    notes = []
    if shortest < SMALL:
        notes.append(
            f"the ion and its image are {shortest:.1f} Å apart: compare with a larger supercell"
        )
    if mechanism != "to an empty site":
        notes.append("the model has one ion too few or too many; no charge balances it")
    if energies.argmax() in (0, images + 1):
        notes.append("an end is the highest image: no pass lies between the two sites")
    if (below := min(0.0, float(energies[-1])) - float(energies.min())) > BELOW:
        notes.append(
            f"an image lies {below:.2f} eV below both ends, which are not the lowest sites of this "
            "potential; the barrier is counted from there"
        )
    return HopBarrier(
        start=hop.start,
        end=hop.end,
        mechanism=mechanism,
        formula=model.get_chemical_formula("metal"),
        length=float(np.linalg.norm(path[-1] - path[0])),
        barrier=_rise(energies),
        reverse=_rise(energies[::-1]),
        bond_valence=hop.barrier,
        distances=np.concatenate([[0.0], distances]),
        energies=energies,
        converged=done,
        steps=len(state.forces) - 1,
        largest_force=state.forces[-1],
        potential=potential.describe(),
        notes=tuple(notes),
    )


def _rise(energies: Floats) -> float:
    """Largest rise of the energy from a point to a later one."""
    return float((energies - np.minimum.accumulate(energies)).max())


def _interpolate(band: list[Atoms], moving: int, way: Floats) -> None:
    """Lay the ion along its way and the other atoms between the ends; then pair distances."""
    first, last = band[0].positions, band[-1].positions
    points = np.concatenate([[first[moving]], way[1:-1], [last[moving]]])
    along = np.concatenate([[0.0], np.linalg.norm(np.diff(points, axis=0), axis=1).cumsum()])
    for number, image in enumerate(band[1:-1], start=1):
        share = number / (len(band) - 1)
        image.positions = first + share * (last - first)
        image.positions[moving] = [
            np.interp(share * along[-1], along, points[:, axis]) for axis in range(3)
        ]
    pairs = NEB(band, method="improvedtangent")
    idpp_interpolate(pairs, traj=None, log=None, mic=True, steps=50)


def _forces(neb: _Band, potential: Potential) -> Floats:
    """Forces across the band in eV/Å."""
    try:
        forces = neb.get_forces()
    except IonsmithError:
        raise
    except Exception as error:  # whatever a foreign program raises
        raise ExternalProgramFailed(f"{potential.model} failed: {reason_of(error)}") from error
    if not np.isfinite(forces).all():
        raise ExternalProgramFailed(f"{potential.model} gives forces that are not finite")
    return forces
