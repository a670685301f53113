"""``ionsmith build``: one module a kind of model."""

import click

from ionsmith.cli.lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    package="ionsmith.cli.build",
    nouns={
        "alloy": "Alloys of Li and Na with Si, Ge, Sn and Sb, and every phase on their path.",
        "amorphous": "Random networks of Si and Ge; random packings of alloys.",
        "beta-alumina": "Na β''-alumina, Mg- or Li-stabilised or undoped, any supercell.",
        "closure": "Close conduction planes of a β''-alumina crystal.",
        "crack": "Crack β''-alumina along conduction planes; kinks, Na metal inside.",
        "interface": "Epitaxial interface of two crystals from an orientation relationship.",
        "nasicon": "NASICON crystals: Na3V2(PO4)3 and Na1+xZr2SixP3-xO12, ordered, any x.",
        "porous": "Pores in any crystal, to a porosity; H, Li or Na on their walls.",
    },
    epilog="Example: ionsmith build beta-alumina --supercell 2 2 1 -o open.extxyz",
)
def build() -> None:
    """Build a model from published crystals."""
