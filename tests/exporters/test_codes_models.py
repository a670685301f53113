"""Models whose charge or spin is easily wrong begin as stated in the codes themselves.

Settings are coarse: low cutoffs, the Γ point, a few steps. The charge, the number of spins, U and
the initial moments are those that the code prints (``check_as_asked``); where so few steps tell it,
the moments that the density then has are asserted too.
"""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bcc100, bulk, make_supercell
from ase.units import Rydberg

from dry_runs import GTH_TABLE, run
from gth_potentials import write_gth
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.builders.nasicon import build_nasicon
from ionsmith.crystals.files import check_as_asked
from ionsmith.exporters import export, read_back

pytestmark = pytest.mark.codes
ABINIT_PAW = Path("/usr/share/abinit/psp/Pseudodojo_paw_pbe_standard")
ESPRESSO = {
    "Fe": "/usr/share/espresso/pseudo/Fe.pbe-spn-rrkjus_psl.0.2.1.UPF",
    "Ni": "/usr/share/espresso/pseudo/Ni.pbe-spn-kjpaw_psl.1.0.0.UPF",
    "O": "/usr/share/espresso/pseudo/O.pbe-rrkjus.UPF",
}
"""Files of quantum-espresso-data in which U finds its orbitals; the others are GTH potentials."""

OUTPUTS = {"espresso": "pw.out", "cp2k": "cp2k.out", "abinit": "run.abo", "gpaw": "gpaw.txt"}


def lithium_cobalt_oxide() -> Atoms:
    """Primitive cell of LiCoO2 (library: licoo2)."""
    a, c = 2.816, 14.05
    rows = [[a / 3**0.5, 0, c / 3], [-a / 12**0.5, a / 2, c / 3], [-a / 12**0.5, -a / 2, c / 3]]
    places = [[0, 0, 0], [0.5] * 3, [0.2395] * 3, [0.7605] * 3]
    return Atoms("CoLiO2", cell=rows, scaled_positions=places, pbc=True)


def nickel_oxide() -> Atoms:
    """Two formula units along [111]."""
    return make_supercell(bulk("NiO", "rocksalt", a=4.177), [[0, 1, 1], [1, 0, 1], [1, 1, 0]])


def magnesia_on_iron() -> Atoms:
    """Two layers of MgO(001) on four of Fe(001), turned by 45°, O above Fe."""
    a = 4.212 / 2**0.5
    layers = [("MgO", 0.0, 0), ("MgO", 2.106, 1)]
    layers += [("Fe", 4.306 + 1.3 * n, n) for n in range(4)]
    atoms = Atoms(cell=[a, a, 10.406], pbc=True)
    for symbols, height, shift in layers:
        corner, centre = [a / 2 * shift] * 2, [a / 2 * (1 - shift)] * 2
        places = [[*corner, height], [*centre, height]] if symbols == "MgO" else [[*corner, height]]
        atoms += Atoms(symbols, positions=places)
    atoms.set_array("side", np.repeat([0, 1], [4, 4]))
    return atoms


def sodium_slab() -> Atoms:
    """Seven layers, 77 electrons."""
    atoms = bcc100("Na", (1, 1, 7), a=4.28, vacuum=7.5)
    atoms.info, atoms.pbc = {}, True
    return atoms


def gallium_nitride() -> Atoms:
    """One cell of wurtzite along a, then vacuum; a stands at 120° to b."""
    atoms = bulk("GaN", "wurtzite", a=3.19, c=5.19, u=0.377)
    atoms.set_cell(atoms.cell.array * [[6.5], [1], [1]])
    return atoms


def gallium_arsenide() -> Atoms:
    """Two bilayers of (111) in the primitive cell, whose third vector leans."""
    atoms = bulk("GaAs", "zincblende", a=5.65).repeat((1, 1, 2))
    atoms.set_cell(atoms.cell.array * [[1], [1], [3.3]])
    return atoms


def vanadium_phosphate(sodium: float) -> Atoms:
    return build_nasicon("nvp", (1, 1, 1), sodium=sodium, primitive=True).atoms


@dataclass(frozen=True)
class Case:
    """A model and what is stated of it: charge, sum of moments and of their sizes."""

    make: Callable[[], Atoms]
    net: float = 0.0
    sizes: float = 0.0
    charge: int = 0
    options: dict[str, object] = field(default_factory=dict)


CASES = {
    "LiCoO2": Case(lithium_cobalt_oxide),
    "NiO": Case(nickel_oxide, 0, 4, options={"magnetic_order": "antiferro"}),
    "Na1V2(PO4)3": Case(lambda: vanadium_phosphate(1), 4, 4),  # four V4+, d1
    "Na4V2(PO4)3": Case(lambda: vanadium_phosphate(4), 10, 10),  # two V2+, d3, and two V3+, d2
    "MgO on Fe": Case(magnesia_on_iron, 8.8, 8.8),  # 2.2 each, and no U
    "Na slab": Case(sodium_slab),
    "GaN slab": Case(gallium_nitride),
    "GaAs slab": Case(gallium_arsenide),
    "closed beta-alumina": Case(
        lambda: close_planes(build_beta_alumina().atoms, [2]).atoms, charge=1
    ),
}
FEW_STEPS = {
    "espresso": [("pw.in", "mixing_beta", "electron_maxstep = STEPS\n   mixing_beta")],
    "cp2k": [
        ("cp2k.inp", r"MAX_SCF \d+", "MAX_SCF 1"),
        ("cp2k.inp", "RUN_TYPE ENERGY_FORCE", "RUN_TYPE ENERGY"),
    ],
    "abinit": [("run.abi", "nstep 100", "nstep 3")],
    "gpaw": [("run.py", "maxiter=333", "maxiter=1")],
}


