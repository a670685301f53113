"""CP2K's Quickstep, with a writer of our own: ASE's needs CP2K's shell and writes no structure.

GTH pseudopotentials with MOLOPT basis sets (J. VandeVondele and J. Hutter, J. Chem. Phys. 127,
114105 (2007), doi:10.1063/1.2770708), both in CP2K's own data. An element with different moments is
split into several kinds. U is the effective one of Dudarev as in the other codes, with the energy
(U - J) (Tr q - Tr q²) / 2 (CP2K's source, dft_plus_u.F); but q is the Mulliken block of all d or f
functions of the basis set, two shells of them here, and not a projection on atomic orbitals. At Γ
alone, insulators are minimised by orbital transformation (J. VandeVondele and J. Hutter, J. Chem.
Phys. 118, 4365 (2003), doi:10.1063/1.1543154). The cutoffs are at and above those of the review of
Quickstep with GTH potentials (T. D. Kühne et al., J. Chem. Phys. 152, 194103 (2020),
doi:10.1063/5.0007045).
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from ase.units import Bohr, Hartree, Rydberg, kB

from ionsmith.errors import InvalidInput
from ionsmith.exporters._calculation import PRESSURE, Calculation, cell_limit
from ionsmith.exporters._code import Code, Written
from ionsmith.exporters._held import in_frame, partly_held, turn_upright
from ionsmith.surfaces.vacuum import empty_layer

RUN_TYPES = {"static": "ENERGY_FORCE", "relax": "GEO_OPT", "relax-cell": "CELL_OPT"}
CUTOFFS = {"fast": 400, "moderate": 600, "precise": 1000}
"""Of the finest grid, in Ry."""

CONVERGENCE = {"fast": 1e-5, "moderate": 1e-6, "precise": 1e-7}
"""EPS_SCF, of the gradient or the density matrix, which does not grow with the cell."""

BASIS = "DZVP-MOLOPT-SR-GTH"
WIDE = 14.5
"""Vacuum in Å in which the density of a metal vanishes."""

ADDED_LEVELS = 0.2
"""Empty levels for smearing, as a part of the atoms' number of s and p levels (four an atom)."""


class Cp2k(Code):
    """CP2K: Gaussian basis sets with an auxiliary basis of plane waves (Quickstep)."""

    name = "cp2k"
    holds_components = True
    versions = "CP2K 2023.1 or later"

    def write(self, calculation: Calculation, folder: Path) -> Written:
        """Write the input files of a calculation."""
        kinds, names = _kinds(calculation)
        notes = []
        gamma = calculation.kpoints == (1, 1, 1)
        if calculation.hubbard and not gamma:
            mesh = " ".join(map(str, calculation.kpoints))
            without = " ".join(f"{symbol}=0" for symbol in calculation.hubbard)
            raise InvalidInput(
                f"CP2K has +U at Γ alone, and this cell needs k-points {mesh}: take a supercell "
                f"with `kpoints` 1 1 1, or leave U out (`hubbard` {without})"
            )
        calculation, rotation = _turned(calculation)
        sections = [
            *_global(calculation),
            "&FORCE_EVAL",
            "  METHOD QUICKSTEP",
            "  STRESS_TENSOR ANALYTICAL" if calculation.task == "relax-cell" else "",
            "  &PRINT",
            "    &FORCES ON",
            "    &END FORCES",
            "  &END PRINT",
            *_indented(_dft(calculation, gamma)),
            *_indented(_subsystem(calculation, kinds, names)),
            "&END FORCE_EVAL",
            *_motion(calculation),
        ]
        lines = [f"# {line}" for line in calculation.header] + [line for line in sections if line]
        (folder / "cp2k.inp").write_text("\n".join(lines) + "\n", encoding="utf-8")
        if calculation.hubbard:
            notes.append(
                "U acts on Mulliken populations in CP2K, and was fitted with VASP's projectors: "
                "the same value shifts levels by another amount"
            )
        notes += _narrow_vacuum(calculation)
        if calculation.smearing.kind != "fixed":
            notes.append("CP2K smears by Fermi and Dirac; the width is taken as the temperature")
        return Written(
            run="mpirun cp2k.psmp -i cp2k.inp -o cp2k.out",
            output="cp2k.out",
            order=list(range(len(calculation.atoms))),
            settings={
                "cutoff (Ry)": _cutoff(calculation),
                "basis": BASIS,
                **cell_limit(calculation),
                **({"multiplicity": _multiplicity(calculation)} if calculation.magnetic else {}),
            },
            notes=tuple(notes),
            rotation=rotation,
        )


def _narrow_vacuum(calculation: Calculation) -> list[str]:
    """Note that CP2K may stop: its 10 Å over Na(100) are too few for the correction, 15 enough."""
    if calculation.dipole is None:
        return []
    thickness, _ = empty_layer(calculation.atoms, calculation.dipole)
    return [
        f"CP2K stops unless the density vanishes in the vacuum, for which {thickness:.1f} Å may be "
        "too narrow: take 15 Å, or leave the dipole correction out (`dipole`)"
    ] * (thickness < WIDE)


