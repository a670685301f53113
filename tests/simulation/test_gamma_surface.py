"""γ-surfaces against published stacking-fault energies, ASE's crystals, and their symmetry."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc111
from ase.calculators.emt import EMT
from ase.calculators.lj import LennardJones
from ase.units import J, m

from command import run_command
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.crystals.files import write_structure
from ionsmith.errors import InvalidInput, NotBetaAlumina
from ionsmith.potentials import load_potential
from ionsmith.simulation.gamma_surface import GammaSurface, gamma_surface, lowest_glide
from ionsmith.simulation.gamma_surface._fault import find_fault
from lammps_potentials import of_lammps
from strategies import Disguise

COPPER = bulk("Cu", a=3.59, cubic=True)  # nearly that of EMT


def energies(surface: GammaSurface) -> dict[str | None, float]:
    """Energies of the minima by their names or vectors."""
    return {item.name or item.vector: item.energy for item in surface.minima}


@pytest.fixture(scope="module")
def copper() -> GammaSurface:
    return gamma_surface(COPPER, "(111)", EMT(), shifts=(6, 6), thickness="9 planes", relax="none")


@pytest.mark.classical
def test_published_faults_of_copper() -> None:
    # Y. Mishin et al., Phys. Rev. B 63, 224106 (2001), doi:10.1103/PhysRevB.63.224106, EAM1 (from
    # memory): intrinsic 44.4, unstable 158 mJ/m².
    potential = of_lammps("eam/alloy", "Cu_mishin1.eam.alloy", "Cu")
    crystal = bulk("Cu", a=3.615, cubic=True)
    surface = gamma_surface(crystal, "(111)", potential, thickness="12 planes")
    (fault,) = (item for item in surface.minima if item.name != "unshifted")
    assert fault.energy == pytest.approx(0.0444, rel=0.03)
    assert fault.vector is not None
    assert sorted(map(abs, map(int, fault.vector[1:-3].split(",")))) == [1, 1, 2]
    assert fault.vector.endswith("/6")
    assert surface.saddles[0].energy == pytest.approx(0.158, rel=0.03)
    assert set(surface.saddles[0].between) == {0, 1}
    # The path leads from no shift over this pass to the fault.
    assert surface.path[0, :2] == pytest.approx(0)
    assert surface.path[:, 2].max() == pytest.approx(surface.saddles[0].energy, abs=1e-3)
    end = surface.path[-1, :2] - fault.shift
    assert end == pytest.approx(np.rint(end), abs=0.01)


@pytest.mark.classical
@pytest.mark.parametrize(
    ("height", "relax", "published"),
    # Stillinger–Weber: J. F. Justo et al., Phys. Rev. B 58, 2539 (1998),
    # doi:10.1103/PhysRevB.58.2539, table of unstable stacking faults (from memory). In the shuffle
    # set 1/2[110] leads over the middle of [110]; in the glide set 1/6[112] to the intrinsic fault,
    # which has no energy where only first neighbours interact.
    [(1.18, "none", 1.38), (2.74, "none", 4.78), (2.74, "spacing", 3.09)],
)
def test_published_faults_of_silicon(height: float, relax: Any, published: float) -> None:
    surface = gamma_surface(
        bulk("Si", a=5.431, cubic=True), f"(111)@{height}", of_lammps("sw", "Si.sw", "Si"),
        relax=relax, thickness="4 planes", shifts=(6, 6),
    )  # fmt: skip
    # Half way along these lines, and at the end of the second one.
    top = surface.energies[3, 0] if height < 2 else surface.energies[1, 2]
    assert top == pytest.approx(published, rel=0.03)
    if height > 2:
        assert surface.energies[2, 4] == pytest.approx(0, abs=1e-4)


def test_faults_are_those_of_stacked_layers(copper: GammaSurface) -> None:
    # ABC|BCABC... of ASE's own layers in a cell without vacuum.
    layers, spacing, side = 9, 3.59 / np.sqrt(3), 3.59 / np.sqrt(2)
    area = side**2 * np.sqrt(3) / 2

    def energy(letters: str) -> float:
        mesh = fcc111("Cu", (1, 1, 1), a=3.59, vacuum=5).cell.array[:2]
        third = (mesh[0] + mesh[1]) / 3
        places = [
            "ABC".index(letter) * third + (0, 0, spacing * level)
            for level, letter in enumerate(letters)
        ]
        crystal = Atoms(
            ["Cu"] * layers, places, cell=[*mesh, (0, 0, layers * spacing)], pbc=True,
            calculator=EMT(),
        )  # fmt: skip
        return float(crystal.get_potential_energy())

    perfect = energy("ABCABCABC")
    # The same stack, whose next image begins with B or C: one of them is the intrinsic fault.
    mesh = fcc111("Cu", (1, 1, 1), a=3.59, vacuum=5).cell.array[:2]
    stack = fcc111("Cu", (1, 1, layers), a=3.59, vacuum=0)
    sheared = []
    for sign in (1, -1):
        third = sign * (mesh[0] + mesh[1]) / 3 + (0, 0, layers * spacing)
        model = Atoms(stack.numbers, stack.positions, cell=[*mesh, third], pbc=True)
        model.calc = EMT()
        sheared.append(float(model.get_potential_energy()))
    best = min(sheared)
    excess = (best - perfect) / area / (J / m**2)
    (fault,) = (item for item in copper.minima if item.name != "unshifted")
    assert fault.energy == pytest.approx(excess, abs=1e-5)


def test_equivalent_shifts_have_equal_energies(copper: GammaSurface) -> None:
    # The threefold axis of the plane, by energies that are computed one by one.
    fault = find_fault(COPPER, "(111)", "9 planes")
    potential = load_potential(EMT())
    shift = np.array([1 / 6, 0.0])
    wanted = potential.energy(fault.model(shift, 0.0))
    others = fault.equivalents(shift)
    assert len(np.unique(np.round(others, 6), axis=0)) == 6
    for other in others:
        assert potential.energy(fault.model(other, 0.0)) == pytest.approx(wanted, abs=1e-6)
    assert copper.n_computed == 10  # Burnside: (36 + 2 × 3 + 3 × 6) / 6


def test_does_not_depend_on_the_cell(copper: GammaSurface) -> None:
    primitive = gamma_surface(
        bulk("Cu", a=3.59), "(111)", EMT(), shifts=(6, 6), thickness="9 planes", relax="none"
    )
    assert np.sort(primitive.energies, axis=None) == pytest.approx(
        np.sort(copper.energies, axis=None), abs=1e-6
    )


def test_relaxing_lowers_the_energy() -> None:
    options: dict[str, Any] = {"shifts": (4, 4), "thickness": "3 planes"}
    none, spacing, normal = (
        gamma_surface(COPPER, "(111)", EMT(), relax=relax, **options)
        for relax in ("none", "spacing", "normal")
    )
    assert (spacing.energies <= none.energies + 1e-3).all()
    assert (normal.energies <= spacing.energies + 1e-3).all()
    assert spacing.openings.max() > 0.2


def test_vacuum_takes_part_in_the_shift() -> None:
    slab = fcc111("Cu", (1, 1, 8), a=3.59, vacuum=8)
    slab.pbc = True
    middle = slab.positions[3:5, 2].mean()
    found = gamma_surface(slab, f"(001)@{middle}", EMT(), shifts=(6, 6), relax="none")
    bulky = gamma_surface(COPPER, "(111)", EMT(), shifts=(6, 6), thickness="9 planes", relax="none")
    assert np.sort(found.energies, axis=None) == pytest.approx(
        np.sort(bulky.energies, axis=None), abs=5e-3
    )


def test_plane_in_the_vacuum_is_refused() -> None:
    slab = fcc111("Cu", (1, 1, 8), a=3.59, vacuum=8)
    for height in (2.0, slab.cell[2, 2] - 2.0):
        with pytest.raises(InvalidInput, match="in the vacuum; choose a height between layers"):
            gamma_surface(slab, f"(001)@{height}", EMT())


def test_coarse_grid_lists_no_minimum_above_its_neighbours() -> None:
    # (112) of copper has steep walls: the spline through few shifts swings below the true energies.
    surface = gamma_surface(COPPER, "(112)", EMT(), shifts=(4, 4), thickness=6, relax="none")
    assert surface.minima[0].energy == surface.energies.min()
    for saddle in surface.saddles:
        assert saddle.energy >= max(surface.minima[n].energy for n in saddle.between)
    assert any("take more shifts" in note for note in surface.notes)
    assert any("larger `thickness`" in note for note in surface.notes)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_conduction_plane_in_any_setting(seed: int) -> None:
    atoms, potential = build_beta_alumina().atoms, load_potential(LennardJones(sigma=1.5, rc=6.0))
    disguised, _ = Disguise(seed).apply(atoms)

    def energies(structure: Atoms) -> list[float]:
        found = []
        for plane in (1, 2, 3):
            fault = find_fault(structure, plane, 0.0)
            third = dict(fault.names)["third"][:2] @ np.linalg.inv(fault.vectors)
            found.append(potential.energy(fault.model(third, -2.2)))
        return found

    assert sorted(energies(disguised)) == pytest.approx(sorted(energies(atoms)), abs=1e-6)


@pytest.mark.classical
def test_glides_of_closure() -> None:
    atoms = build_beta_alumina().atoms
    surface = gamma_surface(atoms, 1, "lammps-pedone2006", shifts=(6, 6))
    found = {item.name: item for item in surface.minima if item.name}
    assert {"open", "right", "wrong", "third"} <= set(found)
    assert found["third"].slides_to is None
    assert found["wrong"].slides_to is not None
    assert found["third"].energy < found["right"].energy < found["wrong"].energy < 0
    vectors = surface.vectors
    for glide in ("right", "third"):
        (closed,) = close_planes(atoms, [1], glide=glide).closed_planes
        turns = closed.glide[:2] @ np.linalg.inv(vectors) - found[glide].shift
        images = [turns] if glide == "third" else [
            close_planes(atoms, [1], route=route).closed_planes[0].glide[:2]
            @ np.linalg.inv(vectors)
            - found[glide].shift
            for route in (1, 2, 3)
        ]  # fmt: skip
        assert min(np.abs(image - np.rint(image)).max() for image in images) < 0.02
    assert lowest_glide(atoms, 1, "lammps-pedone2006") == "third"


def test_resumes_without_repeating(tmp_path: Path) -> None:
    calls: list[int] = []

    class Counting(LennardJones):
        def calculate(self, *args: Any, **kwargs: Any) -> None:
            calls.append(1)
            if len(calls) == limit:
                raise KeyboardInterrupt
            super().calculate(*args, **kwargs)

    crystal = bulk("Ar", a=1.6, cubic=True)
    options: dict[str, Any] = {"shifts": (6, 6), "thickness": "4 planes", "relax": "none"}
    limit = -1
    whole = gamma_surface(crystal, "(111)", Counting(), **options)
    needed = len(calls)
    calls.clear()
    limit = 5
    path = tmp_path / "a.json"
    with pytest.raises(KeyboardInterrupt):
        gamma_surface(crystal, "(111)", Counting(), checkpoint=path, **options)
    before = len(calls) - 1
    calls.clear()
    limit = -1
    resumed = gamma_surface(crystal, "(111)", Counting(), checkpoint=path, resume=True, **options)
    assert len(calls) + before == needed
    assert resumed.energies.tolist() == whole.energies.tolist()
    options["relax"] = "spacing"
    with pytest.raises(InvalidInput, match="belongs to another"):
        gamma_surface(crystal, "(111)", Counting(), checkpoint=path, resume=True, **options)


@pytest.mark.parametrize(
    ("plane", "options", "error", "words"),
    [
        ("(111)@0", {}, InvalidInput, "goes through atoms"),
        ("[111]", {}, InvalidInput, "expected the number of a conduction plane"),
        (1, {}, NotBetaAlumina, "not β''-alumina"),
        ("(111)", {"shifts": (2, 6)}, InvalidInput, "4 or more"),
        ("(111)", {"shifts": (1000, 1000)}, InvalidInput, "up to 10000 are taken"),
        ("(111)", {"fmax": 0}, InvalidInput, "positive"),
        ("(111)", {"resume": True}, InvalidInput, "checkpoint"),
        ("(111)", {"relax": "full"}, InvalidInput, "relax"),
    ],
)
def test_what_cannot_be_is_refused(plane: Any, options: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        gamma_surface(COPPER, plane, EMT(), **options)


def test_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_structure(str(tmp_path / "cu.extxyz"), COPPER)
    code, out, _ = run_command(
        capsys, "analyze", "gamma-surface", str(tmp_path / "cu.extxyz"), "--plane", "(111)",
        "--shifts", "6", "6", "--thickness", "6 planes", "--relax", "none",
        "--potential", "ase.calculators.emt:EMT", "--checkpoint", str(tmp_path / "a.json"),
        "-o", str(tmp_path / "a.png"), "--json",
    )  # fmt: skip
    assert code == 0
    result = json.loads(out)["result"]
    assert {item["name"] for item in result["minima"]} == {"unshifted", None}
    assert np.shape(result["energies"]) == (6, 6)
    assert (tmp_path / "a.png").exists()
    again, _, err = run_command(
        capsys, "analyze", "gamma-surface", str(tmp_path / "cu.extxyz"), "--plane", "(111)",
        "--potential", "ase.calculators.emt:EMT", "--checkpoint", str(tmp_path / "a.json"),
    )  # fmt: skip
    assert again == 2
    assert "--resume" in err
