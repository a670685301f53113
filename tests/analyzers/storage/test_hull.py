"""Convex hull and voltages against pymatgen, measured voltages, and geometry."""

import json

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.lj import LennardJones
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import write
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition, Element

from ionsmith.analyzers.storage import (
    calculate_energies,
    convex_hull,
    read_energies,
)
from ionsmith.analyzers.storage._material import read_material
from ionsmith.builders.alloys import build_alloy
from ionsmith.crystals import load
from ionsmith.crystals.alloy_systems import parse_system, path
from ionsmith.errors import ExternalProgramFailed, IonsmithError, UnknownPhase, UnreadableFile

PATH = [read_material(crystal) for crystal in path(parse_system("Li-Sn"))]
ALLOYS = [material for material in PATH if material.x > 0]

# Plateaus of Li in Sn at 25 °C in V: J. Wang, I. D. Raistrick and R. A. Huggins, J. Electrochem.
# Soc. 133, 457 (1986), doi:10.1149/1.2108601; the last phase is now Li17Sn4
MEASURED = [
    ("sn", "li2sn5", 0.760),
    ("li2sn5", "lisn", 0.660),
    ("lisn", "li7sn3", 0.530),
    ("li7sn3", "li5sn2", 0.485),
    ("li5sn2", "li7sn2", 0.420),
    ("li7sn2", "li17sn4", 0.380),
]


def measured_energies() -> dict[str, float]:
    """Energies in eV per atom that these plateaus mean, with those of the elements zero."""
    x = {material.name: material.x for material in PATH}
    total, found = 0.0, {"li": 0.0, "sn": 0.0}
    for start, end, voltage in MEASURED:
        total -= voltage * (x[end] - x[start])
        found[end] = total / (1 + x[end])
    return found


def test_voltages_of_tin_come_back() -> None:
    hull = convex_hull(PATH, measured_energies())
    assert [(step.start, step.end) for step in hull.steps] == [(a, b) for a, b, _ in MEASURED]
    assert [step.voltage for step in hull.steps] == pytest.approx([v for *_, v in MEASURED])
    assert hull.average_voltage == pytest.approx(
        sum(step.voltage * (step.x_end - step.x_start) for step in hull.steps) / 4.25
    )


@given(
    depths=st.lists(st.floats(-0.6, 0.2), min_size=len(ALLOYS), max_size=len(ALLOYS)),
    zero=st.tuples(st.floats(-5, 5), st.floats(-5, 5)),
)
@settings(deadline=None, max_examples=40)
def test_hull_is_convex_and_agrees_with_pymatgen(
    depths: list[float], zero: tuple[float, float]
) -> None:
    host, guest = zero
    energies = {"sn": host, "li": guest}
    for material, depth in zip(ALLOYS, depths, strict=True):
        energies[material.name] = depth + (host + material.x * guest) / (1 + material.x)
    hull = convex_hull(PATH, energies)
    voltages = [step.voltage for step in hull.steps]
    # A phase that lies on a line between two others splits a plateau in two of one voltage.
    assert all(np.diff(voltages) < 1e-4)
    assert all(voltage > -1e-4 for voltage in voltages)
    assert all(phase.above_hull > -1e-9 for phase in hull.phases)
    entries = [
        PDEntry(Composition({"Sn": 1, "Li": m.x}), energies[m.name] * (1 + m.x))
        for m in PATH
        if m.name in energies
    ]
    diagram = PhaseDiagram([*entries, PDEntry(Composition("Li"), guest)])
    profile = diagram.get_element_profile(Element("Li"), Composition("Sn"))
    chemical = [step["chempot"] - guest for step in profile]
    for voltage in voltages:
        assert np.abs(np.array(chemical) + voltage).min() < 1e-4


def test_energies_do_not_depend_on_their_zero() -> None:
    energies = measured_energies()
    moved = {
        material.name: energies[material.name] + (-4.0 + material.x * -1.9) / (1 + material.x)
        for material in PATH
        if material.name in energies
    } | {"li": -1.9}
    one, other = convex_hull(PATH, energies), convex_hull(PATH, moved)
    assert [s.voltage for s in one.steps] == pytest.approx([s.voltage for s in other.steps])


def test_an_unstable_system_has_no_voltage() -> None:
    hull = convex_hull(PATH, {"sn": 0.0, "li": 0.0, "lisn": 0.1})
    assert hull.average_voltage is None
    assert hull.steps == ()
    assert [phase.above_hull for phase in hull.phases] == pytest.approx([0, 0.1])


@pytest.mark.parametrize(
    ("drop", "add", "says"),
    [
        ("li", {}, "no energy is given for Li metal"),
        ("sn", {}, "no energy is given for Sn"),
        ("lisn", {"lisi": -1.0}, "lisi has an energy but is not one of the phases"),
    ],
)
def test_missing_and_strange_energies(drop: str, add: dict[str, float], says: str) -> None:
    energies = {name: value for name, value in measured_energies().items() if name != drop}
    with pytest.raises(IonsmithError, match=says):
        convex_hull(PATH, energies | add)


