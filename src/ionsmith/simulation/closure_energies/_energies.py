"""Relaxed energies of open and closed planes, and what they mean per area."""

from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
from ase import Atoms
from ase.build import molecule
from ase.units import J, m

from ionsmith.arguments import whole_numbers
from ionsmith.builders.beta_alumina import close_planes, empty_planes, mobile_order
from ionsmith.choices import checked
from ionsmith.crystals import load
from ionsmith.crystals.charges import composition
from ionsmith.crystals.files import CrystalLike, name_of, read_structure
from ionsmith.errors import InvalidInput
from ionsmith.layers.anatomy import Anatomy, find_anatomy
from ionsmith.potentials import Potential, PotentialLike, load_potential
from ionsmith.simulation.closure_energies._findings import changes, crossings, what_became
from ionsmith.simulation.closure_energies._result import Became, ClosureEnergies, ClosureState
from ionsmith.simulation.relaxing import CellChange, RelaxedEnergies, relaxed_energies

OxygenReservoir = Literal["Na2O", "O2"]
"""What bridging O leave to: Na2O beside the metal of the mobile ion, or the molecule."""

MOST_CONTENTS = 6
"""Na contents by default, between none and all."""

BOX = 12.0
"""Edge in Å of the cell of an O2 molecule."""


@checked
def closure_energies(
    structures: Sequence[CrystalLike],
    planes: int | Sequence[int],
    potentials: Sequence[PotentialLike],
    folder: str | PathLike[str],
    *,
    glide: str = "right",
    sodium_left: Sequence[int] | None = None,
    keep_bridging_oxygen: bool = False,
    oxygen: OxygenReservoir = "Na2O",
    cell: CellChange = "full",
    fmax: float = 0.05,
    smax: float = 0.05,
    steps: int = 500,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> ClosureEnergies:
    """Energy of closing conduction planes as a function of the Na left in them.

    For each number of Na left there are three crystals: open with its bridging O, open with what
    the closed plane holds, and closed. All of them are relaxed.

    Parameters
    ----------
    structures
        β''-aluminas with open planes, such as one stabilised by Mg and one by Li.
    planes
        Numbers of the conduction planes that close, from 1 at the bottom.
    potentials
        Potentials, as for :func:`ionsmith.potentials.load_potential`; with two, their difference
        shows how certain an energy is.
    folder
        Folder of the relaxed structures; what is there and finished is not repeated.
    glide
        Glide of the closed planes, as for :func:`ionsmith.builders.beta_alumina.close_planes`.
    sodium_left
        Numbers of mobile ions that stay in these planes together; by default up to six from none to
        all.
    keep_bridging_oxygen
        Whether the bridging O stay in the closed planes.
    oxygen
        Reservoir of the O: Na2O and Na metal, or O2.
    cell
        How the cell relaxes, as for :func:`ionsmith.simulation.relaxing.relax`: ``"full"``, or
        ``"z"`` along c only.
    fmax, smax, steps
        Largest force of a relaxed structure in eV/Å, largest stress of its cell in GPa, and largest
        number of steps.
    seed
        Seed for choosing the ions that leave.
    progress
        Called with the number of relaxations done and in total.

    Returns
    -------
    ClosureEnergies

    Raises
    ------
    NotBetaAlumina
        If a structure has no conduction planes.
    ClosureNotPossible
        If a plane cannot be closed.
    InvalidInput
        If there are fewer ions than asked for, or a potential lacks an element.

    Notes
    -----
    The closing energy compares the same atoms in closed and open planes. The energy against
    reservoirs is that of taking the ions and O out of the full open crystal into Na metal and Na2O,
    or O2, by the same potential. Pedone's force field has fixed charges: with it only whole Na2O
    can leave, other numbers have no such energy, and the open and closed planes themselves are
    compared at equal charge.
    """
    wanted = sorted(set(whole_numbers("planes", np.atleast_1d(np.asarray(planes)))))
    crystals = {name_of(source): read_structure(source) for source in structures}
    if len(crystals) != len(structures):
        raise InvalidInput("two structures have one name; rename a file")
    jobs = {
        name: _Job(name, atoms, wanted, glide, sodium_left, keep_bridging_oxygen, seed)
        for name, atoms in crystals.items()
    }
    loaded = [load_potential(potential) for potential in potentials]
    if len({potential.name for potential in loaded}) != len(loaded):
        raise InvalidInput("`potential` names one potential twice")
    ions = {job.ion for job in jobs.values()}
    models = [model for job in jobs.values() for model in job.models()]
    total = len(loaded) * (len(models) + len(_reservoirs(ions, oxygen)))
    done = [0]

    place = Path(folder)

    def relaxed(
        name: str, atoms: Atoms, own: Path, potential: Potential, cell: CellChange
    ) -> RelaxedEnergies:
        if progress is not None:
            progress(done[0], total)
        done[0] += 1
        own.mkdir(parents=True, exist_ok=True)
        return relaxed_energies(
            atoms, own / f"{name}.extxyz", potential, cell=cell, fmax=fmax, smax=smax, steps=steps
        )

    states: list[ClosureState] = []
    notes: list[str] = []
    for potential in loaded:
        for atoms in crystals.values():
            potential.check(atoms)
        word = "".join(c if c.isalnum() or c in "+-." else "-" for c in potential.name)
        own = place / f"{word}-{cell}"
        rows = {
            name: relaxed(name, atoms, own, potential, cell)
            for name, atoms in ((atoms.info["name"], atoms) for atoms in models)
        }
        failed = [f"{potential.name}: {name}: {r.error}" for name, r in rows.items() if r.error]
        values = _chemical_potentials(place / word, potential, ions, oxygen, relaxed, notes)
        notes += failed
        became = {name: what_became(own / f"{name}.extxyz", wanted) for name in rows}
        for job in jobs.values():
            mine = list(job.states(potential, rows, values, became))
            states += mine
            notes += changes(mine)
    if progress is not None:
        progress(total, total)
    return ClosureEnergies(
        planes=tuple(wanted),
        glide=glide,
        cell=cell,
        bridging_oxygen="kept" if keep_bridging_oxygen else "gone",
        reservoirs=f"{' and '.join(sorted(ions))} metal, {oxygen}",
        potentials=tuple(potential.describe() for potential in loaded),
        states=tuple(states),
        crossings=tuple(crossings(states)),
        notes=tuple(notes),
    )


class _Job:
    """The models of one structure."""

    def __init__(
        self,
        name: str,
        atoms: Atoms,
        planes: list[int],
        glide: str,
        sodium_left: Sequence[int] | None,
        keep: bool,
        seed: int,
    ) -> None:
        self.name, self.atoms, self.planes = name, atoms, planes
        self.glide, self.keep, self.seed = glide, keep, seed
        self.anatomy: Anatomy = find_anatomy(atoms)
        # Refuses planes that do not exist or are closed.
        close_planes(atoms, planes, glide=glide)
        mobile = mobile_order(atoms, self.anatomy, planes, seed)
        if not len(mobile):
            raise InvalidInput(f"{name}: nothing mobile is in the planes {planes}")
        elements = {atoms[i].symbol for i in mobile.tolist()}
        if len(elements) > 1:
            raise InvalidInput(
                f"{name}: the planes hold {', '.join(sorted(elements))}; one was expected"
            )
        (self.ion,) = elements
        self.most = len(mobile)
        number = min(MOST_CONTENTS, self.most + 1)
        default = np.unique(np.rint(np.linspace(0, self.most, number))).astype(int).tolist()
        self.left = sorted(set(default if sodium_left is None else sodium_left))
        if not self.left or self.left[0] < 0 or self.left[-1] > self.most:
            raise InvalidInput(
                f"`sodium_left` is {self.left}; {name} has {self.most} mobile ions in these planes"
            )
        self.cells = self.anatomy.basal_cells * len(planes)
        along, across = self.anatomy.basal_axes
        self.area = float(np.linalg.norm(np.cross(along, across))) * self.cells

    def models(self) -> Iterator[Atoms]:
        """Open and closed crystals with each number of ions left."""
        full = self._named(self.atoms.copy(), "open", self.most)
        if self.most not in self.left:
            yield full
        for left in self.left:
            options = {"mobile_left": left, "seed": self.seed}
            whole = empty_planes(
                self.atoms, self.anatomy, self.planes, keep_bridging_oxygen=True, **options
            )
            yield self._named(whole, "open", left)
            if not self.keep:
                bare = empty_planes(self.atoms, self.anatomy, self.planes, **options)
                yield self._named(bare, "open-without-O", left)
            closed = close_planes(
                whole, self.planes, glide=self.glide, sodium_removed=0,
                keep_bridging_oxygen=self.keep, seed=self.seed,
            )  # fmt: skip
            yield self._named(closed.atoms, self._closed, left)

    @property
    def _closed(self) -> str:
        """Word for the closed crystals in the names of files."""
        word = "".join(c if c.isalnum() else "_" for c in self.glide)
        return f"closed-{word}{'-with-O' if self.keep else ''}"

    def _file(self, state: str, left: int) -> str:
        planes = "_".join(map(str, self.planes))
        return f"{self.name}-planes{planes}-{state}-{left}{self.ion}"

    def _named(self, atoms: Atoms, state: str, left: int) -> Atoms:
        atoms.info["name"] = self._file(state, left)
        return atoms

    def states(
        self,
        potential: Potential,
        rows: dict[str, RelaxedEnergies],
        values: dict[str, float],
        became: dict[str, Became],
    ) -> Iterator[ClosureState]:
        """Energies of all of them."""
        unit = self.area * J / m**2
        relaxed = {name: row.after if row.converged else None for name, row in rows.items()}
        full = relaxed[self._file("open", self.most)]
        bridging = int(
            (self.anatomy.bridging & np.isin(self.anatomy.conduction_plane, self.planes)).sum()
        )
        same = "open" if self.keep else "open-without-O"
        for left in self.left:
            for state in dict.fromkeys(("open", same, self._closed)):
                row, energy = rows[self._file(state, left)], relaxed[self._file(state, left)]
                gone = {
                    self.ion: self.most - left,
                    "O": 0 if state == "open" or self.keep else bridging,
                }
                taken = _taken(gone, self.ion, values)
                formation = closing = None
                if energy is not None and full is not None and taken is not None:
                    formation = (energy + taken - full) / unit
                before = relaxed[self._file(same, left)]
                if state == self._closed and energy is not None and before is not None:
                    closing = (energy - before) / unit
                yield ClosureState(
                    structure=self.name,
                    potential=potential.name,
                    sodium_left=left,
                    sodium_per_cell=left / self.cells,
                    state="closed" if state == self._closed else "open",
                    bridging_oxygen="gone" if gone["O"] else "kept",
                    energy=row.after,
                    closing_energy=closing,
                    formation_energy=formation,
                    converged=row.converged,
                    became=became[self._file(state, left)],
                )


def _taken(gone: dict[str, int], ion: str, values: dict[str, float]) -> float | None:
    """Energy in eV of what left, in its reservoirs; None where a potential has none for it."""
    if not any(gone.values()):
        return 0.0
    if ion in values and "O" in values:
        return sum(number * values[element] for element, number in gone.items())
    if gone[ion] == 2 * gone["O"] and "oxide" in values:
        return gone["O"] * values["oxide"]
    return None


def _reservoirs(ions: set[str], oxygen: OxygenReservoir) -> list[str]:
    """Names of the reservoirs."""
    return [
        *sorted(ions),
        *(f"{ion}2O" for ion in sorted(ions)),
        *(["O2"] if oxygen == "O2" else []),
    ]


def _chemical_potentials(
    place: Path,
    potential: Potential,
    ions: set[str],
    oxygen: OxygenReservoir,
    relaxed: Callable[..., RelaxedEnergies],
    notes: list[str],
) -> dict[str, float]:
    """Energies in eV per atom of the ion and of O in their reservoirs, and of the oxide ion2O."""
    if len(ions) > 1:
        raise InvalidInput(f"structures of one mobile ion were expected, not {sorted(ions)}")
    (ion,) = ions
    found: dict[str, float] = {}
    charged = potential.name.startswith("lammps-pedone")
    names = [f"{ion}2O"] if charged else _reservoirs(ions, oxygen)
    for name in names:
        if name == "O2":
            atoms = molecule("O2")
            atoms.set_cell([BOX] * 3)
            atoms.center()
            atoms.pbc = True
            cell: CellChange = "none"
        else:
            atoms = load(name.lower()).to_atoms()
            cell = "full"
        atoms.info["name"] = name
        found_here = relaxed(name, atoms, place, potential, cell)
        energy = found_here.after
        if energy is None:
            notes.append(f"{potential.name}: no energy of {name} ({found_here.error})")
            continue
        counts = composition(atoms)
        if name == "O2":
            found["O2"] = energy / 2
        elif name == ion:
            found[ion] = energy / counts[ion]
        else:
            found["oxide"] = energy / counts["O"]
    if charged:
        notes.append(
            f"{potential.name} has fixed charges and no {ion} metal: only planes from which whole "
            f"{ion}2O left have an energy against reservoirs"
        )
    elif "oxide" in found and ion in found:
        found["O"] = found["O2"] if oxygen == "O2" else found["oxide"] - 2 * found[ion]
    return found
