"""What every code is told, worked out once from a structure and a few options."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.constraints import FixAtoms
from numpy.typing import NDArray

from ionsmith import __version__, provenance
from ionsmith.bonding.contacts import check_contacts
from ionsmith.errors import InvalidInput
from ionsmith.exporters.electrons import (
    MAGNETIC_ORDERS,
    SLIGHT_SMEARING,
    Smearing,
    charges_by_side,
    check_parity,
    choose_smearing,
    correlated_shell,
    hubbard_values,
    initial_moments,
)
from ionsmith.exporters.kpoints import empty_layer, mesh, vacuum_axes
from ionsmith.exporters.settings import PROTOCOLS, TASKS, Protocol


@dataclass(frozen=True)
class Calculation:
    """One calculation, in no code's words.

    Parameters
    ----------
    atoms
        The structure, with its initial moments set; periodic in all directions.
    task
        One of :data:`~ionsmith.exporters.settings.TASKS`.
    protocol
        How finely.
    kpoints
        Points of the mesh centred at Γ.
    vacuum
        Cell vectors along which the structure ends.
    dipole
        The one of them along which a dipole correction acts, or None.
    hubbard
        U in eV by element.
    smearing
        Of the occupations.
    charge
        Of the cell, in e.
    electrons
        Number of all electrons.
    vdw
        Whether D3 dispersion with Becke–Johnson damping is added (S. Grimme et al., J. Comput.
        Chem. 32, 1456 (2011), doi:10.1002/jcc.21759).
    fixed
        Indices of the atoms that are held.
    pseudo_dir
        Where pseudopotentials lie, or None.
    cutoff
        Of the plane waves (CP2K: of the finest grid) in eV; None leaves it to the protocol.
    notes
        What else there is to know, one line each.
    """

    atoms: Atoms
    task: str
    protocol: Protocol
    kpoints: tuple[int, int, int]
    vacuum: tuple[int, ...]
    dipole: int | None
    hubbard: dict[str, float]
    smearing: Smearing
    charge: int
    electrons: int
    vdw: bool
    fixed: NDArray[np.int64]
    pseudo_dir: Path | None = None
    cutoff: float | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def moments(self) -> NDArray[np.float64]:
        """Initial moments in Bohr magnetons, shape (n,)."""
        found: NDArray[np.float64] = self.atoms.get_initial_magnetic_moments()
        return found

    @property
    def magnetic(self) -> bool:
        """Whether any atom starts with a moment."""
        return bool(self.moments.any())

    @property
    def polarised(self) -> bool:
        """Whether both spins are computed: for moments, and for an odd number of electrons."""
        return self.magnetic or self.electrons % 2 == 1

    @property
    def shells(self) -> dict[str, tuple[int, int]]:
        """Principal and angular quantum number of the shells that U acts on, by element."""
        found = {symbol: correlated_shell(symbol) for symbol in self.hubbard}
        return {
            symbol: (number, "spdf".index(letter)) for symbol, (number, letter) in found.items()
        }

    @property
    def symbols(self) -> list[str]:
        """Elements in the order in which they first come."""
        return list(dict.fromkeys(self.atoms.get_chemical_symbols()))

    @property
    def header(self) -> list[str]:
        """Where the structure comes from, as lines for a comment."""
        known = provenance.of(self.atoms)
        lines = [
            f"{self.atoms.get_chemical_formula()}, {len(self.atoms)} atoms: {self.task}, "
            f"protocol {self.protocol.name}; written by ionsmith {__version__}"
        ]
        for source in known.get("sources", []):
            confidence = source.get("confidence")
            lines.append(
                f"from {source.get('phase')}: {source.get('citation')} "
                f"doi:{source.get('doi')}" + (f" ({confidence})" if confidence else "")
            )
        lines += [f"step: {step['step']}" for step in known.get("steps", [])]
        if "lineage" in known:
            lines.append(f"lineage: {known['lineage']}")
        # Some codes read their input as ASCII, comments and all.
        said = [*lines, *self.notes]
        return [line.replace("Å", "Angstrom").encode("ascii", "replace").decode() for line in said]


def plan(
    atoms: Atoms,
    *,
    task: str = "static",
    protocol: str = "moderate",
    order: str | None = None,
    moments: Mapping[str, float] | None = None,
    oxidation: Mapping[str, float] | None = None,
    hubbard: Mapping[str, float] | None = None,
    use_hubbard: bool = True,
    smearing: str | None = None,
    charge: int = 0,
    vdw: bool = False,
    dipole: bool = True,
    kpoints: tuple[int, int, int] | None = None,
    pseudo_dir: Path | None = None,
    cutoff: float | None = None,
) -> Calculation:
    """Decide what is computed, and how.

    Parameters
    ----------
    atoms
        An ordered structure with three cell vectors.
    task, protocol
        Names of :mod:`~ionsmith.exporters.settings`.
    order, moments, oxidation
        Magnetic start, as :func:`~ionsmith.exporters.electrons.initial_moments` takes it.
    hubbard
        U in eV by element, over the published values.
    use_hubbard
        Whether the published values are taken.
    smearing
        ``fixed``, ``gaussian`` or ``cold``; None chooses by what the structure is.
    charge
        Of the cell, in e.
    vdw
        Whether dispersion is added.
    dipole
        Whether a slab gets a dipole correction.
    kpoints
        A mesh, over that of the protocol.
    pseudo_dir
        Where pseudopotentials lie.
    cutoff
        Of the plane waves (CP2K: of the finest grid) in eV, over that of the protocol.

    Raises
    ------
    InvalidInput
        For options that contradict each other or the structure.
    AtomsTooClose, InvalidStructure
        For a structure that is not fit to leave.
    """
    if task not in TASKS:
        raise InvalidInput(f"no task {task!r}; known are {', '.join(TASKS)}")
    if protocol not in PROTOCOLS:
        raise InvalidInput(f"no protocol {protocol!r}; known are {', '.join(PROTOCOLS)}")
    if order is not None and order not in MAGNETIC_ORDERS:
        raise InvalidInput(f"no magnetic order {order!r}; known are {', '.join(MAGNETIC_ORDERS)}")
    if pseudo_dir is not None and not pseudo_dir.is_dir():
        raise InvalidInput(f"{pseudo_dir}: no such folder of pseudopotentials")
    if cutoff is not None and not 0 < cutoff < np.inf:
        raise InvalidInput(f"a cutoff of {cutoff:g} eV is none; one above 0 was expected")
    check_contacts(atoms)
    vacuum = vacuum_axes(atoms)
    if np.linalg.det(atoms.cell.array) < 0:
        raise InvalidInput(
            "the cell vectors are left-handed, which VASP and ABINIT refuse; swap two of them"
        )
    if task == "relax-cell" and vacuum:
        raise InvalidInput(
            "the structure ends in vacuum, which a relaxed cell would close; use the task relax"
        )
    if charge and len(vacuum) == 1:
        raise InvalidInput(
            "a charged slab has no defined energy in a periodic cell; export it neutral"
        )
    chosen, notes = initial_moments(
        atoms, order=order, moments=moments or {}, oxidation=oxidation or {}
    )
    scheme = PROTOCOLS[protocol]
    magnetic = bool(chosen.any())
    spread = (
        choose_smearing(atoms, magnetic, scheme.smearing)
        if smearing is None
        else Smearing(smearing, 0.0 if smearing == "fixed" else scheme.smearing)
    )
    electrons = check_parity(atoms, charge, spread, magnetic)
    if smearing is None and spread.kind == "fixed":
        doubt = _may_conduct(atoms, charge)
        if doubt:
            spread, notes = Smearing("gaussian", SLIGHT_SMEARING), (*notes, doubt)
    fixed = held_atoms(atoms)
    model = atoms.copy()
    model.calc = None
    model.set_initial_magnetic_moments(chosen if magnetic else None)
    if magnetic and spread.kind == "fixed":
        raise InvalidInput("moments need smearing: leave --smearing out, or take gaussian")
    axis = vacuum[0] if dipole and len(vacuum) == 1 else None
    if axis is not None:
        thickness, _ = empty_layer(atoms, axis)
        notes = (
            *notes,
            f"slab with {thickness:.1f} Å of vacuum along {'abc'[axis]}; dipole correction there",
        )
    return Calculation(
        atoms=model,
        task=task,
        protocol=scheme,
        kpoints=kpoints or mesh(atoms, scheme.kpoint_distance, vacuum),
        vacuum=vacuum,
        dipole=axis,
        hubbard=hubbard_values(atoms, hubbard or {}, use_defaults=use_hubbard),
        smearing=spread,
        charge=charge,
        electrons=electrons,
        vdw=vdw,
        fixed=fixed,
        pseudo_dir=pseudo_dir,
        cutoff=cutoff,
        notes=notes,
    )


def _may_conduct(atoms: Atoms, charge: int) -> str:
    """Say why a structure with anions may have no gap: oxygen on a metal, or a lost atom."""
    charges, _ = charges_by_side(atoms)
    if charges is None:
        return "formal charges not known: smeared slightly, in case that it conducts"
    if abs(charges.sum() - charge) < 0.01:
        return ""
    return (
        f"formal charges add up to {charges.sum():+.3g}, the charge is {charge:+d}: smeared "
        "slightly, in case that it conducts"
    )


def held_atoms(atoms: Atoms) -> NDArray[np.int64]:
    """Indices of the atoms that are held in place.

    Raises
    ------
    InvalidInput
        For a constraint that holds anything else than whole atoms.
    """
    held: set[int] = set()
    for constraint in atoms.constraints:
        if not isinstance(constraint, FixAtoms):
            raise InvalidInput(
                f"the structure has a constraint {type(constraint).__name__}; only FixAtoms can be "
                "carried into all codes"
            )
        held |= {int(index) for index in constraint.get_indices()}
    return np.array(sorted(held), dtype=np.int64)
