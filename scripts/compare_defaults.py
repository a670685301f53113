"""The settings that follow from a structure, beside those of the Materials Project and of AiiDA.

Usage: ``python scripts/compare_defaults.py``; the guide's page on defaults shows what it prints.

* Ours are read from the INCAR, the KPOINTS and the pw.in of ``ionsmith export --task relax``.
* ``MPRelaxSet`` is pymatgen's, computed here (A. Jain et al., Comput. Mater. Sci. 50, 2295 (2011),
  doi:10.1016/j.commatsci.2011.02.023).
* AiiDA's are those of the protocol ``balanced`` (before: ``moderate``) of aiida-quantumespresso
  (S. P. Huber et al., npj Comput. Mater. 7, 136 (2021), doi:10.1038/s41524-021-00594-6), as its
  files ``workflows/protocols/pw/base.yaml`` and ``magnetization.yaml`` state them, with the cutoffs
  of SSSP efficiency 1.1 that the plugin holds (G. Prandini et al., npj Comput. Mater. 4, 72 (2018),
  doi:10.1038/s41524-018-0127-2). Metal and insulator are the user's choice there; metal is the
  default.
"""

import re
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.build import bulk
from ase.units import Bohr, Rydberg
from pymatgen.io.ase import AseAtomsAdaptor
from pymatgen.io.vasp.inputs import Incar, Kpoints
from pymatgen.io.vasp.sets import MPRelaxSet
from tabulate import tabulate

from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.builders.slab import build_slab
from ionsmith.crystals import load
from ionsmith.exporters import export
from ionsmith.exporters._calculation import Calculation, plan
from ionsmith.exporters._electrons import conduction
from ionsmith.exporters._protocol import mesh

DISTANCE = 0.15  # 1/Å
DEGAUSS = 0.02  # Ry, cold
SCF = 0.2e-9  # Ry/atom
FORCE = 1e-4  # Ry/Bohr
SSSP = {
    "Al": (30, 8), "C": (45, 8), "Co": (45, 8), "Fe": (90, 12), "Li": (40, 8), "Mg": (30, 8),
    "Na": (40, 8), "Ni": (45, 8), "O": (50, 8), "P": (30, 8), "Sb": (40, 8), "Si": (30, 8),
    "V": (35, 8),
}  # fmt: skip
"""Cutoff of the waves in Ry, and that of the density as a multiple of it."""

MAGNETIC = {"Fe", "Co", "Ni", "V"}  # 5 Bohr magnetons if a calculation with spin is asked for


def iron_on_oxide() -> Atoms:
    """MgO(001) below bcc Fe(001), turned by 45° and strained to it."""
    oxide = bulk("MgO", "rocksalt", a=4.212, cubic=True)
    iron = Atoms("Fe4", cell=[4.212, 4.212, 2.70])
    iron.set_scaled_positions([(0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)])
    iron.positions[:, 2] += 4.212
    both = oxide + iron
    both.set_cell([4.212, 4.212, 7.8])
    both.set_array("side", np.repeat([0, 1], [len(oxide), len(iron)]))
    return both


def closed_alumina() -> Atoms:
    """β''-Alumina stabilised by Mg, with one conduction plane closed."""
    return close_planes(build_beta_alumina().atoms, [1]).atoms


def bare(atoms: Atoms) -> Atoms:
    """A crystal without ASE's own moments."""
    atoms.set_initial_magnetic_moments(None)
    return atoms


MODELS: dict[str, Callable[[], Atoms]] = {
    "Na": lambda: load("na").to_atoms(),
    "Fe": lambda: bare(bulk("Fe", a=2.867)),
    "Si": lambda: load("si").to_atoms(),
    "graphite": lambda: load("graphite").to_atoms(),
    "Na3Sb": lambda: load("na3sb").to_atoms(),
    "MgO": lambda: load("mgo").to_atoms(),
    "NiO": lambda: bulk("NiO", "rocksalt", a=4.177),
    "LiCoO2": lambda: load("licoo2").to_atoms(),
    "LiFePO4": lambda: load("lifepo4").to_atoms(),
    "Na3V2(PO4)3": lambda: load("nvp-ordered-dft").to_atoms(),
    "closed β''-alumina": closed_alumina,
    "MgO slab": lambda: build_slab("lib:mgo", "100", thickness=8).atoms,
    "MgO/Fe": iron_on_oxide,
}


