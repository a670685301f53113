"""Amorphous Si and Ge: continuous random networks in which each atom has four bonds."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any, ClassVar

import numpy as np
from ase import Atoms
from ase.data import atomic_masses, atomic_numbers
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from ionsmith.bonding.bonds import bond_angles
from ionsmith.bonding.checks import check_contacts, check_count
from ionsmith.bonding.connectivity import ring_counts
from ionsmith.bonding.elements import DALTON, mass_density
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.bonding.radial_distribution import peaks_and_minima, radial_distribution
from ionsmith.builders.amorphous._bond_switching import (
    SKIN,
    Network,
    anneal,
    random_network,
    relax_network,
)
from ionsmith.builders.amorphous._keating import HOSTS, Host
from ionsmith.builders.amorphous._result import AmorphousNetwork, Quantity
from ionsmith.builders.choices import NetworkElement
from ionsmith.choices import checked
from ionsmith.crystals.files import Checkpoint
from ionsmith.errors import InvalidInput
from ionsmith.provenance import record, start_lineage

FEWEST = 64
"""Smallest number of atoms: in a smaller box, an atom would come near its own images."""

DENSITY_RANGE = (0.8, 1.2)
"""Range of densities, relative to the published one."""

START_STEPS, LAST_STEPS, LAST_FORCE = 300, 500, 1e-3
"""Relaxation steps of the random start and of the final model, and its largest force in eV/Å."""

SMEAR = 0.08
"""Standard deviation in Å of the Gaussian broadening with which the peaks of g(r) are located."""

METHOD = (
    {
        "phase": "continuous random network",
        "citation": "Wooten, Winer & Weaire, Phys. Rev. Lett. 54, 1392 (1985)",
        "doi": "10.1103/PhysRevLett.54.1392",
        "confidence": "method",
    },
    {
        "phase": "continuous random network",
        "citation": "Barkema & Mousseau, Phys. Rev. B 62, 4985 (2000)",
        "doi": "10.1103/PhysRevB.62.4985",
        "confidence": "method",
    },
)


@dataclass
class NetworkState:
    """State of a run after a sweep.

    Parameters
    ----------
    job
        All settings, as JSON.
    positions
        In Å, shape (n, 3).
    neighbours
        The four neighbours of each atom, shape (n, 4).
    done
        Number of sweeps done.
    """

    run: ClassVar[str] = "bond switching"

    job: str
    positions: NDArray[np.float64]
    neighbours: NDArray[np.int64]
    done: int


@checked
def build_network(
    element: NetworkElement = "Si",
    n_atoms: int = 1000,
    *,
    density: float | None = None,
    sweeps: int = 1200,
    relax_cell: bool = False,
    rings: bool = False,
    seed: int = 0,
    checkpoint: str | PathLike[str] | None = None,
    resume: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> AmorphousNetwork:
    """Build a continuous random network of Si or Ge in a cubic cell.

    Parameters
    ----------
    element
        ``"Si"`` or ``"Ge"``.
    n_atoms
        Number of atoms, at least 64.
    density
        Density in g/cm³; by default the published one of the amorphous element.
    sweeps
        Attempted bond switches per atom. With more of them the bond angles narrow slowly: to a
        spread of 11.6° in 1,200 sweeps of 1,000 atoms.
    relax_cell
        Whether to relax the density of the final model to the minimum of its Keating energy.
    rings
        Whether to count shortest-path rings (extra ``rings``).
    seed
        Seed of the model. The same seed gives the same bytes.
    checkpoint
        File in which the network is stored after each sweep, to resume an interrupted run.
    resume
        Resume the run of ``checkpoint``; the model is that of an uninterrupted run.
    progress
        Called with the number of sweeps done and in total.

    Returns
    -------
    AmorphousNetwork

    Raises
    ------
    InvalidChoice
        For another element.
    InvalidInput
        For too few atoms, a density out of range, or a checkpoint of another run.
    UnreadableFile
        If the checkpoint is missing or damaged.
    MissingExtra
        Without the extra ``fast``.
    """
    host = HOSTS[element]
    if n_atoms < FEWEST:
        raise InvalidInput(
            f"`n_atoms` is {n_atoms}; a network needs at least {FEWEST}, or atoms come near their "
            "own images"
        )
    check_count(n_atoms, host.element)
    low, high = (factor * host.density for factor in DENSITY_RANGE)
    density = host.density if density is None else density
    if not low <= density <= high:
        raise InvalidInput(
            f"`density` is {density:g} g/cm³; {low:.2f} to {high:.2f} was expected for a network "
            f"of {host.element} (published: {host.density:g})"
        )
    if sweeps < 1:
        raise InvalidInput(f"`sweeps` is {sweeps}; at least 1 was expected")
    if resume and checkpoint is None:
        raise InvalidInput("`resume` needs the file of the interrupted run in `checkpoint`")
    mass = float(atomic_masses[atomic_numbers[host.element]])
    box = (n_atoms * mass * DALTON / density) ** (1 / 3)
    assert box > 2 * (float(host.field[4]) + SKIN)
    settings = {
        "element": host.element,
        "atoms": n_atoms,
        "density": density,
        "sweeps": sweeps,
        "seed": seed,
    }
    done = 0
    job = json.dumps(settings)
    store = None if checkpoint is None else Checkpoint(checkpoint, NetworkState)
    if resume and store is not None:
        state = store.load(job)
        network, done = Network(state.positions, state.neighbours, box), state.done
    else:
        network, _ = relax_network(random_network(n_atoms, box, seed), host, steps=START_STEPS)
    progress(done, sweeps)

    def after_sweep(current: Network, number: int) -> None:
        if store is not None:
            state = NetworkState(job, current.positions, current.neighbours, number)
            store.save(state, at_once=True)
        progress(number, sweeps)

    network = anneal(network, host, sweeps, seed, done=done, after_sweep=after_sweep)
    network, energy = relax_network(network, host, steps=LAST_STEPS, smallest=LAST_FORCE)
    if relax_cell:
        network, energy = _relax_cell(network, host)
    atoms = Atoms(
        numbers=np.full(n_atoms, atomic_numbers[host.element]),
        positions=network.positions,
        cell=[network.box] * 3,
        pbc=True,
    )
    parameters = {"method": "network", **settings, "relax_cell": relax_cell}
    record(atoms, "build amorphous", parameters, list(METHOD))
    start_lineage(atoms)
    check_contacts(atoms)
    return _measure(atoms, network, host, energy, settings, rings=rings)


def _relax_cell(network: Network, host: Host) -> tuple[Network, float]:
    """Scale the cell to the minimum of the energy, with the atoms relaxed at each scale."""

    def scaled(factor: float) -> tuple[Network, float]:
        larger = replace(network, positions=network.positions * factor, box=network.box * factor)
        return relax_network(larger, host, steps=LAST_STEPS, smallest=LAST_FORCE)

    best = minimize_scalar(
        lambda factor: scaled(float(factor))[1],
        bounds=(0.93, 1.07),
        method="bounded",
        options={"xatol": 1e-4},
    )
    return scaled(float(best.x))


def _measure(
    atoms: Atoms,
    network: Network,
    host: Host,
    energy: float,
    settings: dict[str, Any],
    *,
    rings: bool,
) -> AmorphousNetwork:
    """Compare a network with published properties of the amorphous element."""
    bonds = neighbour_list(atoms, host.bond_cutoff)
    counts = np.bincount(np.bincount(bonds.first, minlength=len(atoms)))
    angles, _ = bond_angles(atoms, bonds)
    lengths = np.linalg.norm(network.bond_vectors(), axis=2)
    r, partials = radial_distribution(atoms, min(6.0, network.box / 2), SMEAR)
    peaks, _ = peaks_and_minima(r, next(iter(partials.values())), 2)
    n_rings = ring_counts(atoms, host.bond_cutoff).tolist() if rings else None
    four = counts[4] / len(atoms) if len(counts) > 4 else 0.0
    source = {text.split(":")[0]: text.split(": ", 1)[1] for text in host.sources}
    quantities = [
        Quantity("density (g/cm³)", mass_density(atoms), host.density, source["density"]),
        Quantity("first peak of g(r) (Å)", peaks[0], host.first_peak, source["peaks of g(r)"]),
        Quantity("second peak of g(r) (Å)", peaks[-1], host.second_peak, source["peaks of g(r)"]),
        Quantity("four-coordinated (%)", 100 * four, None, ""),
        Quantity("mean bond length (Å)", float(lengths.mean()), None, ""),
        Quantity("mean bond angle (°)", float(angles.mean()), None, ""),
        Quantity("spread of bond angles (°)", float(angles.std()), *ANGLE_SPREAD),
        Quantity("Keating energy (eV/atom)", energy / len(atoms), None, ""),
    ]
    return AmorphousNetwork(
        atoms=atoms,
        element=host.element,
        sweeps=settings["sweeps"],
        seed=settings["seed"],
        energy_per_atom=energy / len(atoms),
        bond_length=float(lengths.mean()),
        bond_spread=float(lengths.std()),
        angle=float(angles.mean()),
        angle_spread=float(angles.std()),
        coordination={number: int(count) for number, count in enumerate(counts.tolist()) if count},
        bond_cutoff=host.bond_cutoff,
        peaks=tuple(peaks),
        rings_per_atom=None
        if n_rings is None
        else {size: count / len(atoms) for size, count in enumerate(n_rings) if count},
        quantities=tuple(quantities),
    )


ANGLE_SPREAD = (
    9.2,
    "Barkema & Mousseau 2000, 1,000 atoms; 7.7 to 10.5° measured, "
    "Beeman, Tsu & Thorpe 1985, doi:10.1103/PhysRevB.32.874",
)
"""Published spread of the bond angles in degrees, and its source."""
