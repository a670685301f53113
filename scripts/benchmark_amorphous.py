"""Amorphous silicon of 1,000 atoms beside published values, and the time it takes.

Builds the continuous random network (extra ``fast``), analyzes it (extra ``rings``), and prints
each property beside the published value; then the time of a bond switch for models of growing size,
which does not depend on the size.

    python scripts/benchmark_amorphous.py [--atoms 1000] [--sweeps 1200] [--seed 0]
"""

import argparse
import time

from ionsmith.analyzers.pair_distribution import pair_distribution
from ionsmith.builders.amorphous import HOSTS, build_network, random_network
from ionsmith.builders.amorphous import _bond_switching as bond_switching

SI = HOSTS["Si"]


def quality(atoms: int, sweeps: int, seed: int) -> None:
    """Build a network and print its properties beside published ones."""
    started = time.process_time()
    model = build_network("Si", atoms, sweeps=sweeps, seed=seed)
    seconds = time.process_time() - started
    found = pair_distribution(model.atoms, smear=0.08, cutoff=SI.bond_cutoff, rings=True)
    first, second = found.pairs[0].peaks[:2]
    four = 100 * found.coordination.get(4, 0) / found.n_atoms
    assert found.angle_spread is not None
    print(f"{atoms} atoms, {sweeps} sweeps, seed {seed}: {seconds:.0f} s of processor time")
    for name, value, low, high, source in (
        ("four-coordinated (%)", four, 99.0, 100.0, "continuous random network"),
        ("spread of bond angles (°)", found.angle_spread, 8.0, 12.0, "7.7 to 10.5, Beeman 1985"),
        ("density (g/cm³)", found.density, 0.95 * 2.285, 1.05 * 2.285, "2.285, Custer 1994"),
        ("first peak of g(r) (Å)", first, 2.31, 2.39, "2.35, Laaziri 1999"),
        ("second peak of g(r) (Å)", second, 3.72, 3.88, "3.80, Laaziri 1999"),
    ):
        verdict = "met" if low <= value <= high else "NOT MET"
        print(f"  {name:28}{value:8.3f}   {verdict:8} published: {source}")
    assert found.rings_per_atom is not None
    rings = ", ".join(f"{size}: {rate:.3f}" for size, rate in found.rings_per_atom.items())
    print(f"  shortest-path rings per atom: {rings}")


def relaxed(atoms: int) -> bond_switching.Network:
    """A relaxed random network, after one sweep."""
    network, _ = bond_switching.relax_network(
        random_network(atoms, (atoms / 0.049) ** (1 / 3), 0), SI, steps=100
    )
    return bond_switching.sweep(network, SI, 0.35, (0, 0))[0]


def seconds_per_sweep(atoms: int) -> float:
    """Processor time of a sweep over a relaxed random network."""
    network = relaxed(atoms)
    started = time.process_time()
    bond_switching.sweep(network, SI, 0.35, (0, 1))
    return time.process_time() - started


def main() -> None:
    """Run the checks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--atoms", type=int, default=1000)
    parser.add_argument("--sweeps", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    quality(arguments.atoms, arguments.sweeps, arguments.seed)
    for atoms in (250, 1000, 4000):
        seconds = seconds_per_sweep(atoms)
        print(f"{atoms:6} atoms: {1e6 * seconds / atoms:6.0f} µs per attempted switch")


if __name__ == "__main__":
    main()
