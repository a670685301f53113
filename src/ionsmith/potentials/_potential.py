"""A potential with its description, made from a name or from any ASE calculator."""

import contextlib
import hashlib
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module, metadata
from inspect import isbuiltin
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Union

from ase import Atoms
from ase.data import chemical_symbols

from ionsmith.choices import checked
from ionsmith.errors import (
    ExternalProgramFailed,
    InvalidInput,
    IonsmithError,
    MissingExtra,
    reason_of,
)
from ionsmith.potentials._pedone import PEDONE

if TYPE_CHECKING:
    from ase.calculators.calculator import BaseCalculator

DEFAULT_POTENTIAL = "sevennet-r2scan"
"""Nearest to measured cells of oxides and alloys (``scripts/compare_potentials.py``)."""

GUARD = 0.25
"""Energy in eV of the extra repulsion of two cations at the smallest distance allowed
(:data:`ionsmith.bonding.checks.CONTACT_FRACTION`): for two Na, 0.25 eV at 2.3 Å, 0.01 at 3.0."""


@dataclass(frozen=True)
class Potential:
    """A calculator with its description.

    Parameters
    ----------
    name
        Name, as for :func:`load_potential`.
    calculator
        An ASE calculator.
    model
        Name of the model or force field.
    package, version
        The package that evaluates it.
    weights
        SHA-256 of the file of weights or parameters; None if there is none.
    source
        Publication; empty for a calculator that the user provides.
    elements
        Atomic numbers for which it has parameters; None if unknown.
    periodic
        Whether it needs a cell with a volume.
    """

    name: str
    calculator: Any
    model: str
    package: str
    version: str
    weights: str | None = None
    source: str = ""
    elements: frozenset[int] | None = None
    periodic: bool = False

    @property
    def method(self) -> str:
        """One line that identifies the energies; only energies with the same line compare."""
        which = f"weights {self.weights[:12]}" if self.weights else f"{self.package} {self.version}"
        return f"{self.model} ({which})"

    def describe(self) -> dict[str, str | None]:
        """Describe it for provenance and JSON: all but the calculator."""
        return {
            "name": self.name,
            "model": self.model,
            "package": self.package,
            "version": self.version,
            "weights_sha256": self.weights,
            "source": self.source,
        }

    def energy(self, atoms: Atoms) -> float:
        """Energy in eV of a structure, which is not changed.

        Raises
        ------
        ExternalProgramFailed
            If the potential fails, or gives no finite number.
        """
        model = atoms.copy()
        try:
            model.calc = self.calculator
            energy = float(model.get_potential_energy())
        except IonsmithError:
            raise
        except Exception as error:  # whatever a foreign program raises
            raise ExternalProgramFailed(f"{self.model} failed: {reason_of(error)}") from error
        if not isfinite(energy):
            raise ExternalProgramFailed(f"{self.model} failed: the energy is {energy}")
        return energy

    def check(self, atoms: Atoms) -> None:
        """Raise if the potential lacks an element of a structure, or cannot take its cell.

        Raises
        ------
        InvalidInput
            Names what is wrong and other potentials.
        """
        if self.elements is not None:
            unknown = sorted(set(atoms.numbers.tolist()) - self.elements)
            if unknown:
                names = ", ".join(chemical_symbols[number] for number in unknown)
                others = ", ".join(known for known in POTENTIALS if known != self.name)
                raise InvalidInput(
                    f"{self.model} has no parameters for {names}; try another potential ({others}, "
                    "or an ASE calculator)"
                )
        if self.periodic and not abs(atoms.cell.volume) > 1e-6:
            raise InvalidInput(
                f"{self.model} needs three cell vectors; give the structure a cell with vacuum "
                "first (atoms.center(vacuum=8))"
            )


PotentialLike: TypeAlias = Union[Potential, "BaseCalculator", str]
"""What functions take: a :class:`Potential`, an ASE calculator or a name."""

Device = Literal["cpu", "cuda"]

DISPERSION = "+d3"
"""Suffix of the name of a potential to which dispersion is added."""


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
    if not isinstance(potential, str):
        return _described(potential)
    plain = potential.removesuffix(DISPERSION)
    if plain in LEARNED:
        loaded = POTENTIALS[plain](threads, _available(device))
        return loaded if plain == potential else _with_dispersion(loaded)
    if device != "cpu":
        raise InvalidInput(f"{potential} runs on the CPU only; leave out `device`")
    if potential in POTENTIALS:
        return POTENTIALS[potential](threads, device)
    if potential.startswith("socket:") or potential.count(":") > 1:
        from ionsmith.potentials._elsewhere import elsewhere

        return Potential(potential, *elsewhere(potential))
    if ":" not in potential:
        raise InvalidInput(
            f"no potential {potential!r}; expected {', '.join(POTENTIALS)}, an ASE calculator, or "
            "MODULE:NAME of one such as ase.calculators.emt:EMT"
        )
    module, _, member = potential.partition(":")
    try:
        made = getattr(import_module(module), member)
        if isbuiltin(made):  # such as sys:exit
            raise ValueError("a built-in function of Python is none")
        calculator = made()
        if not callable(getattr(calculator, "get_property", None)):
            raise ValueError(f"it gave a {type(calculator).__name__}")
    except (Exception, SystemExit) as error:  # whatever a foreign module raises
        raise InvalidInput(
            f"{potential}: MODULE:NAME of an ASE calculator was expected ({reason_of(error)})"
        ) from error
    return Potential(potential, calculator, potential, *_package(module))


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


