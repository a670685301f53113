"""Quantum ESPRESSO's pw.x, with ASE's writer.

``starting_magnetization`` is the moment divided by the number of valence electrons of the
pseudopotential. An element with different moments is split into several species, each with its own
U. From version 7.1 on U stands in the card HUBBARD, before in the namelist; both project on
orthogonalised atomic orbitals. GTH potentials become UPF files (:mod:`ionsmith.exporters.gth`).
"""

import io
import shutil
from pathlib import Path
from typing import Any, Literal

from ase import Atoms
from ase.units import Bohr, Rydberg

from ionsmith.choices import checked
from ionsmith.errors import InvalidInput
from ionsmith.exporters._calculation import PRESSURE, Calculation, cell_limit
from ionsmith.exporters._code import Code, Written
from ionsmith.exporters.gth import upf_of_gth
from ionsmith.exporters.pseudopotentials import (
    SOURCES,
    PseudopotentialFile,
    find,
    hard_potentials,
    recommended_cutoff,
)
from ionsmith.surfaces.vacuum import empty_layer

SUFFIXES = ("upf", "UPF", "gth")
Syntax = Literal["7.1", "6.7"]
"""Input of pw.x from 7.1 on, and before."""

ATOMIC_FORCE = Rydberg / Bohr


class Espresso(Code):
    """Quantum ESPRESSO's pw.x.

    Parameters
    ----------
    syntax
        How U is written: in the card HUBBARD, for pw.x 7.1 and later, or in the namelist of
        versions up to 7.0 (``"6.7"``).
    """

    name = "espresso"
    pools = "-nk"
    holds_components = True
    reads_pseudopotentials = True

    @checked
    def __init__(self, syntax: Syntax = "7.1") -> None:
        self.syntax = syntax
        self.versions = f"pw.x {'7.1 or later' if syntax == '7.1' else 'up to 7.0'}"

    def write(self, calculation: Calculation, folder: Path) -> Written:
        """Write the input files of a calculation."""
        from ase.io.espresso import write_espresso_in

        files = find(calculation.symbols, SUFFIXES, calculation.pseudo_dir, "Quantum ESPRESSO")
        atoms = _scaled_moments(calculation, files)
        _check_orbitals(calculation, files)
        dual = 8 if any(potential.ultrasoft for potential in files.values()) else 4
        if calculation.cutoff is None:
            cutoff = round(2 * recommended_cutoff(files, calculation.protocol.hint), 3)
            suggested = 2 * max(potential.density_cutoff for potential in files.values())
            dense = round(max(dual * cutoff, suggested), 3)
        else:
            cutoff = round(calculation.cutoff / Rydberg, 6)
            dense = dual * cutoff
        data = _namelists(calculation, cutoff, dense)
        species = list(dict.fromkeys(_species_keys(calculation, atoms)))
        cards: list[str] = []
        if calculation.hubbard and self.syntax == "7.1":
            shells = calculation.shells
            cards = ["HUBBARD (ortho-atomic)"]
            cards += [
                f"U {label}-{shells[symbol][0]}{'spdf'[shells[symbol][1]]} "
                f"{calculation.hubbard[symbol]:g}"
                for symbol, label in _labels(species)
                if symbol in calculation.hubbard
            ]
        elif calculation.hubbard:
            data["system"] |= {"lda_plus_u": True, "U_projection_type": "ortho-atomic"}
            for index, (symbol, _) in enumerate(species, 1):
                if symbol in calculation.hubbard:
                    data["system"][f"Hubbard_U({index})"] = calculation.hubbard[symbol]
        stream = io.StringIO()
        write_espresso_in(
            stream,
            atoms,
            input_data=data,
            pseudopotentials={s: _upf_name(potential) for s, potential in files.items()},
            kpts=calculation.kpoints,
            koffset=(0, 0, 0),
            additional_cards=cards or None,
        )
        comments = "".join(f"! {line}\n" for line in calculation.header)
        (folder / "pw.in").write_text(comments + stream.getvalue(), encoding="utf-8")
        if calculation.pseudo_dir is not None:
            (folder / "pseudo").mkdir()
            for potential in files.values():
                source = calculation.pseudo_dir / potential.file
                target = folder / "pseudo" / _upf_name(potential)
                if source.suffix == ".gth":
                    target.write_text(upf_of_gth(source), encoding="utf-8")
                else:
                    shutil.copyfile(source, target)
        missing = calculation.pseudo_dir is None
        return Written(
            run="mpirun pw.x -in pw.in > pw.out",
            output="pw.out",
            order=list(range(len(atoms))),
            settings={
                "ecutwfc (Ry)": cutoff,
                "ecutrho (Ry)": dense,
                **cell_limit(calculation),
                "sha256": {
                    s: potential.sha256 for s, potential in files.items() if potential.sha256
                },
            },
            needs={s: f"pseudo/{potential.file}" for s, potential in files.items()}
            if missing
            else {},
            notes=(
                *((f"put into pseudo/: {SOURCES['upf']}",) if missing else ()),
                *hard_potentials(files, calculation.cutoff),
            ),
        )


