r"""Total scattering: the structure factor S(Q) and the reduced pair distribution G(r).

.. math:: S(Q) = 1 + \sum_{ij} \frac{b_i b_j}{N \langle b \rangle^2}
          \frac{\sin Q r_{ij}}{Q r_{ij}}\, e^{-Q^2 (U_i + U_j)/2}, \qquad
          G(r) = \frac{2}{\pi} \int_0^{Q_{max}} Q\,(S(Q) - 1) \sin Qr\, dQ

less the mean density, with scattering factors b that depend on Q for X-rays and electrons (Faber
and Ziman's S(Q); D. A. Keen, J. Appl. Cryst. 34, 172 (2001), doi:10.1107/S0021889800019993,
compares the conventions). A finite resolution of the instrument, Gaussian with a standard
deviation of ``q_damp``, damps G(r) by exp(-(r q_damp)²/2), as PDFgui does.

Distances are taken from a histogram whose bins share each of them so that its mean is kept. Pairs
are counted up to six ripples (2π/Qmax) beyond the longest r, where they fade; G(r) is within 0.3 %
of its largest value of the sum over all pairs. S(Q) is smoothed by a window (Hann's) over that
length, without which it would oscillate between its peaks: they are 2π over the length wide, and
S(Q) is given from there on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.analyzers.scattering._form_factors import Radiation, scattering_factors
from ionsmith.bonding.radial_distribution import BIN, LEAST_PROMINENCE, pair_counts
from ionsmith.choices import checked
from ionsmith.errors import InvalidInput
from ionsmith.results import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HIGHEST_Q = 60.0
"""Largest Qmax in Å⁻¹: no instrument goes further."""

_RIPPLES = 6
_Q_STEP = 0.01  # Å⁻¹
_BALANCED = 1e-3
_SHOWN = 8  # peaks


@dataclass(frozen=True)
class TotalScattering:
    """S(Q) and G(r) as they are measured.

    Parameters
    ----------
    radiation
        X-rays, neutrons or electrons.
    q_max
        Largest Q in Å⁻¹ of the transform.
    q_damp
        Resolution of the instrument in Å⁻¹.
    u_iso
        Mean square displacements in Å² by element.
    q
        In Å⁻¹, shape (k,).
    s
        S(Q), 1 at large Q, shape (k,).
    r
        Distances in Å, shape (m,).
    g
        Reduced pair distribution G(r) in Å⁻², shape (m,).
    """

    radiation: Radiation
    q_max: float
    q_damp: float
    u_iso: dict[str, float]
    q: NDArray[np.float64]
    s: NDArray[np.float64]
    r: NDArray[np.float64]
    g: NDArray[np.float64]

    def table(self) -> Table:
        """Highest peaks of S(Q), and what it is made with."""
        from scipy.signal import find_peaks

        tops, _ = find_peaks(self.s, prominence=LEAST_PROMINENCE)
        tops = np.sort(tops[np.argsort(-self.s[tops], kind="stable")[:_SHOWN]])
        moved = ", ".join(f"{element} {u:.4g}" for element, u in self.u_iso.items())
        title = (
            f"Highest peaks of S(Q), {self.radiation}, Q up to {self.q_max:g} Å⁻¹, resolution "
            f"{self.q_damp:g} Å⁻¹\nmean square displacements (Å²): {moved}"
        )
        rows = [[round(float(self.q[k]), 3), round(float(self.s[k]), 3)] for k in tops]
        return Table(title, ["Q (Å⁻¹)", "S(Q)"], rows)

    def draw(self, above: "Axes", below: "Axes") -> None:
        """Draw S(Q) and G(r) into two axes."""
        above.set(xlabel="Q (Å⁻¹)", ylabel="S(Q)", xlim=(0, self.q_max))
        below.set(xlabel="r (Å)", ylabel="G(r) (Å⁻²)", xlim=(0, float(self.r[-1])))
        for ax, x, y in ((above, self.q, self.s), (below, self.r, self.g)):
            ax.plot(x, y, color="black", linewidth=1.0)
            ax.spines[["top", "right"]].set_visible(False)


@checked
def total_scattering(
    atoms: Atoms,
    *,
    radiation: Radiation,
    r_max: float,
    q_max: float,
    q_damp: float,
    u_iso: Mapping[str, float],
) -> TotalScattering:
    """S(Q) and G(r) of a periodic structure.

    Parameters
    ----------
    atoms
        The structure, periodic along all axes.
    radiation
        X-rays, neutrons or electrons.
    r_max
        Largest distance of G(r) in Å.
    q_max
        Largest Q in Å⁻¹, up to :data:`HIGHEST_Q`.
    q_damp
        Resolution in Å⁻¹, 0 for a perfect one.
    u_iso
        Mean square displacement in Å² of each element.

    Raises
    ------
    InvalidInput
        If a value is out of range, or the mean scattering length is zero.
    """
    from scipy.fft import dst, next_fast_len

    if not 1 <= q_max <= HIGHEST_Q:
        raise InvalidInput(f"`q_max` is {q_max:g} Å⁻¹; expected 1 to {HIGHEST_Q:g} Å⁻¹")
    if not 0 <= q_damp <= 1:
        raise InvalidInput(f"`q_damp` is {q_damp:g} Å⁻¹; expected 0 to 1 Å⁻¹")
    numbers, kind = np.unique(atoms.numbers, return_inverse=True)
    elements = [chemical_symbols[z] for z in numbers]
    end = BIN * np.ceil((r_max + _RIPPLES * 2 * np.pi / q_max) / BIN)
    counts = pair_counts(atoms, kind, float(end), shared=True)[..., 1:-1]
    r = BIN * np.arange(1, counts.shape[2] + 1)
    share = np.bincount(kind) / len(atoms)
    mean = 4 * np.pi * len(atoms) / atoms.get_volume() * np.multiply.outer(share, share)
    partial = counts / (len(atoms) * BIN * r) - mean[..., None] * r
    partial *= np.exp(-((r * q_damp) ** 2) / 2)
    fade = np.cos(np.pi / 2 * np.clip((r - r_max) / (end - r_max), 0, 1)) ** 2
    smooth = np.cos(np.pi / 2 * r / end) ** 2

    # The sine transform takes r = BIN, 2 BIN, … to Q = step, 2 step, …
    size = next_fast_len(max(int(np.pi / (BIN * _Q_STEP)), 2 * len(r)) + 1) - 1
    step = np.pi / (BIN * (size + 1))
    q = step * np.arange(1, int(q_max / step) + 1)
    both = np.stack([partial * fade, partial * smooth])
    waves = dst(both, type=1, n=size, axis=-1)[..., : len(q)] * BIN / 2
    # The bins are triangles of this transform.
    waves /= np.sinc(q * BIN / (2 * np.pi)) ** 2
    spread = np.array([u_iso[element] for element in elements])
    waves *= np.exp(-np.add.outer(spread, spread)[..., None] * q**2 / 2)
    factors = scattering_factors(elements, q / (4 * np.pi), radiation)
    average = share @ factors
    if abs(average).min() < _BALANCED * abs(factors).max():
        raise InvalidInput(
            f"the mean scattering length for {radiation} is zero, and S(Q) is divided by its "
            "square; choose another `radiation`"
        )
    sharp, smoothed = np.einsum("aq,bq,wabq->wq", factors, factors, waves) / average**2
    g = dst(sharp, type=1, n=size)[: round(r_max / BIN)] * step / np.pi
    known = q >= 2 * np.pi / end
    return TotalScattering(
        radiation=radiation,
        q_max=q_max,
        q_damp=q_damp,
        u_iso=dict(zip(elements, spread.tolist(), strict=True)),
        q=q[known],
        s=(1 + smoothed / q)[known],
        r=r[: len(g)],
        g=g,
    )
