"""What can be varied: a small job for each kind of model."""

import re
from pathlib import Path

import pytest

from ionsmith.errors import InvalidInput
from ionsmith.screening import campaign_table, plan_campaign, run_campaign
from ionsmith.screening._builders import BUILDERS, build, parameters_of
from ionsmith.screening._job import Job

KINDS = {
    "closures by stabiliser, glide and Na": (
        "build = 'closure'\n[options]\nplanes = [1]\n[vary]\nstabilizer = ['Mg', 'Li']\n"
        "route = [1, 2]\nsodium_removed = [0.5, 1]",
        8,
    ),
    "closures by planes": (
        "build = 'closure'\n[vary]\nplanes = [1, [1, 2]]",
        2,
    ),
    "cracks": (
        "build = 'crack'\n[options]\nplane = 1\n[vary]\nwidth = [4, 8]",
        2,
    ),
    "cuts of slabs": (
        "build = 'slab'\n[options]\ncrystal = 'lib:al2o3'\nthickness = 4\n"
        "[vary]\nplane = ['(0,0,1)', '(0,1,2)']\ntermination = 'all'",
        5,
    ),
    "compositions and orderings of NASICON": (
        "build = 'nasicon'\n[options]\nphase = 'nzsp'\nordering = 'random'\n"
        "[vary]\nx = [1, 2]\nseed = '0..1'",
        4,
    ),
    "ranks of orderings": (
        "build = 'ordered'\n[options]\ncrystal = 'lib:nvp'\nmethod = 'random'\n"
        "[vary]\nrank = '1..2'",
        2,
    ),
    "pores": (
        "build = 'porous'\n[options]\ncrystal = 'lib:si'\nsupercell = [3, 3, 3]\n"
        "kind = 'random-spheres'\nporosity = 10\n[vary]\nseed = '0..1'",
        2,
    ),
    "amorphous networks": (
        "build = 'network'\n[options]\nn_atoms = 64\nsweeps = 2\n[vary]\nelement = ['Si', 'Ge']",
        2,
    ),
    "packings": (
        "build = 'packing'\n[options]\nformula = 'LiSi'\nn_atoms = 16\nsteps = 2\n"
        "potential = 'ase.calculators.lj:LennardJones'\n[vary]\nseed = '0..1'",
        2,
    ),
    "shares of the strain": (
        "build = 'interface'\n[options]\nsubstrate = 'lib:si'\nfilm = 'lib:ge'\n"
        "contact = '(0,0,1)||(0,0,1)'\nsubstrate_thickness = 4\nfilm_thickness = 4\n"
        "[vary]\nsubstrate_share = [0, 0.5, 1]",
        3,
    ),
    "orderings of interfaces": (
        "build = 'interface'\n[options]\nsubstrate = 'lib:nzsp'\nfilm = 'lib:nvp'\n"
        "contact = '(0,0,1)||(0,0,1)'\nmax_area = 100\nordering = 'random'\nvacuum = 10\n"
        "substrate_thickness = '1 planes'\nfilm_thickness = '1 planes'\n[vary]\nseed = '0..1'",
        2,
    ),
}


MARKED = [
    pytest.param(kind, marks=pytest.mark.fast) if kind == "amorphous networks" else kind
    for kind in KINDS
]


@pytest.mark.parametrize("kind", MARKED)
def test_whatever_is_built_can_be_varied(tmp_path: Path, kind: str) -> None:
    """All candidates are built, and no two of them are the same structure."""
    text, count = KINDS[kind]
    path = tmp_path / "job.toml"
    path.write_text(text, encoding="utf-8")
    campaign = plan_campaign(path, tmp_path / "campaign").campaign
    run_campaign(campaign, worker=(1, 1))
    rows = campaign_table(campaign).rows
    assert [row.reason for row in rows] == [None] * count
    blocks = [path.read_text(encoding="utf-8") for path in campaign.folder.glob("results/*.extxyz")]
    assert len(set(blocks)) == count


def test_a_stabiliser_changes_the_closed_crystal() -> None:
    mg, li = (
        build("closure", {"planes": [1], "stabilizer": element}).atoms for element in ("Mg", "Li")
    )
    assert "Mg" in mg.symbols
    assert "Li" not in mg.symbols
    assert "Li" in li.symbols


def test_options_of_the_crystal_and_a_structure_contradict() -> None:
    with pytest.raises(InvalidInput, match="leave out one"):
        build("closure", {"structure": "lib:beta2-alumina", "planes": [1], "ion": "K"})


# One command, build amorphous, has the options of both networks and packings.
@pytest.mark.parametrize("name", sorted({*BUILDERS} - {"network", "packing"}))
def test_options_are_those_of_the_command(name: str) -> None:
    """Every option of a command that shapes the model is one of a job, under the same name."""
    from click.testing import CliRunner

    from ionsmith.cli.main import ionsmith

    text = CliRunner().invoke(ionsmith, ["build", name, "--help"]).output
    listed = set(re.findall(r"^ +--([a-z-]+)", text, re.MULTILINE))
    listed -= {"picture", "force", "dry-run", "format", "json", "csv-folder", "config", "path"}
    listed -= {"dpi", "font", "picture-width" if name == "crack" else "width"}
    listed -= {"list-terminations", "all", "kink"}
    listed -= {"euler", "matrix", "quaternion", "tolerance"}  # planes and directions say the same
    if name == "closure":
        listed -= {"potential"}  # judges closures by energy; a job has its own
    assert {option.replace("-", "_") for option in listed} <= parameters_of(name).keys()


def test_jobs_know_the_options_of_interfaces() -> None:
    """Among them those that decide how the slabs are cut."""
    Job("interface", {"symmetric": True, "neutral": True, "vacuum": 0, "freeze": "2 planes"}, {})


def test_a_match_that_there_is_not_is_named(tmp_path: Path) -> None:
    text = (
        "build = 'interface'\n[options]\nsubstrate = 'lib:si'\nfilm = 'lib:ge'\n"
        "contact = '(0,0,1)||(0,0,1)'\nmax_area = 20\n[vary]\nmatch = [99]"
    )
    path = tmp_path / "job.toml"
    path.write_text(text, encoding="utf-8")
    assert "match 99" in plan_campaign(path, None).notes[0]


def test_a_shift_is_two_lengths(tmp_path: Path) -> None:
    text = (
        "build = 'interface'\n[options]\nsubstrate = 'lib:si'\nfilm = 'lib:ge'\n"
        "contact = '(0,0,1)||(0,0,1)'\nmax_area = 20\n[vary]\nshift = [[0, 0], ['a', 'b']]"
    )
    path = tmp_path / "job.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match="two lengths"):
        plan_campaign(path, None)
