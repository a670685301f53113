"""The page as text and numbers; what a browser makes of it is in ``test_page_browser``."""

import base64
import html.parser
import json
from importlib import metadata
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from ionsmith import provenance
from ionsmith.analyzers.coordination import compare, coordination
from ionsmith.analyzers.powder import powder_pattern
from ionsmith.bonding.bonds import Bonds, find_bonds
from ionsmith.bonding.polyhedra import hull_faces
from ionsmith.crystals import load
from ionsmith.errors import IonsmithError, MissingExtra
from ionsmith.page import PageStructure, check_page, render_page, render_results
from ionsmith.page import _page as page_module
from ionsmith.page import _scene as page_scene
from ionsmith.page._scene import scene

EVIL = "</script><script>alert('x')</script><img src=x onerror=alert(1)>\"'&"


def show(atoms: Atoms, name: str = "a structure") -> PageStructure:
    return PageStructure(name, atoms, coordination(atoms))


def unpacked(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), f"<{kind}")


class Reader(html.parser.HTMLParser):
    """What a browser would see: elements, their attributes, and the text of each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.found[-1][0], data))

    def data(self) -> dict[str, Any]:
        place = [attrs.get("id") for tag, attrs in self.found if tag == "script"].index("data")
        return json.loads([text for tag, text in self.texts if tag == "script"][place])


# ---- polyhedra


def ligands(vectors: np.ndarray) -> tuple[Atoms, Bonds]:
    atoms = Atoms("Al" + "O" * len(vectors), positions=[[0, 0, 0], *vectors])
    n = len(vectors)
    return atoms, Bonds(
        first=np.zeros(n, np.int64),
        second=np.arange(1, n + 1),
        shifts=np.zeros((n, 3), np.int32),
        distances=np.linalg.norm(vectors, axis=1),
    )


def volume(vectors: np.ndarray, faces: np.ndarray) -> float:
    """Of the tetrahedra between the faces and a point inside."""
    middle = vectors.mean(axis=0)
    return float(np.abs(np.linalg.det(vectors[faces] - middle)).sum() / 6)


SHAPES = {
    "tetrahedron": (np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]), 4),
    "octahedron": (np.concatenate([np.eye(3), -np.eye(3)]), 8),
    # Six squares: two triangles each.
    "cube": (np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]), 12),
    # Euler: a polyhedron of triangles with n corners has 2n - 4 faces.
    "cuboctahedron": (
        np.array([v for v in np.ndindex(3, 3, 3) if sum(abs(x - 1) for x in v) == 2]) - 1.0,
        20,
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_faces_of_regular_polyhedra(name: str) -> None:
    vectors, count = SHAPES[name]
    faces = hull_faces(*ligands(vectors.astype(float)))
    assert len(faces) == count
    assert volume(vectors, faces) == pytest.approx(ConvexHull(vectors).volume)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(4, 12))
def test_faces_close_any_polyhedron(seed: int, n: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(n, 3))
    vectors *= 2 / np.linalg.norm(vectors, axis=1)[:, None]
    faces = hull_faces(*ligands(vectors))
    assert volume(vectors, faces) == pytest.approx(ConvexHull(vectors).volume, rel=1e-4)


def test_three_ligands_are_one_triangle() -> None:
    flat = np.array([[1, 0, 0], [-0.5, 0.8, 0], [-0.5, -0.8, 0]])
    assert np.sort(hull_faces(*ligands(flat))).tolist() == [[0, 1, 2]]


# ---- what is drawn


def moved_out(atoms: Atoms) -> Atoms:
    """The same crystal with its atoms in other cells."""
    moves = np.random.default_rng(3).integers(-3, 4, size=(len(atoms), 3))
    out = atoms.copy()
    out.positions += moves @ atoms.cell.array
    return out


def left_handed(atoms: Atoms) -> Atoms:
    other = atoms.copy()
    other.set_cell(atoms.cell.array[[1, 0, 2]])
    return other


@pytest.mark.parametrize("change", [Atoms.copy, moved_out, left_handed])
def test_bonds_are_as_long_as_in_the_tables(change: Any) -> None:
    atoms = change(load("v2o5").to_atoms())
    bonds = find_bonds(atoms)
    drawn = scene(atoms, bonds)
    positions = unpacked(drawn["positions"], "f4").reshape(-1, 3)
    first = unpacked(drawn["bonds"]["first"], "u4")
    second = unpacked(drawn["bonds"]["second"], "u4")
    shifts = unpacked(drawn["bonds"]["shifts"], "i1").reshape(-1, 3)
    ends = positions[second] + shifts @ np.array(drawn["cell"])
    lengths = np.linalg.norm(ends - positions[first], axis=1)
    assert lengths == pytest.approx(bonds.distances, abs=1e-4)
    inside = positions @ np.linalg.inv(drawn["cell"])
    assert inside.min() > -0.002
    assert inside.max() < 1


def test_atoms_on_faces_of_the_cell() -> None:
    # Rock salt: in the cubic cell four Na are at corner and face centres, four Cl on edges and
    # in the middle. The corner is on three faces, a face centre on one, an edge on two.
    salt = bulk("NaCl", "rocksalt", a=5.64, cubic=True)
    faces = unpacked(scene(salt, find_bonds(salt))["on_face"], "u1")
    touched = [sum(int(face) >> axis & 1 for axis in range(3)) for face in faces]
    assert sorted(touched) == [0, 1, 1, 1, 2, 2, 2, 3]


def test_alkali_polyhedra_wait_to_be_asked_for() -> None:
    atoms = load("nafepo4").to_atoms()
    kinds = scene(atoms, find_bonds(atoms))["polyhedra"]["kinds"]
    shown = {kind["name"]: kind["shown"] for kind in kinds}
    assert shown["PO4"]
    assert not any(yes for name, yes in shown.items() if name.startswith("Na"))


@pytest.mark.page
def test_large_structures_are_drawn_without_bonds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ionsmith.page._page.LARGEST_BONDED", 7)
    text = render_page([show(bulk("NaCl", "rocksalt", a=5.64, cubic=True))])
    assert "bonds" not in Reader(text).data()["scenes"][0]
    assert "More than 7 atoms" in text


@pytest.mark.page
@pytest.mark.parametrize(
    ("atoms", "words"),
    [
        (molecule("H2O"), "not periodic"),
        (Atoms("C2", [[0, 0, 0], [1.3, 0, 0]], cell=[2.6, 0, 0], pbc=(1, 0, 0)), "along a, 2.600"),
    ],
)
def test_molecules_and_chains(atoms: Atoms, words: str) -> None:
    text = render_page([show(atoms)])
    assert words in text
    assert Reader(text).data()["scenes"][0]["periodic"] == atoms.pbc.tolist()


# ---- the page


@pytest.mark.page
def test_same_bytes_and_nothing_from_elsewhere() -> None:
    shown = show(load("v2o5").to_atoms(), "v2o5")
    text = render_page([shown], command="ionsmith view lib:v2o5 -o page.html")
    assert text == render_page([shown], command="ionsmith view lib:v2o5 -o page.html")
    seen = Reader(text)
    fetched = [
        attrs[key]
        for _, attrs in seen.found
        for key in ("src", "srcset", "data", "poster")
        if attrs.get(key)
    ]
    assert fetched == []
    assert [tag for tag, _ in seen.found if tag in ("link", "iframe", "object")] == []
    policy = next(a["content"] for tag, a in seen.found if tag == "meta" and "http-equiv" in a)
    assert str(policy).startswith("default-src 'none'")
    assert ("code", "ionsmith view lib:v2o5 -o page.html") in seen.texts
    assert "Permission is hereby granted" in text
    assert len(text) < 1_500_000


@pytest.mark.page
def test_names_and_provenance_cannot_break_out() -> None:
    atoms = load("v2o5").to_atoms()
    plain = Reader(
        render_page([show(atoms, "x"), show(atoms, "y")], comparison=compare(atoms, atoms))
    )
    atoms.info[provenance.KEY] = {
        "sources": [{"phase": EVIL, "citation": EVIL, "doi": EVIL, "confidence": EVIL}],
        "steps": [{"step": EVIL, "parameters": {EVIL: [EVIL]}, "command": EVIL}],
    }
    shown = [show(atoms, EVIL), show(atoms, EVIL)]
    evil = Reader(render_page(shown, comparison=compare(atoms, atoms), command=EVIL))
    for tag in ("script", "img", "h2", "section"):
        assert [t for t, _ in evil.found].count(tag) == [t for t, _ in plain.found].count(tag)
    assert all(not key.startswith("on") for _, attrs in evil.found for key in attrs)
    assert ("h1", f"{EVIL} and {EVIL}") in evil.texts
    assert evil.data()["scenes"] == plain.data()["scenes"]


@pytest.mark.page
def test_names_are_never_taken_for_places_of_the_template() -> None:
    assert ("h1", "@@DATA@@") in Reader(render_page([show(molecule("H2O"), "@@DATA@@")])).texts


@pytest.mark.page
def test_changed_atoms_are_marked() -> None:
    before = load("v2o5").to_atoms()
    after = before.copy()
    del after[0]
    changed = compare(before, after).changed_atoms
    text = render_page([show(before), show(after)], comparison=compare(before, after))
    scenes = Reader(text).data()["scenes"]
    assert 0 in scenes[0]["changed"]
    assert len(scenes[1]["changed"]) == sum(atom.after is not None for atom in changed)


def test_number_of_structures() -> None:
    for number in (0, 7):
        with pytest.raises(IonsmithError, match="one to 6 structures"):
            check_page(number)


@pytest.mark.page
def test_too_many_atoms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ionsmith.page._page.MOST_ATOMS", 2)
    with pytest.raises(IonsmithError, match="3 atoms are too many"):
        render_page([show(molecule("H2O"))])


def test_without_the_viewer(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    page_module.load_viewer.cache_clear()
    monkeypatch.setattr(page_module.metadata, "distribution", missing)
    with pytest.raises(MissingExtra, match=r"ionsmith\[page\]"):
        check_page(1)


def test_thin_cells_are_repeated() -> None:
    thin = Atoms("Na", cell=[3, 3, 30], pbc=True)
    assert page_scene.scene(thin, None)["repeats"] == [3, 3, 1]
    many = Atoms("Na1000", positions=np.zeros((1000, 3)), cell=[3, 3, 30], pbc=True)
    assert page_scene.scene(many, None)["repeats"] == [1, 1, 1]


@pytest.mark.page
def test_structures_of_any_crystal_and_pictures_of_results() -> None:
    shown = PageStructure.of("lib:si")
    assert (shown.name, len(shown.atoms)) == ("si", 8)
    assert PageStructure.of(bulk("Si"), "silicon").name == "silicon"
    section = render_results("Powder", "powder", [("<Si>", powder_pattern("lib:si"))])
    reader = Reader(render_page([shown], sections=[section]))
    assert ("figcaption", "<Si>") in reader.texts
    assert ("td", "28.466") in reader.texts
