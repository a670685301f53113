"""Geng et al. 2023: closed conduction planes in cycled Na β''-alumina.

Everything is computed on the crystal of Bettman and Peters (1969), doi:10.1021/j100726a024. The
numbers of our own check are those of a rigid model: blocks move as they are.
"""

from collections.abc import Iterator

from ase import Atoms
from scipy.constants import Avogadro, physical_constants

from ionsmith.analyzers.coordination import coordination
from ionsmith.analyzers.haadf import Microscope, PlaneSpacing, simulate_haadf
from ionsmith.builders.beta_alumina import ROUTES, Closure, build_beta_alumina, close_planes
from ionsmith.crystals import load
from ionsmith.lattice.metric import angle
from ionsmith.lattice.miller import Direction
from ionsmith.layers.anatomy import find_anatomy
from ionsmith.potentials import load_potential
from ionsmith.reproduction.geng_2023_cracks import crack_rows
from ionsmith.reproduction.geng_2023_models import (
    CLOSED_PLANE,
    Models,
    facing_distance,
    facing_stacking,
)
from ionsmith.reproduction.rows import Paper, Row, attempt, if_so
from ionsmith.simulation.relaxing import relax

SEEN_ALONG, ROUTE_SEEN = Direction((1, 0, 0)), 3
"""Beam, and the glide that is seen best along it."""

POTENTIAL, FORCE = "sevennet", 0.1
"""What the closed crystal is relaxed with, and to which largest force in eV/Å: twice that of
``ionsmith relax`` takes half the steps, and leaves the pair 0.04 Å short of 2.72 Å."""

THIN = 10.0
NARROW = Microscope(detector=(40.0, 80.0))
"""Thickness in Å and microscope (300 kV) of the multislice profile, for the places of the peaks in
less than a minute; those of intensities for the record take a thicker crystal and more angles."""

MARGIN = 1.3
"""Distance in Å from the outermost rows to the ends of the profile."""


def rows(paper: Paper) -> Iterator[Row]:
    """Compute the rows of the paper.

    Parameters
    ----------
    paper
        What makes rows.

    Yields
    ------
    Row
        One by one, as they are computed.
    """
    models = Models()
    yield from _crystal(paper, models)
    yield from _closure(paper, models)
    yield from _closure_check(paper, models)
    yield from _relaxed(paper, models.neutral)
    yield from _images(paper)
    yield from _stress(paper)
    yield from crack_rows(paper, models.open.atoms)


def _crystal(paper: Paper, models: Models) -> Iterator[Row]:
    """Rows of the open crystal."""
    crystal, model = load("beta2-alumina"), models.open
    anatomy = model.anatomy
    planes = anatomy.n_planes * anatomy.basal_cells
    yield paper.words("space group", "R-3m", crystal.space_group_symbol)
    yield paper.number(
        "a of the cell", 5.614, crystal.cellpar[0], "Å", within=0.0005, origin="check"
    )
    yield paper.number(
        "c of the cell", 33.85, crystal.cellpar[2], "Å", within=0.005, origin="check"
    )
    yield paper.number("O layers in a spinel block", 4, anatomy.oxygen_layer.max(), within=0)
    yield paper.words("neighbours of Al", "4 and 6", _numbers(model.atoms, "Al"))
    yield paper.number(
        "bridging O per conduction plane and cell", 1, anatomy.bridging.sum() / planes, within=0
    )
    before = {(s.pair, s.kind): s.before for s in models.comparison.sharing if s.before}
    kinds = sorted(kind for pair, kind in before if pair == "AlO4-AlO4")
    yield paper.words("what AlO4 share across an open plane", "corner", " and ".join(kinds))
    yield paper.number(
        "corner-sharing AlO4 pairs per open plane and cell",
        1,
        before["AlO4-AlO4", "corner"] / planes,
        within=0,
    )
    spacing = float(anatomy.row_spacing.mean())
    other = load("ag-beta2-alumina")
    second = find_anatomy(other.to_atoms())
    yield paper.number(
        "spacing of neighbouring blocks: rows of octahedral Al across an open plane",
        6.35,
        spacing,
        "Å",
        within=0.005,
        why=if_so(
            abs(second.row_spacing.mean() - 6.35) < abs(spacing - 6.35) / 5,
            f"another cell: in {other.name} of the library ({other.formula}, "
            f"c = {other.cellpar[2]:.2f} Å) the rows are {second.row_spacing.mean():.3f} Å apart; "
            f"the O layers across a plane are {second.oxygen_gap.mean():.2f} Å apart there and "
            f"{anatomy.oxygen_gap.mean():.2f} Å here",
        ),
    )
    yield paper.words(
        "stacking of the O below, the O above and the bridging O of an open plane",
        "A C B",
        facing_stacking(model),
        origin="check",
    )


