"""What is taken for a crystal: structures in memory, files, and names of the library."""

from collections import Counter
from collections.abc import Iterable
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard, Union

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from ase.formula import Formula

from ionsmith.crystals.crystal import FROM_FILE, Crystal
from ionsmith.crystals.library import LIBRARY_PREFIX, answers, glass, load
from ionsmith.crystals.sites import Site, stated_charges
from ionsmith.errors import InvalidInput
from ionsmith.lattice.symmetry import Symmetry, symmetry_of

if TYPE_CHECKING:
    from pymatgen.core import Structure

CrystalLike: TypeAlias = Union[Atoms, Crystal, "Structure", str, PathLike[str]]
"""Every public function that works on a crystal takes any of these: an :class:`ase.Atoms`, a
:class:`~ionsmith.crystals.Crystal`, a pymatgen ``Structure``, the path of a file, ``"-"`` for
standard input, or a crystal or glass of the library as ``"lib:NAME"``; ``"NAME"`` will do for a
crystal where no file is called so."""


def in_memory(source: CrystalLike) -> Atoms | Crystal | str:
    """Turn a pymatgen structure into atoms, a library name into its crystal, a path into text.

    Raises
    ------
    UnknownPhase
        If the library has no crystal of the name.
    InvalidInput
        If the object is not a crystal.
    """
    if isinstance(source, Atoms | Crystal):
        return source
    if _is_pymatgen(source):
        if not source.is_ordered:
            return _disordered(source)
        return source.to_ase_atoms(msonable=False)
    if not isinstance(source, str | PathLike):
        if isinstance(getattr(source, "atoms", None), Atoms):
            raise InvalidInput(f"a {type(source).__name__} is not a crystal; give its `.atoms`")
        raise InvalidInput(
            f"a {type(source).__name__} is not a crystal; expected ase.Atoms, an ionsmith or "
            "pymatgen crystal, the path of a file, or 'lib:NAME'"
        )
    text = fspath(source)
    named = isinstance(source, str) and text.startswith(LIBRARY_PREFIX)
    if named and (path := glass(text)) is not None:
        return str(path)
    if named or (isinstance(source, str) and _is_bare(text) and answers(text)):
        return load(text)
    return text


def _disordered(structure: "Structure") -> Crystal:
    """Crystal that has the sites of a pymatgen structure, and the symmetry they have."""
    held = []
    for site in structure:
        occupancy: dict[str, float] = {}
        oxidation: dict[str, float] = {}
        for species, amount in site.species.items():
            element = str(getattr(species, "element", species).symbol)
            occupancy[element] = occupancy.get(element, 0.0) + float(amount)
            if (charge := getattr(species, "oxi_state", None)) is not None:
                oxidation[element] = float(charge)
        held.append((occupancy, oxidation))
    held = stated_charges(held)
    kinds = list(dict.fromkeys(str(entry) for entry in held))
    atoms = Atoms(
        numbers=[kinds.index(str(entry)) + 1 for entry in held],
        scaled_positions=structure.frac_coords,
        cell=structure.lattice.matrix,
        pbc=True,
    )
    symmetry = symmetry_of(atoms)
    triplets = _triplets(symmetry)
    sites: list[Site] = []
    placed = np.zeros(len(atoms), dtype=bool)
    scaled = atoms.get_scaled_positions()
    for number, (occupancy, oxidation) in enumerate(held):
        if placed[number]:
            continue
        copies = {number}
        if len(triplets) > 1:
            images = symmetry.rotations @ scaled[number] + symmetry.translations
            gaps = images[:, None] - scaled
            gaps = np.linalg.norm((gaps - np.round(gaps)) @ atoms.cell.array, axis=-1)
            copies |= set(gaps.argmin(axis=1).tolist())
        placed[list(copies)] = True
        x, y, z = scaled[number].tolist()
        label = f"{next(iter(occupancy))}{len(sites) + 1}"
        sites.append(Site(label, str(len(copies)), (x, y, z), occupancy, oxidation))
    formula = structure.composition.reduced_formula
    return Crystal(
        name=formula,
        title=formula,
        formula=formula,
        family="",
        space_group_number=symmetry.number if len(triplets) > 1 else 1,
        space_group_symbol=symmetry.symbol if len(triplets) > 1 else "P1",
        hall_symbol="",
        setting="of the structure",
        cellpar=structure.lattice.parameters,
        formula_units=1,
        sites=tuple(sites),
        citation="",
        data_class=FROM_FILE,
        confidence_cell="read",
        confidence_coordinates="read",
        triplets=triplets,
    )


def _triplets(symmetry: Symmetry) -> tuple[str, ...]:
    """Operations as triplets; the identity alone where translations are no multiples of 1/24."""
    import gemmi

    steps = symmetry.translations * gemmi.Op.DEN
    if np.abs(steps - np.round(steps)).max(initial=0.0) > 1e-3:
        return ("x,y,z",)
    triplets = []
    for rotation, step in zip(symmetry.rotations, np.round(steps).astype(int), strict=True):
        operation = gemmi.Op()
        operation.rot = (rotation * gemmi.Op.DEN).tolist()
        operation.tran = step.tolist()
        triplets.append(operation.wrap().triplet())
    return tuple(triplets)


def name_of(source: CrystalLike) -> str:
    """Name of a crystal in results: that of the library or the file, or the formula."""
    crystal = in_memory(source)
    if isinstance(crystal, str):
        return "standard input" if crystal == "-" else Path(crystal.removesuffix(".gz")).stem
    if isinstance(crystal, Crystal):
        return crystal.name
    if name := crystal.info.get("name"):
        return str(name)
    counts = np.bincount(crystal.numbers)
    amounts = {chemical_symbols[z]: int(counts[z]) for z in np.flatnonzero(counts)}
    return str(Formula.from_dict(amounts).reduce()[0].format("metal"))


def names_of(sources: Iterable[CrystalLike]) -> list[str]:
    """Names of crystals as :func:`name_of`, of which later equal ones have a number."""
    seen: Counter[str] = Counter()
    names = []
    for name in map(name_of, sources):
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def as_list(sources: Any) -> list[Any]:
    """Turn several crystals, or a single one, into a list."""
    single = isinstance(sources, str | PathLike | Atoms | Crystal) or _is_pymatgen(sources)
    return [sources] if single or not isinstance(sources, Iterable) else list(sources)


def _is_bare(text: str) -> bool:
    """Whether a text has no folder, and no file of this name is here."""
    path = Path(text)
    return text != "-" and path.name == text and not path.exists()


def _is_pymatgen(source: object) -> "TypeGuard[Structure]":
    """Whether an object is a structure of pymatgen, without importing it."""
    return type(source).__module__.startswith("pymatgen.") and hasattr(source, "to_ase_atoms")
