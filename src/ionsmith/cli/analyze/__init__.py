"""``ionsmith analyze``: one module a measurement."""

import click

from ionsmith.cli.lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    package="ionsmith.cli.analyze",
    nouns={
        "coordination": "Neighbours, bond lengths, bond valence and distortion of every site.",
        "compare": "What changed around every atom from one structure to another.",
        "dspacing": "d-spacings, angles and forbidden reflections of lattice planes.",
        "haadf": "HAADF-STEM image along a zone axis, and the profile along a line of it.",
        "indexing": "Crystals, zones and indices that measured diffraction spots may have.",
        "matches": "Cells in which a film fits on a substrate, with their strains.",
        "mismatch": "Mismatch of parallel planes, directions or meshes, for m:n of them.",
        "orientation": "Rotation, variants and parallel planes of an orientation relationship.",
        "overlap": "How far the sites of an element lie from those of another crystal.",
        "pair-distribution": "g(r), coordination, bond angles and rings, as of a glass.",
        "phases": "Library crystals and mixtures that explain measured powder lines.",
        "pores": "Porosity, surface and pore sizes, and whether an alloy fits into the pores.",
        "spots": "Diffraction spots along a zone axis, of one crystal or of two on each other.",
        "storage": "Capacity, volume and expansion of alloy phases; convex hull and voltages.",
        "xrd": "Powder diffraction lines of X-rays, neutrons or electrons.",
    },
    epilog="Example: ionsmith analyze coordination lib:nah2po4",
)
def analyze() -> None:
    """Compute what a paper measured."""
