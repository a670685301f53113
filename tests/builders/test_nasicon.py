"""NASICON crystals: composition, charge, where Na sits, and the published framework."""

from collections import Counter
from fractions import Fraction
from typing import get_args

import numpy as np
import pytest
import spglib
from ase import Atoms
from ase.cell import Cell
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.bonding.bonds import find_bonds
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders.choices import NasiconPhase
from ionsmith.builders.nasicon import build_nasicon
from ionsmith.builders.nasicon._content import PHASES, simplest, sodium_shares
from ionsmith.builders.nasicon._result import Nasicon
from ionsmith.builders.slab import build_slab
from ionsmith.crystals import load
from ionsmith.crystals.charges import known_charges
from ionsmith.errors import CompositionNotPossible, InvalidStructure, IonsmithError, NoMatch

CHARGES = {"Na": 1, "Zr": 4, "Si": 4, "P": 5, "O": -2}


@pytest.fixture(scope="module")
def default() -> Nasicon:
    return build_nasicon()


def drawn(phase: NasiconPhase = "nzsp", **options: object) -> Nasicon:
    """One cell, met as nearly as possible, at random: quick."""
    given = {"supercell": (1, 1, 1), "nearest": True, "ordering": "random"} | options
    return build_nasicon(phase, **given)  # type: ignore[arg-type]


def bond_lengths(atoms: Atoms, element: str) -> np.ndarray:
    """Distances from the atoms of one element to O within 2.3 Å, shape (atoms, neighbours)."""
    bonds = find_bonds(atoms, {f"{element}-O": 2.3})
    centres = np.flatnonzero(np.array(atoms.get_chemical_symbols()) == element)
    of = [bonds.distances[bonds.first == centre] for centre in centres]
    assert len({len(lengths) for lengths in of}) == 1
    return np.array(of)


def sodium_distances(atoms: Atoms) -> np.ndarray:
    sodium = atoms[atoms.numbers == 11]
    return neighbour_list(sodium, 5.0).distances


# Composition


def test_default_is_the_composition_of_yu_et_al(default: Nasicon) -> None:
    # Na3.4Zr2Si2.4P0.6O12; fifths of a formula unit of six in the hexagonal cell need five cells.
    assert default.formula == "Na3.4Zr2Si2.4P0.6O12"
    assert default.composition == {"Na": 102, "O": 360, "P": 18, "Si": 72, "Zr": 60}
    assert default.charge == 0
    assert sorted(np.diagonal(default.cell_vectors)) == [1, 1, 5]
    assert default.x is not None
    assert (default.x.asked, default.x.built) == (2.4, 2.4)
    assert default.sodium.asked == default.sodium.built == 3.4


@pytest.mark.parametrize(
    ("phase", "composition"),
    [
        ("nvp", {"Na": 18, "O": 72, "P": 18, "V": 12}),
        ("nzsp-monoclinic", {"Na": 12, "O": 48, "P": 4, "Si": 8, "Zr": 8}),
        ("nzsp-443k", {"Na": 18, "O": 72, "P": 6, "Si": 12, "Zr": 12}),
    ],
)
def test_default_of_other_phases(phase: NasiconPhase, composition: dict[str, int]) -> None:
    model = build_nasicon(phase, ordering="random")
    assert model.composition == dict(Counter(model.atoms.get_chemical_symbols())) == composition
    assert model.charge == 0
    assert (model.cell_vectors == np.eye(3)).all()


def cell_of(a: float, a_end: float, c: float, c_end: float) -> np.ndarray:
    """Hexagonal cell at x = 2.4, linear between x = 2.35 and 3."""
    share = (2.4 - 2.35) / (3 - 2.35)
    lengths = [a + share * (a_end - a)] * 2 + [c + share * (c_end - c)]
    return Cell.fromcellpar([*lengths, 90, 90, 120]).array


# Lattice constants at room temperature, as printed: NaZr2(PO4)3 (Hong 1976), x = 2.35 (Boilot et
# al. 1988), Na4Zr2(SiO4)3 (Tran Qui et al. 1981); and at 443 K x = 2.05 and 2.25 (Boilot et al.).
ROOM = {0: (8.815, 22.746), 2.35: (9.097, 22.68), 3: (9.1863, 22.181)}
HOT = {0: (8.815, 22.746), 2.05: (9.068, 22.98), 2.25: (9.084, 22.928), 3: (9.1863, 22.181)}


