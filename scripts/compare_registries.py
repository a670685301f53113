"""Default shift and gap of interfaces against the best of a fine scan with a potential.

For each pair, the slabs of the smallest match are moved against each other rigidly: on a grid of
shifts over their smaller mesh and of gaps, each minimum along the gap of the best shifts refined
with the forces of the potential. The adhesion is the energy of the separate slabs less that of the
interface, per area of the cell; the default should come within 0.2 J/m² of the best. Slabs are a
few layers thin and nothing is relaxed but shift and gap. Energies of the scan are kept in a folder
and used again, as long as the slabs are the same.

SevenNet-0 imitates PBE, which has no dispersion; layers are judged with D3 added. Lattice
parameters are those of R. W. G. Wyckoff, Crystal Structures (Wiley, 1963), cubic zirconia of
Y-stabilised crystals (5.14 Å).

    python scripts/compare_registries.py [NAME ...] [--table table.md]
"""

import argparse
import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.build import bulk
from ase.data import covalent_radii
from ase.spacegroup import crystal
from numpy.typing import NDArray
from scipy.optimize import minimize

from ionsmith.builders.interface import Interface, MatchedPair
from ionsmith.crystals.ordering import Ordering
from ionsmith.lattice.miller import parse_planes
from ionsmith.potentials import Potential, load_potential
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches import find_matches

EV_PER_A2 = 16.02176634
"""One eV/Å² in J/m²."""

LIMIT = 0.2
"""Largest deficit of the default in J/m²."""

LAYERED = "sevennet+d3"
"""Potential of layers that dispersion holds, which SevenNet-0 lacks as PBE does."""

SPACING = 0.9
"""Distance of the scanned shifts in Å, unless a pair says otherwise."""

GAPS = np.arange(-0.2, 1.9, 0.4)
"""Scanned gaps in Å beyond the contact of hard spheres of 0.8 covalent radii."""

VACUUM = 14.0
"""Room in Å for the gap and the vacuum."""

HARD = 0.8
"""Radius of hard spheres over the covalent one."""

SCANS = Path(tempfile.gettempdir()) / "ionsmith-registries"
"""Folder of the scans."""

REFINED = 2
"""Number of the best shifts that are refined with forces."""


def _fcc(symbol: str, a: float) -> Atoms:
    return bulk(symbol, "fcc", a=a, cubic=True)


def _salt(formula: str, a: float) -> Atoms:
    return bulk(formula, "rocksalt", a=a, cubic=True)


def _perovskite(a: str, b: str, length: float) -> Atoms:
    sites = [(0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0.5, 0)]
    return crystal([a, b, "O"], sites, spacegroup=221, cellpar=[length] * 3 + [90] * 3)


def _hexagonal(symbols: list[str], sites: list[Any], group: int, a: float, c: float) -> Atoms:
    return crystal(symbols, sites, spacegroup=group, cellpar=[a, a, c, 90, 90, 120])


CRYSTALS: dict[str, Callable[[], Any]] = {
    "Fe": lambda: bulk("Fe", "bcc", a=2.866, cubic=True),
    "Na": lambda: bulk("Na", "bcc", a=4.291, cubic=True),
    "Ag": lambda: _fcc("Ag", 4.086),
    "Al": lambda: _fcc("Al", 4.050),
    "Cu": lambda: _fcc("Cu", 3.615),
    "Ni": lambda: _fcc("Ni", 3.524),
    "Pt": lambda: _fcc("Pt", 3.924),
    "Au": lambda: _fcc("Au", 4.079),
    "LiF": lambda: _salt("LiF", 4.027),
    "NaCl": lambda: _salt("NaCl", 5.640),
    "KCl": lambda: _salt("KCl", 6.293),
    "NiO": lambda: _salt("NiO", 4.177),
    "TiN": lambda: _salt("TiN", 4.240),
    "GaAs": lambda: bulk("GaAs", "zincblende", a=5.653, cubic=True),
    "GaP": lambda: bulk("GaP", "zincblende", a=5.450, cubic=True),
    "ZnSe": lambda: bulk("ZnSe", "zincblende", a=5.668, cubic=True),
    "CaF2": lambda: bulk("CaF2", "fluorite", a=5.463, cubic=True),
    "CeO2": lambda: bulk("CeO2", "fluorite", a=5.411, cubic=True),
    "c-ZrO2": lambda: bulk("ZrO2", "fluorite", a=5.140, cubic=True),
    "CoSi2": lambda: bulk("CoSi2", "fluorite", a=5.356, cubic=True),
    "SrTiO3": lambda: _perovskite("Sr", "Ti", 3.905),
    "LaAlO3": lambda: _perovskite("La", "Al", 3.790),
    "MoS2": lambda: _hexagonal(
        ["Mo", "S"], [(1 / 3, 2 / 3, 0.25), (1 / 3, 2 / 3, 0.621)], 194, 3.161, 12.295
    ),
    "BN": lambda: _hexagonal(
        ["B", "N"], [(1 / 3, 2 / 3, 0.25), (1 / 3, 2 / 3, 0.75)], 194, 2.504, 6.661
    ),
}
"""Crystals that the library does not have."""


