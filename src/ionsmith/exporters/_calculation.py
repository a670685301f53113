"""What every code is told: decided once, from a structure and a few options."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith import __version__, provenance
from ionsmith.arguments import check_by_element, whole_numbers
from ionsmith.bonding.checks import check_contacts
from ionsmith.choices import checked
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput
from ionsmith.exporters._electrons import (
    SLIGHT_SMEARING,
    U_VALUES,
    MagneticOrder,
    Smearing,
    SmearingKind,
    check_parity,
    choose_smearing,
    conduction,
    correlated_shell,
    hubbard_values,
    initial_moments,
)
from ionsmith.exporters._held import constraints_of, held_components
from ionsmith.exporters._protocol import PROTOCOLS, Protocol, ProtocolName, mesh
from ionsmith.exporters.starts import Start
from ionsmith.surfaces.vacuum import empty_layer, vacuum_axes

Task = Literal["static", "relax", "relax-cell"]
"""One energy; positions relaxed; positions and cell relaxed."""

PRESSURE = 0.5
"""Largest component of the stress in kbar at which a relaxed cell is taken as relaxed, the default
of pw.x and of AiiDA's protocols."""


@dataclass(frozen=True)
class Calculation:
    """A calculation, independent of the code that will do it.

    Parameters
    ----------
    atoms
        The structure, with its initial moments set; periodic in all directions.
    task
        ``static``, ``relax`` or ``relax-cell``.
    protocol
        How accurate it is.
    kpoints
        Points of the mesh centred at Γ.
    vacuum
        Cell vectors along which the structure ends (0, 1, 2).
    dipole
        The cell vector along which a dipole correction acts, or None.
    hubbard
        U in eV by element.
    smearing
        Smearing of the occupations.
    charge
        Charge of the cell in e.
    electrons
        Number of all electrons.
    vdw
        Whether D3 dispersion with Becke–Johnson damping is added (S. Grimme et al., J. Comput.
        Chem. 32, 1456 (2011), doi:10.1002/jcc.21759).
    held
        Cartesian components of each atom that do not move, shape (n, 3).
    pseudo_dir
        Folder with the pseudopotentials, or None.
    cutoff
        Plane-wave cutoff (CP2K: of the finest grid) in eV; None leaves it to the protocol.
    start
        The competing start that it begins from, if it is one.
    notes
        What else the user should know, one line each.
    """

    atoms: Atoms
    task: Task
    protocol: Protocol
    kpoints: tuple[int, int, int]
    vacuum: tuple[int, ...]
    dipole: int | None
    hubbard: dict[str, float]
    smearing: Smearing
    charge: int
    electrons: int
    vdw: bool
    held: NDArray[np.bool_]
    pseudo_dir: Path | None = None
    cutoff: float | None = None
    start: Start | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def moments(self) -> NDArray[np.float64]:
        """Initial moments in Bohr magnetons, shape (n,)."""
        moments: NDArray[np.float64] = self.atoms.get_initial_magnetic_moments()
        return moments

    @property
    def frozen(self) -> NDArray[np.int64]:
        """Indices of the atoms that do not move at all."""
        return np.flatnonzero(self.held.all(axis=1))

    @property
    def magnetic(self) -> bool:
        """Whether any atom starts with a moment, so that both spins are computed.

        An odd number of electrons in a metal is no moment.
        """
        return bool(self.moments.any())

    @property
    def shells(self) -> dict[str, tuple[int, int]]:
        """Principal and angular quantum number of the shells that U acts on, by element."""
        shells = {symbol: correlated_shell(symbol) for symbol in self.hubbard}
        return {
            symbol: (number, "spdf".index(letter)) for symbol, (number, letter) in shells.items()
        }

    @property
    def symbols(self) -> list[str]:
        """Elements in order of first appearance."""
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
        return [
            line.replace("Å", "Angstrom").encode("ascii", "replace").decode()
            for line in [*lines, *self.notes]
        ]


