"""What is taken for a crystal: structures in memory, files, and names of the library."""

from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeGuard, Union

from ase import Atoms

from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.library import LIBRARY_PREFIX, answers, load
from ionsmith.errors import DisorderedStructure, InvalidInput

if TYPE_CHECKING:
    from pymatgen.core import Structure

CrystalLike: TypeAlias = Union[Atoms, Crystal, "Structure", str, PathLike[str]]
"""Every public function that works on a crystal takes any of these: an :class:`ase.Atoms`, a
:class:`~ionsmith.crystals.Crystal`, a pymatgen ``Structure``, the path of a file, ``"-"`` for
standard input, or a crystal of the library as ``"lib:NAME"``; ``"NAME"`` will do where no file is
called so."""


def in_memory(source: CrystalLike) -> Atoms | Crystal | str:
    """Turn a pymatgen structure into atoms, a library name into its crystal, a path into text.

    Raises
    ------
    UnknownPhase
        If the library has no crystal of the name.
    DisorderedStructure
        If a pymatgen structure has partial occupancies.
    InvalidInput
        If the object is not a crystal.
    """
    if isinstance(source, Atoms | Crystal):
        return source
    if _is_pymatgen(source):
        if not source.is_ordered:
            raise DisorderedStructure(
                f"{source.formula}: has partial occupancies, but an ordered structure is needed"
            )
        return source.to_ase_atoms(msonable=False)
    if not isinstance(source, str | PathLike):
        raise InvalidInput(
            f"a {type(source).__name__} is not a crystal; expected ase.Atoms, an ionsmith or "
            "pymatgen crystal, the path of a file, or 'lib:NAME'"
        )
    text = fspath(source)
    if isinstance(source, str) and (
        text.startswith(LIBRARY_PREFIX) or (_is_bare(text) and answers(text))
    ):
        return load(text)
    return text


def name_of(source: CrystalLike) -> str:
    """Name of a crystal in results: that of the library or the file, or the formula."""
    crystal = in_memory(source)
    if isinstance(crystal, str):
        return "standard input" if crystal == "-" else Path(crystal).stem
    if isinstance(crystal, Crystal):
        return crystal.name
    return str(crystal.info.get("name") or crystal.get_chemical_formula("metal", empirical=True))


def _is_bare(text: str) -> bool:
    """Whether a text has no folder, and no file of this name is here."""
    path = Path(text)
    return text != "-" and path.name == text and not path.exists()


def _is_pymatgen(source: object) -> "TypeGuard[Structure]":
    """Whether an object is a structure of pymatgen, without importing it."""
    return type(source).__module__.startswith("pymatgen.") and hasattr(source, "to_ase_atoms")
