"""Yu et al. 2021: Na3V2(PO4)3 (NVP) growing on its precursors and on NZSP, seen in the microscope.

All lengths and angles are those of the published crystals, unstrained.
"""

from collections.abc import Iterator

from ase.neighborlist import neighbor_list

from ionsmith.analyzers.epitaxy import (
    DEFINITIONS,
    Mismatch,
    Ratio,
    find_ratios,
    plane_mismatch,
    site_overlap,
)
from ionsmith.analyzers.planes import lattice_planes
from ionsmith.analyzers.spots import overlay_spots
from ionsmith.crystals import load
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.miller import Plane, parse_directions, parse_planes, zone_law
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.reproduction.rows import Paper, Row, if_so
from ionsmith.reproduction.yu_2021_crystals import FACE, facet_rows, nzsp_rows, phase_rows
from ionsmith.reproduction.yu_2021_orientations import predicted_row

VANADATE = ("(1,2,-1)||(2,-1,0)", "[0,1,2]||[1,2,-1]")
PHOSPHATE = ("(-1,-2,1)||(0,0,9)", "[-3,2,1]||[2,1,0]")
"""Parallel planes and directions of NVP on NH4VO3 and on NaH2PO4, the substrate's first."""

SUBSTRATE_PLANE, GROWTH_PLANE = Plane((1, 0, 0)), Plane((2, 0, 2))
"""Of NH4VO3 and of NVP, printed with their spacings."""

EXCHANGED = Plane((-1, 2, -3))
"""Of NVP, printed with 0.347 nm."""

RANDOM_ORIENTATIONS = 20

NEAR = 1.0
"""Mean distance in Å up to which sites nearly overlap; half a V-O bond or so."""

DIGIT = 0.0005
"""Half a unit of the last digit in Å of the spacings that our check prints, 3.167 and 4.364."""


SPACINGS, HALF_BOND = "digits of the spacings", "half a V-O bond"


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
    yield from phase_rows(paper)
    yield from _on_vanadate(paper)
    yield from _ratios(paper)
    yield from _strains(paper)
    yield from _vanadium(paper)
    yield from _on_phosphate(paper)
    yield from facet_rows(
        paper, _relationship(load("nh4vo3").lattice, load("nvp").lattice, VANADATE)
    )
    yield from nzsp_rows(paper)
    for name, title, parallel in (
        ("nh4vo3", "NH4VO3", VANADATE),
        ("nah2po4", "NaH2PO4", PHOSPHATE),
    ):
        seen = _relationship(load(name).lattice, load("nvp").lattice, parallel)
        yield predicted_row(paper.on(name, "nvp", "orientation_relationships"), title, seen)
    yield paper.open(
        "formation energies −2.196 and −1.429 eV/atom",
        "quoted",
        "energies of density-functional theory, of which the paper names neither the functional "
        "nor the references; ionsmith analyze stability compares energies of one method",
    )


def _on_vanadate(paper: Paper) -> Iterator[Row]:
    """Rows of NVP on NH4VO3."""
    substrate, film = load("nh4vo3").lattice, load("nvp").lattice
    yield from _zone_laws(paper, substrate, film, VANADATE)
    relationship = _relationship(substrate, film, VANADATE)
    spots = overlay_spots("lib:nh4vo3", "lib:nvp", relationship)
    row = spots.coincidences[0]
    yield paper.on("nh4vo3", "nvp", "spots").number(
        "angle between the rows of spots of the two planes in the superposed patterns",
        0,
        row.angle,
        "°",
        within=0.01,
        match="by construction",
        why=f"spots {row.m}:{row.n} on that row, {len(spots.coincidences)} pairs of spots coincide",
    )
    for crystal, plane, published in (
        (substrate, SUBSTRATE_PLANE, 4.91),
        (film, GROWTH_PLANE, 3.57),
    ):
        on = paper.on(crystal.name, "indices")
        yield on.number(
            f"d{plane} of {crystal.name}", published, _spacing(crystal, plane), "Å", within=0.005
        )
        reason = crystal.symmetry.absence_reason(plane.indices)
        yield on.words(
            f"reflection {plane} of {crystal.name}",
            "allowed",
            "allowed" if reason is None else "forbidden",
            why=if_so(reason is not None, f"by {reason}"),
        )
    yield _exchanged(paper, film)
    found = _vanadate_mismatch()
    yield paper.on("nh4vo3", "indices").number(
        "d(1,2,-1) of nh4vo3", 3.167, found.d_substrate, "Å", within=0.0005, origin="check"
    )
    yield paper.on("nvp", "indices").number(
        "d(2,-1,0) of nvp", 4.364, found.d_film, "Å", within=0.0005, origin="check"
    )