def _check_orbitals(calculation: Calculation, files: dict[str, PseudopotentialFile]) -> None:
    """Refuse U on an orbital that the pseudopotential does not have: pw.x would stop."""
    for symbol, (number, angular) in calculation.shells.items():
        orbitals = files[symbol].orbitals
        shell = f"{number}{'SPDF'[angular]}"
        if orbitals is not None and shell not in orbitals:
            has = " ".join(sorted(orbitals)) or "none"
            raise InvalidInput(
                f"{files[symbol].file} has no atomic orbital {shell} for U to act on (it has "
                f"{has}); take another pseudopotential, or leave U out (`hubbard` {symbol}=0)"
            )


def _upf_name(potential: PseudopotentialFile) -> str:
    """Name in the folder: GTH potentials are written as UPF."""
    return potential.file.removesuffix(".gth") + ".upf" * potential.file.endswith(".gth")


def _namelists(calculation: Calculation, cutoff: float, dense: float) -> dict[str, Any]:
    """Namelists of the input."""
    n, protocol = len(calculation.atoms), calculation.protocol
    kinds = {"static": "scf", "relax": "relax", "relax-cell": "vc-relax"}
    system: dict[str, Any] = {"ecutwfc": cutoff, "ecutrho": dense}
    if calculation.smearing.kind == "fixed":
        system["occupations"] = "fixed"
    else:
        names = {"cold": "mv", "gaussian": "gauss"}
        system |= {
            "occupations": "smearing",
            "smearing": names[calculation.smearing.kind],
            "degauss": round(calculation.smearing.width / Rydberg, 5),
        }
    system["nspin"] = 2 if calculation.magnetic else 1
    if calculation.charge:
        system["tot_charge"] = float(calculation.charge)
    if calculation.vdw:
        system |= {"vdw_corr": "dft-d3", "dftd3_version": 4}
    control: dict[str, Any] = {
        "calculation": kinds[calculation.task],
        "prefix": "ionsmith",
        "outdir": "./out",
        "pseudo_dir": "./pseudo",
        "tprnfor": True,
        "tstress": calculation.dipole is None,  # there is none with the field of the correction
        "etot_conv_thr": 10 * protocol.energy * n / Rydberg,
        "forc_conv_thr": round(protocol.force / ATOMIC_FORCE, 7),
    }
    if calculation.dipole is not None:
        # The saw-tooth falls back inside the vacuum, in a layer of a twentieth of the cell.
        _, middle = empty_layer(calculation.atoms, calculation.dipole)
        control |= {"tefield": True, "dipfield": True}
        system |= {
            "edir": calculation.dipole + 1,
            "emaxpos": round((middle - 0.025) % 1, 4),
            "eopreg": 0.05,
            "eamp": 0.0,
        }
    electrons = {"conv_thr": protocol.energy * n / Rydberg, "mixing_beta": 0.4}
    data: dict[str, Any] = {"control": control, "system": system, "electrons": electrons}
    if calculation.task != "static":
        data["ions"] = {"ion_dynamics": "bfgs"}
    if calculation.task == "relax-cell":
        data["cell"] = {"cell_dynamics": "bfgs", "press_conv_thr": PRESSURE}
    return data


def _scaled_moments(calculation: Calculation, files: dict[str, PseudopotentialFile]) -> Atoms:
    """Moments as the part of the valence electrons that pw.x asks for."""
    atoms: Atoms = calculation.atoms.copy()
    if calculation.magnetic:
        valence = [files[s].valence for s in atoms.get_chemical_symbols()]
        atoms.set_initial_magnetic_moments(
            [round(m / v, 6) for m, v in zip(calculation.moments, valence, strict=True)]
        )
    return atoms


def _species_keys(calculation: Calculation, atoms: Atoms) -> list[tuple[str, float]]:
    """Element and moment of every atom, which decide its species."""
    moments = atoms.get_initial_magnetic_moments().tolist()
    if not calculation.magnetic:
        moments = [0.0] * len(atoms)
    return list(zip(atoms.get_chemical_symbols(), moments, strict=True))


def _labels(species: list[tuple[str, float]]) -> list[tuple[str, str]]:
    """Names that ASE gives the species: V, V1, V2 by the order in which they come."""
    seen: dict[str, int] = {}
    labels = []
    for symbol, _ in species:
        count = seen.get(symbol, 0)
        labels.append((symbol, f"{symbol}{count or ''}"))
        seen[symbol] = count + 1
    return labels