def _closure(paper: Paper, models: Models) -> Iterator[Row]:
    """Rows of the closed crystal."""
    closed, lattice = models.closed, load("beta2-alumina").lattice.lattice
    for route, line in ((1, (-1, 1, 0)), (2, (2, 1, 0))):
        glide = close_planes(models.open.atoms, [CLOSED_PLANE], route=route).closed_planes[0].glide
        off = float(angle(glide, lattice.vectors(line)))
        yield paper.number(
            f"angle of the glide of route {route} to {Direction(line)}",
            0,
            min(off, 180 - off),
            "°",
            within=0.01,
        )
    became = {(c.kind_before, c.kind_after) for c in models.comparison.became
              if c.pair_before == c.pair_after == "AlO4-AlO4"}  # fmt: skip
    yield paper.words(
        "AlO4 pairs across a plane that closes",
        "corner to edge",
        "; ".join(sorted(f"{one} to {two}" for one, two in became)),
    )
    yield paper.number(
        "edge-sharing AlO4 pairs per closed plane and cell",
        1,
        sum(s.after for s in models.comparison.sharing
            if (s.pair, s.kind) == ("AlO4-AlO4", "edge")),
        within=0,
    )  # fmt: skip
    yield paper.words("neighbours of Al after closing", "4 and 6", _numbers(closed.atoms, "Al"))
    state = find_anatomy(closed.atoms).closed
    yield paper.words(
        "planes of one crystal after closing one of them",
        "open, closed, open",
        ", ".join("closed" if one else "open" for one in state),
    )


def _closure_check(paper: Paper, models: Models) -> Iterator[Row]:
    """Rows of our own check of the closure."""
    closed, atoms = models.closed, models.closed.atoms
    (plane,) = closed.closed_planes
    lattice = load("beta2-alumina").lattice.lattice
    whole = float(lattice.length((2, 1, 0)))
    yield paper.number(
        "length of the glide", 1.62, plane.glide_length, "Å", within=0.005, origin="check"
    )
    yield paper.number(
        "glide as a part of a <210> vector", 1 / 6, plane.glide_length / whole, within=1e-6,
        origin="check",
    )  # fmt: skip
    yield paper.number(
        f"routes that the threefold axis makes equivalent ({len(ROUTES)} in all)",
        3,
        len(closed.equivalent_routes),
        within=0,
        origin="check",
    )
    yield paper.words(
        "neighbours of Al after a glide in the wrong sense",
        "3, 4 and 6",
        _numbers(models.wrong.atoms, "Al"),
        why=f"{closed.cation_coordination.get(3, 0)} Al with three O in the right sense, "
        f"{models.wrong.cation_coordination.get(3, 0)} in the wrong one",
        origin="check",
    )
    assert plane.fourth_bond is not None
    yield paper.number("fourth Al–O", 1.73, plane.fourth_bond, "Å", within=0.005, origin="check")
    # The same with the printed gap: what the other two numbers are then.
    asked = close_planes(models.open.atoms, [CLOSED_PLANE], spacing=2.37)
    bond = asked.closed_planes[0].fourth_bond
    assert bond is not None
    pair, asked_pair = facing_distance(atoms), facing_distance(asked.atoms)
    reason = (
        "our shortcoming, a rigid closure: the three lengths of the check do not go together, "
        f"O layers 2.37 Å apart make the fourth bond {bond:.3f} Å and Al–Al {asked_pair:.3f} Å; "
        f"here the bond is that of the open tetrahedron, {plane.fourth_bond:.3f} Å"
    )
    yield paper.number(
        "O layers across a closed plane",
        2.37,
        plane.oxygen_gap_after,
        "Å",
        within=0.005,
        why=if_so(abs(bond - 1.73) > 0.005, reason),
        origin="check",
    )
    yield paper.number(
        "Al–Al of the edge-sharing pair, rigid",
        1.95,
        pair,
        "Å",
        within=0.005,
        why=if_so(abs(bond - 1.73) > 0.005 and abs(asked_pair - 1.95) < abs(pair - 1.95), reason),
        origin="check",
    )
    every = close_planes(models.open.atoms, list(range(1, closed.n_planes + 1)))
    lost = {element: count - every.composition_after.get(element, 0)
            for element, count in every.composition_before.items()}  # fmt: skip
    assert every.charge_after is not None
    charge = every.charge_after / every.n_planes
    yield paper.number(
        "O that leave per plane and cell", 1, lost["O"] / every.n_planes, within=0, origin="check"
    )
    yield paper.number(
        "Na that leave per plane and cell",
        2,
        lost["Na"] / every.n_planes,
        within=0.5,
        why=f"{load('beta2-alumina').formula} holds {lost['Na']} Na in its {every.n_planes} "
        f"planes; with one O each they leave {charge:+.2f} e per plane and cell",
        origin="check",
    )