def test_two_systems_have_no_hull() -> None:
    with pytest.raises(IonsmithError, match="phases of a single system"):
        convex_hull([*PATH, read_material("lisi")], measured_energies())


def test_tables_of_energies(tmp_path) -> None:
    energies = measured_energies()
    (tmp_path / "e.json").write_text(json.dumps(energies))
    (tmp_path / "e.toml").write_text("\n".join(f"{k} = {v}" for k, v in energies.items()))
    rows = [f"{name},{value}" for name, value in energies.items()]
    (tmp_path / "e.csv").write_text("\n".join(["phase,energy (eV)", *rows, ""]))
    (tmp_path / "bare.csv").write_text("\n".join(rows))
    for name in ("e.json", "e.toml", "e.csv", "bare.csv"):
        assert read_energies(str(tmp_path / name), PATH).per_atom == pytest.approx(energies)
    atoms = {"li": 1, "sn": 1, "li2sn5": 7, "lisn": 2, "li7sn3": 10, "li5sn2": 7, "li7sn2": 9}
    (tmp_path / "units.json").write_text(
        json.dumps({name: energies[name] * count for name, count in atoms.items()})
    )
    units = read_energies(str(tmp_path / "units.json"), PATH, per="formula").per_atom
    assert units == pytest.approx({name: energies[name] for name in atoms})
    (tmp_path / "words.json").write_text('{"Li7Sn2": -0.4, "Li": 0}')
    assert read_energies(str(tmp_path / "words.json"), PATH).per_atom == {"li7sn2": -0.4, "li": 0}


@pytest.mark.parametrize(
    ("name", "text", "error", "says"),
    [
        ("e.csv", "lisi,-1", IonsmithError, "lisi has an energy but is not one of the phases"),
        ("e.csv", "NaSn3,-1", UnknownPhase, "no experimental structure"),
        ("e.csv", "lisn,-1\nLiSn,-2", IonsmithError, "two energies of lisn"),
        ("e.csv", "lisn,nan", IonsmithError, "not a finite number"),
        ("e.csv", "lisn,-1,3", UnreadableFile, "expected a phase, its energy"),
        ("e.csv", "phase,energy", UnreadableFile, "no energies"),
        ("e.csv", "", UnreadableFile, "no energies"),
        ("e.json", "{", UnreadableFile, "not a valid JSON"),
        ("e.json", "[1]", UnreadableFile, "expected a phase, its energy"),
        ("e.json", '{"lisn": true}', UnreadableFile, "expected a phase, its energy"),
        ("e.toml", "lisn", UnreadableFile, "not a valid TOML"),
        ("e.xyz", "nonsense", UnreadableFile, "could not be read"),
    ],
)
def test_bad_tables(tmp_path, name: str, text: str, error: type, says: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(error, match=says):
        read_energies(str(tmp_path / name), PATH)


def with_energy(atoms: Atoms, energy: float) -> Atoms:
    atoms = atoms.copy()
    atoms.calc = SinglePointCalculator(atoms, energy=energy)
    return atoms


def test_structures_with_energies(tmp_path) -> None:
    names = {"li": -2.0, "sn": -4.0, "sn-alpha": -3.9, "lisn": -3.5}
    frames = [build_alloy(name, primitive=True).atoms for name in names]
    frames = [
        with_energy(atoms, energy * len(atoms))
        for atoms, energy in zip(frames, names.values(), strict=True)
    ]
    target = str(tmp_path / "relaxed.extxyz")
    write(target, frames)
    assert read_energies(target, PATH).per_atom == pytest.approx(names)
    # Without provenance a composition says which phase it is, unless two have it.
    for atoms in frames:
        atoms.info.clear()
    write(target, frames[3])
    assert read_energies(target, PATH).per_atom == pytest.approx({"lisn": -3.5})
    write(target, frames)
    with pytest.raises(IonsmithError, match=r"structure 2 \(Sn\) may be sn or sn-alpha"):
        read_energies(target, PATH)
    write(target, build_alloy("lisn").atoms)
    with pytest.raises(IonsmithError, match="has no energy"):
        read_energies(target, PATH)
    write(target, with_energy(build_alloy("nasn", primitive=True).atoms, -3.0))
    with pytest.raises(IonsmithError, match="is not one of the phases"):
        read_energies(target, PATH)


def test_calculated_energies() -> None:
    """Per atom, of the guest metal too; a disordered crystal has none."""
    calculator = LennardJones(sigma=2.0, rc=5.0)
    energies = calculate_energies(["si", "lisi", "li7si3"], calculator)
    atoms = load("lisi").to_atoms()
    atoms.calc = calculator
    assert energies.per_atom.keys() == {"li", "si", "lisi"}
    assert energies.per_atom["lisi"] == pytest.approx(atoms.get_potential_energy() / len(atoms))
    assert energies.method is None
    assert convex_hull(["si", "lisi", "li7si3"], energies).guest_energy == energies.per_atom["li"]


def test_a_potential_that_fails_is_named() -> None:
    with pytest.raises(ExternalProgramFailed, match="`potential` failed for li"):
        calculate_energies(["si", "lisi"], SinglePointCalculator(Atoms("He")))
