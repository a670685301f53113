"""Surface energies against ASE's own slabs, and equilibrium shapes against pymatgen's."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc100, fcc110, fcc111
from ase.calculators.emt import EMT
from ase.units import J, m

from ionsmith.builders.slab import build_slab
from ionsmith.cli.main import main
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import write_structure
from ionsmith.errors import InvalidInput, UnreadableFile
from ionsmith.simulation.surface_energies import SurfaceEnergies, surface_energies, wulff_shape

COPPER = bulk("Cu", a=3.59, cubic=True)  # nearly that of EMT


def folder_of(crystal: Atoms, place: Path, *words: str) -> Path:
    """A folder of slabs, as a user makes it."""
    write_structure(str(place / "cu.extxyz"), crystal)
    folder = place / "slabs"
    with pytest.raises(SystemExit) as ended:
        main(["build", "slab", str(place / "cu.extxyz"), "--all", "1", *words, "-o", str(folder)])
    assert not ended.value.code
    return folder


@pytest.fixture(scope="module")
def copper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(COPPER, tmp_path_factory.mktemp("copper"), "--thickness", "10")


@pytest.fixture(scope="module")
def relaxed(copper: Path) -> SurfaceEnergies:
    return surface_energies(copper, EMT(), relax=True, fmax=0.01)


def test_energies_are_those_of_slabs_of_ase(copper: Path) -> None:
    found = surface_energies(copper, EMT())
    crystal = COPPER.copy()
    crystal.calc = EMT()
    each = crystal.get_potential_energy() / len(crystal)
    makers: dict[str, Any] = {"(1,0,0)": fcc100, "(1,1,0)": fcc110, "(1,1,1)": fcc111}
    assert {surface.plane for surface in found.surfaces} == set(makers)
    for surface in found.surfaces:
        slab = makers[surface.plane]("Cu", (1, 1, surface.n_atoms), a=3.59, vacuum=8)
        slab.calc = EMT()
        area = np.linalg.norm(np.cross(*slab.cell.array[:2]))
        excess = (slab.get_potential_energy() - len(slab) * each) / area / (J / m**2)
        assert surface.energy == pytest.approx(excess / 2, abs=1e-6)
        assert surface.cleavage_energy == pytest.approx(excess, abs=1e-6)
        assert surface.symmetric
        assert surface.relaxed_energy is None
    assert found.crystal_energy == pytest.approx(each)
    assert found.formula == "Cu"


def test_relaxed_surfaces_have_less(copper: Path, relaxed: SurfaceEnergies) -> None:
    for surface in relaxed.surfaces:
        assert surface.converged
        assert surface.relaxed_energy is not None
        assert 0.9 * surface.energy < surface.relaxed_energy <= surface.energy
    before = {path: path.read_bytes() for path in copper.rglob("*") if path.is_file()}
    again = surface_energies(copper, EMT(), relax=True, fmax=0.01)
    assert again.to_dict() == relaxed.to_dict()
    assert {path: path.read_bytes() for path in copper.rglob("*") if path.is_file()} == before


def test_an_interrupted_run_goes_on(copper: Path, relaxed: SurfaceEnergies, tmp_path: Path) -> None:
    part = tmp_path / "part"
    shutil.copytree(copper, part, ignore=shutil.ignore_patterns("relaxed-*"))

    class Interrupted(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        surface_energies(part, EMT(), relax=True, fmax=0.01, progress=stop)
    seen: list[int] = []
    found = surface_energies(
        part, EMT(), relax=True, fmax=0.01, progress=lambda done, _: seen.append(done)
    )
    assert seen == [0, 1, 2, 3, 4]
    assert found.to_dict()["surfaces"] == relaxed.to_dict()["surfaces"]


def test_thickness_does_not_matter(copper: Path, tmp_path: Path) -> None:
    thick = surface_energies(folder_of(COPPER, tmp_path, "--thickness", "25"), EMT())
    thin = surface_energies(copper, EMT())
    for one, other in zip(thin.surfaces, thick.surfaces, strict=True):
        assert one.n_atoms < other.n_atoms
        assert one.energy == pytest.approx(other.energy, abs=2e-3)


def test_what_has_no_surface_energy_is_left_out(copper: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    shutil.copytree(copper, folder, ignore=shutil.ignore_patterns("relaxed-*"))
    gold = COPPER.copy()
    gold.numbers[0] = 79
    write_structure(str(folder / "gold_1.extxyz"), build_slab(gold, "(100)").atoms)
    write_structure(str(folder / "notes.extxyz"), COPPER)  # no slab
    found = surface_energies(folder, EMT())
    assert len(found.surfaces) == 3
    (reason,) = found.left_out
    assert reason.startswith("gold_1.extxyz: excess of")
    assert "chemical potentials" in reason
    (folder / "bulk.extxyz").unlink()
    with pytest.raises(UnreadableFile, match=r"no bulk\.extxyz"):
        surface_energies(folder, EMT())
    with pytest.raises(UnreadableFile, match=r"no bulk\.extxyz"):
        surface_energies(tmp_path / "nowhere", EMT())


def test_a_strained_crystal_is_told(tmp_path: Path) -> None:
    found = surface_energies(folder_of(bulk("Cu", a=3.7, cubic=True), tmp_path), EMT())
    assert found.stress is not None
    assert found.stress > 5
    assert any("relax its cell first" in note for note in found.notes)


def test_polar_slabs_have_no_face_in_the_shape(tmp_path: Path) -> None:
    salt = bulk("NaCl", "rocksalt", a=5.64, cubic=True)
    folder = folder_of(salt, tmp_path, "--thickness", "8")
    found = surface_energies(folder, "ase.calculators.lj:LennardJones")
    polar = {surface.plane: surface.polar for surface in found.surfaces}
    assert polar == {"(1,0,0)": False, "(1,1,0)": False, "(1,1,1)": True}
    assert found.shape is None or "(1,1,1)" not in found.shape.energies
    for path in folder.glob("*_1_?_0_1.extxyz"):
        path.unlink()
    alone = surface_energies(folder, "ase.calculators.lj:LennardJones")
    assert alone.shape is None
    assert alone.notes[-1] == "no equilibrium shape: no slab has uncharged faces"
    with pytest.raises(InvalidInput, match="no equilibrium shape to draw: no slab has"):
        alone.plot()


CUBIC = {"(1,0,0)": 1.0, "(1,1,0)": 0.98, "(1,1,1)": 0.95, "(2,1,1)": 1.01}


def test_shapes_of_cubic_crystals_are_those_of_pymatgen() -> None:
    from pymatgen.analysis.wulff import WulffShape
    from pymatgen.core.lattice import Lattice

    planes = [tuple(int(i) for i in plane.strip("()").split(",")) for plane in CUBIC]
    theirs = WulffShape(Lattice.cubic(3.6), planes, list(CUBIC.values()))
    ours = wulff_shape(read_lattice(COPPER), CUBIC)
    for plane, name in zip(planes, CUBIC, strict=True):
        assert ours.shares[name] == pytest.approx(theirs.area_fraction_dict[plane], abs=1e-6)
    assert ours.mean == pytest.approx(theirs.weighted_surface_energy)


def test_equivalent_faces_are_those_of_the_crystal() -> None:
    # R-3c: (012) of corundum is a rhombohedron of six faces; its lattice alone would have twelve.
    shape = wulff_shape(read_lattice("lib:al2o3"), {"(0,1,2)": 1.0, "(0,0,1)": 1.2})
    assert shape.forms.count("(0,1,2)") == 6
    assert shape.forms.count("(0,0,1)") == 2
    cube = wulff_shape(read_lattice(COPPER), {"(1,0,0)": 2.0, "(1,1,1)": 9.0})
    assert cube.shares == {"(1,0,0)": pytest.approx(1), "(1,1,1)": 0}
    assert len(cube.faces) == 6
    assert all(len(corners) == 4 for corners in cube.faces)
    assert max(abs(np.concatenate(cube.faces)).ravel()) == pytest.approx(2)


def test_a_shape_scales_with_its_energies() -> None:
    shape = wulff_shape(read_lattice(COPPER), CUBIC)
    double = wulff_shape(read_lattice(COPPER), {name: 2 * value for name, value in CUBIC.items()})
    assert double.shares == pytest.approx(shape.shares)
    assert double.mean == pytest.approx(2 * shape.mean)


@pytest.mark.parametrize(
    ("energies", "said"),
    [
        ({"(1,0,0)": 0.0}, "not positive"),
        ({"(1,0,0)": float("nan")}, "not positive"),
        ({}, "do not enclose a volume"),
    ],
)
def test_shapes_that_cannot_be(energies: dict[str, float], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        wulff_shape(read_lattice(COPPER), energies)
    with pytest.raises(InvalidInput, match="do not enclose"):
        wulff_shape(read_lattice("lib:al2o3"), {"(0,0,1)": 1.0})


def test_the_picture_names_the_exposed_faces(relaxed: SurfaceEnergies) -> None:
    axes = relaxed.draw().axes[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert relaxed.shape is not None
    exposed = [plane for plane, share in relaxed.shape.shares.items() if share > 0]
    assert [label.split()[0] for label in labels] == exposed
    # Of a centrosymmetric shape half of the faces are seen.
    assert len(axes.patches) == len(relaxed.shape.faces) / 2
