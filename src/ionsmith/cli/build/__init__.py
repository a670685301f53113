"""``ionsmith build``: one module for each kind of model."""

import click

from ionsmith.cli._lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    package="ionsmith.cli.build",
    nouns={
        "alloy": (
            "alloy",
            "Alloys of Li and Na with Si, Ge, Sn and Sb, and every phase of a system.",
        ),
        "amorphous": ("amorphous", "Random networks of Si and Ge, packings of alloys, glasses."),
        "beta-alumina": (
            "beta_alumina",
            "Na β''-alumina, Mg- or Li-stabilised or undoped, any supercell.",
        ),
        "closure": ("beta_alumina", "Close conduction planes of a β''-alumina crystal."),
        "crack": ("crack", "Crack β''-alumina along conduction planes; kinks, Na metal inside."),
        "embed": ("composites", "Particle in a cavity of a crystal, a glass or a metal."),
        "grain-boundary": (
            "grain_boundary",
            "Grain boundaries of any crystal: symmetric, tilt, twist; by Σ or angle.",
        ),
        "interface": ("interface", "Epitaxial interface of two crystals."),
        "nasicon": (
            "nasicon",
            "NASICON crystals: Na3V2(PO4)3 and Na1+xZr2SixP3-xO12, ordered, any x.",
        ),
        "ordered": (
            "ordered",
            "Order any crystal with partial occupancies: by energy, at random, SQS, or all.",
        ),
        "particle": (
            "particles",
            "Particles of any crystal: spheres to Wulff forms, neutral.",
        ),
        "polycrystal": (
            "polycrystal",
            "Voronoi polycrystals: random, fibres, columns; one crystal or several.",
        ),
        "porous": ("porous", "Pores in any crystal, of a given porosity; H, Li or Na on walls."),
        "shell": ("composites", "Particle of one crystal in a shell of another."),
        "slab": ("slab", "Slabs of any crystal and plane: terminations, neutral, passivated."),
        "wire": ("particles", "Wires of any crystal along [uvw], periodic, round or faceted."),
    },
    epilog="Example: ionsmith build beta-alumina --supercell 2 2 1 -o open.extxyz",
)
def build() -> None:
    """Build a model from published crystals."""
