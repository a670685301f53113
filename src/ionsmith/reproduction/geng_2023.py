"""Geng et al. 2023: closed conduction planes in cycled Na β''-alumina.

Everything is computed on the crystal of Bettman and Peters (1969), doi:10.1021/j100726a024.
"""

from collections.abc import Iterator

import numpy as np
from ase import Atoms
from scipy.constants import Avogadro, elementary_charge, physical_constants

from ionsmith.analyzers.coordination import compare, coordination
from ionsmith.analyzers.haadf import Microscope, PlaneSpacing, simulate_haadf
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.crystals import load
from ionsmith.lattice.miller import Direction
from ionsmith.layers.anatomy import find_anatomy
from ionsmith.reproduction.geng_2023_closure import (
    CLOSED_PLANE,
    Models,
    closure_rows,
    facing_stacking,
    numbers,
    relaxed_rows,
)
from ionsmith.reproduction.geng_2023_cracks import crack_rows
from ionsmith.reproduction.rows import Paper, Row, attempt, if_so

SEEN_ALONG, ROUTE_SEEN = Direction((1, 0, 0)), 3
"""Beam, and the glide that is seen best along it."""

THIN = 10.0
NARROW = Microscope(detector=(40.0, 80.0))
"""Thickness in Å and microscope (300 kV) of the multislice profile, for the places of the peaks in
less than a minute; those of intensities for the record take a thicker crystal and more angles."""

MARGIN = 1.3
"""Distance in Å from the outermost rows to the ends of the profile."""

SAME_IMAGE = 0.995
"""Correlation from which noise would hide the difference of two images."""


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
    yield from closure_rows(paper, models)
    yield from relaxed_rows(paper, models)
    yield from _images(paper)
    yield _one_zone(paper, models)
    yield from _stress(paper)
    yield from crack_rows(paper, models.open.atoms)


OPEN = ("beta2-alumina", "beta-alumina builder")


def _crystal(paper: Paper, models: Models) -> Iterator[Row]:
    """Rows of the open crystal."""
    crystal, model = load("beta2-alumina"), models.open
    anatomy = model.anatomy
    planes = anatomy.n_planes * anatomy.basal_cells
    record, bare, bonded = (
        paper.on("beta2-alumina"),
        paper.on(*OPEN),
        paper.on(*OPEN, "coordination"),
    )
    yield record.words(
        "space group",
        "R-3m",
        crystal.space_group_symbol,
        match="by construction",
        origin="check",
    )
    for axis, published, value, half in (
        ("a", 5.614, crystal.cellpar[0], 0.0005),
        ("c", 33.85, crystal.cellpar[2], 0.005),
    ):
        yield record.number(
            f"{axis} of the cell",
            published,
            value,
            "Å",
            within=half,
            match="by construction",
            origin="check",
        )
    yield bare.number(
        "O layers in a spinel block",
        4,
        anatomy.oxygen_layer.max(),
        within=0,
        match="by construction",
    )
    yield bonded.words("neighbours of Al", "4 and 6", numbers(model.atoms, "Al"))
    yield bare.number(
        "bridging O per conduction plane and cell", 1, anatomy.bridging.sum() / planes, within=0
    )
    found = coordination(model.atoms)
    bridge = found.coordination_numbers[anatomy.bridging]
    yield bonded.number("Al around a bridging O", 2, bridge.mean(), within=0)
    before = {(s.pair, s.kind): s.before for s in models.comparison.sharing if s.before}
    kinds = sorted(kind for pair, kind in before if pair == "AlO4-AlO4")
    yield bonded.words("what AlO4 share across an open plane", "corner", " and ".join(kinds))
    yield bonded.number(
        "corner-sharing AlO4 pairs per open plane and cell",
        1,
        before.get(("AlO4-AlO4", "corner"), 0) / planes,
        within=0,
    )
    spacing, gap = float(anatomy.row_spacing.mean()), float(anatomy.oxygen_gap.mean())
    other = load("ag-beta2-alumina")
    second = find_anatomy(other.to_atoms())
    yield bare.number(
        "spacing of neighbouring blocks: rows of octahedral Al across an open plane",
        6.35,
        spacing,
        "Å",
        within=0.005,
        why=f"not explained: {100 * (spacing / 6.35 - 1):.1f} % more, as a scale bar can be; "
        f"O layers are {gap:.2f} Å apart across the plane; in {other.name}, another cell with "
        f"idealised coordinates, the rows are {second.row_spacing.mean():.3f} Å apart",
    )
    yield bare.words(
        "stacking of the O below, the O above and the bridging O of an open plane",
        "A C B",
        " ".join(facing_stacking(model.atoms, CLOSED_PLANE)),
        origin="check",
    )