@pytest.mark.parametrize(
    ("phase", "x", "members"),
    [
        ("nzsp", 0, ROOM), ("nzsp", 1, ROOM), ("nzsp", 2, ROOM), ("nzsp", Fraction(5, 2), ROOM),
        ("nzsp", 3, ROOM), ("nzsp-443k", 1, HOT), ("nzsp-443k", Fraction(13, 6), HOT),
        ("nzsp-x2.25-443k", Fraction(5, 2), HOT),
    ],
)  # fmt: skip
def test_cell_follows_the_composition(
    phase: NasiconPhase, x: float, members: dict[float, tuple[float, float]]
) -> None:
    model = build_nasicon(phase, (1, 1, 1), x=x, ordering="random")
    a, b, c, *_ = model.cellpar
    for found, column in ((a, 0), (b, 0), (c, 1)):
        values = [lengths[column] for lengths in members.values()]
        assert found == pytest.approx(np.interp(float(x), list(members), values), abs=2e-3)
    said = [note for note in model.notes if note.startswith("cell ")]
    assert len(said) == 1
    sources = {source["phase"] for source in model.atoms.info["ionsmith"]["sources"]}
    assert sources - {phase} <= {"nzp", "nzsp-443k", "nzsp-x2.25-443k", "na4zr2si3o12"}
    assert all(name in said[0] for name in sources - {phase})


def test_cell_of_the_composition_that_was_built() -> None:
    near = drawn(x=1.03)
    assert near.x is not None
    assert near.x.built == 1
    assert near.cellpar == pytest.approx(drawn(x=1).cellpar)


def test_cell_without_other_members() -> None:
    model = build_nasicon("nzsp-monoclinic", (1, 1, 1), ordering="random", x=1)
    assert model.cellpar == pytest.approx(load("nzsp-monoclinic").cellpar, abs=1e-6)
    assert any("relax the model" in note for note in model.notes)


@pytest.mark.parametrize(("sodium", "member"), [(1, "nvp-na1"), (3, "nvp"), (4, "nvp-na4")])
def test_nvp_has_the_cells_of_its_members(sodium: int, member: str) -> None:
    model = build_nasicon("nvp", (1, 1, 1), ordering="random", sodium=sodium)
    assert model.cellpar == pytest.approx(load(member).cellpar, abs=0.02)
    assert any(f"cell of {member}" in note for note in model.notes) == (sodium != 3)
    a = [build_nasicon("nvp", (1, 1, 1), sodium=n).cellpar[0] for n in (1, 2, 3)]
    assert a[1] == pytest.approx((a[0] + a[2]) / 2, abs=1e-3)


def test_primitive_default_is_compact_and_as_small_as_can_be() -> None:
    model = build_nasicon(primitive=True, ordering="random")
    # 2.4 n Si are whole for n = 5, and a primitive cell has two formula units.
    assert model.formula_units == 10
    assert model.formula == "Na3.4Zr2Si2.4P0.6O12"
    assert np.linalg.det(model.cell_vectors) == pytest.approx(10 / 6)
    np.testing.assert_allclose(
        model.atoms.cell.array,
        model.cell_vectors @ cell_of(9.097, 9.1863, 22.68, 22.181),
        atol=1e-6,
    )
    # The edge of a cube of this volume is 13.9 Å; the block 5 × 1 × 1 would be 45 Å long.
    assert model.atoms.cell.lengths().max() < 1.2 * model.atoms.get_volume() ** (1 / 3)
    assert spglib_of(model.atoms) == "R-3c (167)"


def test_primitive_supercell() -> None:
    model = build_nasicon("nvp", (1, 2, 1), primitive=True, ordering="random")
    assert model.composition == {"Na": 12, "O": 48, "P": 12, "V": 8}
    assert spglib_of(model.atoms) == "R-3c (167)"


@pytest.mark.parametrize(
    ("sodium", "charge", "mixed"),
    [
        (3, 3, None),
        (1, 4, None),
        (Fraction(5, 2), 3.25, "9 V3+ and 3 V4+"),
        (4, 2.5, "6 V2+ and 6 V3+"),
        (Fraction(1, 6), 4 + 5 / 12, "7 V4+ and 5 V5+"),
        (0, 4.5, "6 V4+ and 6 V5+"),
    ],
)
def test_vanadium_makes_up_the_charge(
    sodium: float | Fraction, charge: float, mixed: str | None
) -> None:
    model = build_nasicon("nvp", (1, 1, 1), sodium=sodium, ordering="random")
    assert model.vanadium_charge == pytest.approx(charge)
    assert model.charge == 0
    counts = model.composition
    rest = sum(CHARGES[element] * n for element, n in counts.items() if element != "V")
    assert rest + 12 * charge == pytest.approx(0)
    said = [note for note in model.notes if "mixed V" in note]
    assert [mixed in note for note in said] == ([True] if mixed else [])


