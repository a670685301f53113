"""The machine-learned potentials, whose weights come with their packages."""

import contextlib
import hashlib
import io
import warnings
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

from ionsmith.errors import InvalidInput, MissingExtra
from ionsmith.potentials._potential import Device, Potential

DISPERSION = "+d3"
"""Suffix of the name of a potential to which dispersion is added."""


LEARNED = {
    "sevennet": "PBE",
    "chgnet": "PBE",
    "sevennet-r2scan": "r2SCAN",
    "chgnet-r2scan": "r2SCAN",
}
"""Functional of each machine-learned potential, whose dispersion may be added."""


def available(device: Device) -> Device:
    """The device, if PyTorch has it."""
    if device != "cpu":
        with _quiet("torch"):
            import torch
        if not torch.cuda.is_available():
            raise InvalidInput("`device` cuda: PyTorch finds no GPU here; leave out `device`")
    return device


def with_dispersion(potential: Potential) -> Potential:
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


def sevennet(
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


def chgnet(threads: int, device: Device, weights: str = "0.3.0", source: str = DENG) -> Potential:
    """CHGNet, with weights that come with the package."""
    with _quiet("chgnet"):
        import chgnet
        import torch
        from chgnet.model import CHGNet
        from chgnet.model.dynamics import CHGNetCalculator

        class QuietCHGNet(CHGNetCalculator):
            """CHGNet that computes stress and moments, half of the time, only where asked for.

            PyTorch's warnings about how it turns tensors into numbers are left out.
            """

            def calculate(
                self,
                atoms: Any = None,
                properties: list[str] | None = None,
                system_changes: list[str] | None = None,
                task: Any = None,
            ) -> None:
                if task is None:
                    few = properties and {"energy", "forces"}.issuperset(properties)
                    task = "ef" if few else "efsm"
                with warnings.catch_warnings():
                    warnings.filterwarnings("ignore", "Converting a tensor with requires_grad")
                    super().calculate(atoms, properties, system_changes, task=task)

        torch.set_num_threads(threads)
        model = CHGNet.load(model_name=weights, use_device=device, verbose=False)
        model.requires_grad_(False)  # forces are derivatives by positions alone: a quarter faster
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
