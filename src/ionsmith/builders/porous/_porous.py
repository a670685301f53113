"""Building porous models: carving, passivation with H, placement of Li or Na."""

from math import prod
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.arguments import is_number, whole_number, whole_numbers
from ionsmith.bonding.checks import check_contacts, check_count, check_supercell
from ionsmith.bonding.connectivity import BondedSupercell
from ionsmith.bonding.distances import sample_points, void_fraction
from ionsmith.bonding.elements import DALTON, electronegativities, mass_density
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders._lost_bonds import COVALENT
from ionsmith.builders._passivation import HYDRIDE, Dangling, dangling_bonds, turn_apart
from ionsmith.builders.choices import Ion, IonSite, PoreKind
from ionsmith.builders.porous._carving import (
    Carving,
    Columns,
    Gyroid,
    PoreShape,
    Spheres,
    carve,
    lattice_of_pores,
    levelled_wave,
    scattered_pores,
)
from ionsmith.builders.porous._ions import Ions, ions_on_bonds, place_ions
from ionsmith.builders.porous._result import IonPlace, Porosity, Porous
from ionsmith.choices import checked
from ionsmith.crystals.charges import composition
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput
from ionsmith.lattice.indices import DirectionLike, as_direction
from ionsmith.lattice.miller import Direction
from ionsmith.lattice.zone import zone_cell

PROBE = 1.4
"""Radius in Å of the probe for which the porosity is reported too."""

COLUMN_WIDTH, WIDTH = 16.0, 30.0
"""Smallest widths in Å of the default supercell, across columns and for other shapes."""

_POLAR = 0.35  # difference of electronegativity above which H does not cap both kinds of bonds


