"""Every JSON document keeps to its published schema."""

import json
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
    "build.amorphous.network": "build amorphous si --atoms 64 --sweeps 2 --rings --dry-run",
    "build.amorphous.packing": "build amorphous Li15Si4 --method packing --atoms 38 --dry-run",
    "build.beta-alumina": "build beta-alumina --dry-run",
    "build.closure": "build closure OPEN --planes 1,2 --dry-run",
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
SCHEMAS = resources.files("ionsmith.cli") / "schemas"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("models")
    names = {"OPEN": str(folder / "open.extxyz"), "CLOSED": str(folder / "closed.extxyz")}
    for words in (
        ["build", "beta-alumina", "-o", names["OPEN"]],
        ["build", "closure", names["OPEN"], "--planes", "2", "-o", names["CLOSED"]],
    ):
        with pytest.raises(SystemExit) as caught:
            main(words)
        assert caught.value.code == 0
    return {**names, "FOLDER": str(folder / "relaxed")}


def test_every_schema_has_its_command() -> None:
    found = {Path(str(item)).name.removesuffix(".json") for item in SCHEMAS.iterdir()}
    assert found == set(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_document(name: str, files: dict[str, str], capsys: pytest.CaptureFixture) -> None:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    words = [files.get(word, word) for word in COMMANDS[name].split()]
    with pytest.raises(SystemExit) as caught:
        main([*words, "--json"])
    assert caught.value.code in (0, None)
    jsonschema.validate(json.loads(capsys.readouterr().out), schema)
