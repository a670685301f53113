"""Potentials by name, or from any ASE calculator."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module, metadata
from inspect import isbuiltin
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from ase.data import chemical_symbols

from ionsmith.choices import check_choice, checked
from ionsmith.errors import InvalidInput, reason_of
from ionsmith.potentials._learned import (
    DISPERSION,
    KIM,
    LEARNED,
    TRANSFER,
    available,
    chgnet,
    sevennet,
    with_dispersion,
)
from ionsmith.potentials._pedone import PEDONE
from ionsmith.potentials._potential import Device, Potential

if TYPE_CHECKING:
    from ase.calculators.calculator import BaseCalculator

DEFAULT_POTENTIAL = "sevennet-r2scan"
"""Nearest to measured cells of oxides and alloys (``scripts/compare_potentials.py``)."""

GUARD = 0.25
"""Energy in eV of the extra repulsion of two cations at the smallest distance allowed
(:data:`ionsmith.bonding.checks.CONTACT_FRACTION`): for two Na, 0.25 eV at 2.3 Å, 0.01 at 3.0."""


@dataclass(frozen=True)
class NamedPotential:
    """A potential that is loaded when it is needed, after the structures are known to be sound.

    Parameters
    ----------
    name, threads, device
        As for :func:`load_potential`.

    Raises
    ------
    InvalidInput
        If there is no such potential, or it does not run there.
    """

    name: str
    threads: int = 1
    device: Device = "cpu"

    def __post_init__(self) -> None:
        check_choice("device", self.device, Device)
        plain = self.name.removesuffix(DISPERSION)
        if plain not in LEARNED and self.device != "cpu":
            raise InvalidInput(f"{self.name} runs on the CPU only; leave out `device`")
        if plain not in LEARNED and self.name not in POTENTIALS and ":" not in self.name:
            raise InvalidInput(
                f"no potential {self.name!r}; expected {', '.join(POTENTIALS)}, an ASE calculator, "
                "or MODULE:NAME of one such as ase.calculators.emt:EMT"
            )
        if plain not in LEARNED and self.threads != 1:
            raise InvalidInput(f"{self.name} runs on one thread; leave out `threads`")


PotentialLike: TypeAlias = Union[Potential, NamedPotential, "BaseCalculator", str]
"""What functions take: a :class:`Potential`, an ASE calculator, a name, or a name with settings."""


@checked
def load_potential(
    potential: PotentialLike = DEFAULT_POTENTIAL, *, threads: int = 1, device: Device = "cpu"
) -> Potential:
    """Load a potential by name, or describe an ASE calculator.

    Parameters
    ----------
    potential
        ``"sevennet"`` (SevenNet-0, Y. Park et al., J. Chem. Theory Comput. 20, 4857 (2024),
        doi:10.1021/acs.jctc.4c00190) or ``"chgnet"`` (B. Deng et al., Nat. Mach. Intell. 5, 1031
        (2023), doi:10.1038/s42256-023-00716-3), fitted to PBE; ``"sevennet-r2scan"`` (the r2SCAN
        task of SevenNet-MF-0, J. Kim et al., J. Am. Chem. Soc. (2024), doi:10.1021/jacs.4c14455) or
        ``"chgnet-r2scan"`` (arXiv:2504.05565, 2025), fitted to r2SCAN, whose cells of oxides are
        nearer to measured ones. ``+d3`` after one of these names adds the dispersion that the
        functional lacks: D3 with Becke–Johnson damping (S. Grimme et al., J. Comput. Chem. 32, 1456
        (2011), doi:10.1002/jcc.21759).
        ``"lammps-pedone2006"`` (A. Pedone et al., J. Phys. Chem. B 110, 11780 (2006),
        doi:10.1021/jp0611018) or ``"lammps-pedone2006-melt"`` (the same with a repulsion C/r^12 of
        :data:`GUARD` between cations, whose charges alone let Na approach Na to 2.3 Å in a melt).
        ``"MODULE:NAME"`` of an ASE calculator that needs no arguments, or an ASE calculator.
        ``"PYTHON:MODULE:NAME"`` is such a calculator in another environment, whose interpreter is
        PYTHON; ``"socket:PORT"`` or ``"socket:NAME"`` waits for a client of the i-PI protocol that
        knows the structure. A :class:`Potential` is returned as it is.
    threads
        CPU threads of a machine-learned potential. With one, every run gives the same bytes; more
        are faster for large structures and may change the last digits.
    device
        Where a machine-learned potential runs; on a GPU the last digits may change from run to run.

    Raises
    ------
    MissingExtra
        If the package is not installed.
    InvalidInput
        If there is no such potential or device, or it knows no dispersion.

    Examples
    --------
    >>> from ase.calculators.emt import EMT
    >>> from ionsmith.potentials import load_potential
    >>> load_potential(EMT()).model
    'ase.calculators.emt:EMT'
    """
    if isinstance(potential, Potential):
        return potential
    if isinstance(potential, str):
        potential = NamedPotential(potential, threads, device)
    if not isinstance(potential, NamedPotential):
        return _described(potential)
    name = potential.name
    plain = name.removesuffix(DISPERSION)
    if plain in LEARNED:
        loaded = POTENTIALS[plain](potential.threads, available(potential.device))
        return loaded if plain == name else with_dispersion(loaded)
    if name in POTENTIALS:
        return POTENTIALS[name](potential.threads, potential.device)
    if name.startswith("socket:") or name.count(":") > 1:
        from ionsmith.potentials._elsewhere import elsewhere

        return Potential(name, *elsewhere(name))
    module, _, member = name.partition(":")
    try:
        made = getattr(import_module(module), member)
        if isbuiltin(made):  # such as sys:exit
            raise ValueError("a built-in function of Python is none")
        calculator = made()
        if not callable(getattr(calculator, "get_property", None)):
            raise ValueError(f"it gave a {type(calculator).__name__}")
    except (Exception, SystemExit) as error:  # whatever a foreign module raises
        raise InvalidInput(
            f"{name}: MODULE:NAME of an ASE calculator was expected ({reason_of(error)})"
        ) from error
    return Potential(name, calculator, name, *_package(module))


def _described(calculator: Any) -> Potential:
    """Describe a calculator by its class and those of its parameters that are not the default."""
    kind = type(calculator)
    if isinstance(calculator, type):
        raise InvalidInput(
            f"the class {calculator.__name__} is no ASE calculator; write {calculator.__name__}()"
        )
    if not callable(getattr(calculator, "get_property", None)):
        raise InvalidInput(
            f"a {kind.__name__} is not a potential; expected an ASE calculator or a name"
        )
    name = f"{kind.__module__}:{kind.__qualname__}"
    default = getattr(calculator, "default_parameters", {})
    parameters = {
        key: value
        for key, value in dict(getattr(calculator, "parameters", {})).items()
        if isinstance(value, str | int | float | bool) and default.get(key) != value
    }
    listed = " ".join(f"{key}={value}" for key, value in sorted(parameters.items()))
    return Potential(name, calculator, f"{name} {listed}".strip(), *_package(kind.__module__))


def _package(module: str) -> tuple[str, str]:
    """Name and version of the package that a module belongs to."""
    top = module.partition(".")[0]
    owners = metadata.packages_distributions().get(top, [])
    return top, metadata.version(owners[0]) if owners else "unknown"


def _pedone(threads: int, device: Device, guard: float = 0.0) -> Potential:
    """Pedone's force field by LAMMPS."""
    from ionsmith.potentials._lammps import PedoneCalculator, load_lammps

    return Potential(
        name="lammps-pedone2006-melt" if guard else "lammps-pedone2006",
        calculator=PedoneCalculator(guard),
        model="Pedone 2006, cations kept apart" if guard else "Pedone 2006",
        package="lammps",
        version=load_lammps(),
        source="Pedone et al., J. Phys. Chem. B 110, 11780 (2006), doi:10.1021/jp0611018",
        elements=frozenset(chemical_symbols.index(symbol) for symbol, _ in PEDONE),
        periodic=True,
    )


POTENTIALS: dict[str, Callable[[int, Device], Potential]] = {
    "sevennet": sevennet,
    "chgnet": chgnet,
    "sevennet-r2scan": partial(sevennet, model="7net-mf-0", task="R2SCAN", source=KIM),
    "chgnet-r2scan": partial(chgnet, weights="r2scan", source=TRANSFER),
    "lammps-pedone2006": _pedone,
    "lammps-pedone2006-melt": partial(_pedone, guard=GUARD),
}
"""What loads each potential that has a name of its own."""