def _exchanged(paper: Paper, film: CrystalLattice) -> Row:
    """The spacing of (-1,2,-3), printed with two digits exchanged."""
    value = _spacing(film, EXCHANGED)
    printed = 3.47
    near = lattice_planes(film, d_min=3.0).planes
    nearest = min(near, key=lambda one: abs(one.d - printed))
    return paper.on("nvp", "indices").number(
        f"d{EXCHANGED} of nvp",
        printed,
        value,
        "Å",
        within=0.005,
        why=if_so(
            sorted(f"{value:.2f}") == sorted(f"{printed:.2f}"),
            f"two digits are exchanged; no allowed plane is near the printed spacing, the nearest "
            f"is {nearest.label} with {nearest.d:.3f} Å",
        ),
    )


def _ratios(paper: Paper) -> Iterator[Row]:
    """Rows of the mismatch on NH4VO3."""
    paper = paper.on("nh4vo3", "nvp", "indices", "epitaxy")
    found = _vanadate_mismatch()
    raw = {name: 100 * value for name, value in _ratio(found, 1, 1).mismatches.items()}
    own, *others = raw
    listed = "; ".join(f"{raw[name]:+.1f} % = {DEFINITIONS[name].formula}" for name in others)
    yield paper.number(
        "raw mismatch 1:1 (12-1)/(2-10), about",
        30,
        abs(raw[own]),
        "%",
        within=5,
        tolerance_from="about, one digit",
        why=f"by the formula of the next row, which the paper uses, {raw[own]:+.1f} %; others give "
        f"{listed}",
    )
    chosen = _ratio(found, 3, 2)
    better = [r for r in found.ratios if abs(r.mismatch) < abs(chosen.mismatch) and r.m <= 4]
    why = "; ".join(f"{r.m}:{r.n} fits better, {100 * r.mismatch:+.2f} %" for r in better)
    yield paper.number(
        "mismatch of three substrate planes to two of the film, (m d_sub - n d_film) / (m d_sub)",
        8.1,
        100 * chosen.mismatch,
        "%",
        within=0.05,
        why=why,
    )
    for m, n, published in ((3, 2, 8.13), (4, 3, -3.35), (7, 5, 1.57), (11, 8, -0.22)):
        yield paper.number(
            f"{m}:{n} with NH4VO3 as the reference",
            published,
            100 * _ratio(found, m, n).mismatch,
            "%",
            within=_rounded(found, m, n),
            tolerance_from=SPACINGS,
            origin="check",
        )
    yield paper.number(
        "3:2 with NVP as the reference",
        -8.85,
        100 * chosen.mismatch_film_reference,
        "%",
        within=_rounded(found, 3, 2),
        tolerance_from=SPACINGS,
        origin="check",
    )