def test_energy_is_that_of_the_mean_vanadium_charge() -> None:
    from pymatgen.analysis.ewald import EwaldSummation
    from pymatgen.io.ase import AseAtomsAdaptor

    model = build_nasicon("nvp", (1, 1, 1), sodium=2.5, primitive=True, count=3, rank=2)
    structure = AseAtomsAdaptor.get_structure(model.atoms)
    structure.add_oxidation_state_by_element(CHARGES | {"V": 3.25})
    assert model.energy == pytest.approx(EwaldSummation(structure).total_energy, abs=1e-2)
    energies = model.ordered.energies
    assert energies is not None
    assert energies[0] <= energies[1] == model.energy


# What a cell cannot hold


def test_a_refusal_names_the_smallest_supercells() -> None:
    with pytest.raises(CompositionNotPossible, match=r"14\.4 Si .* 5×1×1, 5×2×1, 5×3×1") as caught:
        build_nasicon(supercell=(1, 1, 1))
    assert "\n" not in str(caught.value)
    with pytest.raises(CompositionNotPossible, match=r"17\.4 Na .* 5×1×1"):
        build_nasicon("nvp", (1, 1, 1), sodium=2.9)
    with pytest.raises(CompositionNotPossible, match="none of up to 36 cells"):
        build_nasicon(x=2.351)


def test_the_supercells_named_hold_it() -> None:
    for cells in ((5, 1, 1), (5, 2, 1)):
        assert build_nasicon(supercell=cells, ordering="random").formula == "Na3.4Zr2Si2.4P0.6O12"


def test_nearest_says_what_it_became() -> None:
    model = drawn(x=2.4)
    # 14.4 of 18 tetrahedra: 14 Si, and as many Na more than 6.
    assert model.composition == {"Na": 20, "O": 72, "P": 4, "Si": 14, "Zr": 12}
    assert model.x is not None
    assert (model.x.asked, model.x.built) == (2.4, pytest.approx(7 / 3))
    assert (model.sodium.asked, model.sodium.built) == (3.4, pytest.approx(10 / 3))
    assert model.charge == 0
    assert any("2.4 requested, 2.3333 built" in note for note in model.notes)
    assert not any("requested" in note for note in drawn(x=Fraction(7, 3)).notes)


@pytest.mark.parametrize(
    ("options", "error", "reason"),
    [
        ({"phase": "nasicon"}, IonsmithError, "expected 'nvp', 'nzsp'"),
        ({"x": -0.1}, CompositionNotPossible, "from 0 to 3"),
        ({"x": 3.01}, CompositionNotPossible, "from 0 to 3"),
        ({"x": float("nan")}, CompositionNotPossible, "from 0 to 3"),
        ({"phase": "nvp", "sodium": 4.5}, CompositionNotPossible, "from 0 to 4"),
        ({"phase": "nvp", "sodium": Fraction(10**400)}, CompositionNotPossible, "from 0 to 4"),
        ({"phase": "nvp", "x": 1}, CompositionNotPossible, "no Si"),
        ({"sodium": 3}, CompositionNotPossible, "Na content is 1"),
        ({"supercell": (0, 1, 1)}, InvalidStructure, "0 1 1"),
        ({"supercell": (1, 1, -1), "nearest": True}, InvalidStructure, "1 1 -1"),
        ({"supercell": (1, 1)}, InvalidStructure, "three positive integers"),
        ({"rank": 0}, IonsmithError, "at least 1"),
        ({"count": 0}, IonsmithError, "at least 1"),
        ({"phase": "nvp", "sodium": 4, "rank": 2}, NoMatch, "1 distinct"),
    ],
)
def test_refuses(options: dict, error: type[IonsmithError], reason: str) -> None:
    with pytest.raises(error, match=reason) as caught:
        build_nasicon(**options)
    assert "\n" not in str(caught.value)


# Sodium


@pytest.mark.parametrize("phase", get_args(NasiconPhase))
def test_shares_are_those_of_the_refinement_at_its_content(phase: NasiconPhase) -> None:
    crystal = load(phase)
    refined = {
        site.label: site.occupancy["Na"] * site.multiplicity / crystal.formula_units
        for site in crystal.sites
        if site.label.startswith("Na")
    }
    shares = sodium_shares(crystal, sum(refined.values()), PHASES[phase].between)
    assert shares == pytest.approx(refined)


