"""VASP, with pymatgen's input sets: POSCAR, INCAR, KPOINTS and the labels of the POTCAR.

The settings are those of the Materials Project (pymatgen's ``MPRelaxSet``) with the protocol's
k-points. The cutoffs are 400 eV, the largest ENMAX of the POTCARs named here (that of O); 520 eV
of the Materials Project (A. Jain et al., Comput. Mater. Sci. 50, 2295 (2011),
doi:10.1016/j.commatsci.2011.02.023); and 680 eV of its later sets (R. Kingsbury et al., Phys. Rev.
Mater. 6, 013801 (2022), doi:10.1103/PhysRevMaterials.6.013801). VASP has no cold smearing: metals
get that of Methfessel and Paxton with 0.2 eV, as in pymatgen's ``MPMetalRelaxSet``.
"""

import io
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.constraints import FixAtoms, FixScaled

from ionsmith.errors import InvalidInput, MissingExtra
from ionsmith.exporters._calculation import Calculation
from ionsmith.exporters._code import Code, Written
from ionsmith.exporters._held import in_frame, partly_held
from ionsmith.surfaces.vacuum import empty_layer

CUTOFFS = {"fast": 400, "moderate": 520, "precise": 680}
"""In eV."""

LARGE = 20
"""Atoms above which VASP's manual advises projection in real space, which is less exact."""

# Valence electrons (ZVAL) of the POTCARs that the set names.
VALENCE = {
    "H": 1, "Li_sv": 3, "B": 3, "C": 4, "N": 5, "O": 6, "F": 7, "Na_pv": 7, "Mg_pv": 8, "Al": 3,
    "Si": 4, "P": 5, "S": 6, "Cl": 7, "K_sv": 9, "Ca_sv": 10, "Ti_pv": 10, "V_pv": 11,
    "Cr_pv": 12, "Mn_pv": 13, "Fe_pv": 14, "Co": 9, "Ni_pv": 16, "Cu_pv": 17, "Zn": 12,
    "Ge_d": 14, "Zr_sv": 12, "Ag": 11, "Sn_d": 14, "Sb": 5, "Te": 6,
}  # fmt: skip


FROZEN_SHELL = re.compile(r"^[A-Z][a-z]_[23]$")
"""POTCARs of lanthanides whose 4f electrons are in the core."""


class Vasp(Code):
    """VASP: PAW data that only its licensees have, named in ``POTCAR.spec``."""

    name = "vasp"
    holds_components = True
    versions = "VASP 5.4.4 or later"

    def write(self, calculation: Calculation, folder: Path) -> Written:
        """Write the input files of a calculation."""
        from ase.io.vasp import write_vasp
        from pymatgen.io.ase import AseAtomsAdaptor
        from pymatgen.io.vasp.inputs import Incar, Kpoints
        from pymatgen.io.vasp.sets import BadInputSetWarning, MPRelaxSet

        atoms = calculation.atoms
        # One POTCAR an element: atoms are grouped by element, and within one keep their order.
        symbols = np.array(atoms.get_chemical_symbols())
        rank = {symbol: number for number, symbol in enumerate(calculation.symbols)}
        order = np.argsort([rank[symbol] for symbol in symbols], kind="stable")
        structure = AseAtomsAdaptor.get_structure(atoms[order])
        unnamed = [s for s in calculation.symbols if s not in MPRelaxSet.CONFIG["POTCAR"]]
        if unnamed:
            raise InvalidInput(f"pymatgen's set for VASP names no POTCAR of {' '.join(unnamed)}")
        settings = _settings(calculation, [float(m) for m in calculation.moments[order]])
        with warnings.catch_warnings():
            # The set was made for older POTCARs of the same labels.
            warnings.filterwarnings(
                "ignore", "Overriding the POTCAR functional", BadInputSetWarning
            )
            # The moments are set here, those of the set are not used.
            warnings.filterwarnings("ignore", "Co without an oxidation state", UserWarning)
            chosen = MPRelaxSet(
                structure,
                user_incar_settings={"ISMEAR": settings["ISMEAR"]},
                user_kpoints_settings=Kpoints.gamma_automatic(calculation.kpoints),  # type: ignore[arg-type]  # or a Kpoints, as the set says
                sort_structure=False,
                user_potcar_functional="PBE_54",
            )
            standard = dict(chosen.incar)
        incar = {k: v for k, v in (standard | settings).items() if v is not None}
        labels = list(chosen.potcar_symbols)
        if calculation.charge:
            incar["NELECT"] = _electrons(calculation, labels) - calculation.charge
        comments = "".join(f"# {line}\n" for line in calculation.header)
        # pymatgen's own POSCAR takes minutes for thousands of atoms of which some are held.
        stream = io.StringIO()
        write_vasp(stream, _selective(calculation)[order], direct=True)
        _, _, body = stream.getvalue().partition("\n")  # the first line is a comment
        (folder / "POSCAR").write_text(f"{calculation.header[0]}\n{body}")
        (folder / "INCAR").write_text(comments + Incar(incar).get_str(sort_keys=True))
        (folder / "KPOINTS").write_text(str(chosen.kpoints).rstrip() + "\n")
        (folder / "POTCAR.spec").write_text("\n".join(labels) + "\n")
        return Written(
            run="mpirun vasp_std",
            output="vasprun.xml",
            order=[int(i) for i in order],
            settings={"cutoff (eV)": settings["ENCUT"], "POTCAR": "PBE_54"},
            needs=dict(zip(calculation.symbols, labels, strict=True)),
            notes=(
                "VASP's POTCAR may not be handed on: concatenate potpaw_PBE.54 of "
                f"{' '.join(labels)} in this order (pymatgen: Potcar({labels}, 'PBE_54'))",
                *_doubts(calculation, labels),
            ),
        )

    def complete(self, folder: Path) -> None:
        """Assemble the POTCAR with pymatgen, unless there is one.

        Raises
        ------
        MissingExtra
            If pymatgen does not find the PAW data.
        """
        from pymatgen.io.vasp.inputs import Potcar

        if (folder / "POTCAR").is_file():
            return
        labels = (folder / "POTCAR.spec").read_text(encoding="utf-8").split()
        try:
            potcar = Potcar(labels, functional="PBE_54")
        except Exception as error:
            raise MissingExtra(
                f"no POTCAR of {' '.join(labels)} (PBE_54); tell pymatgen where they are: "
                "pmg config --add PMG_VASP_PSP_DIR FOLDER"
            ) from error
        potcar.write_file(folder / "POTCAR")


