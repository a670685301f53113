"""Coordination numbers beside CrystalNN on every ordered crystal of the library.

CrystalNN (pymatgen) is called with the oxidation states of the library where there are some, as its
documentation asks for, and once more without. Where it gives another number than the criterion
"gap", the site is in crystalnn_differences.toml, with the reason for each bond that makes the
difference. The test finds the reasons itself, so none can be there that does not hold, and fails as
well when a site of that file has come to agree. The reasons, and why ours is the better answer:

one-ended
    CrystalNN counts the bond from one of its two atoms only. In hexagonal Li3Sb it gives Sb eleven
    Li, and the six at 3.05 Å no Sb but their nearest. A bond has two ends: it is there or not.
hydrogen
    A hydrogen bond, H···O 1.47 to 1.60 Å in NaH2PO4, beside the covalent O–H of 1.02 to 1.05 Å.
    CrystalNN counts both and makes hydrogen two-coordinate; in NH4VO3 (1.77 Å) it does not.
cations
    Li–Li or Na–Na between two atoms that both have Si, Ge or Sn around them. CrystalNN counts these
    at some Li of a crystal and not at others, and never in Na2O (2.77 Å) or V2O3 (V–V 2.70 Å).
    Ours never counts them: with them, an ion would be coordinated by its own kind.
missed
    Sn–Sn, Sb–Sb, Ge–Ge or Si–Si no more than a sixth longer than in the element, a bond of the
    Zintl anion that is known from the structure papers (the Sn–Sn dumbbell of 2.91 Å in Li5Sn2,
    of 2.98 Å in Na5Sn2). CrystalNN ranks neighbours by difference of electronegativity first.
elsewhere
    CrystalNN leaves the pair out at this length and counts the same two elements at a larger one
    in the same crystal.
wider gap
    CrystalNN ends the shell at a gap that is narrower than the one where ours ends: in Na5Sn2 it
    gives Na three Sn at 3.28 Å; three more follow at 3.68 Å, and then none below 5 Å.
charges
    Without oxidation states only: with them, CrystalNN counts the bond too, if only at one end.
"""

import tomllib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ionsmith.bonding.bonds import Bonds, find_bonds
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.crystals import load, names
from ionsmith.errors import InvalidCriterion

ORDERED = [name for name in names() if load(name).has_coordinates and load(name).is_ordered]
SAME_LENGTH = 0.01
SHORTEST_IN_ELEMENT = {"Si": 2.352, "Ge": 2.450, "Sn": 2.810, "Sb": 2.908}
"""Å, of the elements in this library."""


@dataclass(frozen=True)
class Neighbour:
    site: str
    element: str
    distance: float


Shells = dict[str, list[Neighbour]]
"""Neighbours of one atom of every site."""


@dataclass(frozen=True)
class Case:
    name: str
    elements: dict[str, str]
    ours: Shells
    with_charges: Shells | None
    without: Shells
    around: Shells


def shells_of_bonds(bonds: Bonds, labels: list[str], symbols: list[str]) -> Shells:
    shells: Shells = {label: [] for label in labels}
    for label in shells:
        for row in np.flatnonzero(bonds.first == labels.index(label)):
            other = bonds.second[row]
            shells[label].append(
                Neighbour(labels[other], symbols[other], float(bonds.distances[row]))
            )
    return shells


def crystalnn_shells(structure, labels: list[str], symbols: list[str]) -> Shells:
    from pymatgen.analysis.local_env import CrystalNN

    finder = CrystalNN()
    shells: Shells = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="CrystalNN: cannot locate")
        warnings.filterwarnings("ignore", message="No oxidation states specified")
        for index, label in enumerate(labels):
            if label not in shells:
                found = finder.get_nn_info(structure, index)
                shells[label] = [
                    Neighbour(
                        labels[item["site_index"]],
                        symbols[item["site_index"]],
                        float(np.linalg.norm(item["site"].coords - structure[index].coords)),
                    )
                    for item in found
                ]
    return shells


