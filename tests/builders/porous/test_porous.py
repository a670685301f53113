"""Porous models: the published one, soundness over shapes and hosts, and bad input."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.io import write
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.bonding.checks import check_contacts
from ionsmith.bonding.connectivity import BondedSupercell
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders.porous import Porous, build_porous
from ionsmith.builders.porous._carving import PoreShape, carve
from ionsmith.crystals import load
from ionsmith.crystals.files import write_structure
from ionsmith.errors import InvalidChoice, IonsmithError, PoresNotPossible
from ionsmith.lattice.miller import parse_direction

# Bonds of an atom in the dense crystal, their length (a √3/4 of the published cells; Sb: Barrett,
# Cucka and Haefner 1963, 2.908 Å), and X–H of GeH4, SiH4, SnH4, SbH3 (NIST CCCBDB) in Å.
HOSTS = {
    "si": (4, 5.43102 * 3**0.5 / 4, 1.480),
    "ge": (4, 5.6574 * 3**0.5 / 4, 1.525),
    "sn-alpha": (4, 6.4892 * 3**0.5 / 4, 1.711),
    "sb": (3, 2.908, 1.704),
}
KINDS = ("columns", "spheres", "random-spheres", "gyroid", "levelled-wave")
CRYSTALS = {name: load(name).to_atoms() for name in HOSTS}


def check_walls(model: Atoms, host: str) -> None:
    """Every atom of the wall has all its bonds, those to H included; H keep apart."""
    bonds, length, hydride = HOSTS[host]
    check_contacts(model)
    pairs = neighbour_list(model, length + 0.05)
    first, second = model.numbers[pairs.first], model.numbers[pairs.second]
    wall = (first > 11) & (second > 11) & (pairs.distances > length - 0.05)
    capped = (first > 11) & (second == 1) & (abs(pairs.distances - hydride) < 1e-6)
    number = np.bincount(pairs.first[wall | capped], minlength=len(model))
    assert (number[model.numbers > 11] == bonds).all()
    near = (first == 1) & (second == 1)
    assert pairs.distances[near].min(initial=9.0) >= 1.5
    assert np.bincount(pairs.second[capped], minlength=len(model)).max() == 1


@pytest.mark.parametrize("ions", [0, 1, 2, 4, 20])
def test_published_porous_germanium(ions: int) -> None:
    # Columns along [001], 18.05 % porous, walls closed with H, 1, 2, 4 or 20 of them replaced by
    # Li: J. Comput. Chem. 41, 2653 (2020), doi:10.1002/jcc.26421, as cited in the review.
    found = build_porous(CRYSTALS["ge"], 18.05, ions=ions)
    counts = found.atoms.symbols.formula.count()
    assert counts["Ge"] == 72 - 13
    assert found.porosity.atoms == pytest.approx(18.05, abs=0.01)
    assert counts.get("H", 0) == 20 - ions
    assert counts.get("Li", 0) == ions
    if ions == 0:
        check_walls(found.atoms, "ge")
    check_contacts(found.atoms)
    pairs = neighbour_list(found.atoms, 3.2)
    for one in found.ions:
        mine = pairs.second[pairs.first == one.index]
        assert (found.atoms.numbers[mine] == 32).any()
        assert pairs.distances[pairs.first == one.index].min() > 1.5


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("porosity", [30])
def test_every_shape_of_every_host_builds(host: str, kind: str, porosity: float) -> None:
    options = {"pores": (3, 1, 1)} if kind == "random-spheres" else {}
    found = build_porous(CRYSTALS[host], porosity, kind=kind, **options)
    assert found.hydrogen == found.dangling_bonds > 0
    check_walls(found.atoms, host)


@settings(max_examples=25, deadline=None)
@given(
    host=st.sampled_from(sorted(HOSTS)),
    kind=st.sampled_from(KINDS),
    porosity=st.floats(5, 70),
    sides=st.tuples(st.integers(2, 4), st.integers(2, 4), st.integers(2, 4)),
    seed=st.integers(0, 100),
    remove=st.booleans(),
)
def test_models_are_sound_or_refused(
    host: str,
    kind: str,
    porosity: float,
    sides: tuple[int, int, int],
    seed: int,
    remove: bool,
) -> None:
    options = {"pores": (2, 1, 1)} if kind == "random-spheres" else {}
    try:
        found = build_porous(
            CRYSTALS[host],
            porosity,
            kind=kind,
            supercell=sides,
            seed=seed,
            remove_pieces=remove,
            **options,
        )
    except PoresNotPossible:
        return
    check_walls(found.atoms, host)
    whole = len(CRYSTALS[host]) * int(np.prod(sides))
    left = int((found.atoms.numbers > 1).sum())
    assert left + found.removed == whole
    assert found.porosity.atoms == pytest.approx(100 * found.removed / whole)
    assert found.atoms.get_volume() == pytest.approx(
        CRYSTALS[host].get_volume() * np.prod(sides), rel=1e-9
    )


@pytest.mark.parametrize("kind", ["random-spheres", "gyroid", "levelled-wave"])
@pytest.mark.parametrize("porosity", [5, 70])
def test_porosity_is_met(kind: str, porosity: float) -> None:
    found = build_porous(CRYSTALS["si"], porosity, kind=kind, passivate=False)
    assert found.porosity.atoms == pytest.approx(porosity, abs=1)
    assert found.hydrogen == 0


@pytest.mark.parametrize("zone", ["[001]", "[110]", "[111]", "[112]"])
def test_columns_run_along_the_zone_axis(zone: str) -> None:
    found = build_porous(
        CRYSTALS["si"], 20, zone=parse_direction(zone), supercell=(5, 4, 1), passivate=False
    )
    u = np.array(parse_direction(zone).indices)
    lattice = CRYSTALS["si"].cell.array
    # The period along [uvw] of a face-centred lattice is half of the vector where it is even.
    period = np.linalg.norm(u @ lattice) / (2 if u.sum() % 2 == 0 else 1)
    assert found.atoms.cell.array[2] == pytest.approx([0, 0, period], abs=1e-6)
    assert found.radius is not None
    # One empty disc of the reported radius, seen along the columns, and no larger one around it.
    flat = found.atoms.positions[:, :2]
    cell = found.atoms.cell.array[:2, :2]
    steps = np.indices((3, 3)).reshape(2, -1).T - 1
    images = (flat[None] + (steps @ cell)[:, None]).reshape(-1, 2)
    grid = np.indices((60, 60)).reshape(2, -1).T / 60 @ cell
    room = np.linalg.norm(grid[:, None] - images[None], axis=2).min(axis=1).max()
    assert room > found.radius - 0.3
    area = np.pi * found.radius**2 / abs(np.linalg.det(cell))
    assert 100 * area == pytest.approx(found.porosity.geometric, abs=0.5)


@dataclass(frozen=True)
class _Shell(PoreShape):
    """An empty shell around a ball; what is far from its middle radius comes last."""

    middle: np.ndarray
    radius: float

    def at(self, points: np.ndarray) -> np.ndarray:
        away = np.linalg.norm(points - self.middle, axis=1)
        return abs(away - self.radius)


def test_pieces_are_counted_or_removed() -> None:
    host = BondedSupercell(CRYSTALS["si"], (5, 5, 5))
    middle = host.atoms.cell.array.sum(axis=0) / 2
    shape = _Shell(middle, 9.0)
    with pytest.raises(PoresNotPossible, match=r"into 2 pieces") as caught:
        carve(host, shape, 0.25, remove_pieces=False)
    found = carve(host, shape, 0.25, remove_pieces=True)
    assert len(found.pieces_removed) == 1
    # What is removed is the ball: nothing is left inside the shell.
    away = np.linalg.norm(host.atoms.positions - middle, axis=1)
    assert away[found.kept].min() > 9.0
    assert abs((~found.kept).mean() - 0.25) < 0.01
    assert "1 of" in str(caught.value)


def test_ions_in_the_wall_sit_in_tetrahedral_holes() -> None:
    found = build_porous(CRYSTALS["ge"], 18.05, ions=3, place="wall")
    pairs = neighbour_list(found.atoms, 2.6)
    for one in found.ions:
        mine = (pairs.first == one.index) & (found.atoms.numbers[pairs.second] == 32)
        # Four Ge at a √3/4 around the hole of the diamond structure.
        assert pairs.distances[mine] == pytest.approx([HOSTS["ge"][1]] * 4, abs=1e-3)
    assert found.hydrogen == 20


@pytest.mark.parametrize("ion", ["Li", "Na"])
def test_ions_in_the_pore_keep_off_the_wall(ion: str) -> None:
    found = build_porous(CRYSTALS["si"], 30, kind="spheres", ions=5, ion=ion, place="pore")
    rooms = [one.room for one in found.ions]
    assert rooms == sorted(rooms, reverse=True)
    # The middle of the pore, less the H on its wall.
    assert found.radius is not None
    assert rooms[0] == pytest.approx(found.radius, abs=2.0)
    ions = found.atoms[found.atoms.numbers == found.atoms.numbers[-1]]
    assert len(ions) == 5
    assert len(neighbour_list(ions, 2.4)) == 0


def test_bare_surface_takes_ions() -> None:
    found = build_porous(CRYSTALS["si"], 30, kind="spheres", ions=6, ion="Na", passivate=False)
    assert found.composition == {"Na": 6, "Si": found.atoms.numbers.tolist().count(14)}
    touched = [one.touched for one in found.ions]
    assert touched == sorted(touched, reverse=True)


def test_polar_crystals_are_cut_without_hydrogen() -> None:
    crystal = load("na2o").to_atoms()
    with pytest.raises(IonsmithError, match="polar"):
        build_porous(crystal, 20)
    found = build_porous(crystal, 20, passivate=False)
    assert set(found.composition) == {"Na", "O"}
    with pytest.raises(IonsmithError, match="metallic"):
        build_porous("lib:na", 20)
    assert set(build_porous("lib:na", 20, passivate=False).composition) == {"Na"}


def test_same_input_same_bytes(tmp_path: Path) -> None:
    def build(seed: int) -> Porous:
        return build_porous(CRYSTALS["si"], 30, kind="levelled-wave", seed=seed, ions=3)

    texts = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        path = tmp_path / f"{name}.extxyz"
        write(path, build(seed).atoms)
        texts.append(path.read_bytes())
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize(
    ("porosity", "options", "reason"),
    [
        (0, {}, "above 0 and below 100"),
        (100, {}, "above 0 and below 100"),
        (-5, {}, "above 0 and below 100"),
        (float("nan"), {}, "above 0 and below 100"),
        (1, {"supercell": (1, 1, 1), "kind": "spheres"}, "cannot be reached"),
        (85, {}, "wires"),
        (99, {"kind": "gyroid"}, "piece|cannot be reached|particles|wires|slabs"),
        (20, {"supercell": (0, 1, 1)}, "supercell"),
        (20, {"pores": (1, 1, 2)}, "third number"),
        (20, {"ions": -1}, "at least 0"),
        (20, {"ions": 1000}, "dangling bonds"),
        (20, {"ions": 1000, "place": "pore"}, "fit into the pore"),
        (20, {"kind": "gyroid", "zone": parse_direction("[001]")}, "columns"),
        (20, {"kind": "levelled-wave", "wavelength": 500.0}, "few"),
        (20, {"kind": "levelled-wave", "wavelength": 0.01}, "too short"),
    ],
)
def test_bad_input_is_one_line(porosity: float, options: dict, reason: str) -> None:
    with pytest.raises(IonsmithError, match=reason) as caught:
        build_porous(CRYSTALS["si"], porosity, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("options", [{"kind": "column"}, {"ion": "K"}, {"place": "pores"}])
def test_wrong_words_are_refused(options: dict) -> None:
    with pytest.raises(InvalidChoice, match=next(iter(options))):
        build_porous("lib:ge", 18.05, **options)


def test_takes_names_and_files(tmp_path: Path) -> None:
    by_name = build_porous("lib:ge", 18.05, ions=4)
    write_structure(str(tmp_path / "ge.extxyz"), load("ge").to_atoms())
    by_file = build_porous(tmp_path / "ge.extxyz", 18.05, ions=4)
    assert by_name.atoms.get_chemical_formula() == "H16Ge59Li4"
    assert by_file.atoms.positions == pytest.approx(by_name.atoms.positions, abs=1e-6)
