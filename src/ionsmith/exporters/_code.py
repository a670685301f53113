"""The interface that every code implements, and the register of the codes.

A plug-in makes its code known in one of two ways: by :func:`register`, or, without being imported
by anybody, as an entry point of its package::

    [project.entry-points."ionsmith.codes"]
    siesta = "my_package.siesta:Siesta"
"""

import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from ase import Atoms

from ionsmith.crystals.files import read_structure
from ionsmith.errors import InvalidChoice, InvalidInput
from ionsmith.exporters._calculation import Calculation

GROUP = "ionsmith.codes"
"""Entry points of this group are codes of other packages."""


@dataclass(frozen=True)
class Written:
    """What :meth:`Code.write` reports about the folder that it filled.

    Parameters
    ----------
    run
        Command that starts the calculation inside the folder.
    output
        File that will hold the results.
    order
        For each atom of the code's input, its index in the structure.
    settings
        Cutoffs and other settings that the code was given, by name with unit.
    needs
        Files that the user has to add, by element.
    notes
        What the code cannot do or does differently, one line each.
    rotation
        Matrix, shape (3, 3), that turns vectors of the structure into those of the code's input,
        where its axes are others.
    """

    run: str
    output: str
    order: list[int]
    settings: dict[str, Any]
    needs: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    rotation: list[list[float]] | None = None


class Code(ABC):
    """A program that calculations are written for.

    A subclass sets ``name`` and implements :meth:`write`; all else has defaults. Options that only
    this code has are parameters of its constructor, all of them with defaults: ``export(atoms,
    "espresso", folder, syntax="6.7")`` and ``export(atoms, Espresso(syntax="6.7"), folder)`` are
    the same.

    Attributes
    ----------
    name
        What users call it: lower-case, one word.
    electronic
        Whether it computes electrons; False for force fields, to which occupations and an odd
        number of electrons mean nothing.
    dipole_correction
        Whether it can correct the potential for the dipole of a slab.
    holds_components
        Whether it can hold an atom along some axes only.
    pools
        Option of its command line for the number of pools of k-points, if it has one.
    versions
        Program and versions that the files are written for.
    reads_pseudopotentials
        Whether it takes a folder of pseudopotential files (``pseudo_dir``).
    """

    name: ClassVar[str]
    holds_components: ClassVar[bool] = False
    pools: ClassVar[str] = ""
    versions: str = ""
    electronic: ClassVar[bool] = True
    dipole_correction: ClassVar[bool] = True
    reads_pseudopotentials: ClassVar[bool] = False

    @abstractmethod
    def write(self, calculation: Calculation, folder: Path) -> Written:
        """Write the input files of a calculation.

        Parameters
        ----------
        calculation
            What to compute, in no code's words.
        folder
            An empty folder. If anything is raised, it is removed and nothing remains.

        Returns
        -------
        Written
            How to run it, and what the user should know.

        Raises
        ------
        InvalidInput
            If the code cannot do this calculation.
        """

    def read(self, path: Path) -> Atoms:
        """Read an input or output file of the code; by default with ASE or pymatgen.

        Parameters
        ----------
        path
            A file in an exported folder.

        Returns
        -------
        Atoms
            In the order of the file, with its results in a calculator if it has any.
        """
        return read_structure(path)

    def complete(self, folder: Path) -> None:  # noqa: B027  # most codes have nothing to add
        """Add files to a folder, right before it runs, that may not be copied from elsewhere.

        Parameters
        ----------
        folder
            An exported folder, on the machine that runs it.
        """


_BUILT_IN = {
    "vasp": "Vasp",
    "espresso": "Espresso",
    "cp2k": "Cp2k",
    "abinit": "Abinit",
    "gpaw": "Gpaw",
    "lammps": "Lammps",
}
"""Class of each code, in the module of its name in :mod:`ionsmith.exporters.codes`."""

_registered: dict[str, type[Code]] = {}

AnyCode = TypeVar("AnyCode", bound=type[Code])


def register(code: AnyCode) -> AnyCode:
    """Make a code known by its name; may be used as a decorator.

    Parameters
    ----------
    code
        A subclass of :class:`Code`.

    Raises
    ------
    InvalidInput
        If another code has the name already.
    """
    if code.name in _BUILT_IN or _registered.get(code.name, code) is not code:
        raise InvalidInput(f"there is already a code named {code.name!r}")
    _registered[code.name] = code
    return code


def code_names() -> tuple[str, ...]:
    """Names of all codes: built in, registered, and of installed plug-ins."""
    return tuple(dict.fromkeys([*_BUILT_IN, *_registered, *_plug_ins()]))


def code_class(name: str) -> type[Code]:
    """Return the class of a code.

    Raises
    ------
    InvalidChoice
        If there is no code of this name.
    """
    if name in _BUILT_IN:
        module = import_module(f"ionsmith.exporters.codes.{name}")
        return getattr(module, _BUILT_IN[name])  # type: ignore[no-any-return]
    if name in _registered:
        return _registered[name]
    if name in _plug_ins():
        return _plug_ins()[name].load()  # type: ignore[no-any-return]
    *most, last = map(repr, code_names())
    raise InvalidChoice(f"`code` is {name!r}; expected {', '.join(most)} or {last}")


def code_options(code: type[Code]) -> tuple[str, ...]:
    """Names of the options that only this code has."""
    if code.__init__ is object.__init__:
        return ()
    return tuple(inspect.signature(code).parameters)


def make_code(name: str, **options: Any) -> Code:
    """Make a code from its name and those of its own options that are not None.

    Raises
    ------
    InvalidChoice
        If there is no code of this name.
    InvalidInput
        If an option belongs to another code.
    """
    code = code_class(name)
    given = {option: value for option, value in options.items() if value is not None}
    for option in given.keys() - set(code_options(code)):
        owners = [n for n in code_names() if option in code_options(code_class(n))]
        if not owners:
            raise TypeError(f"export() got an unexpected keyword argument {option!r}")
        raise InvalidInput(f"`{option}` is an option of {' and '.join(owners)}, not of {name}")
    return code(**given)


@cache
def _plug_ins() -> dict[str, EntryPoint]:
    """Entry points of other packages, by the name of their code."""
    return {point.name: point for point in entry_points(group=GROUP)}
