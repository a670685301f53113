"""Competing starts: which there are, and a folder for each."""

import json
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, make_supercell
from ase.spacegroup import crystal

from ionsmith.builders.nasicon import build_nasicon
from ionsmith.crystals import load
from ionsmith.crystals.files import read_structure
from ionsmith.errors import IonsmithError, OutputExists, UnreadableFile
from ionsmith.exporters import competing_starts, export, export_starts, plan, read_back

CODES = ("vasp", "espresso", "cp2k", "abinit", "gpaw")


def nickel_oxide() -> Atoms:
    """The smallest cell of the order of NiO, two formula units along [111]."""
    rows = [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    return make_supercell(bulk("NiO", "rocksalt", a=4.177), rows)


def perovskite(stretch: float) -> Atoms:
    """LaFeO3 without tilts, 2 x 2 x 2 cells, one axis stretched."""
    sites = [(0.5, 0.5, 0.5), (0, 0, 0), (0.5, 0, 0)]
    cell = crystal(["La", "Fe", "O"], sites, spacegroup=221, cellpar=[3.93] * 3 + [90] * 3)
    atoms = cell.repeat((2, 2, 2))
    atoms.set_cell(atoms.cell.array * [1, 1, stretch], scale_atoms=True)
    return atoms


def found(atoms: Atoms, **options: object) -> dict[str, np.ndarray]:
    """Moments by the names of the starts."""
    return {start.name: start.moments for start in competing_starts(atoms, **options)[0]}


def test_cobalt_in_an_octahedron_of_oxygen() -> None:
    """d6: t2g6 has no unpaired electron, t2g4 eg2 has four."""
    moments = found(load("licoo2").to_atoms())
    cobalt = load("licoo2").to_atoms().numbers == 27
    assert list(moments) == ["low-spin", "high-spin-ferro"]
    assert not moments["low-spin"].any()
    assert set(moments["high-spin-ferro"][cobalt]) == {4}
    assert not moments["high-spin-ferro"][~cobalt].any()


def test_two_ions_change_one_after_the_other() -> None:
    sites = [(0, 0, 0.5), (0, 0, 0), (0, 0, 0.24)]
    layered = crystal(
        ["Li", "Co", "O"], sites, spacegroup=166, cellpar=[2.85] * 2 + [14.1, 90, 90, 120]
    )
    cobalt = np.flatnonzero(layered.numbers == 27)
    layered.numbers[cobalt[0]] = 28
    moments = found(layered, magnetic_order="ferro")
    # Ni3+: t2g6 eg1 or t2g5 eg2; two Co3+ beside it
    assert {name: values.sum() for name, values in moments.items()} == {
        "co-low-spin-ni-low-spin-ferro": 1,
        "co-high-spin-ni-low-spin-ferro": 9,
        "co-low-spin-ni-high-spin-ferro": 3,
    }


def test_nickel_oxide_alternates_along_111() -> None:
    """Second neighbours, over O, are opposite (W. L. Roth 1958, doi:10.1103/PhysRev.110.1333)."""
    atoms = nickel_oxide()
    moments = found(atoms)
    assert list(moments) == ["ferro", "antiferro"]
    both = atoms.repeat((2, 2, 2))
    signs = np.tile(moments["antiferro"], 8)
    nickel = np.flatnonzero(both.numbers == 28)
    distances = both.get_all_distances(mic=True)[np.ix_(nickel, nickel)]
    i, j = np.nonzero(abs(distances - 4.177) < 0.01)
    assert len(i) > 0
    assert (signs[nickel][i] == -signs[nickel][j]).all()


@pytest.mark.parametrize(("stretch", "layers"), [(1.0, "a"), (1.03, "ac")])
def test_orders_of_a_perovskite(stretch: float, layers: str) -> None:
    """F, G and A type; the three A types of a cube are one, of a tetragonal cell two."""
    moments = found(perovskite(stretch))
    assert list(moments) == ["ferro", "antiferro", *(f"antiferro-layers-{x}" for x in layers)]
    assert moments["ferro"].sum() == 8 * 5  # Fe3+, d5
    for name in list(moments)[1:]:
        assert moments[name].sum() == 0
        assert abs(moments[name]).sum() == 40


def test_a_lone_moment_needs_a_supercell() -> None:
    starts, notes = competing_starts(bulk("NiO", "rocksalt", a=4.177))
    assert [start.name for start in starts] == ["ferro"]
    assert "supercell" in " ".join(notes)
    assert "no competing starts" in " ".join(notes)


def test_where_the_extra_electrons_sit() -> None:
    """Na4V2(PO4)3 twice: two V2+ (d3) and two V3+ (d2) in three ways that no symmetry joins."""
    atoms = build_nasicon("nvp", (1, 1, 1), sodium=4, primitive=True).atoms
    vanadium = np.flatnonzero(atoms.numbers == 23)
    moments = found(atoms, magnetic_order="ferro")
    assert len(moments) == 3
    for values in moments.values():
        assert sorted(values[vanadium]) == [2, 2, 3, 3]
    pairs = {tuple(np.flatnonzero(values == 2).tolist()) for values in moments.values()}
    gaps = {round(float(atoms.get_distance(*pair, mic=True)), 2) for pair in pairs}
    assert len(gaps) == 3
    assert all(name.startswith("v3-at-") for name in moments)


@pytest.mark.parametrize("name", ["nafepo4", "v2o3", "licoo2", "mgo", "fepo4"])
def test_the_first_is_that_of_a_plain_export(name: str) -> None:
    atoms = load(name).to_atoms()
    first, *_ = competing_starts(atoms)[0]
    assert (first.moments == plan(atoms).moments).all()


def test_order_of_atoms_and_origin_do_not_matter() -> None:
    atoms = perovskite(1.03)
    order = np.random.default_rng(3).permutation(len(atoms))
    other = atoms[order]
    other.positions += (0.3, 1.1, 2.7)
    other.wrap()
    assert list(found(atoms)) == list(found(other))


def test_given_moments_come_first() -> None:
    atoms = nickel_oxide()
    given = np.where(atoms.numbers == 28, 1.5, 0.0)
    atoms.set_initial_magnetic_moments(given)
    moments = found(atoms)
    assert list(moments) == ["as-given", "ferro", "antiferro"]
    assert (moments["as-given"] == given).all()
    assert list(found(atoms, magnetic_order="none")) == ["non-magnetic"]
    assert set(abs(found(atoms, moments={"Ni": 1.8})["antiferro"])) == {0, 1.8}


def test_a_start_belongs_to_its_structure() -> None:
    (start, *_), _ = competing_starts(nickel_oxide())
    with pytest.raises(IonsmithError, match="`start` sets all moments"):
        plan(nickel_oxide(), start=start, magnetic_order="ferro")
    with pytest.raises(IonsmithError, match="another number of atoms"):
        plan(load("nafepo4"), start=start)


@pytest.mark.parametrize("code", CODES)
def test_a_folder_for_each(code: str, tmp_path: Path) -> None:
    atoms = nickel_oxide()
    options = {"kpoints": (1, 1, 1)} if code == "cp2k" else {}
    for name in ("one", "two"):
        result = export_starts(atoms, code, tmp_path / name, **options)
    assert result.names == ("ferro", "antiferro")
    files = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*"))
    for file in files:
        if (tmp_path / "one" / file).is_file():
            assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    for name, one, total in zip(result.names, result.exports, (4, 0), strict=True):
        home = read_back(tmp_path / "one" / name)
        assert home.get_initial_magnetic_moments().sum() == total
        assert one.start == name
        manifest = json.loads((tmp_path / "one" / name / "ionsmith.json").read_text())
        assert any(note.startswith(f"start {name}: ") for note in manifest["notes"])
    # the meshes are the same, so that energies compare
    assert len({one.kpoints for one in result.exports}) == 1
    with pytest.raises(OutputExists):
        export_starts(atoms, code, tmp_path / "one", **options)
    (tmp_path / "one" / "ferro" / "out").touch()
    export_starts(atoms, code, tmp_path / "one", force=True, **options)
    assert not (tmp_path / "one" / "ferro" / "out").exists()
    with pytest.raises(UnreadableFile, match="take one of antiferro, ferro in it"):
        read_structure(str(tmp_path / "one"))


def test_low_and_high_spin_have_one_mesh() -> None:
    """Whether the low-spin start conducts is not sure, and it has more points on its own."""
    meshes = [export(load("licoo2"), "vasp", None, moments={"Co": m}).kpoints for m in (0, 4)]
    starts = export_starts(load("licoo2"), "vasp", None).exports
    assert {one.kpoints for one in starts} == {tuple(np.max(meshes, axis=0).tolist())}


def test_all_or_nothing(tmp_path: Path) -> None:
    """CP2K has no U with k-points, which shows at the first start that has moments."""
    with pytest.raises(IonsmithError, match="CP2K has \\+U at"):
        export_starts(nickel_oxide(), "cp2k", tmp_path / "job")
    with pytest.raises(IonsmithError, match="lammps has no electrons"):
        export_starts(load("sio2"), "lammps", tmp_path / "job")
    assert list(tmp_path.iterdir()) == []


def test_one_where_nothing_competes(tmp_path: Path) -> None:
    result = export_starts(load("mgo"), "vasp", tmp_path / "job")
    assert result.names == ("non-magnetic",)
    assert "no competing starts" in result.notes[0]
    assert (tmp_path / "job" / "non-magnetic" / "POSCAR").is_file()