@checked
def build_porous(
    crystal: CrystalLike,
    porosity: float,
    *,
    kind: PoreKind = "columns",
    zone: DirectionLike | None = None,
    supercell: tuple[int, int, int] | None = None,
    pores: tuple[int, int, int] = (1, 1, 1),
    centre: tuple[float, float, float] | None = None,
    wavelength: float | None = None,
    seed: int = 0,
    remove_pieces: bool = False,
    passivate: bool = True,
    ion: Ion = "Li",
    ions: int = 0,
    place: IonSite = "surface",
) -> Porous:
    """Build a porous model of a crystal.

    Parameters
    ----------
    crystal
        One cell of an ordered crystal, periodic in all directions.
    porosity
        Percentage of the atoms to remove. It is met within 1 % of the atoms, or within one shell
        of atoms if that is larger.
    kind
        ``"columns"`` along ``zone`` or ``"spheres"``, both on a lattice that fits the supercell;
        ``"random-spheres"``, ``"gyroid"``, or ``"levelled-wave"``.
    zone
        Direction of columns in the axes of the crystal, such as ``"[1,1,0]"``; [001] by default.
    supercell
        Repeats of the cell; for columns, of a cell whose third vector is along them. By default
        the smallest that is 16 Å wide across columns and one period high along them, or 30 Å wide
        for other kinds.
    pores
        Number of pores along each vector of the supercell (``"random-spheres"``: their product);
        periods of a gyroid.
    centre
        Centre of one pore in fractions of one cell, by default the first atom.
    wavelength
        Wavelength of a levelled wave in Å, by default a third of the smallest width of the
        supercell.
    seed
        Seed of random spheres and levelled waves.
    remove_pieces
        Remove pieces that the pores detach, instead of raising an error.
    passivate
        Cap dangling bonds with H.
    ion, ions, place
        Element and number of ions, and where they go: on dangling bonds instead of H, into the
        pores, or into the largest holes of the wall.

    Raises
    ------
    InvalidChoice
        For an unknown kind, ion or place.
    PoresNotPossible
        If the porosity cannot be reached, the pores cut the crystal into pieces, or H or ions do
        not fit.
    InvalidInput
        If a parameter is out of range, or H should cap a crystal that is not covalent.

    Examples
    --------
    >>> from ionsmith.builders.porous import build_porous
    >>> porous = build_porous("lib:ge", 18.05, ions=4)
    >>> porous.atoms.get_chemical_formula()
    'H16Ge59Li4'
    """
    zone = None if zone is None else as_direction(zone)
    atoms = read_structure(crystal)
    _check(atoms, porosity, kind, pores, ions, passivate)
    if kind == "columns":
        cell = zone_cell(atoms, Direction((0, 0, 1)) if zone is None else zone)
    elif zone is not None:
        raise InvalidInput(f"`zone` is the direction of columns; {kind} have none")
    else:
        cell = atoms.copy()
    counts = check_supercell(supercell or _default_supercell(cell, kind), len(cell))
    host = BondedSupercell(cell, counts)
    shape = _shape(host, kind, pores, centre, wavelength, seed)
    carving = carve(host, shape, porosity / 100, remove_pieces=remove_pieces)
    kept = carving.kept
    dangling = dangling_bonds(host.bonds, kept)
    solid = host.atoms[kept]
    number = np.cumsum(kept) - 1
    anchor = number[dangling.host]
    on_bonds, placed = np.zeros(0, np.int64), None
    if ions and place == "surface":
        placed = ions_on_bonds(solid, anchor, dangling.direction, ion, ions)
        on_bonds = placed.bonds
    caps = np.ones(len(dangling), dtype=np.int64)
    caps[on_bonds] = Atoms(ion).numbers[0]
    chosen = np.arange(len(dangling)) if passivate else np.sort(on_bonds)
    where, turned = turn_apart(solid, anchor[chosen], dangling.direction[chosen], caps[chosen])
    hydrogen = caps[chosen] == 1
    model = solid + Atoms("H" * int(hydrogen.sum()), positions=where[hydrogen])
    if placed is not None:
        # Ions by rank.
        rank = np.argsort(chosen)[np.searchsorted(chosen, placed.bonds)]
        model += Atoms([ion] * ions, positions=where[rank])
    elif ions and place != "surface":
        placed = place_ions(host, kept, shape, carving.level, model, ion, ions, place)
        model += Atoms([ion] * ions, positions=placed.positions)
    check_contacts(model)
    parameters = {
        "kind": kind,
        "porosity": porosity,
        "zone": None if zone is None else list(zone.indices),
        "supercell": list(counts),
        "pores": list(pores),
        "centre": None if centre is None else list(centre),
        "wavelength": wavelength,
        "seed": seed,
        "remove_pieces": remove_pieces,
        "passivate": passivate,
        "ion": ion,
        "ions": ions,
        "place": place,
    }
    model.info = {key: value for key, value in atoms.info.items() if key == provenance.KEY}
    provenance.record(model, "build porous", parameters)
    provenance.start_lineage(model)
    return _describe(host, model, shape, carving, dangling, turned, placed, parameters)


def _check(
    atoms: Atoms,
    porosity: float,
    kind: PoreKind,
    pores: tuple[int, int, int],
    ions: int,
    passivate: bool,
) -> None:
    """Refuse parameters out of range."""
    if not is_number(porosity) or not 0 < porosity < 100:
        raise InvalidInput(
            f"`porosity` is {porosity!r}; a percentage above 0 and below 100 was expected"
        )
    if not all(atoms.pbc):
        raise InvalidInput("`crystal` is not periodic in all three directions")
    whole_numbers("pores", pores, "three positive whole numbers", count=3, least=1)
    check_count(prod(pores), "pores")
    if kind == "columns" and pores[2] != 1:
        raise InvalidInput("columns run through the cell: the third number of `pores` must be 1")
    whole_number("ions", ions, least=0)
    present = np.unique(atoms.numbers)
    difference = np.ptp(electronegativities()[present])
    symbols = [chemical_symbols[number] for number in present]
    metallic = not COVALENT[present].any() and HYDRIDE.keys().isdisjoint(symbols)
    if passivate and (metallic or not difference < _POLAR):
        raise InvalidInput(
            f"H caps bonds of covalent crystals, but those of {', '.join(symbols)} are "
            f"{'metallic' if metallic else 'polar'}: set `passivate=False`"
        )