def exported(code: str, case: Case, folder: Path) -> Path:
    """Write the calculation at coarse settings, with what potentials there are."""
    atoms = case.make()
    # without orbitals there is no U in pw.x
    elements = set(atoms.get_chemical_symbols())
    options: dict[str, object] = {"protocol": "fast", "kpoints": (1, 1, 1), "charge": case.charge}
    options["cutoff"] = 150 * Rydberg if code == "cp2k" else 250
    if code == "espresso" and "V" in elements:
        options["cutoff"] = 800  # below, the first step loses the moment of V
    options |= case.options
    if code in ("espresso", "abinit"):
        potentials = folder / "potentials"
        potentials.mkdir()
        options["pseudo_dir"] = potentials
        own = elements & set(ESPRESSO) if elements & {"Fe", "Ni"} else set()
        if code == "espresso":
            for symbol in own:
                shutil.copy(ESPRESSO[symbol], potentials / f"{symbol}.UPF")
        options["use_hubbard"] = code == "espresso" and bool(own)
        write_gth(sorted(elements - own), GTH_TABLE, potentials)
    if code == "espresso":
        options["syntax"] = "6.7"
    export(atoms, code, folder / "job", **options)
    steps = "3" if len(atoms) < 30 else "1"
    for name, pattern, new in FEW_STEPS[code]:
        file = folder / "job" / name
        text = file.read_text()
        assert re.search(pattern, text), pattern
        known = new.replace("STEPS", steps)
        file.write_text(re.sub(pattern, lambda _, known=known: known, text))
    return folder / "job"


@pytest.mark.parametrize(
    ("code", "name"),
    [(code, name) for name in sorted(CASES) for code in ("espresso", "cp2k", "gpaw")],
)
def test_it_begins_as_stated(name: str, code: str, tmp_path: Path) -> None:
    case = CASES[name]
    folder = exported(code, case, tmp_path)
    start = read_back(folder).get_initial_magnetic_moments()
    assert start.sum() == pytest.approx(case.net)
    assert abs(start).sum() == pytest.approx(case.sizes)
    verdict = run(code, folder)
    output = folder / OUTPUTS[code]
    if not output.is_file():
        output.write_text(verdict.output)
    text = output.read_text()
    manifest = json.loads((folder / "ionsmith.json").read_text())
    assert manifest["charge"] == case.charge
    check_as_asked(read_back(folder), manifest, output)
    assert printed(code, text) == {"charge": case.charge, "spins": 2 if case.sizes else 1}
    for net, sizes in first_density(code, text):
        # After one step the moment has moved, towards the larger one of a surface of iron.
        assert net == pytest.approx(case.net, abs=0.1 + 0.2 * case.sizes)
        assert sizes is None or sizes == pytest.approx(case.sizes, abs=0.25 * case.sizes)


def first_density(code: str, text: str) -> list[tuple[float, float | None]]:
    """Net and absolute moment of the density after the first step, if the run went so far."""
    if code == "gpaw":
        found = re.findall(r"^\|iter: +1\|.*\| +([+-][\d.]+)\|", text, re.M)
        return [(float(net), None) for net in found]
    pattern = r"total magnetization += +(-?[\d.]+) .*\n +absolute magnetization += +([\d.]+)"
    return [(float(a), float(b)) for a, b in re.findall(pattern, text)[:1]]


def printed(code: str, text: str) -> dict[str, int]:
    """Charge and number of spins, as each code says them in its own words."""
    if code == "espresso":
        electrons = float(re.search(r"number of electrons += +([\d.]+)", text)[1])
        table = re.findall(r"^ +([A-Z][a-z]?)\d? +(\d+\.\d\d) +[\d.]+ +[A-Z]", text, re.M)
        valence = {symbol: float(value) for symbol, value in table}
        labels = re.findall(r"^ +\d+ +([A-Z][a-z]?)\d? +tau\(", text, re.M)
        charge = round(sum(valence[label] for label in labels) - electrons)
        return {"charge": charge, "spins": 2 if "Starting magnetic structure" in text else 1}
    if code == "cp2k":
        charge = int(re.search(r"DFT\| Charge +(-?\d+)", text)[1])
        return {"charge": charge, "spins": len(re.findall(r"^ +Number of electrons:", text, re.M))}
    charge = round(float(re.search(r"  Charge: (-?[\d.]+)", text)[1]))
    return {"charge": charge, "spins": int(re.search(r"Spin-components: (\d)", text)[1])}