def make_case(name: str) -> Case:
    from pymatgen.core import Structure

    crystal = load(name)
    atoms = crystal.to_atoms()
    symbols = atoms.get_chemical_symbols()
    labels = [str(label) for label in atoms.arrays["site_label"]]
    structure = Structure(atoms.cell.array, symbols, atoms.positions, coords_are_cartesian=True)
    charges: dict[str, float] = {}
    for site in crystal.sites:
        charges.update(site.oxidation)
    decorated = None
    if set(charges) == set(symbols) and any(charges.values()):
        structure_with = structure.copy()
        structure_with.add_oxidation_state_by_element(charges)
        decorated = crystalnn_shells(structure_with, labels, symbols)
    near = neighbour_list(atoms, 5.0)
    return Case(
        name=name,
        elements=dict(zip(labels, symbols, strict=True)),
        ours=shells_of_bonds(find_bonds(atoms), labels, symbols),
        with_charges=decorated,
        without=crystalnn_shells(structure, labels, symbols),
        around=shells_of_bonds(near, labels, symbols),  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [make_case(name) for name in ORDERED]


def holds(shells: Shells, site: str, other: str, distance: float) -> bool:
    return any(
        neighbour.site == other and abs(neighbour.distance - distance) < SAME_LENGTH
        for neighbour in shells[site]
    )


def differences(case: Case, theirs: Shells, site: str) -> Iterator[tuple[Neighbour, bool]]:
    """Bonds that only one of both counts at a site, and whether it is ours."""
    for neighbour in case.ours[site]:
        if not holds(theirs, site, neighbour.site, neighbour.distance):
            yield neighbour, True
    for neighbour in theirs[site]:
        if not holds(case.ours, site, neighbour.site, neighbour.distance):
            yield neighbour, False


def reason(case: Case, theirs: Shells, site: str, neighbour: Neighbour, ours: bool) -> str | None:
    """Why the bond is counted by one and not by the other; None if no reason of the list is."""
    element, other, distance = case.elements[site], neighbour.element, neighbour.distance
    if holds(theirs, site, neighbour.site, distance) != holds(
        theirs, neighbour.site, site, distance
    ):
        return "one-ended"
    if not ours and {element, other} == {"H", "O"} and distance > 1.4:
        hydrogen = site if element == "H" else neighbour.site
        if min(item.distance for item in case.around[hydrogen]) < 1.1:
            return "hydrogen"
    if not ours and element == other and element in ("Li", "Na"):
        both = (case.ours[site], case.ours[neighbour.site])
        if all(any(item.element != element for item in shell) for shell in both):
            return "cations"
    if ours and element == other and element in SHORTEST_IN_ELEMENT:
        if distance < 7 / 6 * SHORTEST_IN_ELEMENT[element]:
            return "missed"
        return None
    if not ours:
        return None
    charged = case.with_charges
    if (
        theirs is case.without
        and charged is not None
        and (
            holds(charged, site, neighbour.site, distance)
            or holds(charged, neighbour.site, site, distance)
        )
    ):
        return "charges"
    lengths = [
        item.distance
        for label, shell in theirs.items()
        for item in shell
        if {case.elements[label], item.element} == {element, other}
    ]
    if max(lengths, default=0.0) > distance - SAME_LENGTH:
        return "elsewhere"
    cation, partner = (site, other) if element in ("Li", "Na", "Te") else (neighbour.site, element)
    if gap_after(case, cation, partner, case.ours) > gap_after(case, cation, partner, theirs):
        return "wider gap"
    return None


def gap_after(case: Case, site: str, partner: str, shells: Shells) -> float:
    """Drop of 1/d behind the last neighbour of an element; 5 Å stands for what is farther."""
    held = [item.distance for item in shells[site] if item.element == partner]
    if not held:
        return 0.0
    beyond = [
        item.distance
        for item in case.around[site]
        if item.element == partner and item.distance > max(held) + SAME_LENGTH
    ]
    return 1 / max(held) - 1 / min(beyond, default=5.0)


def disagreements(
    cases: list[Case], *, with_charges: bool
) -> dict[str, dict[str, set[str | None]]]:
    found: dict[str, dict[str, set[str | None]]] = {}
    for case in cases:
        theirs = case.with_charges or case.without if with_charges else case.without
        if not with_charges and case.with_charges is None:
            continue  # there was nothing to leave out
        for site, shell in case.ours.items():
            if len(shell) != len(theirs[site]):
                found.setdefault(case.name, {})[site] = {
                    reason(case, theirs, site, neighbour, ours)
                    for neighbour, ours in differences(case, theirs, site)
                }
    return found


def listed(table: dict[str, dict[str, str]]) -> dict[str, dict[str, set[str]]]:
    return {
        name: {
            site: set(reasons.split(", "))
            for reasons, sites in groups.items()
            for site in sites.split()
        }
        for name, groups in table.items()
    }


LISTED = tomllib.loads(
    (Path(__file__).parent / "crystalnn_differences.toml").read_text(encoding="utf-8")
)


def test_agrees_or_is_explained(cases: list[Case]) -> None:
    assert disagreements(cases, with_charges=True) == listed(LISTED["with-charges"])


def test_agrees_or_is_explained_without_oxidation_states(cases: list[Case]) -> None:
    assert disagreements(cases, with_charges=False) == listed(LISTED["without-charges"])


def test_every_ordered_crystal_is_there(cases: list[Case]) -> None:
    assert len(cases) > 70
    assert {"al2o3", "nh4vo3", "li15si4", "na15sn4", "si", "nasi", "nvp-ordered-dft"} <= set(
        ORDERED
    )


def test_oxides_and_elements_agree_but_for_few_sites(cases: list[Case]) -> None:
    """Outside the alloys the exceptions are a handful, and no cation of a framework is one."""
    alkali = {"Li", "Na"}
    for case in cases:
        elements = set(case.elements.values())
        if "O" not in elements and len(elements) > 1:
            continue
        theirs = case.with_charges or case.without
        for site, element in case.elements.items():
            if element not in alkali | {"O", "H", "Te"}:
                assert len(case.ours[site]) == len(theirs[site]), (case.name, site)


def test_criterion_crystalnn_is_pymatgens(cases: list[Case]) -> None:
    """The criterion of that name, on positions outside the cell as well."""
    case = next(case for case in cases if case.name == "livo3")
    atoms = load("livo3").to_atoms()
    atoms.positions += [7.0, -11.0, 3.0]
    bonds = find_bonds(atoms, "crystalnn")
    vectors = atoms.positions[bonds.second] + bonds.shifts @ atoms.cell.array
    lengths = np.linalg.norm(vectors - atoms.positions[bonds.first], axis=1)
    np.testing.assert_allclose(lengths, bonds.distances, atol=1e-9)
    labels = atoms.arrays["site_label"].tolist()
    for site, shell in case.without.items():
        found = bonds.distances[bonds.first == labels.index(site)]
        np.testing.assert_allclose(
            np.sort(found), sorted(item.distance for item in shell), atol=1e-6
        )


def test_crystalnn_needs_three_periodic_axes() -> None:
    atoms = load("si").to_atoms()
    atoms.pbc = (True, True, False)
    with pytest.raises(InvalidCriterion, match="periodic along all axes"):
        find_bonds(atoms, "crystalnn")
