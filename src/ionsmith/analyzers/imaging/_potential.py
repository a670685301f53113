"""Projected potential of a box of atoms for multislice, by abTEM.

abTEM spreads an atom over the four pixels around it. An atom between pixels then scatters too
little to high angles: for a detector that the grid just covers, columns of a β''-alumina crystal at
rest came out up to 30 % too weak, by an amount that changed with every grid. Here the phases of the
atoms are summed in reciprocal space instead, as a product of one matrix for each side, and the same
columns keep their intensity within half a per cent. Slicing and scattering factors are abTEM's.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.analyzers.imaging._cell import ImagingCell
from ionsmith.errors import MissingExtra

ABOVE = 1e-3
"""Distance in Å by which atoms are moved up, so that none is on the boundary of slices."""

ACROSS = "displacements_across"
"""Array of atoms: mean squares of x and y and mean of their product in Å², shape (n, 3)."""


def set_displacements(cell: ImagingCell, spread: NDArray[np.float64]) -> None:
    """Give the atoms of a box their displacements across the beam, from those of the model."""
    across = np.round(spread[:, (0, 1, 0), (0, 1, 1)], 8)
    cell.atoms.set_array(ACROSS, across[cell.atoms.arrays["model_index"]])


def damping(across: Sequence[float], kx: NDArray[Any], ky: NDArray[Any]) -> NDArray[np.float64]:
    """Debye–Waller factor of displacements on a grid of frequencies, shape (nx, ny)."""
    xx, yy, xy = across
    return np.asarray(
        np.exp(
            -2 * np.pi**2
            * (xx * kx[:, None] ** 2 + yy * ky**2 + 2 * xy * kx[:, None] * ky)
        )
    )  # fmt: skip


def require_abtem() -> Any:
    """Import abTEM, or say how to install it."""
    try:
        import abtem
    except ImportError as error:
        raise MissingExtra(
            "multislice and PRISM need abTEM: pip install 'ionsmith[haadf]'; the projection of "
            "HAADF does not"
        ) from error
    return abtem


def projected_potential(
    abtem: Any,
    atoms: Atoms,
    gpts: tuple[int, ...],
    slice_thickness: float | tuple[float, ...],
    *,
    exit_planes: tuple[int, ...] | None = None,
) -> Any:
    """Projected potential of a box in slices, with every atom exactly at its position.

    Atoms with the array :data:`ACROSS` are blurred by their displacements. Waves are kept after
    the slices in ``exit_planes``, by default after the last one.
    """
    from abtem.integrals import ScatteringFactorProjectionIntegrals

    class ExactPlaces(ScatteringFactorProjectionIntegrals):
        """Infinite projections summed in reciprocal space."""

        def integrate_on_grid(
            self,
            atoms: Atoms,
            a: float,
            b: float,
            gpts: tuple[int, int],
            sampling: tuple[float, float],
            device: str = "cpu",
        ) -> NDArray[np.float32]:
            # A real potential: half of the frequencies along y are enough.
            half = gpts[1] // 2 + 1
            total = np.zeros((gpts[0], half), dtype=np.complex64)
            area = float(np.prod(sampling))
            kx = np.fft.fftfreq(gpts[0], sampling[0])
            ky = np.fft.rfftfreq(gpts[1], sampling[1])
            across = atoms.arrays.get(ACROSS, np.zeros((len(atoms), 3)))
            kinds, kind = np.unique(
                np.column_stack([atoms.numbers, across]), axis=0, return_inverse=True
            )
            for index, (number, *moved) in enumerate(kinds):
                symbol = chemical_symbols[int(number)]
                factor = self.get_scattering_factor(  # type: ignore[no-untyped-call]
                    symbol, gpts, sampling, device
                )[:, :half]
                if any(moved):
                    factor = factor * damping(moved, kx, ky)
                places = atoms.positions[kind.ravel() == index]
                x, y = (
                    np.exp(-2j * np.pi * np.outer(k, at)).astype(np.complex64)
                    for k, at in zip((kx, ky), places.T, strict=False)
                )
                total += factor / area * (x @ y.T)
            return np.asarray(np.fft.irfft2(total, gpts), dtype=np.float32)

    # abTEM moves an atom at the exit surface to the entrance, and one between slices at random.
    atoms = atoms.copy()
    atoms.positions[:, 2] = np.maximum(atoms.positions[:, 2] - ABOVE, 0)
    potential = abtem.Potential(
        atoms,
        gpts=gpts,
        slice_thickness=slice_thickness,
        exit_planes=exit_planes,
        integrator=ExactPlaces(parametrization="lobato"),
    )
    return potential.build(lazy=False)