def _strains(paper: Paper) -> Iterator[Row]:
    """Strains measured in the image against those of a coherent 3:2 match."""
    paper = paper.on("nh4vo3", "nvp", "indices", "epitaxy")
    film, substrate = 5.0, 6.6
    found = _vanadate_mismatch()
    lengths = found.d_substrate, found.d_film
    chosen = [(3, 2)]
    (all_film,) = find_ratios(*lengths, ratios=chosen)
    share = substrate / (substrate + film)
    (shared,) = find_ratios(*lengths, ratios=chosen, substrate_share=share)
    needed = 100 * all_film.strain_film
    together = film + substrate
    why = if_so(
        together > needed,
        f"measured in an image, no property of the crystals: coherence at 3:2 needs "
        f"{needed:+.2f} % in NVP if NH4VO3 is rigid, and {100 * shared.strain_film:+.2f} % with "
        f"{100 * shared.strain_substrate:+.2f} % in NH4VO3 if they share it as measured; "
        f"{film:g} and {substrate:g} % together are {together:g} %, more than that",
    )
    for title, published, value, half in (
        (
            "strain of NVP at a coherent 3:2 match, shared as measured",
            film,
            shared.strain_film,
            0.5,
        ),
        (
            "strain of NH4VO3 at a coherent 3:2 match, shared as measured",
            substrate,
            abs(shared.strain_substrate),
            0.05,
        ),
    ):
        yield paper.number(title, published, 100 * value, "%", within=half, why=why)


def _vanadium(paper: Paper) -> Iterator[Row]:
    """Rows of the overlap of vanadium sites."""
    paper = paper.on("nh4vo3", "nvp", "indices", "overlap")
    substrate, film = load("nh4vo3"), load("nvp")
    relationship = _relationship(substrate.lattice, film.lattice, VANADATE)
    found = site_overlap(
        substrate, film, relationship, "V", random_orientations=RANDOM_ORIENTATIONS
    )
    drawn, mean = found.random_orientations, found.to_film.mean
    assert drawn is not None
    assert found.to_film.random_origin is not None
    yield paper.words(
        f"V positions of NH4VO3 and NVP (nearly: within {NEAR:g} Å on average)",
        "nearly overlap",
        "nearly overlap" if mean <= NEAR else "do not overlap",
        tolerance_from=HALF_BOND,
        why=if_so(
            mean > NEAR,
            f"not for rigid crystals: {mean:.2f} Å on average at the best origin, "
            f"{found.to_film.random_origin:.2f} Å at a random one; in random orientations "
            f"{drawn.mean:.2f} ± {drawn.spread:.2f} Å at their best origins, "
            f"{drawn.as_good:.0%} of them as good",
        ),
    )
    own = found.one_to_one
    source = found.substrate if found.sparser == "substrate" else found.film
    yield paper.words(
        f"how far V moves while NVP forms (hardly: within {NEAR:g} Å on average)",
        "hardly",
        "hardly" if own.mean <= NEAR else "further",
        tolerance_from=HALF_BOND,
        why=if_so(
            own.mean > NEAR,
            f"a rigid overlay needs more: {own.mean:.2f} Å on average and {own.largest:.2f} Å at "
            f"most, if each V of {source} takes another one; two V of NH4VO3 are "
            f"{_nearest_vanadium('nh4vo3'):.2f} Å apart at least",
        ),
    )


