"""Every JSON document keeps to its published schema."""

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from ionsmith.cli.main import main

COMMANDS = {
    "analyze.compare": "analyze compare OPEN CLOSED",
    "analyze.coordination": "analyze coordination OPEN",
    "analyze.dspacing": "analyze dspacing lib:nvp (2,0,2) (0,0,9) [001]",
    "analyze.haadf": "analyze haadf CLOSED --zone [1,0,0]",
    "analyze.indexing": "analyze indexing lib:nh4vo3 lib:nvp --spot 4.91@0 --spot 3.16@50",
    "analyze.matches": "analyze matches lib:nh4vo3 lib:nvp --planes (1,2,-1)||(2,-1,0) "
    "--max-strain 0.08",
    "analyze.mismatch": "analyze mismatch lib:nh4vo3 lib:nvp --planes (1,2,-1)||(2,-1,0)",
    "analyze.orientation": "analyze orientation lib:nh4vo3 lib:nvp --planes (1,2,-1)||(2,-1,0) "
    "--directions [0,1,2]||[1,2,-1]",
    "analyze.overlap": "analyze overlap lib:nh4vo3 lib:nvp --planes (1,2,-1)||(2,-1,0) "
    "--directions [0,1,2]||[1,2,-1] --element V --random-orientations 2",
    "analyze.pair-distribution": "analyze pair-distribution lib:si --rings",
    "analyze.phases": "analyze phases --d 3.479,2.552,2.379,2.085 --crystal al2o3 --crystal si",
    "analyze.pores": "analyze pores lib:si --alloy lisi",
    "analyze.spots": "analyze spots lib:nh4vo3 lib:nvp --planes (1,2,-1)||(2,-1,0) "
    "--directions [0,1,2]||[1,2,-1]",
    "analyze.storage": "analyze storage --table",
    "analyze.xrd": "analyze xrd lib:nvp --wavelength CuKa12",
    "build.alloy": "build alloy li7si3 --order random --dry-run",
    "build.alloy.path": "build alloy --path Na-Sn",
    "build.amorphous.melt-quench": "build amorphous Cu --method melt-quench --atoms 32 "
    "--density 8 --potential ase.calculators.emt:EMT --melt-temperature 3000 --melt-time 0.2 "
    "--rate 10000 --hold-time 0.1 --timestep 5 --steps 2 --dry-run",
    "build.amorphous.network": "build amorphous si --atoms 64 --sweeps 2 --rings --dry-run",
    "build.amorphous.packing": "build amorphous Li15Si4 --method packing --atoms 38 --dry-run",
    "build.beta-alumina": "build beta-alumina --dry-run",
    "build.closure": "build closure OPEN --planes 1,2 --dry-run",
    "build.crack": "build crack OPEN --plane 1 --width 8 --fill --dry-run",
    "build.interface": "build interface lib:si lib:ge --contact (0,0,1)||(0,0,1) --dry-run",
    "build.interface.terminations": "build interface lib:al2o3 lib:zro2 --max-area 200 "
    "--contact (0,0,1)||(1,1,1) --max-strain 0.08 --list-terminations",
    "build.nasicon": "build nasicon nzsp --x 7/3 --supercell 1 1 1 --count 2 --dry-run",
    "build.porous": "build porous lib:ge --porosity 18.05 --ions 2 --dry-run",
    "demo": "demo",
    "export": "export espresso lib:nafepo4 nowhere --dry-run",
    "library.export": "library export nvp --order random --nearest --dry-run",
    "library.list": "library list --family nasicon",
    "library.show": "library show nvp",
    "reproduce": "reproduce p4",
    "relax": "relax OPEN --potential ase.calculators.lj:LennardJones --dry-run",
    "relax.sweep": "relax lib:si lib:ge --potential ase.calculators.lj:LennardJones -o FOLDER "
    "--fmax 1e9",
}
OTHERS = [
    ("analyze.coordination", "analyze coordination lib:nafepo4 --sites"),
    ("analyze.dspacing", "analyze dspacing lib:si (1,1,1) [110]"),
    ("analyze.dspacing", "analyze dspacing lib:si --forbidden"),
    ("analyze.matches", "analyze matches lib:si lib:ge --planes (0,0,1)||(0,0,1) "
     "--substrate-elastic 166,64,80 --film-elastic 126,44,67 --max-area 100"),
    ("analyze.mismatch", "analyze mismatch lib:nh4vo3 lib:nvp --directions [0,1,2]||[1,2,-1]"),
    ("analyze.mismatch", "analyze mismatch lib:nh4vo3 lib:nvp --areas (1,2,-1)||(2,-1,0)"),
    ("analyze.orientation", "analyze orientation lib:nh4vo3 lib:nvp --euler 10,20,30"),
    ("analyze.orientation", "analyze orientation lib:si lib:ge --quaternion 1,0,0,0"),
    ("analyze.overlap", "analyze overlap lib:si lib:ge --element Si --film-element Ge "
     "--euler 10,20,30 --random-orientations 0"),
    ("analyze.pair-distribution", "analyze pair-distribution lib:lisi --cutoff 3"),
    ("analyze.phases", "analyze phases --two-theta 25.6,35.1 --crystal al2o3 --no-mixtures"),
    ("analyze.pores", "analyze pores OPEN"),
    ("analyze.spots", "analyze spots lib:nvp --normal (1,1,1) --max-laue-zone 0"),
    ("analyze.storage", "analyze storage --path Li-Si"),
    ("analyze.storage", "analyze storage si lisi --potential ase.calculators.lj:LennardJones"),
    ("analyze.xrd", "analyze xrd lib:nafepo4 lib:si --radiation neutrons --wavelength 1.5"),
    ("build.alloy", "build alloy li --dry-run"),
    ("build.beta-alumina", "build beta-alumina --stabilizer none --dry-run"),
    ("build.closure", "build closure OPEN --planes all --sense wrong --dry-run"),
    ("build.crack", "build crack CRYSTAL --plane 1 --extent 0.2,0.8 --neutral --dry-run"),
    ("build.crack", "build crack CRYSTAL --plane 1 --kink 0.25:2 --kink 0.75:1 --unit fraction "
     "--step-width 5 --vacuum 8 --sodium out --dry-run"),
    ("build.interface", "build interface lib:si lib:ge --contact (0,0,1)||(0,0,1) --vacuum 0 "
     "--potential ase.calculators.lj:LennardJones --grid 3 --dry-run"),
    ("build.interface", "build interface --preset nvp-nh4vo3 --shift 0,0 --gap 3 --dry-run"),
    ("build.nasicon", "build nasicon nvp --order random --nearest --dry-run"),
    ("build.porous", "build porous lib:si --porosity 30 --kind gyroid --bare --dry-run"),
    ("export", "export lammps lib:sio2 nowhere --dry-run"),
    ("library.export", "library export si --dry-run"),
    ("library.export", "library export nzsp --order random --nearest --dry-run"),
    ("library.show", "library export nzsp --raw --dry-run"),
    ("library.show", "library show nvp-alpha"),
]  # fmt: skip
"""Documents with other gaps than those of the first commands."""
SCHEMAS = resources.files("ionsmith.cli") / "schemas"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("models")
    models = {"OPEN": "open", "CLOSED": "closed", "CRYSTAL": "crystal"}
    names = {key: str(folder / f"{name}.extxyz") for key, name in models.items()}
    for words in (
        ["build", "beta-alumina", "-o", names["OPEN"]],
        ["build", "closure", names["OPEN"], "--planes", "2", "-o", names["CLOSED"]],
        [
            *["build", "beta-alumina", "--supercell", "6", "1", "1", "--order", "random", "-o"],
            names["CRYSTAL"],
        ],
    ):
        with pytest.raises(SystemExit) as caught:
            main(words)
        assert caught.value.code == 0
    return {**names, "FOLDER": str(folder / "relaxed")}