def _doubts(calculation: Calculation, labels: list[str]) -> list[str]:
    """What VASP does otherwise than asked."""
    doubts = []
    frozen = [label for label in labels if FROZEN_SHELL.search(label)]
    moments = {s for s, m in zip(calculation.atoms.symbols, calculation.moments, strict=True) if m}
    if any(label.partition("_")[0] in moments | set(calculation.hubbard) for label in frozen):
        doubts.append(
            f"{' '.join(frozen)} keep the 4f electrons in the core, without moment or U: for these "
            "take the POTCARs without the suffix"
        )
    if calculation.task == "relax-cell":
        doubts.append("VASP has no limit for the stress: look at the pressure in the OUTCAR")
    return doubts


def _selective(calculation: Calculation) -> Atoms:
    """Structure whose constraints hold components along the cell vectors, as VASP does."""
    atoms: Atoms = calculation.atoms.copy()
    cell = atoms.cell.array
    held = in_frame(calculation.held, np.eye(3), cell, "cell vectors, along which VASP holds")
    constraints: list[FixAtoms | FixScaled] = [FixAtoms(indices=calculation.frozen)]
    constraints += [FixScaled(indices, mask=mask) for mask, indices in partly_held(held)]
    atoms.set_constraint(constraints)
    return atoms


def _settings(calculation: Calculation, moments: list[float]) -> dict[str, Any]:
    """What differs from the set; None takes a key of the set out."""
    protocol = calculation.protocol
    settings: dict[str, Any] = {
        "ENCUT": calculation.cutoff or CUTOFFS[protocol.name],
        "EDIFF": float(f"{protocol.energy * len(calculation.atoms):.6g}"),
        "ALGO": "Normal" if calculation.magnetic else "Fast",
        "ISPIN": 2 if calculation.magnetic else 1,
        "MAGMOM": moments if calculation.magnetic else None,
        "ISMEAR": 1 if calculation.smearing.kind == "cold" else 0,
        "SIGMA": 0.2 if calculation.smearing.kind == "cold" else 0.05,
        "LREAL": "Auto" if len(calculation.atoms) > LARGE else False,
        "LDAU": bool(calculation.hubbard),
    }
    if calculation.task == "static":
        settings |= {"NSW": 0, "IBRION": -1, "ISIF": 2}
    else:
        settings |= {"ISIF": 3 if calculation.task == "relax-cell" else 2}
        settings |= {"EDIFFG": -protocol.force}
    if calculation.hubbard:
        shells = calculation.shells
        values = [calculation.hubbard.get(symbol, 0.0) for symbol in calculation.symbols]
        settings |= {
            "LDAUTYPE": 2,
            "LDAUU": values,
            "LDAUJ": [0.0 for _ in values],
            "LDAUL": [shells.get(symbol, (0, -1))[1] for symbol in calculation.symbols],
            "LMAXMIX": 6 if any(shell[1] == 3 for shell in shells.values()) else 4,
        }
    else:
        settings |= dict.fromkeys(("LDAUTYPE", "LDAUU", "LDAUJ", "LDAUL", "LDAUPRINT"))
    if calculation.dipole is not None:
        _, middle = empty_layer(calculation.atoms, calculation.dipole)
        centre = [0.5, 0.5, 0.5]
        centre[calculation.dipole] = round((middle + 0.5) % 1, 4)
        settings |= {"LDIPOL": True, "IDIPOL": calculation.dipole + 1, "DIPOL": centre}
    if calculation.vdw:
        settings["IVDW"] = 12
    return settings


def _electrons(calculation: Calculation, labels: list[str]) -> int:
    """Number of valence electrons of the neutral cell."""
    unknown = sorted(set(labels) - set(VALENCE))
    if unknown:
        raise InvalidInput(
            f"the number of electrons of POTCAR {unknown[0]} is not known here, so a charged cell "
            "cannot be written; export it neutral and set NELECT by hand"
        )
    valence = dict(zip(calculation.symbols, labels, strict=True))
    return sum(VALENCE[valence[s]] for s in calculation.atoms.get_chemical_symbols())