def _turned(calculation: Calculation) -> tuple[Calculation, list[list[float]] | None]:
    """Turn a slab until its normal is the Cartesian axis that CP2K corrects the dipole along."""
    axis = calculation.dipole
    if axis is None:
        return calculation, None
    turn = turn_upright(calculation.atoms.cell.array, axis)
    if turn is None:
        return calculation, None
    atoms = calculation.atoms.copy()
    cell = atoms.cell.array @ turn.T
    cell[[n for n in range(3) if n != axis], axis] = 0.0  # but for rounding
    atoms.set_cell(cell)
    atoms.positions = atoms.positions @ turn.T
    # Rows of the turned axes are those that the components refer to.
    held = in_frame(calculation.held, turn.T, np.eye(3), "axes of the turned cell that CP2K needs")
    return replace(calculation, atoms=atoms, held=held), turn.tolist()


def _indented(lines: list[str]) -> list[str]:
    """Indent lines by two spaces."""
    return [f"  {line}" if line else "" for line in lines]


def _global(calculation: Calculation) -> list[str]:
    """Section GLOBAL."""
    return [
        "&GLOBAL",
        "  PROJECT ionsmith",
        f"  RUN_TYPE {RUN_TYPES[calculation.task]}",
        "  PRINT_LEVEL MEDIUM",
        "&END GLOBAL",
    ]


def _dft(calculation: Calculation, gamma: bool) -> list[str]:
    """Section DFT."""
    lines = [
        "&DFT",
        "  BASIS_SET_FILE_NAME BASIS_MOLOPT",
        "  POTENTIAL_FILE_NAME GTH_POTENTIALS",
        f"  CHARGE {calculation.charge}",
    ]
    if calculation.magnetic:
        lines += ["  UKS .TRUE.", f"  MULTIPLICITY {_multiplicity(calculation)}"]
    else:
        lines.append("  MULTIPLICITY 1")  # pymatgen's reader of trajectories needs it
    if calculation.hubbard:
        lines.append("  PLUS_U_METHOD MULLIKEN")
    if calculation.dipole is not None:
        lines += [
            "  SURFACE_DIPOLE_CORRECTION .TRUE.",
            f"  SURF_DIP_DIR {'XYZ'[calculation.dipole]}",
        ]
    lines += ["  &QS", "    EPS_DEFAULT 1.0E-12", "  &END QS"]
    lines += [
        "  &MGRID",
        f"    CUTOFF {_cutoff(calculation):g}",
        "    REL_CUTOFF 60",
        "  &END MGRID",
    ]
    lines += _indented(_self_consistency(calculation, gamma))
    lines += ["  &XC", "    &XC_FUNCTIONAL PBE", "    &END XC_FUNCTIONAL"]
    if calculation.vdw:
        lines += [
            "    &VDW_POTENTIAL",
            "      POTENTIAL_TYPE PAIR_POTENTIAL",
            "      &PAIR_POTENTIAL",
            "        TYPE DFTD3(BJ)",
            "        PARAMETER_FILE_NAME dftd3.dat",
            "        REFERENCE_FUNCTIONAL PBE",
            "      &END PAIR_POTENTIAL",
            "    &END VDW_POTENTIAL",
        ]
    lines.append("  &END XC")
    if not gamma:
        # Shifts of half a step bring the mesh of Monkhorst and Pack onto Γ where it is even.
        shifts = [0.0 if n % 2 else 0.5 / n for n in calculation.kpoints]
        mesh = " ".join(map(str, calculation.kpoints))
        lines += [
            "  &KPOINTS",
            f"    SCHEME MACDONALD {mesh} {' '.join(f'{s:.10f}' for s in shifts)}",
            "  &END KPOINTS",
        ]
    return [*lines, "&END DFT"]


def _cutoff(calculation: Calculation) -> float:
    """Cutoff of the finest grid in Ry."""
    if calculation.cutoff is None:
        return CUTOFFS[calculation.protocol.name]
    return float(round(calculation.cutoff / Rydberg, 3))