def _on_phosphate(paper: Paper) -> Iterator[Row]:
    """Rows of NVP on NaH2PO4."""
    crystal = load("nah2po4")
    substrate, film = crystal.lattice, load("nvp").lattice
    yield from _zone_laws(paper, substrate, film, PHOSPHATE)
    below, above = parse_planes(PHOSPHATE[0])
    spacing = _spacing(substrate, below)
    a, b, c, alpha, beta, gamma = crystal.cellpar
    other = Lattice.from_cellpar((a, b, c, alpha, 180 - beta, gamma)).d_spacing(below.indices)
    phosphate, nvp = paper.on("nah2po4", "indices"), paper.on("nvp", "indices")
    yield phosphate.number(
        "β of NaH2PO4", 92.88, beta, "°", within=0.005, match="by construction", origin="check"
    )
    yield phosphate.number(
        f"d{below} of nah2po4", 4.074, spacing, "Å", within=0.0005, origin="check"
    )
    yield phosphate.number(
        f"error of d{below} if β is taken the other way",
        3,
        100 * abs(float(other) / spacing - 1),
        "%",
        within=0.5,
        origin="check",
    )
    yield phosphate.number(
        f"d{FACE} of nah2po4", 4.57, _spacing(substrate, FACE), "Å", within=0.005
    )
    yield nvp.number(
        f"d{above} of nvp",
        2.422,
        third := _spacing(film, above),
        "Å",
        within=DIGIT,
        why=if_so(int(third * 1000) == 2422, f"c/9 = {third:.4f} Å: printed cut off, not rounded"),
        origin="check",
    )
    reason = film.symmetry.absence_reason(above.indices)
    yield nvp.words(
        f"reflection {above} of NVP, the plane on {below} of NaH2PO4",
        "seen",
        "allowed" if reason is None else "forbidden",
        why=if_so(
            reason is not None,
            f"{above} is forbidden by {reason}; the stacking has that period all the same, and "
            "multiple scattering in an electron microscope can show it",
        ),
    )
    found = plane_mismatch(substrate, film, (below, above), ratios=[(3, 5)])
    both = paper.on("nah2po4", "nvp", "indices", "epitaxy")
    yield both.number(
        "three NaH2PO4 to five NVP spacings",
        0.91,
        100 * found.ratios[0].mismatch,
        "%",
        within=_rounded(found, 3, 5),
        tolerance_from=SPACINGS,
        origin="check",
    )


def _relationship(
    substrate: CrystalLattice, film: CrystalLattice, parallel: tuple[str, str]
) -> OrientationRelationship:
    """Orientation relationship of parallel planes and directions."""
    planes, directions = parse_planes(parallel[0]), parse_directions(parallel[1])
    return OrientationRelationship.from_parallel(substrate, film, planes, directions)


def _zone_laws(
    paper: Paper, substrate: CrystalLattice, film: CrystalLattice, parallel: tuple[str, str]
) -> Iterator[Row]:
    """Whether the directions that are said to be parallel lie in the planes that are."""
    planes, directions = parse_planes(parallel[0]), parse_directions(parallel[1])
    for crystal, plane, line in zip((substrate, film), planes, directions, strict=True):
        yield paper.on("indices").number(
            f"{line} in {plane} of {crystal.name}: hu + kv + lw",
            0,
            zone_law(plane, line),
            within=0,
            match="arithmetic",
        )


def _vanadate_mismatch() -> Mismatch:
    """Mismatch of the parallel planes of NVP and NH4VO3."""
    return plane_mismatch(
        load("nh4vo3").lattice, load("nvp").lattice, parse_planes(VANADATE[0]), max_multiple=11
    )


def _ratio(found: Mismatch, m: int, n: int) -> Ratio:
    """The ratio m : n of a mismatch."""
    return next(ratio for ratio in found.ratios if (ratio.m, ratio.n) == (m, n))


def _rounded(found: Mismatch, m: int, n: int) -> float:
    """By how many per cent a mismatch can be off that was computed from printed spacings."""
    ratio = n * found.d_film / (m * found.d_substrate)
    return 100 * ratio * (DIGIT / found.d_film + DIGIT / found.d_substrate) + 0.005


def _spacing(crystal: CrystalLattice, plane: Plane) -> float:
    """Spacing of a plane in Å."""
    return float(crystal.lattice.d_spacing(plane.indices))


def _nearest_vanadium(name: str) -> float:
    """Shortest distance in Å between two V of a crystal."""
    atoms = load(name).to_atoms()
    vanadium = atoms[atoms.numbers == 23]
    return float(neighbor_list("d", vanadium, 6.0).min())


PAPER = Paper(
    "p2",
    "Yu et al., Nano Energy 87, 106144 (2021): NVP on its precursors and on NZSP",
    rows,
)