@checked
def plan(
    structure: CrystalLike,
    *,
    task: Task = "static",
    protocol: ProtocolName = "moderate",
    magnetic_order: MagneticOrder | None = None,
    moments: Mapping[str, float] | None = None,
    oxidation_states: Mapping[str, float] | None = None,
    hubbard: Mapping[str, float] | None = None,
    use_hubbard: bool = True,
    smearing: SmearingKind | None = None,
    charge: int = 0,
    vdw: bool = False,
    dipole: bool = True,
    kpoints: tuple[int, int, int] | None = None,
    pseudo_dir: str | PathLike[str] | None = None,
    cutoff: float | None = None,
    start: Start | None = None,
) -> Calculation:
    """Decide what is computed, and how.

    Parameters
    ----------
    structure
        An ordered structure with three cell vectors.
    task
        One energy (``static``), positions relaxed (``relax``), or the cell as well
        (``relax-cell``).
    protocol
        Accuracy: k-points, cutoffs and convergence.
    magnetic_order
        ``ferro``, ``antiferro`` or ``none``; by default the moments that the structure has, or
        else ``ferro``.
    moments
        Initial moments in Bohr magnetons by element; by default those of the ions, or of the metal.
    oxidation_states
        Formal charges in e by element, in place of those of the structure.
    hubbard
        U in eV by element, in place of the published values; 0 for none.
    use_hubbard
        Whether the published values of U are used.
    smearing
        ``fixed``, ``gaussian`` (of 0.05 eV) or ``cold``; by default cold for what is a metal for
        certain, Gaussian with moments and for what may conduct, and fixed for other insulators.
    charge
        Charge of the cell in e, for which 3d metals and lanthanides are oxidised or reduced if that
        balances it.
    vdw
        Whether D3 dispersion is added.
    dipole
        Whether a slab gets a dipole correction.
    kpoints
        Mesh centred at Γ, in place of the protocol's.
    pseudo_dir
        Folder with the pseudopotentials.
    cutoff
        Plane-wave cutoff (CP2K: of the finest grid) in eV, in place of the protocol's.
    start
        One of :func:`~ionsmith.exporters.competing_starts`, in place of ``magnetic_order``,
        ``moments`` and ``oxidation_states``.

    Raises
    ------
    InvalidInput
        If options contradict each other or the structure.
    AtomsTooClose, InvalidStructure
        If the structure is not sound.
    """
    folder = None if pseudo_dir is None else Path(pseudo_dir)
    if folder is not None and not folder.is_dir():
        raise InvalidInput(f"`pseudo_dir` is {folder}, which is not a folder")
    if cutoff is not None and not 0 < cutoff < np.inf:
        raise InvalidInput(f"`cutoff` is {cutoff:g} eV; a positive value was expected")
    if kpoints is not None:
        na, nb, nc = whole_numbers(
            "kpoints", kpoints, "three whole numbers of at least 1", count=3, least=1
        )
        kpoints = na, nb, nc
    check_by_element("moments", moments or {})
    check_by_element("oxidation_states", oxidation_states or {})
    check_by_element("hubbard", hubbard or {})
    atoms = read_structure(structure)
    check_contacts(atoms)
    vacuum = vacuum_axes(atoms)
    if np.linalg.det(atoms.cell.array) < 0:
        raise InvalidInput(
            "the cell vectors are left-handed, which VASP and ABINIT refuse; swap two of them"
        )
    if task == "relax-cell" and vacuum:
        raise InvalidInput(
            "the structure has vacuum, which would close if the cell relaxed; use `task` 'relax'"
        )
    if charge and len(vacuum) == 1:
        raise InvalidInput(
            "a charged slab has no defined energy in a periodic cell; export it neutral"
        )
    if start is None:
        chosen, notes = initial_moments(
            atoms,
            magnetic_order=magnetic_order,
            moments=moments,
            oxidation_states=oxidation_states,
            charge=charge,
        )
    elif magnetic_order or moments or oxidation_states:
        raise InvalidInput("`start` sets all moments; leave out `magnetic_order` and the others")
    elif start.moments.shape != (len(atoms),):
        raise InvalidInput("`start` belongs to a structure of another number of atoms")
    else:
        chosen, notes = start.moments, (f"start {start.name}: {start.reason}", *start.notes)
    scheme = PROTOCOLS[protocol]
    magnetic = bool(chosen.any())
    values = hubbard_values(atoms, hubbard or {}, use_defaults=use_hubbard)
    state, doubt = conduction(atoms, chosen, charge, values)
    if smearing is None:
        spread = choose_smearing(state, magnetic, scheme.smearing)
        slightly = f"Gaussian smearing of {SLIGHT_SMEARING:g} eV, in case that it conducts"
        notes = (*notes, f"{doubt}: {slightly}") if doubt else notes
    else:
        notes = (*notes, doubt) if state == "unbalanced" else notes
        widths = {"fixed": 0.0, "gaussian": SLIGHT_SMEARING, "cold": scheme.smearing}
        spread = Smearing(smearing, widths[smearing])
    # A lost atom is no reason to smear an electron that is left over.
    paired = smearing is None and state == "unbalanced"
    electrons = check_parity(atoms, charge, Smearing("fixed", 0.0) if paired else spread, magnetic)
    insulator = state in ("gap", "unbalanced") and magnetic_order is None
    if electrons % 2 and not magnetic and insulator and spread.kind == "gaussian":
        chosen, magnetic = np.full(len(atoms), 1 / len(atoms)), True
        notes = (*notes, "odd number of electrons: a moment of 1 μB spread over all atoms")
    if charge and not vacuum:
        notes = (
            *notes,
            f"a uniform background compensates the charge of {charge:+d} e: energies of cells of "
            "different charge need a correction (Makov and Payne 1995, "
            "doi:10.1103/PhysRevB.51.4014)",
        )
    symbols = set(atoms.get_chemical_symbols())
    if use_hubbard and symbols & {"O", "F"}:
        left = (set(U_VALUES) & symbols) - set(values) - set(hubbard or {})
        notes = (*notes, *(f"no U on {s}, whose charge is not known" for s in sorted(left)))
    held = held_components(atoms)
    model = atoms.copy()
    model.calc = None
    model.set_constraint(constraints_of(held))
    model.set_initial_magnetic_moments(chosen if magnetic else None)
    if magnetic and spread.kind == "fixed":
        raise InvalidInput("moments need smearing: leave out `smearing`, or take 'gaussian'")
    metal, other, gap = scheme.kpoint_distances
    distance = {"metal": metal, "gap": gap}.get(state, other)
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
        kpoints=kpoints or mesh(atoms, distance, vacuum),
        vacuum=vacuum,
        dipole=axis,
        hubbard=values,
        smearing=spread,
        charge=charge,
        electrons=electrons,
        vdw=vdw,
        held=held,
        pseudo_dir=folder,
        cutoff=cutoff,
        start=start,
        notes=notes,
    )


def cell_limit(calculation: Calculation, stress: float = PRESSURE) -> dict[str, str | float]:
    """Stress in kbar below which a cell is relaxed, as a setting; empty if the cell is fixed."""
    return {"stress below (kbar)": stress} if calculation.task == "relax-cell" else {}