def _default_supercell(cell: Atoms, kind: PoreKind) -> tuple[int, int, int]:
    """Smallest repeats of the required width."""
    # Distances of opposite faces: an inclined cell is narrower than its edges.
    widths = 1 / np.linalg.norm(np.linalg.inv(cell.cell.array), axis=0)
    least = COLUMN_WIDTH if kind == "columns" else WIDTH
    a, b, c = (int(np.ceil(least / width - 1e-6)) for width in widths)
    return (a, b, 1) if kind == "columns" else (a, b, c)


def _shape(
    host: BondedSupercell,
    kind: PoreKind,
    pores: tuple[int, int, int],
    centre: tuple[float, float, float] | None,
    wavelength: float | None,
    seed: int,
) -> PoreShape:
    """Shape of the pores in the supercell."""
    cell = host.atoms.cell.array
    if kind == "gyroid":
        return Gyroid(cell, pores)
    if kind == "levelled-wave":
        widths = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
        return levelled_wave(
            cell, float(widths.min()) / 3 if wavelength is None else wavelength, seed
        )
    if kind == "random-spheres":
        return Spheres(cell, scattered_pores(cell, int(np.prod(pores)), seed))
    start = host.cell.positions[0] if centre is None else np.array(centre) @ host.cell.cell.array
    # Equivalent pore nearer to the middle of the supercell.
    start = start + np.array(host.counts) // 2 @ host.cell.cell.array
    centres = lattice_of_pores(cell, pores, start)
    return Columns(cell, centres) if kind == "columns" else Spheres(cell, centres)


def _nearest_hydrogen(model: Atoms) -> float | None:
    """Shortest H–H distance in Å."""
    hydrogen = model[model.numbers == 1]
    for reach in (2.0, 4.0, 8.0):
        pairs = neighbour_list(hydrogen, reach, full=False)
        if len(pairs):
            return float(pairs.distances.min())
    return None


def _describe(
    host: BondedSupercell,
    model: Atoms,
    shape: PoreShape,
    carving: Carving,
    dangling: Dangling,
    turned: NDArray[np.float64],
    placed: Ions | None,
    asked: dict[str, Any],
) -> Porous:
    """Measure a model."""
    points = sample_points(model.cell.array)
    share = Porosity(
        asked=asked["porosity"],
        atoms=100 * float((~carving.kept).mean()),
        geometric=100 * float((shape.at(points) < carving.level).mean()),
        void=100 * void_fraction(model, points),
        probe=100 * void_fraction(model, points, PROBE),
        probe_radius=PROBE,
    )
    ions = []
    if placed is not None:
        start = len(model) - len(placed.positions)
        moved = np.linalg.norm(model.positions[start:] - placed.positions, axis=1)
        for number, (touched, room, distance) in enumerate(
            zip(placed.touched, placed.room, moved, strict=True)
        ):
            place = IonPlace(start + number, int(touched), float(room), round(float(distance), 3))
            ions.append(place)
    removed = int((~carving.kept).sum())
    volume = model.get_volume()
    zone = asked["zone"] or [0, 0, 1]
    return Porous(
        atoms=model,
        kind=asked["kind"],
        zone=tuple(zone) if asked["kind"] == "columns" else None,
        supercell=host.counts,
        seed=asked["seed"],
        porosity=share,
        radius=shape.radius(carving.level),
        removed=removed,
        trimmed=carving.trimmed,
        pieces_removed=carving.pieces_removed,
        dangling_bonds=len(dangling),
        hydrogen=int((model.numbers == 1).sum()),
        nearest_hydrogen=_nearest_hydrogen(model),
        turned=int((turned > 1).sum()),
        largest_turn=float(turned.max(initial=0.0)),
        ion=asked["ion"] if asked["ions"] else None,
        ion_sites=0 if placed is None else placed.sites,
        ions=tuple(ions),
        composition=composition(model),
        density=float(model.get_masses().sum() * DALTON / volume),
        host_density=mass_density(host.cell),
    )
