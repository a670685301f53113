"""Multislice and PRISM against the projection, each other, and a run that was stopped."""

import sys
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms

from ionsmith.analyzers.haadf import Haadf, Microscope, simulate_haadf
from ionsmith.analyzers.haadf import _multislice as haadf_multislice
from ionsmith.analyzers.haadf._projection import cross_section
from ionsmith.builders.beta_alumina import close_planes
from ionsmith.errors import ExternalProgramFailed, IonsmithError, MissingExtra, UnreadableFile
from ionsmith.lattice.miller import Direction
from strategies import full_beta_alumina
from textbook import perovskite

SHARP = Microscope(convergence=20, detector=(50, 70))
BLUNT = Microscope(convergence=12, detector=(25, 45))  # few probes on a coarse grid
PERIOD = 3.905


def small(method: str = "multislice", **options: object) -> Haadf:
    """One cell of SrTiO3 along [001], three thick."""
    given = {
        "microscope": BLUNT,
        "thickness": 3 * PERIOD,
        "field": (PERIOD, PERIOD),
        "phonons": 0,
    } | options
    return simulate_haadf(perovskite(), Direction((0, 0, 1)), method=method, **given)  # type: ignore[arg-type]


@pytest.mark.haadf
def test_rows_of_multislice_projection_and_model_agree() -> None:
    """P1's figure 3 by both methods: peaks within 0.1 Å of each other and of the atoms."""
    atoms = close_planes(full_beta_alumina(), [2], route=1).atoms
    zone = Direction((1, -1, 0))
    options = {"microscope": SHARP, "thickness": 5.614}
    fast = simulate_haadf(atoms, zone, **options).profile  # type: ignore[arg-type]
    exact = simulate_haadf(
        atoms, zone, method="multislice", scan="profile", phonons=0, **options
    ).profile  # type: ignore[arg-type]
    assert [plane.closed for plane in exact.planes] == [False, True, False]
    for first, second in zip(exact.planes, fast.planes, strict=True):
        assert first.lower == pytest.approx(second.lower, abs=0.1)
        assert first.upper == pytest.approx(second.upper, abs=0.1)
        assert first.row_spacing == pytest.approx(first.row_spacing_model, abs=0.1)
        assert first.row_spacing < 5 if first.closed else 6.3 < first.row_spacing < 6.6


@pytest.mark.haadf
def test_a_single_layer_scatters_what_its_atoms_do() -> None:
    """Far apart and one atom deep nothing but single scattering is left.

    abTEM has the scattering factors of Lobato, the projection those of Mott and Bethe.
    """
    layer = Atoms("Al", cell=[6, 6, 6], positions=[(3, 3, -3)], pbc=True)
    microscope = Microscope(convergence=15, detector=(40, 60))
    found = simulate_haadf(
        layer,
        Direction((0, 0, 1)),
        microscope=microscope,
        method="multislice",
        thickness=6,
        field=(6, 6),
        phonons=0,
    )
    assert found.image is not None
    assert found.image.intensity.mean() == pytest.approx(
        cross_section(13, microscope) / 36, rel=0.03
    )


@pytest.mark.haadf
def test_intensities_do_not_depend_on_the_grid() -> None:
    """Atoms lie between the pixels of one grid and on those of another."""
    images = [small(pixel=pixel, field=(2.0, 2.0)).image.intensity for pixel in (0.1, 0.07, 0.05)]
    assert images[-1] is not None
    for image in images[:-1]:
        np.testing.assert_allclose(image, images[-1], atol=0.035 * images[-1].max())


@pytest.mark.haadf
def test_prism_is_multislice() -> None:
    """Without interpolation both are the same sum of plane waves."""
    exact, prism = (small(method).image.intensity for method in ("multislice", "prism"))
    assert exact is not None
    np.testing.assert_allclose(prism, exact, rtol=1e-3, atol=1e-3 * exact.max())


@pytest.mark.haadf
def test_prism_with_interpolation_is_near_to_it() -> None:
    options = {"field": (20.0, 20.0), "scan": "profile", "line": ((3.0, 10.0), (9.0, 10.0))}
    exact, prism = (
        small(method, **options, thickness=4.0).profile.intensity
        for method in ("multislice", "prism")
    )
    np.testing.assert_allclose(prism, exact, atol=0.05 * exact.max())


@pytest.mark.haadf
def test_columns_of_multislice_stand_where_the_atoms_are() -> None:
    """Along [100] through Ti: O at 0, Ti-O at half of the cell."""
    for method in ("projection", "multislice"):
        found = small(method, line=((0.0, PERIOD / 2), (PERIOD, PERIOD / 2)))
        places = [peak.position for peak in found.profile.peaks]
        np.testing.assert_allclose(places, [0, PERIOD / 2], atol=0.02)


@pytest.mark.haadf
def test_phonons_depend_on_the_seed_alone() -> None:
    first, again, other = (small(phonons=2, seed=seed).image.intensity for seed in (0, 0, 1))
    assert first is not None
    np.testing.assert_array_equal(first, again)
    assert abs(first - other).max() > 1e-3 * first.max()


@pytest.mark.haadf
def test_a_stopped_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"field": (3 * PERIOD, PERIOD), "phonons": 2}
    folder = str(tmp_path / "tiles")

    def stop(done: int, total: int) -> None:
        assert total == 4
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small(**options, checkpoint=folder, progress=stop)
    calls = []
    tile = haadf_multislice._tile
    monkeypatch.setattr(
        haadf_multislice, "_tile", lambda *arguments: calls.append(1) or tile(*arguments)
    )
    resumed = small(**options, checkpoint=folder).image.intensity
    assert len(calls) == 1
    np.testing.assert_array_equal(resumed, small(**options).image.intensity)
    calls.clear()
    with pytest.raises(IonsmithError, match="another calculation"):
        small(**options, checkpoint=folder, seed=1)
    with pytest.raises(IonsmithError, match="not a folder of tiles"):
        small(**options, checkpoint=str(tmp_path))
    assert calls == []
    for path in (tmp_path / "tiles").glob("*tile-00000.npy"):
        path.write_bytes(b"half")
    with pytest.raises(UnreadableFile, match="damaged tile"):
        small(**options, checkpoint=folder)


@pytest.mark.haadf
def test_a_dask_cluster_gives_the_same() -> None:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        found = small(cluster=cluster.scheduler_address).image.intensity
    np.testing.assert_allclose(found, small().image.intensity, rtol=1e-4)


@pytest.mark.haadf
def test_no_cluster_no_image(monkeypatch: pytest.MonkeyPatch) -> None:
    import distributed

    def silent(*_: object, **__: object) -> None:
        raise OSError("timed out")

    monkeypatch.setattr(distributed, "Client", silent)
    with pytest.raises(ExternalProgramFailed, match="no dask scheduler answers"):
        small(cluster="tcp://127.0.0.1:1")


def test_a_missing_extra_names_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "abtem", None)
    with pytest.raises(MissingExtra, match=r"pip install 'ionsmith\[haadf\]'"):
        small()
    assert small("projection").image is not None


@pytest.mark.haadf
def test_a_coarse_grid_is_noted() -> None:
    found = small(pixel=0.13)
    assert "intensities are too low" in found.notes[0]
    assert found.grid_pixel == 0.13