@dataclass(frozen=True)
class Settings:
    """What the three say of one model."""

    calculation: Calculation
    kind: str
    incar: Incar
    mesh: tuple[int, ...]
    pw: str
    published: Incar
    published_mesh: tuple[int, ...]
    published_u: dict[str, float]
    published_moments: dict[str, float]


@cache
def settings(name: str) -> Settings:
    """Export one model, and let pymatgen make its set."""
    atoms = MODELS[name]()
    options: dict[str, Any] = {"task": "relax"}
    with tempfile.TemporaryDirectory() as root, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about POTCARs
        folder = Path(root)
        export(atoms, "vasp", folder / "vasp", **options)
        export(atoms, "espresso", folder / "pw", **options)
        chosen = plan(atoms, **options)
        state, _ = conduction(atoms, chosen.moments, chosen.charge, chosen.hubbard)
        published = MPRelaxSet(AseAtomsAdaptor.get_structure(atoms))
        incar, symbols = published.incar, published.poscar.site_symbols
        return Settings(
            chosen,
            state,
            Incar.from_file(folder / "vasp" / "INCAR"),
            tuple(Kpoints.from_file(folder / "vasp" / "KPOINTS").kpts[0]),
            (folder / "pw" / "pw.in").read_text(encoding="utf-8"),
            incar,
            tuple(published.kpoints.kpts[0]),
            {e: u for e, u in zip(symbols, incar.get("LDAUU", ()), strict=False) if u},
            dict(
                zip(
                    (site.specie.symbol for site in published.poscar.structure),
                    incar["MAGMOM"],
                    strict=True,
                )
            ),
        )


def pw(name: str, key: str) -> float:
    """A number of pw.in."""
    found = re.search(rf"^ *{key} *= *([-0-9.eE]+)", settings(name).pw, flags=re.MULTILINE)
    assert found, key
    return float(found[1])


def cutoffs(name: str) -> list[str]:
    """Cutoffs of waves and density."""
    s = settings(name)
    symbols = s.calculation.symbols
    waves = max(SSSP[e][0] for e in symbols)
    density = max(SSSP[e][0] * SSSP[e][1] for e in symbols)
    ours = f"{pw(name, 'ecutwfc'):g} / {pw(name, 'ecutrho'):g}"
    why = "norm-conserving PseudoDojo, which ABINIT reads too: finer waves, no finer density"
    return [f"{s.incar['ENCUT']:g}", f"{s.published['ENCUT']:g}", ours, f"{waves} / {density}", why]


def points(name: str) -> list[str]:
    """Meshes, with the number of their points."""
    s = settings(name)
    aiida = mesh(s.calculation.atoms, DISTANCE, ())
    assert s.mesh == s.calculation.kpoints
    cells = [f"{a} {b} {c} ({a * b * c})" for a, b, c in (s.mesh, s.published_mesh, aiida)]
    if s.calculation.vacuum:
        why = "vacuum has no bands; the rest as in the insulator"
    else:
        why = {
            "metal": "as AiiDA: the Fermi surface needs them (see below)",
            "unsure": "it may conduct in PBE: between the two",
            "gap": "filled bands are smooth (see below)",
        }[s.kind]
    return [*cells, why]


def smearing(name: str) -> list[str]:
    """Occupations."""
    s = settings(name)
    words = {-5: "tetrahedra", 0: "Gaussian", 1: "Methfessel–Paxton"}

    def vasp(incar: Incar) -> str:
        kind = incar["ISMEAR"]
        return words[kind] + (f" {incar['SIGMA']:g} eV" if kind >= 0 else "")

    kind, width = s.calculation.smearing.kind, s.calculation.smearing.width
    ours = kind + (f" {width:.2f} eV" if width else "")
    why = {
        "metal": "tetrahedra give wrong forces in metals; VASP has no cold smearing, and "
        "MPMetalRelaxSet takes this; pw.x as AiiDA",
        "gap": "all levels are full or empty, and stay so at any number of k-points",
        "unsure": "if there is a gap, cold smearing puts wrong occupations into it; if there is "
        "none, tetrahedra give wrong forces",
    }[s.kind]
    if s.kind == "gap" and kind == "gaussian":
        why = "a gap, but the total spin is free, which fixed occupations do not allow"
    return [vasp(s.incar), vasp(s.published), ours, f"cold {DEGAUSS * Rydberg:.2f} eV", why]