def test_every_schema_has_its_command() -> None:
    found = {Path(str(item)).name.removesuffix(".json") for item in SCHEMAS.iterdir()}
    assert found == set(COMMANDS)


def properties(node: object, path: str = "") -> Iterator[tuple[str, dict]]:
    """Every property below a node of a schema, by its path."""
    if isinstance(node, dict):
        for name, one in node.get("properties", {}).items():
            yield f"{path}/{name}", one
            yield from properties(one, f"{path}/{name}")
        for key, one in node.items():
            if key != "properties":
                yield from properties(one, path)
    elif isinstance(node, list):
        for one in node:
            yield from properties(one, path)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_property_is_described(name: str) -> None:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    assert [path for path, one in properties(schema) if not one.get("description")] == []


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_one_word_for_a_space_group(name: str) -> None:
    assert "spacegroup" not in (SCHEMAS / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "command"), sorted([*COMMANDS.items(), *OTHERS]))
def test_document(
    name: str, command: str, files: dict[str, str], capsys: pytest.CaptureFixture
) -> None:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    words = [files.get(word, word) for word in command.split()]
    with pytest.raises(SystemExit) as caught:
        main([*words, "--json"])
    assert caught.value.code in (0, None)
    jsonschema.validate(json.loads(capsys.readouterr().out), schema)
