import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ionsmith.analyzers.epitaxy import find_ratios
from ionsmith.errors import InvalidInput, IonsmithError
from ionsmith.surfaces.strain import (
    biaxial_modulus,
    elastic_matrix,
    energy_density,
    equilibrium_share,
    plane_frame,
    plane_stiffness,
    shared_strain,
    stretch_factors,
    stretch_window,
    von_mises,
)

SILICON = (165.7, 63.9, 79.6)  # GPa; J. J. Wortman, R. A. Evans, doi:10.1063/1.1713863
GPA = 6.241509e-3  # eV/Å³, from e = 1.602176634e-19 C

shares = st.floats(0, 1)


@given(st.floats(3, 10), st.floats(0.9, 1.1), shares)
def test_sharing_is_that_of_periods(length: float, ratio: float, share: float) -> None:
    (one,) = find_ratios(length * ratio, length, ratios=[(1, 1)], substrate_share=share)
    e = shared_strain(ratio, share)
    assert one.strain_film == pytest.approx((1 - share) * e, abs=1e-12)
    assert one.strain_substrate == pytest.approx(-share * e, abs=1e-12)


@given(st.floats(0, 0.12), shares)
def test_window_ends_where_one_side_reaches_the_limit(limit: float, share: float) -> None:
    for end in stretch_window(limit, share):
        assert abs(shared_strain(end, share)) * max(share, 1 - share) == pytest.approx(limit)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["any", "turned", "singular", "mirrored"]))
@settings(deadline=None)
def test_factors_are_the_singular_values(seed: int, kind: str) -> None:
    matrices = np.random.default_rng(seed).normal(size=(20, 2, 2))
    if kind in ("turned", "mirrored"):  # equal singular values
        matrices = 1.3 * np.linalg.svd(matrices)[0]
        matrices[:, 0] *= np.sign(np.linalg.det(matrices))[:, None]
        matrices[:, 0] *= -1 if kind == "mirrored" else 1
    if kind == "singular":
        matrices[:, 1] = 2 * matrices[:, 0]
    left, stretches, right = stretch_factors(matrices)
    assert stretches == pytest.approx(np.linalg.svd(matrices, compute_uv=False), abs=1e-12)
    assert left @ (stretches[:, :, None] * right) == pytest.approx(matrices, abs=1e-12)
    for factor in (left, right):
        assert factor @ factor.transpose(0, 2, 1) == pytest.approx(
            np.broadcast_to(np.eye(2), factor.shape), abs=1e-12
        )
    assert np.linalg.det(left) == pytest.approx(np.ones(20))


def test_von_mises() -> None:
    assert von_mises([0.03, 0.03]) == pytest.approx(0.02)  # deviator (1, 1, -2) of a hundredth
    assert von_mises([0.03, 0.0]) == pytest.approx(0.02)
    assert von_mises([0.03, -0.03]) == pytest.approx(np.sqrt(2 / 3 * 2) * 0.03)


def test_energy_of_a_cubic_layer() -> None:
    # Biaxial modulus of (001): C11 + C12 - 2 C12²/C11 (Nye); the energy is modulus times strain².
    c11, c12, _ = SILICON
    modulus = c11 + c12 - 2 * c12**2 / c11
    layer = plane_stiffness(elastic_matrix(SILICON), np.eye(3))
    energy = energy_density(layer, 0.02 * np.eye(2))
    assert energy == pytest.approx(modulus * 0.02**2 * GPA, rel=1e-6)


def test_energy_on_111() -> None:
    # Biaxial modulus of (111): 6 C44 (C11 + 2 C12) / (C11 + 2 C12 + 4 C44);
    # W. A. Brantley, J. Appl. Phys. 44, 534 (1973), doi:10.1063/1.1661935.
    c11, c12, c44 = SILICON
    modulus = 6 * c44 * (c11 + 2 * c12) / (c11 + 2 * c12 + 4 * c44)
    frame = np.array([[1, -1, 0], [1, 1, -2], [1, 1, 1]]) / np.sqrt([[2], [6], [3]])
    energy = energy_density(plane_stiffness(elastic_matrix(SILICON), frame), 0.01 * np.eye(2))
    assert energy == pytest.approx(modulus * 0.01**2 * GPA, rel=1e-6)


@given(st.integers(0, 2**32 - 1))
def test_energy_does_not_depend_on_the_frame(seed: int) -> None:
    generator = np.random.default_rng(seed)
    half = generator.normal(size=(6, 6))
    matrix = half @ half.T + np.eye(6)
    frame = Rotation.random(rng=generator).as_matrix()
    turn = np.eye(3)
    angle = generator.uniform(0, 2 * np.pi)
    turn[:2, :2] = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    strain = generator.normal(size=(2, 2))
    strain = strain + strain.T
    first = energy_density(plane_stiffness(matrix, frame), strain)
    turned = turn[:2, :2] @ strain @ turn[:2, :2].T
    assert first == pytest.approx(energy_density(plane_stiffness(matrix, turn @ frame), turned))


def test_elastic_matrix() -> None:
    upper = elastic_matrix(SILICON)[np.triu_indices(6)]
    np.testing.assert_array_equal(elastic_matrix(list(upper)), elastic_matrix(SILICON))
    with pytest.raises(IonsmithError, match=r"expected 3 elastic constants .* or 21 .*, not 5"):
        elastic_matrix([1, 2, 3, 4, 5])
    with pytest.raises(IonsmithError, match="not positive definite"):
        elastic_matrix([50, 60, 20])


def test_the_share_of_the_strain_that_costs_least() -> None:
    # MgO and Ag (001), constants of G. Simmons and H. Wang (1971), from memory.
    oxide, metal = elastic_matrix([297, 95, 156]), elastic_matrix([124, 93, 46])
    up = (0, 0, 1)
    # C11 + C12 - 2 C12²/C11 for (001) of a cubic crystal.
    assert biaxial_modulus(metal, up) == pytest.approx(124 + 93 - 2 * 93**2 / 124)
    soft, hard = biaxial_modulus(metal, up), biaxial_modulus(oxide, up)
    for ratio in (0.0, 0.5, 3.0):
        shares = np.linspace(0, 1, 100001)
        cost = hard * shares**2 + ratio * soft * (1 - shares) ** 2
        found = equilibrium_share(oxide, metal, up, up, thickness_ratio=ratio)
        assert found == pytest.approx(shares[cost.argmin()], abs=1e-5)
    frame = plane_frame((1, 1, 1))
    assert frame @ frame.T == pytest.approx(np.eye(3))
    assert np.linalg.det(frame) == pytest.approx(1)
    with pytest.raises(InvalidInput, match="`thickness_ratio` is -1"):
        equilibrium_share(oxide, metal, up, up, thickness_ratio=-1)