def _self_consistency(calculation: Calculation, gamma: bool) -> list[str]:
    """Section SCF."""
    convergence = CONVERGENCE[calculation.protocol.name]
    lines = ["&SCF", f"  EPS_SCF {convergence:.1e}", "  SCF_GUESS ATOMIC"]
    if gamma and calculation.smearing.kind == "fixed":
        return [
            *lines,
            "  MAX_SCF 30",
            "  &OT",
            "    MINIMIZER DIIS",
            "    PRECONDITIONER FULL_SINGLE_INVERSE",
            "  &END OT",
            "  &OUTER_SCF",
            "    MAX_SCF 20",
            f"    EPS_SCF {convergence:.1e}",
            "  &END OUTER_SCF",
            "&END SCF",
        ]
    lines += ["  MAX_SCF 200"]
    if calculation.smearing.kind != "fixed":
        lines += [
            f"  ADDED_MOS {max(10, int(np.ceil(4 * ADDED_LEVELS * len(calculation.atoms))))}",
            "  &SMEAR ON",
            "    METHOD FERMI_DIRAC",
            f"    ELECTRONIC_TEMPERATURE [K] {calculation.smearing.width / kB:.1f}",
            "  &END SMEAR",
        ]
    return [
        *lines,
        "  &DIAGONALIZATION",
        "    ALGORITHM STANDARD",
        "  &END DIAGONALIZATION",
        "  &MIXING",
        "    METHOD BROYDEN_MIXING",
        "    ALPHA 0.2",
        "  &END MIXING",
        "&END SCF",
    ]


def _multiplicity(calculation: Calculation) -> int:
    """2S + 1 nearest to the sum of the moments, with the parity of the electrons."""
    net = abs(float(calculation.moments.sum()))
    odd = calculation.electrons % 2
    unpaired = odd + 2 * round((net - odd) / 2)
    return max(unpaired, odd) + 1


def _kinds(calculation: Calculation) -> tuple[dict[tuple[str, float], str], list[str]]:
    """Names of the kinds by element and moment, and the kind of every atom."""
    kinds: dict[tuple[str, float], str] = {}
    names = []
    moments = calculation.moments.tolist()
    for key in zip(calculation.atoms.get_chemical_symbols(), moments, strict=True):
        if key not in kinds:
            count = sum(symbol == key[0] for symbol, _ in kinds)
            kinds[key] = f"{key[0]}{count or ''}"
        names.append(kinds[key])
    return kinds, names


def _subsystem(
    calculation: Calculation, kinds: dict[tuple[str, float], str], names: list[str]
) -> list[str]:
    """Section SUBSYS: cell, atoms and kinds."""
    lines = ["&SUBSYS", "  &CELL"]
    for letter, vector in zip("ABC", calculation.atoms.cell.array, strict=True):
        lines.append(f"    {letter} " + " ".join(f"{x:.12f}" for x in vector))
    # Vacuum stays periodic too: the dipole correction takes care of it.
    lines += ["    PERIODIC XYZ", "  &END CELL", "  &COORD"]
    for name, position in zip(names, calculation.atoms.positions, strict=True):
        lines.append(f"    {name} " + " ".join(f"{x:.12f}" for x in position))
    lines.append("  &END COORD")
    for (symbol, moment), name in kinds.items():
        lines += [f"  &KIND {name}", f"    ELEMENT {symbol}", f"    BASIS_SET {BASIS}"]
        lines.append("    POTENTIAL GTH-PBE")
        if moment:
            lines.append(f"    MAGNETIZATION {moment:g}")
        if symbol in calculation.hubbard:
            lines += [
                "    &DFT_PLUS_U",
                f"      L {calculation.shells[symbol][1]}",
                f"      U_MINUS_J [eV] {calculation.hubbard[symbol]:g}",
                "    &END DFT_PLUS_U",
            ]
        lines.append("  &END KIND")
    return [*lines, "&END SUBSYS"]


def _motion(calculation: Calculation) -> list[str]:
    """Section MOTION: what is relaxed."""
    if calculation.task == "static":
        return []
    section = RUN_TYPES[calculation.task]
    force = calculation.protocol.force * Bohr / Hartree
    lines = ["&MOTION", f"  &{section}", "    OPTIMIZER BFGS", f"    MAX_FORCE {force:.3e}"]
    if calculation.task == "relax-cell":
        lines.append(f"    PRESSURE_TOLERANCE [bar] {1000 * PRESSURE:g}")
    lines += [f"  &END {section}"]
    # Without the file of cells the trajectory cannot be read back.
    lines += ["  &PRINT", "    &CELL ON", "    &END CELL", "  &END PRINT"]
    groups = [("XYZ", calculation.frozen)] if len(calculation.frozen) else []
    for mask, indices in partly_held(calculation.held):
        groups.append(("".join(x for x, held in zip("XYZ", mask, strict=True) if held), indices))
    if groups:
        lines.append("  &CONSTRAINT")
        for components, indices in groups:
            lines += ["    &FIXED_ATOMS", f"      COMPONENTS_TO_FIX {components}"]
            lines += [f"      LIST {first}..{last}" for first, last in _runs(indices + 1)]
            lines.append("    &END FIXED_ATOMS")
        lines.append("  &END CONSTRAINT")
    return [*lines, "&END MOTION"]


def _runs(numbers: np.ndarray) -> list[tuple[int, int]]:
    """Ranges of whole numbers that follow each other."""
    parts = np.split(numbers, np.flatnonzero(np.diff(numbers) != 1) + 1)
    return [(int(part[0]), int(part[-1])) for part in parts if len(part)]
