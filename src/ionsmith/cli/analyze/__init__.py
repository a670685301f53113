"""``ionsmith analyze``: one module for each room of the analyzers."""

import click

from ionsmith.cli._lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    package="ionsmith.cli.analyze",
    nouns={
        "adhesion": (
            "energies.adhesion",
            "Work of adhesion, energy and strain of an interface.",
        ),
        "boundary-energy": ("energies.boundary_energy", "Energy of a grain boundary."),
        "coordination": (
            "coordination",
            "Neighbours, bond lengths, bond valence and distortion of every site.",
        ),
        "closure-energy": (
            "energies.closure_energy",
            "Energy of closing conduction planes by the Na left in them.",
        ),
        "compare": ("coordination", "What changed around every atom between two structures."),
        "continuum": (
            "energies.elastic_constants",
            "Volume, stiffness and cleavage of a crystal for continuum models.",
        ),
        "elastic-constants": (
            "energies.elastic_constants",
            "Elastic constants and moduli of a crystal.",
        ),
        "dspacing": ("planes", "d-spacings, angles and forbidden reflections of lattice planes."),
        "gamma-surface": (
            "energies.gamma_surface",
            "Energy of shifting a crystal along a plane: minima, passes and the path.",
        ),
        "haadf": ("images.haadf", "HAADF-STEM image along a zone axis, and a line profile of it."),
        "haadf-image": (
            "images.haadf_image",
            "Which conduction planes are closed in a HAADF image, and the command for it.",
        ),
        "hrtem": ("images.hrtem", "HRTEM images along a zone axis, with their transform."),
        "indexing": ("spots", "Crystals, zone axes and indices for measured diffraction spots."),
        "matches": ("matches", "Cells in which a film fits on a substrate, with their strains."),
        "micrograph": (
            "images.micrograph",
            "Crystals, zones and orientation relationship in a lattice image.",
        ),
        "migration": (
            "migration",
            "Where ions can go: sites, windows and barriers in one to three dimensions.",
        ),
        "mismatch": ("epitaxy", "Mismatch of parallel planes, directions or areas, m:n of them."),
        "orientation": (
            "epitaxy",
            "Rotation, variants and parallel planes of an orientation relationship.",
        ),
        "overlap": ("epitaxy", "Distances between the sites of an element in two crystals."),
        "pair-distribution": (
            "pair_distribution",
            "g(r), coordination, bond angles and rings of a glass or crystal.",
        ),
        "phases": ("powder", "Library crystals and mixtures that explain measured powder lines."),
        "pores": ("pores", "Porosity, surface, pore sizes, and whether an alloy fits the pores."),
        "spots": ("spots", "Diffraction spots along a zone axis, of one crystal or two."),
        "stability": (
            "energies.stability",
            "Energies above the convex hull, and voltages of hosts.",
        ),
        "storage": (
            "storage",
            "Capacity, volume and expansion of alloy phases; convex hull and voltages.",
        ),
        "surfaces": (
            "energies.surfaces",
            "Surface and cleavage energies of slabs, and the equilibrium shape.",
        ),
        "xrd": ("powder", "Powder diffraction lines for X-rays, neutrons or electrons."),
    },
    epilog="Example: ionsmith analyze coordination lib:nah2po4",
)
def analyze() -> None:
    """Compute what a paper measured."""
