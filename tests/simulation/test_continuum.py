"""Cleavage against slabs by hand, toughness against isotropic elasticity, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk, fcc111
from ase.calculators.emt import EMT
from ase.units import J, m

from ionsmith.crystals import load
from ionsmith.errors import InvalidInput
from ionsmith.simulation._barriers import read_barriers
from ionsmith.simulation.continuum import continuum
from ionsmith.surfaces.strain import elastic_matrix, griffith_toughness


def test_copper(tmp_path: Path) -> None:
    found = continuum(
        bulk("Cu", cubic=True),
        ["(111)", "(001)@0.5"],
        EMT(),
        thickness="6 planes",
        relax=tmp_path,
        stresses=[0.3],
        barriers=["vacancy=0.7"],
    )
    a = found.elastic.cellpar[0]
    slab, whole = fcc111("Cu", (1, 1, 6), a=a, vacuum=8), bulk("Cu", a=a)
    slab.calc = whole.calc = EMT()
    area = np.linalg.norm(np.cross(*slab.cell[:2]))
    cut = (slab.get_potential_energy() - 6 * whole.get_potential_energy()) / (area * J / m**2)
    first, second = found.cleavage
    assert (first.plane, second.plane) == ("(1,1,1)", "(0,0,1)")
    assert first.rigid_energy == pytest.approx(cut, rel=1e-4)
    assert first.energy is not None
    assert first.energy <= first.rigid_energy + 1e-9
    assert first.normal == pytest.approx([3**-0.5] * 3)
    # Nye: 1/E along [111] and [001] of a cubic crystal.
    s = np.linalg.inv(found.elastic.stiffness)
    along = s[0, 0] - (2 * (s[0, 0] - s[0, 1]) - s[3, 3]) / 3
    assert first.young_modulus == pytest.approx(1 / along, rel=1e-6)
    assert second.young_modulus == pytest.approx(1 / s[0, 0], rel=1e-6)
    # Avogadro's number times the volume of an atom; the density of the periodic table.
    assert found.molar_volume == pytest.approx(a**3 / 4 * 0.602214, rel=1e-5)
    assert found.density == pytest.approx(63.546 / found.molar_volume, rel=1e-4)
    assert found.barriers == {"vacancy": 0.7}
    assert found.conduction_plane_normal is None
    (flaw,) = first.flaws
    # K = σ sqrt(π a), in MPa and m, of a flaw of length 2a.
    assert 300 * np.sqrt(np.pi * flaw.length * 1e-9 / 2) == pytest.approx(first.toughness)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = continuum(
        bulk("Cu", cubic=True), ["(111)"], EMT(), thickness="6 planes", relax=tmp_path
    )
    assert again.cleavage[0].energy == first.energy
    assert files == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}


@pytest.mark.parametrize("normal", [(0, 0, 1), (1, 2, 3)])
def test_toughness_of_an_isotropic_solid(normal: tuple[int, ...]) -> None:
    # K² (1 - ν²) / E = G: A. A. Griffith (1921), plane strain. E = 70 GPa, ν = 0.22 (glass).
    young, ratio, energy = 70.0, 0.22, 8.0
    scale = young / (1 + ratio) / (1 - 2 * ratio)
    stiffness = elastic_matrix([scale * (1 - ratio), scale * ratio, scale * (1 - 2 * ratio) / 2])
    expected = np.sqrt(energy * young * 1e9 / (1 - ratio**2)) / 1e6
    assert griffith_toughness(stiffness, normal, energy) == pytest.approx(expected, rel=1e-6)


def test_barriers_of_documents(tmp_path: Path) -> None:
    ways = [{"way": "1D", "barrier": 0.4}, {"way": "b", "barrier": 0.4}, {"way": "c"}]
    ways[2]["barrier"] = None
    network = {"ion": "Li", "structure": "lifepo4", "thresholds": ways, "radii": {}}
    network["radii"] = {"Fe+2": 0.61, "Li+1": 0.76, "O-2": 1.4, "P+5": 0.38}
    elements = {"Li", "Fe", "P", "O"}
    hop = {
        "start": "s1", "end": "s1", "mechanism": "vacancy", "formula": "Li3Fe4P4O16",
        "barrier": 0.3, "reverse": 0.2, "converged": True, "potential": {"model": "a potential"},
    }  # fmt: skip
    paths = []
    for name, result in (("migration", network), ("migration.hop", hop)):
        paths.append(str(tmp_path / f"{name}.json"))
        document = {"schema": {"name": f"ionsmith.analyze.{name}"}, "result": result}
        Path(paths[-1]).write_text(json.dumps(document), encoding="utf-8")
    found, notes = read_barriers(["vacancy=0.7", *paths], elements)
    assert found == {
        "vacancy": 0.7, "Li in 1D": 0.4, "Li along b": 0.4,
        "s1 – s1, vacancy": 0.3, "s1 – s1, vacancy, back": 0.2,
    }  # fmt: skip
    assert "at rest" in notes[0]
    assert "by a potential" in notes[1]
    with pytest.raises(InvalidInput, match="is of Fe, Li, O, P; the crystal holds Cu"):
        read_barriers(paths, {"Cu"})
    Path(paths[1]).write_text(Path(paths[1]).read_text("utf-8").replace("true", "false"), "utf-8")
    for texts, words in (
        ([paths[1]], "not relaxed"),
        ([str(tmp_path / "none.json")], "analyze migration"),
        (["a=nan"], "0 or more"),
        (["a=1", "a=2"], "given twice"),
    ):
        with pytest.raises(InvalidInput, match=words):
            read_barriers(texts, elements)


def test_what_cannot_be_taken() -> None:
    copper = bulk("Cu", cubic=True)
    for planes, words in (
        (["(001)@0.1"], "no cut at the height"),
        (["(001)@x"], "a height such as"),
    ):
        with pytest.raises(InvalidInput, match=words):
            continuum(copper, planes, EMT())
    with pytest.raises(InvalidInput, match="expected a thickness"):
        continuum(copper, ["(001)"], EMT(), thickness="0")
    with pytest.raises(InvalidInput, match="`barrier` 0,3"):
        continuum(copper, [], EMT(), barriers=["0,3"])
    with pytest.raises(InvalidInput, match="`stress` must be positive"):
        continuum(copper, [], EMT(), stresses=[-1.0])


@pytest.mark.classical
def test_conduction_planes_of_beta_alumina() -> None:
    crystal = load("beta-alumina-1937").to_atoms()
    found = continuum(crystal, [], "lammps-pedone2006")
    assert found.conduction_planes == 2
    assert np.abs(found.conduction_plane_normal) == pytest.approx([0, 0, 1], abs=1e-6)
    assert found.elastic.stable