def hubbard(name: str) -> list[str]:
    """Values of U in eV."""
    s = settings(name)
    ours = ", ".join(f"{e} {u:g}" for e, u in s.calculation.hubbard.items()) or "none"
    theirs = ", ".join(f"{e} {u:g}" for e, u in s.published_u.items()) or "none"
    why = "same" if ours == "none" else "as the Materials Project; AiiDA leaves U to its user"
    if ours != theirs:
        why = "Fe beside the oxide is a metal, where U is wrong"
    return [ours, theirs, "none", why]


def moments(name: str) -> list[str]:
    """Largest initial moments by element in Bohr magnetons."""
    s = settings(name)
    symbols = np.array(s.calculation.atoms.get_chemical_symbols())
    mine = abs(s.calculation.moments)
    magnetic = [e for e in s.calculation.symbols if mine[symbols == e].any()]
    ours = ", ".join(f"{e} {mine[symbols == e].max():g}" for e in magnetic) or "none"
    start = s.published_moments
    high = [e for e in s.calculation.symbols if start[e] > 1]
    theirs = ", ".join([*(f"{e} {start[e]:g}" for e in high), "others 0.6"])
    theirs = theirs.removesuffix(", others 0.6") if len(high) == len(start) else theirs
    given = ", ".join(f"{e} 5" for e in s.calculation.symbols if e in MAGNETIC)
    why = "closed shells: a second spin doubles the work for nothing"
    if s.kind == "metal" and ours != "none":
        why = "the moment of the element"
    elif ours != "none":
        why = "unpaired electrons of the ion, since 5 may end in another state"
    elif given:
        why = "Co3+ in an octahedron of O is low spin, where Co 0.6 ends too"
    return [ours, theirs, f"none; with spin {given}" if given else "none", why]


def convergence(name: str) -> list[str]:
    """Self-consistency in eV/atom, and largest force in eV/Å."""
    s = settings(name)
    n = len(s.calculation.atoms)

    def vasp(incar: Incar) -> str:
        force = incar.get("EDIFFG", 0)
        limit = f"{-force:g} eV/Å" if force < 0 else f"{10 * incar['EDIFF'] / n:.0e} eV/atom"
        return f"{incar['EDIFF'] / n:.0e}; {limit}"

    scf, force = pw(name, "conv_thr") * Rydberg / n, pw(name, "forc_conv_thr") * Rydberg / Bohr
    ours = f"{scf:.0e}; {force:.2f} eV/Å"
    aiida = f"{SCF * Rydberg:.0e}; {FORCE * Rydberg / Bohr:.4f} eV/Å"
    why = "0.02 eV/Å as MPScanRelaxSet, energies to match; phonons need AiiDA's"
    return [vasp(s.incar), vasp(s.published), ours, aiida, why]


BOTH = ["model", "ionsmith, VASP", "MPRelaxSet", "ionsmith, pw.x", "AiiDA, pw.x", "why"]
ONE = ["model", "ionsmith", "MPRelaxSet", "AiiDA, pw.x", "why"]
TABLES: dict[str, tuple[list[str], Callable[[str], list[str]]]] = {
    "Cutoffs (VASP: eV; pw.x: waves / density in Ry)": (BOTH, cutoffs),
    "Meshes of k-points": (ONE, points),
    "Smearing": (BOTH, smearing),
    "U in eV": (ONE, hubbard),
    "Initial moments in Bohr magnetons": (ONE, moments),
    "Convergence of a relaxation: energy in eV/atom; largest force": (BOTH, convergence),
}


def main() -> None:
    """Print the tables."""
    parts = []
    for title, (heads, row) in TABLES.items():
        rows = [[name, *row(name)] for name in MODELS]
        table = tabulate(rows, heads, tablefmt="github", disable_numparse=True)
        parts.append(f"## {title}\n\n{re.sub(' {2,}', ' ', re.sub('-{3,}', '---', table))}\n")
    print("\n".join(parts), end="")


if __name__ == "__main__":
    main()
