"""``ionsmith build beta-alumina`` and ``ionsmith build closure``."""

from fractions import Fraction
from typing import Annotated, Any

import click

from ionsmith.builders.beta_alumina import (
    BetaAlumina,
    Closure,
    build_beta_alumina,
    close_planes,
)
from ionsmith.builders.choices import ClosedCell, MobileIon, Stabilizer
from ionsmith.cli.framework import (
    POTENTIALS,
    Cells,
    PotentialOption,
    Seed,
    command,
    option,
    progress,
    refuse_idle,
    whole_numbers,
)
from ionsmith.cli.framework.ordering import OrderingOption
from ionsmith.crystals.files import read_structure
from ionsmith.errors import InvalidInput
from ionsmith.layers.anatomy import find_anatomy
from ionsmith.potentials import DEFAULT_POTENTIAL, load_potential
from ionsmith.simulation.gamma_surface import lowest_glide


@command(example="build beta-alumina --supercell 2 2 1 -o open.extxyz", structure=True)
def beta_alumina_command(
    supercell: Annotated[
        Cells, "Hexagonal cells along a, b and c; each has three conduction planes."
    ] = (1, 1, 1),
    stabilizer: Annotated[Stabilizer, option("What replaces Al inside the spinel blocks.")] = "Mg",
    stabilizer_content: Annotated[
        Fraction | None,
        option(
            "Stabiliser atoms per formula unit, such as 2/3 [default: 2/3 Mg or 1/3 Li].",
            metavar="X",
        ),
    ] = None,
    sodium: Annotated[
        Fraction | None,
        option(
            "Na atoms, or other ions, per formula unit, such as 5/3 [default: what balances the "
            "charge].",
            metavar="X",
        ),
    ] = None,
    ion: Annotated[
        MobileIon,
        option("Mobile ion; the planes are as thick as those of exchanged β-alumina."),
    ] = "Na",
    cell: Annotated[
        tuple[float, float] | None,
        option("Lattice constants of one hexagonal cell instead.", metavar="A C"),
    ] = None,
    ordering: Annotated[OrderingOption, "How Na and the stabiliser are placed."] = "electrostatic",
    seed: Annotated[Seed, "Seed of the ordering."] = 0,
) -> BetaAlumina:
    """β''-alumina (R-3m) of Na or another ion, after Bettman and Peters 1969, ordered."""
    with progress("ordering") as report:
        return build_beta_alumina(
            supercell=supercell,
            stabilizer=stabilizer,
            stabilizer_content=stabilizer_content,
            sodium=sodium,
            ion=ion,
            cell=cell,
            ordering=ordering,
            seed=seed,
            progress=report,
        )


def _planes(text: str) -> tuple[int, ...]:
    """Read the numbers of planes; none stand for all of them."""
    return () if text == "all" else whole_numbers(text)


@command(
    example="build beta-alumina -o - | "
    "ionsmith build closure - --planes 1,3 --route 1,2 -o closed.extxyz",
    structure=True,
)
def closure_command(
    structure: str,
    *,
    planes: Annotated[
        tuple[int, ...],
        option(
            "Conduction planes to close, numbered from 1 at the bottom, or all.",
            type=_planes,
            metavar="P[,P...]",
        ),
    ],
    route: Annotated[
        Any | None,
        option(
            "Right or wrong glide along 1 [-110], 2 [210] or 3 [-1-20]; one for all planes or one "
            "each [default: 1].",
            type=whole_numbers,
            metavar="R[,R...]",
        ),
    ] = None,
    glide: Annotated[
        str,
        option(
            "Glide of the block above: the right one follows from the stacking and shares edges, "
            "the wrong one leaves three-coordinated Al, the third of [210] gives each facing Al a "
            "fourth O without a shared edge (all for rigid blocks), the lowest is that of a "
            "γ-surface; or a vector on the basal axes.",
            metavar="right|wrong|third|lowest|[uvw]/n",
        ),
    ] = "right",
    potential: Annotated[
        PotentialOption | None,
        f"For the lowest glide: {POTENTIALS} [default: {DEFAULT_POTENTIAL}].",
    ] = None,
    sodium_removed: Annotated[
        float,
        option("Fraction of the Na removed from each closed plane.", metavar="0...1"),
    ] = 1.0,
    keep_bridging_oxygen: Annotated[bool, option("Leave the bridging O in the plane.")] = False,
    neutral: Annotated[
        bool,
        option("Conserve the formal charge: remove ions of open planes, then put Mg for Al."),
    ] = False,
    spacing: Annotated[
        float | None,
        option(
            "Distance between the O layers across a closed plane [default: from the Al–O bond, or "
            "what stays in the plane].",
            metavar="Å",
        ),
    ] = None,
    cell: Annotated[
        ClosedCell, option("Shear the cell, or repeat the structure until it is upright.")
    ] = "sheared",
    seed: Annotated[Seed, "Seed for choosing the Na atoms that are removed."] = 0,
) -> Closure:
    """Close conduction planes of a β''-alumina STRUCTURE, as in Geng et al. 2023.

    Na and the bridging O are removed, the spinel blocks approach along c, and one glides by a
    Shockley partial, so that AlO4 pairs across the plane share an edge instead of a corner. Other
    glides: see --glide, and 'ionsmith analyze gamma-surface' for what each costs.
    """
    if sodium_removed in (0, 1):
        refuse_idle("where all Na of the planes is removed, or none", "seed")
    atoms = read_structure(structure)
    chosen = list(planes) or list(range(1, find_anatomy(atoms).n_planes + 1))
    if glide == "lowest":
        loaded = load_potential(potential or DEFAULT_POTENTIAL)
        with progress("shifts") as report:
            found = {lowest_glide(atoms, plane, loaded, progress=report) for plane in chosen}
        if len(found) > 1:
            raise InvalidInput(
                f"`glide` lowest differs from plane to plane ({', '.join(sorted(found))}); close "
                "them one by one"
            )
        (glide,) = found
    elif potential is not None:
        raise click.UsageError("--potential is for --glide lowest")
    return close_planes(
        atoms,
        chosen,
        glide=glide,
        route=None if route is None else list(route),
        sodium_removed=sodium_removed,
        keep_bridging_oxygen=keep_bridging_oxygen,
        neutral=neutral,
        spacing=spacing,
        cell=cell,
        seed=seed,
    )