def test_shares_of_the_end_members() -> None:
    # NaZr2(PO4)3 has Na on Na1 alone (Hong 1976), Na4Zr2(SiO4)3 on all Na1 and Na2 (Tran Qui 1981).
    for name, sodium in (("nzp", 1.0), ("na4zr2si3o12", 4.0)):
        end = load(name)
        published = {"Na1": 0.0, "Na2": 0.0, "Na3": 0.0} | {
            site.label: site.multiplicity / end.formula_units
            for site in end.sites
            if "Na" in site.occupancy
        }
        assert sodium_shares(load("nzsp"), sodium, ("Na3",)) == pytest.approx(published)


@settings(deadline=None, max_examples=50)
@given(phase=st.sampled_from(get_args(NasiconPhase)), content=st.floats(0, 4))
def test_shares_sum_to_the_content_and_fit(phase: NasiconPhase, content: float) -> None:
    crystal = load(phase)
    shares = sodium_shares(crystal, content, PHASES[phase].between)
    assert sum(shares.values()) == pytest.approx(content)
    for site in crystal.sites:
        if site.label in shares:
            most = site.multiplicity / crystal.formula_units
            assert -1e-9 <= shares[site.label] <= most + 1e-9


def test_site_counts_of_nvp_are_the_published_ones() -> None:
    # Zatovsky (2010): 0.805 of 6 Na1 and 0.731 of 18 Na2 are 4.83 and 13.16 atoms.
    model = drawn("nvp")
    assert {site.site: site.here for site in model.sodium_sites} == {"Na1": 5, "Na2": 13}
    assert [site.published for site in model.sodium_sites] == pytest.approx([4.83, 13.158])


def test_sodium_is_not_all_between_the_sites(default: Nasicon) -> None:
    # Boilot et al. (1988) at x = 2.35: 0.49, 2.32 and 0.56 per formula unit, 30 of them here.
    counts = {site.site: site for site in default.sodium_sites}
    assert [counts[s].published for s in ("Na1", "Na2", "Na3")] == pytest.approx([14.7, 69.6, 16.8])
    for site in default.sodium_sites:
        assert abs(site.here - site.published) < 2
        labels = default.atoms.arrays["site_label"]
        assert (labels == site.site).sum() == site.here


def test_positions_between_exclude_their_neighbours(default: Nasicon) -> None:
    # Mid-Na lies 1.94 Å from Na1 and 1.71 Å from Na2 (Boilot et al. 1988); Na1 and Na2 lie 3.5 Å
    # apart, and so close neighbours there are only if the three are not told apart.
    assert sodium_distances(default.atoms).min() > 2.32


# Framework


def spglib_of(atoms: Atoms) -> str:
    """Space group without Na, all tetrahedral atoms alike."""
    symbols = np.array(atoms.get_chemical_symbols())
    frame = atoms[symbols != "Na"]
    numbers = np.where(frame.numbers == 14, 15, frame.numbers)
    found = spglib.get_spacegroup((frame.cell.array, frame.get_scaled_positions(), numbers), 0.01)
    return str(found)


@pytest.mark.parametrize("phase", get_args(NasiconPhase))
def test_space_group_of_the_framework(phase: NasiconPhase) -> None:
    expected = "C2/c (15)" if phase == "nzsp-monoclinic" else "R-3c (167)"
    assert spglib_of(drawn(phase).atoms) == expected


def test_space_group_of_the_default(default: Nasicon) -> None:
    assert spglib_of(default.atoms) == "R-3c (167)"


def test_bond_lengths_of_nvp() -> None:
    # Zatovsky (2010), table of bond lengths.
    atoms = drawn("nvp").atoms
    vanadium, phosphorus = bond_lengths(atoms, "V"), bond_lengths(atoms, "P")
    assert (vanadium.shape[1], phosphorus.shape[1]) == (6, 4)
    assert sorted({round(d, 3) for d in vanadium.ravel()}) == pytest.approx(
        [1.9693, 2.0271], abs=1e-3
    )
    assert sorted({round(d, 3) for d in phosphorus.ravel()}) == pytest.approx(
        [1.5227, 1.5358], abs=1e-3
    )


def test_mean_bond_lengths_of_nzsp() -> None:
    # Boilot et al. (1988) at x = 2.05: Zr-O 2.076, T-O 1.590 Å.
    atoms = drawn("nzsp-443k").atoms
    assert bond_lengths(atoms, "Zr").mean() == pytest.approx(2.076, abs=3e-3)
    for element in ("Si", "P"):
        assert bond_lengths(atoms, element).mean() == pytest.approx(1.590, abs=1e-3)