def _images(paper: Paper) -> Iterator[Row]:
    """Rows of the HAADF images."""
    on = paper.on(*OPEN, "closure builder", "haadf")
    model = close_planes(build_beta_alumina().atoms, [CLOSED_PLANE], route=ROUTE_SEEN).atoms
    look = simulate_haadf(model, SEEN_ALONG)
    projected = look.profile.planes
    yield on.words(
        "closed and open planes in the intensity profile along c",
        "closed narrower",
        _narrower(projected),
        match="by construction",
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
        yield on.not_run(quantity, "closed narrower", "", found)
        return
    planes = found.profile.planes
    off = max(abs(one.row_spacing - one.row_spacing_model) for one in planes)
    yield on.words(
        quantity,
        "closed narrower",
        _narrower(planes),
        match="by construction",
        why=f"rows {_spacings(planes)} Å apart, up to {off:.2f} Å from those of the atoms "
        f"({THIN:g} Å thick, atoms at rest, detector "
        f"{NARROW.detector[0]:g} to {NARROW.detector[1]:g} mrad)",
    )


def _one_zone(paper: Paper, models: Models) -> Row:
    """What an image along one zone tells of the glide: another one has the same image."""
    planes = list(range(1, models.closed.n_planes + 1))
    first, other, third = (
        close_planes(models.open.atoms, planes, cell="hexagonal", spacing=2.35, **glide)
        for glide in ({"route": 1}, {"route": 3}, {"glide": "third"})
    )
    along, across = (
        _alike(third.atoms.repeat((1, 1, 2)), model.atoms, zone)
        for model, zone in ((first, "[1,1,0]"), (other, "[1,0,0]"))
    )
    crossed = _alike(third.atoms.repeat((1, 1, 2)), first.atoms, "[1,0,0]")
    edges = sum(
        s.after
        for s in compare(models.open.atoms, third.atoms).sharing
        if (s.pair, s.kind) == ("AlO4-AlO4", "edge")
    )
    same = min(along, across) > SAME_IMAGE
    return paper.on(*OPEN, "closure builder", "coordination", "haadf").words(
        "what AlO4 share across a closed plane, as images along one zone show it",
        "edge",
        "edge or nothing" if same and edges == 0 else "edge",
        tolerance_from=f"correlation of {SAME_IMAGE:g}, above which noise hides a difference",
        why=if_so(
            same,
            "the glide by [210]/3 gives each facing Al its fourth O without a shared edge, and has "
            f"the image of route 1 along [110] (correlation {along:.4f}), of route 3 along [100] "
            f"({across:.4f}); a second zone of the same plane tells them apart (route 1 along "
            f"[100]: {crossed:.2f})",
        ),
    )


def _alike(atoms: Atoms, other: Atoms, zone: str) -> float:
    """Largest correlation of two HAADF images, whatever their origins."""
    images = [simulate_haadf(model, zone).image for model in (atoms, other)]
    first, second = (i.intensity - i.intensity.mean() for i in images if i is not None)
    product = np.fft.fft2(first) * np.fft.fft2(second).conj()
    return float(np.fft.ifft2(product).real.max() / np.sqrt((first**2).sum() * (second**2).sum()))


def _stress(paper: Paper) -> Iterator[Row]:
    """Rows of the stress of plated sodium, and of the dose."""
    faraday = physical_constants["Faraday constant"][0]
    sodium = load("na")
    volume = sodium.volume / sodium.composition()["Na"] * Avogadro * 1e-24
    yield paper.on().number(
        "maximum deposition stress F·Δφ/Ω at 2.2 V with Ω = 24 cm³/mol",
        8.8,
        faraday * 2.2 / 24e-6 / 1e9,
        "GPa",
        within=0.05,
        match="arithmetic",
    )
    on = paper.on("na")
    yield on.number("molar volume of Na", 24, volume, "cm³/mol", within=0.5)
    yield on.number(
        "maximum deposition stress at 2.2 V with the molar volume of the Na crystal",
        8.8,
        faraday * 2.2 / (volume * 1e-6) / 1e9,
        "GPa",
        within=0.05,
        why=f"the crystal has {volume:.2f} cm³/mol at room temperature, rounded to 24 in the paper",
    )
    yield paper.on().number(
        "dose of 12 pA for 20 s on 2.68·10⁵ Å²",
        5600,
        12e-12 * 20 / elementary_charge / 2.68e5,
        "e/Å²",
        within=50,
        match="arithmetic",
    )


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