def _relaxed(paper: Paper, closed: Closure) -> Iterator[Row]:
    """Rows of the relaxed closed crystal."""
    distance, neighbours = "Al–Al of the edge-sharing pair, relaxed", "neighbours of Al, relaxed"
    found = attempt(lambda: relax(closed.atoms, load_potential(POTENTIAL), fmax=FORCE))
    if isinstance(found, str):
        yield paper.not_run(distance, 2.7, "Å", found, origin="check")
        yield paper.not_run(neighbours, "4 and 6", "", found)
        return
    (pair,) = (edge for edge in found.edges if edge.pair == "AlO4-AlO4")
    (plane,) = closed.closed_planes
    how = (
        f"plane {plane.plane} of {closed.n_planes} closed, {found.atoms.get_chemical_formula()}, "
        f"charge {closed.charge_after or 0:+d} e; {found.potential['model']}, cell kept, "
        f"{found.steps} steps to {found.largest_force_after:.2g} eV/Å"
    )
    yield paper.number(
        distance,
        2.7,
        pair.distance_after,
        "Å",
        within=0.05,
        why=f"{how}; from {pair.distance_before:.3f} Å, sharing {pair.kind} before and "
        f"{pair.kind_after or 'nothing'} after",
        origin="check",
    )
    yield paper.words(neighbours, "4 and 6", _numbers(found.atoms, "Al"), why=how)


def _images(paper: Paper) -> Iterator[Row]:
    """Rows of the HAADF images."""
    model = close_planes(build_beta_alumina().atoms, [CLOSED_PLANE], route=ROUTE_SEEN).atoms
    look = simulate_haadf(model, SEEN_ALONG)
    projected = look.profile.planes
    yield paper.words(
        "closed and open planes in the intensity profile along c",
        "closed narrower",
        _narrower(projected),
        why=f"projection along {SEEN_ALONG}: rows of octahedral Al {_spacings(projected)} Å apart",
    )
    quantity = "closed and open planes in a multislice profile, 300 kV"
    middle = look.cell.field[0] / 2
    upper = projected[CLOSED_PLANE - 1].upper  # an open plane and the closed one are enough
    found = attempt(
        lambda: simulate_haadf(
            model,
            SEEN_ALONG,
            microscope=NARROW,
            method="multislice",
            scan="profile",
            thickness=THIN,
            line=((middle, projected[0].lower - MARGIN), (middle, upper + MARGIN)),
            width=look.cell.sides[0].period,
            phonons=0,
        )
    )
    if isinstance(found, str):
        yield paper.not_run(quantity, "closed narrower", "", found)
        return
    planes = found.profile.planes
    off = max(abs(one.row_spacing - one.row_spacing_model) for one in planes)
    yield paper.words(
        quantity,
        "closed narrower",
        _narrower(planes),
        why=f"rows {_spacings(planes)} Å apart, up to {off:.2f} Å from those of the atoms "
        f"({THIN:g} Å thick, atoms at rest, detector "
        f"{NARROW.detector[0]:g} to {NARROW.detector[1]:g} mrad)",
    )


def _stress(paper: Paper) -> Iterator[Row]:
    """Rows of the stress of plated sodium."""
    faraday = physical_constants["Faraday constant"][0]
    sodium = load("na")
    volume = sodium.volume / sodium.composition()["Na"] * Avogadro * 1e-24
    by_crystal = faraday * 2.2 / (volume * 1e-6) / 1e9
    yield paper.number(
        "maximum deposition stress F·Δφ/Ω at 2.2 V with Ω = 24 cm³/mol",
        8.8,
        faraday * 2.2 / 24e-6 / 1e9,
        "GPa",
        within=0.05,
        why=f"{by_crystal:.2f} GPa with the {volume:.2f} cm³/mol of the Na crystal",
    )
    yield paper.number("molar volume of Na", 24, volume, "cm³/mol", within=0.5)


def _numbers(atoms: Atoms, element: str) -> str:
    """Coordination numbers of an element, in words."""
    found = [str(number) for number in sorted(coordination(atoms).counts()[element])]
    return " and ".join(filter(None, (", ".join(found[:-1]), found[-1])))


def _narrower(planes: tuple[PlaneSpacing, ...]) -> str:
    """Whether the closed plane has narrower rows, in words."""
    closed = max(one.row_spacing for one in planes if one.closed)
    opened = min(one.row_spacing for one in planes if not one.closed)
    return "closed narrower" if closed < opened else "closed not narrower"


def _spacings(planes: tuple[PlaneSpacing, ...]) -> str:
    """Spacings of the rows, open and closed."""
    return ", ".join(
        f"{one.row_spacing:.2f} ({'closed' if one.closed else 'open'})" for one in planes
    )


PAPER = Paper(
    "p1",
    "Geng et al., Energy Environ. Sci. 16(6) (2023), doi:10.1039/d3ee00237c",
    rows,
)