@pytest.mark.parametrize("phase", get_args(NasiconPhase))
def test_polyhedra_are_whole(phase: NasiconPhase) -> None:
    atoms = drawn(phase).atoms
    bonds = find_bonds(atoms, {"P-O": 2.0, "Si-O": 2.0})
    symbols = np.array(atoms.get_chemical_symbols())
    number = np.bincount(bonds.first, minlength=len(atoms))
    tetrahedral = np.isin(symbols, ["P", "Si"])
    assert (number[tetrahedral] == 4).all()
    # Each O belongs to one tetrahedron, and one ZrO6 or VO6 shares it.
    assert (number[symbols == "O"] == 1).all()
    metal = "V" if phase == "nvp" else "Zr"
    lengths = bond_lengths(atoms, metal)
    assert lengths.shape[1] == 6
    # Tetrahedra of Si-O and P-O between those of SiO4 (1.62) and PO4 (1.53 Å, Shannon 1976).
    assert 1.5 < bonds.distances.mean() < 1.65


# Any composition


@settings(deadline=None, max_examples=30)
@given(
    phase=st.sampled_from(["nzsp", "nzsp-443k", "nzsp-monoclinic"]),
    supercell=st.tuples(st.integers(1, 2), st.integers(1, 2), st.integers(1, 2)),
    primitive=st.booleans(),
    x=st.floats(0, 3),
    seed=st.integers(0, 3),
)
def test_any_x_in_any_supercell(
    phase: NasiconPhase, supercell: tuple[int, int, int], primitive: bool, x: float, seed: int
) -> None:
    options = {"supercell": supercell, "primitive": primitive, "x": x, "seed": seed}
    model = drawn(phase, **options)
    counts = Counter(model.atoms.get_chemical_symbols())
    units = model.formula_units
    assert units == counts["Zr"] // 2 == counts["O"] // 12 == (counts["Si"] + counts["P"]) // 3
    assert sum(CHARGES[element] * n for element, n in counts.items()) == model.charge == 0
    assert counts["Na"] == units + counts["Si"] == sum(s.here for s in model.sodium_sites)
    assert abs(counts["Si"] / units - x) <= 0.5 / units + 1e-3
    assert all(abs(site.here - site.expected) < 1 for site in model.sodium_sites)
    assert model.x is not None
    assert model.x.built == pytest.approx(counts["Si"] / units)
    distances = sodium_distances(model.atoms)
    assert distances.min(initial=5) > 2.3  # 0.7 of the sum of covalent radii, 2.32 Å
    again = drawn(phase, **options)
    np.testing.assert_array_equal(again.atoms.positions, model.atoms.positions)
    np.testing.assert_array_equal(again.atoms.numbers, model.atoms.numbers)


@given(numerator=st.integers(0, 60), denominator=st.integers(1, 20))
def test_three_decimals_say_a_simple_fraction(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    assert simplest(Fraction(f"{float(exact):.4f}")) == exact


def test_structures_are_ranked_and_distinct() -> None:
    model = build_nasicon("nvp", (1, 1, 1), primitive=True, count=5, rank=3)
    # Two of six Na2 are empty: both on one twofold axis (3 pairs), or on two, on ends that a
    # threefold axis joins (6) or not (6). These are the orbits of -3m by hand.
    degeneracies = model.ordered.degeneracies
    assert degeneracies is not None
    assert sorted(degeneracies) == [3, 6, 6]
    energies = model.ordered.energies
    assert energies is not None
    assert (np.diff(energies) > 0).all()
    assert model.energy == energies[2]
    assert "Structures found" in model.table()


def test_provenance(default: Nasicon) -> None:
    info = default.atoms.info["ionsmith"]
    assert [source["phase"] for source in info["sources"]] == ["nzsp", "na4zr2si3o12"]
    step = info["steps"][-1]
    assert step["step"] == "build nasicon"
    assert step["parameters"]["x"] == "12/5"
    assert len(set(default.atoms.arrays["atom_id"])) == len(default.atoms)


def test_a_film_of_another_sodium_content_is_neutral() -> None:
    slab = build_slab(build_nasicon("nvp", sodium=1).atoms, "012", thickness=8)
    assert slab.charge == pytest.approx(0)
    vanadium = slab.atoms.symbols == "V"
    charges, _ = known_charges(slab.atoms)
    np.testing.assert_allclose(charges[vanadium], 4)