@dataclass(frozen=True)
class Pair:
    """Film on substrate: planes in contact, thickness in Å, limits of the match."""

    substrate: str
    film: str
    planes: str
    thickness: tuple[float | str, float | str] = (5.0, 5.0)
    max_area: float = 60.0
    max_strain: float = 0.08
    spacing: float = SPACING
    ordering: Ordering | None = None
    potential: str = "sevennet"

    @property
    def name(self) -> str:
        """Name in the table."""
        return f"{self.film} on {self.substrate} {self.planes}"


PAIRS = (
    Pair("si", "ge", "(0,0,1)||(0,0,1)"),
    Pair("GaAs", "ge", "(1,1,0)||(1,1,0)"),
    Pair("si", "GaAs", "(0,0,1)||(0,0,1)"),
    Pair("si", "GaP", "(1,1,1)||(1,1,1)"),
    Pair("mgo", "NiO", "(0,0,1)||(0,0,1)", thickness=(4.0, 4.0)),
    Pair("mgo", "LiF", "(0,0,1)||(0,0,1)", thickness=(4.0, 4.0)),
    Pair("KCl", "NaCl", "(0,0,1)||(0,0,1)", max_strain=0.13),
    Pair("mgo", "TiN", "(0,0,1)||(0,0,1)", thickness=(4.0, 4.0)),
    Pair("mgo", "Fe", "(0,0,1)||(0,0,1)"),
    Pair("mgo", "Ag", "(0,0,1)||(0,0,1)"),
    Pair("mgo", "Na", "(0,0,1)||(0,0,1)"),
    Pair("al2o3", "Al", "(0,0,1)||(1,1,1)", thickness=(4.0, 4.0)),
    Pair("al2o3", "Cu", "(0,0,1)||(1,1,1)", thickness=(4.0, 4.0)),
    Pair("si", "CaF2", "(1,1,1)||(1,1,1)"),
    Pair("c-ZrO2", "CeO2", "(0,0,1)||(0,0,1)"),
    Pair("c-ZrO2", "CeO2", "(1,1,1)||(1,1,1)"),
    Pair("si", "CoSi2", "(1,1,1)||(1,1,1)"),
    Pair("SrTiO3", "LaAlO3", "(0,0,1)||(0,0,1)"),
    Pair("mgo", "SrTiO3", "(0,0,1)||(0,0,1)"),
    Pair("Ag", "Au", "(0,0,1)||(0,0,1)"),
    Pair("Cu", "Ni", "(1,1,1)||(1,1,1)"),
    Pair("graphite", "BN", "(0,0,1)||(0,0,1)", ("1 planes", "1 planes"), potential=LAYERED),
    Pair("al2o3", "graphite", "(0,0,1)||(0,0,1)", (4.0, "1 planes"), potential=LAYERED),
    Pair("MoS2", "graphite", "(0,0,1)||(0,0,1)", ("1 planes", "1 planes"), 90.0, potential=LAYERED),
    Pair(
        "nzsp",
        "nvp",
        "(0,0,1)||(0,0,1)",
        ("2 planes", "2 planes"),
        100.0,
        spacing=1.6,
        ordering="electrostatic",
    ),
)


def crystal_of(name: str) -> Any:
    """Library crystal or one of :data:`CRYSTALS`."""
    return CRYSTALS[name]() if name in CRYSTALS else f"lib:{name}"


def matched(pair: Pair) -> MatchedPair:
    """Pair in its smallest match, the least strained of those."""
    crystals = crystal_of(pair.substrate), crystal_of(pair.film)
    found = find_matches(
        *crystals,
        Limits(pair.max_area, pair.max_strain),
        contact=parse_planes(pair.planes),
        reverse=False,
    )
    match = min(found.matches, key=lambda m: (round(m.area, 2), round(m.von_mises, 6)))
    return MatchedPair(*crystals, match, thickness=pair.thickness, ordering=pair.ordering)


