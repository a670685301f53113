"""Elastic constants against published ones of classical potentials, and rules of symmetry."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.calculators.lj import LennardJones

from ionsmith.errors import InvalidInput, NotConverged
from ionsmith.simulation.elastic_constants import elastic_constants
from lammps_potentials import of_lammps


def cubic(stiffness: np.ndarray) -> Sequence[float]:
    """C11, C12 and C44."""
    return [stiffness[0, 0], stiffness[0, 1], stiffness[3, 3]]


@pytest.mark.classical
@pytest.mark.parametrize(
    ("symbol", "style", "file", "published"),
    [
        # F. H. Stillinger and T. A. Weber; constants: H. Balamane, T. Halicioglu and W. A. Tiller,
        # Phys. Rev. B 46, 2250 (1992), doi:10.1103/PhysRevB.46.2250, with relaxed atoms.
        ("Si", "sw", "Si.sw", (151.4, 76.4, 56.4)),
        # Y. Mishin et al., Phys. Rev. B 63, 224106 (2001), doi:10.1103/PhysRevB.63.224106.
        ("Cu", "eam/alloy", "Cu_mishin1.eam.alloy", (169.9, 122.6, 76.2)),
    ],
)
def test_published_potentials(
    symbol: str, style: str, file: str, published: Sequence[float]
) -> None:
    found = elastic_constants(bulk(symbol), of_lammps(style, file, symbol))
    assert cubic(found.stiffness) == pytest.approx(published, rel=0.02)
    assert found.stable
    c11, c12, _ = published
    assert found.bulk_modulus == pytest.approx((c11 + 2 * c12) / 3, rel=0.02)


def test_cell_and_orientation_do_not_matter() -> None:
    one = elastic_constants(bulk("Cu"), EMT())
    whole = bulk("Cu", cubic=True).repeat((1, 1, 2))
    assert elastic_constants(whole, EMT()).stiffness == pytest.approx(one.stiffness, abs=0.3)
    turned = bulk("Cu", cubic=True)
    turned.rotate(45, "z", rotate_cell=True)
    found = elastic_constants(turned, EMT()).stiffness
    c11, c12, c44 = cubic(one.stiffness)
    # Of an fcc crystal turned by 45° about z: J. F. Nye, Physical Properties of Crystals (1957).
    assert found[0, 0] == pytest.approx((c11 + c12) / 2 + c44, rel=0.005)
    assert found[5, 5] == pytest.approx((c11 - c12) / 2, rel=0.01)
    assert found[2, 2] == pytest.approx(c11, rel=0.005)


def test_a_hexagonal_crystal() -> None:
    crystal = bulk("Ar", "hcp", a=3.8, c=6.2)
    found = elastic_constants(crystal, LennardJones(sigma=3.4, epsilon=0.0104, rc=12.0))
    c = found.stiffness
    assert c[5, 5] == pytest.approx((c[0, 0] - c[0, 1]) / 2, rel=1e-6)
    assert c[0, 0] == pytest.approx(c[1, 1], rel=1e-6)
    assert abs(c[:3, 3:]).max() < 1e-6

    # The curvature of the energy of a stretch along c, by itself.
    def energy(strain: float) -> float:
        model = found.atoms.copy()
        cell = model.cell.array.copy()
        cell[2] *= 1 + strain
        model.set_cell(cell, scale_atoms=True)
        model.calc = LennardJones(sigma=3.4, epsilon=0.0104, rc=12.0)
        return float(model.get_potential_energy()) / model.cell.volume * 160.2177

    steps = np.linspace(-0.01, 0.01, 9)
    bent = np.polyfit(steps, [energy(s) * (1 + s) for s in steps], 4)[2]
    assert c[2, 2] == pytest.approx(2 * bent, rel=0.02)
    assert found.asymmetry < 0.05


def test_an_interrupted_run_continues(tmp_path: Path) -> None:
    path = tmp_path / "copper.json"

    def stop(number: int, _: int) -> None:
        if number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        elastic_constants(bulk("Cu"), EMT(), checkpoint=path, progress=stop)

    first = elastic_constants(bulk("Cu"), EMT())
    again = elastic_constants(bulk("Cu"), EMT(), checkpoint=path)
    assert again.stiffness == pytest.approx(first.stiffness, abs=1e-6)
    once = elastic_constants(bulk("Cu"), EMT(), checkpoint=path)
    assert once.to_dict() == again.to_dict()
    with pytest.raises(InvalidInput, match="another structure or other settings"):
        elastic_constants(bulk("Cu"), EMT(), strain=0.01, checkpoint=path)


def test_what_cannot_be_taken() -> None:
    with pytest.raises(InvalidInput, match="`strain` is"):
        elastic_constants(bulk("Cu"), EMT(), strain=0.2)
    with pytest.raises(NotConverged, match="the crystal is not relaxed after 0 steps"):
        elastic_constants(bulk("Cu"), EMT(), steps=0)
    with pytest.raises(InvalidInput, match="periodic"):
        elastic_constants(Atoms("Cu", cell=[5, 5, 5], pbc=(True, True, False)), EMT())


def test_an_unstable_crystal_is_said() -> None:
    # bcc copper is a saddle point: C11 < C12 (in EMT as in DFT).
    found = elastic_constants(bulk("Cu", "bcc", a=2.87), EMT())
    assert found.stiffness[0, 0] < found.stiffness[0, 1]
    assert not found.stable
    assert found.young_modulus is None
    assert "not positive definite" in found.table()


def test_noise_does_not_break_the_symmetry() -> None:
    class Noisy(EMT):
        """EMT with an error in forces and stress, as in single precision."""

        def calculate(self, *args: object) -> None:
            super().calculate(*args)
            noise = np.random.default_rng(1).normal(size=6)
            self.results["stress"] = self.results["stress"] + 1e-6 * noise
            self.results["forces"] = self.results["forces"] + 1e-5 * noise[:3]

    found = elastic_constants(bulk("Cu"), Noisy())
    assert found.stiffness == pytest.approx(elastic_constants(bulk("Cu"), EMT()).stiffness, abs=0.5)
    assert cubic(found.stiffness)[0] == pytest.approx(found.stiffness[2, 2], rel=1e-9)
    assert found.n_strained == 3
