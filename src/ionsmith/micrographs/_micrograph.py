"""Which crystals an image of lattice fringes shows, along which zones, and how they are oriented.

Each crystal is laid on the spots of the transform along each of its zones (:mod:`._zones`), turned
and deformed a little, its reflections weighted with their kinematic amplitudes, which are only
known to vary with the contrast transfer. A spot is drawn from the reflections of one of the
crystals or from neither; the probabilities of the solutions follow by Bayes' rule, where zones
with a long period are less likely and a deformation is 2 % in each component (one standard
deviation). The rotation of a lattice is the orthogonal factor of its deformation, so that a
distortion that both crystals share does not turn them.

A transform has a centre of inversion: (hkl) and (-h-k-l) look the same in it.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product
from os import PathLike, fspath

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.scattering import ScattererLike, Scatterers
from ionsmith.crystals.files import as_list
from ionsmith.errors import InvalidInput, NoMatch
from ionsmith.micrographs._image import Micrograph
from ionsmith.micrographs._measured import (
    Solution,
    Spots,
    imaged_crystal,
    imaged_spot,
    measure,
    probability_of,
)
from ionsmith.micrographs._micrograph_result import ImagedRelationship, MicrographIndexing
from ionsmith.micrographs._relationship import gathered, relationships, simplest_turn
from ionsmith.micrographs._transform import LONGEST, SHORTEST, Transform, transform_image
from ionsmith.micrographs._zones import KEPT, STARTS, Fit, Integers, Net, nets_of, refine, search

EXPLAINED = 0.8
"""Share of the spots that another unit must explain."""

SURE = 5.0
"""Logarithm of the odds of a solution over spots at random places, below which there is none."""

SAME = 0.05
"""Difference of densities, relative, below which two fits are the same."""

READINGS = {
    "ten times": 10.0, "a tenth of": 0.1, "a hundred times": 100.0, "a hundredth of": 0.01,
    "2π times": 2 * np.pi, "1/2π of": 0.5 / np.pi,
}  # fmt: skip
"""Factors of lengths of g by which another unit shows."""

LEAST = 0.5
"""Share of the spots that must be explained before another unit is looked for."""


def index_micrograph(
    regions: Micrograph | Transform | Sequence[Micrograph | Transform],
    crystals: Sequence[ScattererLike] | ScattererLike,
    *,
    correct_distortion: bool = False,
) -> MicrographIndexing:
    """Index the spots of an image of one crystal or two.

    Parameters
    ----------
    regions
        The image, parts of it (:meth:`Micrograph.region`) that show one crystal or both, or spots
        (:func:`read_spot_list`).
    crystals
        One crystal, or the substrate and the film.
    correct_distortion
        Whether scale and elliptical distortion are taken out of the image so that the first
        crystal is as its model.

    Raises
    ------
    NoMatch
        If no crystal explains two spots that are not in line.
    InvalidInput
        If an image shows no spots, the spots are in another unit, or there are more than two
        crystals.
    """
    some = [regions] if isinstance(regions, Micrograph | Transform) else list(regions)
    given: list[ScattererLike] = as_list(crystals)
    if not 1 <= len(given) <= 2:
        raise InvalidInput(f"`crystals`: one or two were expected, not {len(given)}")
    if not some:
        raise InvalidInput("`regions`: at least one was expected")
    transforms = [one if isinstance(one, Transform) else transform_image(one) for one in some]
    atoms = [Scatterers.of(one) for one in given]
    if _one_crystal(atoms):
        atoms = [replace(one, name=f"{one.name}, grain {n}") for n, one in enumerate(atoms, 1)]
    spots = Spots(transforms)
    solutions = _solve(spots, atoms) if _possible(spots) else []
    best = solutions[0] if solutions else None
    explained = 1 - float(best.shares[:, 0].mean()) if best else 0.0
    if explained < LEAST and (hint := _other_unit(spots, atoms)):
        raise InvalidInput(f"{transforms[0].name}: {hint}")
    if best is None or best.logarithm < spots.chance + SURE:
        names = " or ".join(one.name for one in atoms)
        raise NoMatch(
            f"{transforms[0].name}: the {len(spots.places)} spots of the transform are not those "
            f"of {names} along any zone; try a region that shows the crystal alone, the size of a "
            "pixel, or another crystal"
        )
    sources = [
        fspath(source) if isinstance(source, str | PathLike) else one.name.partition(", grain")[0]
        for source, one in zip(given, atoms, strict=True)
    ]
    return _result(spots, atoms, solutions, correct_distortion, sources)


def _one_crystal(atoms: Sequence[Scatterers]) -> bool:
    """Whether two crystals are one, so that an image shows two grains of it."""
    if len(atoms) < 2:
        return False
    one, other = atoms
    return one.elements == other.elements and all(
        np.array_equal(a, b)
        for a, b in (
            (one.lattice.cell, other.lattice.cell),
            (one.positions, other.positions),
            (one.element_index, other.element_index),
            (one.occupancy, other.occupancy),
        )
    )


def _solve(spots: Spots, atoms: Sequence[Scatterers]) -> list[Solution]:
    """All solutions that are not negligible, the likeliest first."""
    grains = _one_crystal(atoms)
    nets = [nets_of(one, spots.reach) for one in (atoms[:1] if grains else atoms)]
    fits = [_fits(spots, some) for some in nets]
    if len(atoms) == 2:
        # What the best fit of a crystal leaves over may be the other one.
        rest = [some[0].density < 1 / spots.area if some else None for some in fits]
        for mine, over, some in zip(fits, rest[::-1], nets, strict=True):
            if over is not None and over.sum() > 1:
                mine += _fits(spots, some, over, mine)
    empty = np.zeros(len(spots.places))
    some_or_none: list[list[Fit | None]] = [[*some, None] for some in fits]
    # Two grains of a crystal that are exchanged are the same solution.
    pairs = combinations(some_or_none[0], 2) if grains else product(*some_or_none)
    choices = list(pairs)
    density = np.array(
        [[empty if fit is None else fit.density for fit in some] for some in choices]
    ).transpose(0, 2, 1)
    background = np.full((*density.shape[:2], 1), 1 / spots.area)
    density = np.concatenate([background, density], axis=2)
    shares = np.full(density.shape, 1 / density.shape[2])
    known = np.array([[fit is not None for fit in some] for some in choices])
    known = np.concatenate([np.ones((len(known), 1), bool), known], axis=1)
    total = np.zeros(len(choices))
    for region in range(len(spots.transforms)):
        mine = spots.region == region
        part = density[:, mine]
        mixture = known / known.sum(axis=1, keepdims=True)
        for _ in range(20):
            weighted = part * mixture[:, None]
            share = weighted / weighted.sum(axis=2, keepdims=True)
            count = share.sum(axis=1) + 0.5 * known
            mixture = count / count.sum(axis=1, keepdims=True)
        weighted = part * mixture[:, None]
        shares[:, mine] = weighted / weighted.sum(axis=2, keepdims=True)
        total += np.log(weighted.sum(axis=2)).sum(axis=1)
    total += [sum(0.0 if fit is None else fit.evidence for fit in some) for some in choices]
    order = np.argsort(-total, kind="stable")
    order = order[total[order] > total[order[0]] - 12][:400]
    return [Solution(choices[n], float(total[n]), shares[n]) for n in order]


def _fits(
    spots: Spots,
    nets: Sequence[Net],
    among: NDArray[np.bool_] | None = None,
    known: Sequence[Fit] = (),
) -> list[Fit]:
    """The likeliest orientations of one crystal on the spots, or on some; not known ones."""
    found = []
    places = spots.places if among is None else spots.places[among]
    for net in nets:
        for value, flipped, angle in search(net, places, spots.area):
            found.append((value, flipped, angle, net))
    found.sort(key=lambda one: -one[0])
    regions = [spots.region == n for n in range(len(spots.transforms))]
    trusted = [among] if among is not None else [None, *(regions if len(regions) > 1 else [])]
    fits: list[Fit] = []
    for _, flipped, angle, net in found[: 2 * KEPT]:
        for dilation, some in product(STARTS, trusted):
            start = spots.places, spots.errors, spots.area, dilation, some
            fit = refine(net, flipped, angle, *start)
            same = any(
                fit.net is other.net
                and np.allclose(fit.density, other.density, rtol=SAME, atol=SAME / spots.area)
                for other in (*known, *fits)
            )
            if not same and _holds(spots, fit):
                fits.append(fit)
    floor = np.log(0.5 / spots.area)
    here = slice(None) if among is None else among
    fits.sort(
        key=lambda f: -float(np.maximum(np.log(f.density[here] + 1e-300), floor).sum()) - f.evidence
    )
    return fits[:KEPT]


def _holds(spots: Spots, fit: Fit) -> bool:
    """Whether a fit explains two spots that are not in line."""
    on = spots.places[fit.density > 1 / spots.area]
    if len(on) < 2:
        return False
    lengths = np.linalg.norm(on, axis=1)
    cross = abs(on[:, None, 0] * on[None, :, 1] - on[:, None, 1] * on[None, :, 0])
    return bool((cross > 0.1 * lengths[:, None] * lengths[None]).any())


def _possible(spots: Spots) -> bool:
    """Whether spots have spacings that one measures in an image or a pattern."""
    innermost, outermost = spots.reach
    return innermost < 1 / SHORTEST and 1 / LONGEST < outermost < 2 / SHORTEST


def _other_unit(spots: Spots, atoms: Sequence[Scatterers]) -> str:
    """Say by which factor spots are off that no crystal has; empty if by none."""
    for words, factor in READINGS.items():
        other = Spots(spots.transforms, factor)
        if not _possible(other):
            continue
        solutions = _solve(other, atoms)
        if not solutions or solutions[0].logarithm < other.chance + 2 * SURE:
            continue
        if 1 - solutions[0].shares[:, 0].mean() > EXPLAINED:
            what = "in Å⁻¹ as `x`, `y` or `g`, or in Å as `d`"
            if spots.transforms[0].power is not None:
                return f"the spots fit if pixels are {1 / factor:.4g} times as large; set `pixel`"
            return f"the spots fit if g is {words} what it says; lengths are expected {what}"
    return ""


def _result(
    spots: Spots,
    atoms: Sequence[Scatterers],
    solutions: list[Solution],
    correct: bool,
    sources: list[str],
) -> MicrographIndexing:
    """What is reported of the solutions."""
    notes = [note for one in spots.transforms for note in one.notes]
    groups = gathered(solutions)
    best = groups[0][0] if groups else solutions[0]
    measured = [
        None if fit is None else measure(spots, best, number)
        for number, fit in enumerate(best.fits)
    ]
    notes += [
        f"{one.name} was not found"
        for one, fit in zip(atoms, best.fits, strict=True)
        if fit is None
    ]
    strange = int((best.shares[:, 0] > 0.5).sum())
    if strange > LEAST * len(spots.places):
        notes.append(
            f"{strange} of {len(spots.places)} spots are of none of these crystals: is another "
            "crystal in the image, or are these not the right ones?"
        )
    if correct:
        reference = measured[0]
        if reference is None:
            raise NoMatch(f"{atoms[0].name} was not found, which the distortion is measured with")
        notes.append(
            f"scale and elliptical distortion are taken out with {atoms[0].name}, whose strains "
            "were " + " and ".join(f"{100 * value:+.2f}" for value in reference.strain) + " %"
        )
        measured = [None if one is None else one.against(reference) for one in measured]
    relations: tuple[ImagedRelationship, ...] = ()
    turns: tuple[Integers | None, ...] = tuple(
        None if fit is None else simplest_turn(fit) for fit in best.fits
    )
    if len(measured) == 2 and measured[0] is not None and measured[1] is not None:
        half = float(np.hypot(measured[0].rotation_error, measured[1].rotation_error))
        fits = tuple(
            replace(fit, matrix=one.matrix) if fit is not None and one is not None else None
            for fit, one in zip(best.fits, measured, strict=True)
        )
        groups[0] = replace(best, fits=fits), groups[0][1]
        disordered = any((one.occupancy < 1).any() for one in atoms)
        relations, more, turns = relationships(groups, half, sources, disordered)
        notes += more
        if not correct and measured[0].alike(measured[1]):
            notes.append(
                "both crystals are strained alike: the scale of the image or an elliptical "
                "distortion may be off; `correct_distortion` takes it out"
            )
    crystals = tuple(
        imaged_crystal(one.name, fit, turn, mine, probability_of(fit, number, solutions))
        for number, (one, fit, turn, mine) in enumerate(
            zip(atoms, best.fits, turns, measured, strict=True)
        )
        if fit is not None and turn is not None and mine is not None
    )
    return MicrographIndexing(
        image=spots.transforms[0].name,
        crystals=crystals,
        relationships=relations,
        spots=tuple(
            imaged_spot(spots, number, best, turns, [one.name for one in atoms])
            for number in range(len(spots.places))
        ),
        transforms=tuple(spots.transforms),
        notes=tuple(dict.fromkeys(notes)),
    )