def _available(device: Device) -> Device:
    """The device, if PyTorch has it."""
    if device != "cpu":
        with _quiet("torch"):
            import torch
        if not torch.cuda.is_available():
            raise InvalidInput("`device` cuda: PyTorch finds no GPU here; leave out `device`")
    return device


def _with_dispersion(potential: Potential) -> Potential:
    """Add D3(BJ) with the parameters of the potential's functional."""
    from ase.calculators.mixing import SumCalculator

    with _quiet("dftd3"):
        from dftd3.ase import DFTD3
    dispersion = DFTD3(method=LEARNED[potential.name], damping="d3bj")
    return replace(
        potential,
        name=potential.name + DISPERSION,
        calculator=SumCalculator([potential.calculator, dispersion]),
        model=f"{potential.model} + D3(BJ) of dftd3 {metadata.version('dftd3')}",
        source=f"{potential.source}; Grimme et al., J. Comput. Chem. 32, 1456 (2011), "
        "doi:10.1002/jcc.21759",
    )


PARK = "Park et al., J. Chem. Theory Comput. 20, 4857 (2024), doi:10.1021/acs.jctc.4c00190"
KIM = "Kim et al., J. Am. Chem. Soc. (2024), doi:10.1021/jacs.4c14455"
DENG = "Deng et al., Nat. Mach. Intell. 5, 1031 (2023), doi:10.1038/s42256-023-00716-3"
TRANSFER = "Cross-functional transferability in universal potentials (2025), arXiv:2504.05565"


def _sevennet(
    threads: int,
    device: Device,
    model: str = "7net-0",
    task: str | None = None,
    source: str = PARK,
) -> Potential:
    """SevenNet, with weights that come with the package."""
    with _quiet("sevenn"):
        import torch
        from sevenn.calculator import SevenNetCalculator
        from sevenn.util import pretrained_name_to_path

        torch.set_num_threads(threads)
        calculator = SevenNetCalculator(model, device=device, modal=task)
    return Potential(
        name="sevennet" if task is None else "sevennet-r2scan",
        calculator=calculator,
        model=f"SevenNet {model}" + ("" if task is None else f" {task}"),
        package="sevenn",
        version=metadata.version("sevenn"),
        weights=_hash(Path(pretrained_name_to_path(model))),
        source=source,
        elements=frozenset(int(number) for number in calculator.type_map),
    )


def _chgnet(threads: int, device: Device, weights: str = "0.3.0", source: str = DENG) -> Potential:
    """CHGNet, with weights that come with the package."""
    with _quiet("chgnet"):
        import chgnet
        import torch
        from chgnet.model import CHGNet
        from chgnet.model.dynamics import CHGNetCalculator

        class QuietCHGNet(CHGNetCalculator):
            """CHGNet without PyTorch's warnings about how it turns tensors into numbers."""

            def calculate(self, *args: Any, **kwargs: Any) -> None:
                with warnings.catch_warnings():
                    warnings.filterwarnings("ignore", "Converting a tensor with requires_grad")
                    super().calculate(*args, **kwargs)

        torch.set_num_threads(threads)
        model = CHGNet.load(model_name=weights, use_device=device, verbose=False)
        calculator = QuietCHGNet(model, use_device=device, on_isolated_atoms="error")
    folder = Path(chgnet.__file__).parent / "pretrained" / weights
    return Potential(
        name="chgnet" if weights != "r2scan" else "chgnet-r2scan",
        calculator=calculator,
        model=f"CHGNet {weights}",
        package="chgnet",
        version=metadata.version("chgnet"),
        weights=_hash(next(iter(sorted(folder.glob("*.pth.tar"))))),
        source=source,
        elements=frozenset(range(1, 95)),
        periodic=True,
    )


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


LEARNED = {
    "sevennet": "PBE",
    "chgnet": "PBE",
    "sevennet-r2scan": "r2SCAN",
    "chgnet-r2scan": "r2SCAN",
}
"""Functional of each machine-learned potential, whose dispersion may be added."""

POTENTIALS: dict[str, Callable[[int, Device], Potential]] = {
    "sevennet": _sevennet,
    "chgnet": _chgnet,
    "sevennet-r2scan": partial(_sevennet, model="7net-mf-0", task="R2SCAN", source=KIM),
    "chgnet-r2scan": partial(_chgnet, weights="r2scan", source=TRANSFER),
    "lammps-pedone2006": _pedone,
    "lammps-pedone2006-melt": partial(_pedone, guard=GUARD),
}
"""What loads each potential that has a name of its own."""


@contextlib.contextmanager
def _quiet(package: str) -> Any:
    """Suppress output and warnings while a package loads; say how to install it if missing.

    CHGNet prints its device on standard output; SevenNet warns that it has no GPU accelerator.
    """
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    except ImportError as error:
        raise MissingExtra(
            f"{package} cannot be loaded ({' '.join(str(error).split())}); it comes with: "
            "pip install 'ionsmith[relax]'"
        ) from error


def _hash(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