@dataclass(frozen=True)
class Sliding:
    """Two slabs that slide on each other, with a potential."""

    lower: Atoms
    upper: Atoms
    potential: Potential

    @classmethod
    def of(cls, interface: Interface, potential: Potential) -> "Sliding":
        """Both slabs of an interface, the upper one at shift and gap zero."""
        side = interface.atoms.arrays["side"]
        lower, upper = interface.atoms[side == 0], interface.atoms[side == 1]
        upper.positions -= (*interface.shift, interface.gap)
        cell = interface.atoms.cell.array.copy()
        cell[2] = (0, 0, np.ptp(lower.positions[:, 2]) + np.ptp(upper.positions[:, 2]) + VACUUM)
        for slab in (lower, upper):
            slab.set_cell(cell)
            slab.pbc = True
            fractional = slab.positions @ np.linalg.inv(cell)
            fractional[:, :2] -= np.floor(fractional[:, :2] + 1e-4)
            slab.positions = fractional @ cell
        return cls(lower, upper, potential)

    @property
    def area(self) -> float:
        """Area in Å²."""
        return float(abs(np.linalg.det(self.lower.cell.array[:2, :2])))

    def at(self, place: NDArray[np.float64]) -> Atoms:
        """Interface at a shift along x and y and a gap."""
        upper = self.upper.copy()
        upper.positions += place
        atoms: Atoms = self.lower + upper
        return atoms

    def apart(self) -> float:
        """Energy of both slabs in eV."""
        return self.potential.energy(self.lower) + self.potential.energy(self.upper)

    def energy_and_slope(self, place: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Energy in eV and its derivative in eV/Å."""
        atoms = self.at(place)
        atoms.calc = self.potential.calculator
        force = atoms.get_forces()[len(self.lower) :].sum(axis=0)
        return float(atoms.get_potential_energy()), -force

    def hard_contact(self, shift: NDArray[np.float64]) -> float:
        """Gap at which spheres of 0.8 covalent radii touch."""
        atoms = self.at(np.array([*shift, 0.0]))
        n = len(self.lower)
        radii = HARD * covalent_radii[atoms.numbers]
        across = atoms.positions[n:, None] - atoms.positions[None, :n]
        reach = range(-2, 3)
        gap = -np.inf
        for i in reach:
            for j in reach:
                step = across + i * atoms.cell.array[0] + j * atoms.cell.array[1]
                rise = (radii[n:, None] + radii[:n]) ** 2 - (step[..., :2] ** 2).sum(axis=2)
                need = np.sqrt(np.clip(rise, 0, None)) - step[..., 2]
                gap = max(gap, float(need[rise > 0].max(initial=-np.inf)))
        return gap

    def scan(self, mesh: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
        """Shift, gap and energy of every place that was tried, shape (n, 4)."""
        counts = np.ceil(np.linalg.norm(mesh, axis=1) / spacing).astype(int)
        rows: list[list[float]] = []
        best: list[tuple[float, NDArray[np.float64]]] = []
        for shift in (np.array(list(np.ndindex(*counts))) / counts) @ mesh:
            found = []
            for gap in self.hard_contact(shift) + GAPS:
                place = np.array([*shift, gap])
                found.append([*place, self.potential.energy(self.at(place))])
            rows += found
            lowest = min(found, key=lambda row: row[3])
            best.append((lowest[3], np.array(lowest[:3])))
        for _, start in sorted(best, key=lambda pair: pair[0])[:REFINED]:
            result = minimize(self.energy_and_slope, start, jac=True, method="L-BFGS-B",
                              options={"maxiter": 10, "ftol": 1e-6})  # fmt: skip
            rows.append([*result.x, float(result.fun)])
        return np.array(rows)


def scanned(pair: Pair, sliding: Sliding, mesh: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scan of a pair, from the folder of earlier ones if its slabs are the same."""
    state = hashlib.sha256()
    for slab in (sliding.lower, sliding.upper):
        state.update(slab.numbers.tobytes() + (np.round(slab.positions, 2) + 0.0).tobytes())
    name = "".join(c if c.isalnum() else "-" for c in pair.name)
    file = SCANS / f"{name}-{state.hexdigest()[:8]}.npy"
    if not file.exists():
        SCANS.mkdir(exist_ok=True)
        np.save(file, sliding.scan(mesh, pair.spacing))
    return np.asarray(np.load(file))


def compare(pair: Pair, potential: Potential) -> list[object]:
    """One row of the table."""
    both = matched(pair)
    interface = both.build()
    sliding = Sliding.of(interface, potential)
    meshes = [side.repeat for side in both.sides if side.repeat is not None]
    meshes.append(sliding.lower.cell.array[:2, :2])
    mesh = min(meshes, key=lambda m: round(abs(float(np.linalg.det(m))), 6))
    rows = scanned(pair, sliding, mesh)
    best = rows[rows[:, 3].argmin()]
    place = np.array([*interface.shift, interface.gap])
    apart, per_area = sliding.apart(), EV_PER_A2 / sliding.area
    adhesion = [per_area * (apart - e) for e in (sliding.energy_and_slope(place)[0], best[3])]
    return [
        pair.name.replace("||", " ∥ "), f"{place[2]:.2f}", f"{best[2]:.2f}", f"{adhesion[0]:.2f}",
        f"{adhesion[1]:.2f}", f"{adhesion[1] - adhesion[0]:.2f}",
    ]  # fmt: skip


def main() -> None:
    """Compare, print, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="parts of names of pairs")
    parser.add_argument("--table", type=Path, help="file for the table, in Markdown")
    arguments = parser.parse_args()
    head = "| pair | gap (Å) | best gap (Å) | adhesion (J/m²) | best (J/m²) | deficit (J/m²) |"
    lines = [head, "|" + " --- |" * 6]
    print(head, flush=True)
    for pair in PAIRS:
        if arguments.names and not any(name in pair.name for name in arguments.names):
            continue
        lines.append(
            "| " + " | ".join(map(str, compare(pair, load_potential(pair.potential)))) + " |"
        )
        print(lines[-1], flush=True)
    if arguments.table:
        arguments.table.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
