"""Every JSON document keeps to its published schema."""

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from ase.build import bulk

from command import run_command
from ionsmith.cli.main import main

COMMANDS = {
    "analyze.closure-energy": "analyze closure-energy OPEN --planes 1 --sodium-left 0 --steps 0 "
    "--fmax 1e9 --smax 1e9 --potential ase.calculators.lj:LennardJones --folder CLOSING",
    "analyze.compare": "analyze compare OPEN CLOSED",
    "analyze.coordination": "analyze coordination OPEN",
    "analyze.coordination.weighted": "analyze coordination lib:nvp",
    "analyze.dspacing": "analyze dspacing lib:nvp (2,0,2) (0,0,9) [001]",
    "analyze.gamma-surface": "analyze gamma-surface METAL --plane (111) --shifts 4 4 "
    "--relax none --potential ase.calculators.emt:EMT --thickness 6",
    "analyze.adhesion": "analyze adhesion GLUED --potential ase.calculators.lj:LennardJones",
    "analyze.boundary-energy": "analyze boundary-energy TWIN --crystal METAL "
    "--potential ase.calculators.emt:EMT",
    "analyze.continuum": "analyze continuum METAL (001) --potential ase.calculators.emt:EMT "
    "--thickness 4 --stress 0.3 --barrier vacancy=0.7",
    "analyze.elastic-constants": "analyze elastic-constants METAL "
    "--potential ase.calculators.emt:EMT",
    "analyze.haadf": "analyze haadf CLOSED --zone [1,0,0]",
    "analyze.haadf-image": "analyze haadf-image IMAGE",
    "analyze.hrtem": "analyze hrtem METAL --zone [0,0,1] --thickness 4 --field 8,8 --dose 100",
    "analyze.indexing": "analyze indexing lib:nh4vo3 lib:nvp --spot 4.91@0 --spot 3.16@50",
    "analyze.matches": "analyze matches lib:nh4vo3 lib:nvp --contact (1,2,-1)||(2,-1,0) "
    "--max-strain 0.08",
    "analyze.micrograph": "analyze micrograph SPOTS --crystals lib:nh4vo3 lib:nvp",
    "analyze.migration": "analyze migration lib:lifepo4 --ion Li --spacing 0.4",
    "analyze.migration.hop": "analyze migration lib:lifepo4 --ion Li --spacing 0.4 "
    "--potential ase.calculators.lj:LennardJones --folder HOP --fmax 1e9",
    "analyze.mismatch": "analyze mismatch lib:nh4vo3 lib:nvp --parallel-planes (1,2,-1)||(2,-1,0)",
    "analyze.orientation": "analyze orientation lib:nh4vo3 lib:nvp "
    "--parallel-planes (1,2,-1)||(2,-1,0) --parallel-directions [0,1,2]||[1,2,-1]",
    "analyze.overlap": "analyze overlap lib:nh4vo3 lib:nvp --parallel-planes (1,2,-1)||(2,-1,0) "
    "--parallel-directions [0,1,2]||[1,2,-1] --element V --random-orientations 2",
    "analyze.pair-distribution": "analyze pair-distribution lib:si --rings",
    "analyze.phases": "analyze phases --d 3.479,2.552,2.379,2.085 --crystal al2o3 --crystal si",
    "analyze.pores": "analyze pores lib:si --alloy lisi",
    "analyze.spots": "analyze spots lib:nh4vo3 lib:nvp --parallel-planes (1,2,-1)||(2,-1,0) "
    "--parallel-directions [0,1,2]||[1,2,-1]",
    "analyze.storage": "analyze storage --path Li-Si",
    "analyze.storage.intercalation": "analyze storage lifepo4 --reference fepo4 --voltage 3.43",
    "analyze.storage.review": "analyze storage --table",
    "analyze.stability": "analyze stability lib:na lib:si "
    "--potential ase.calculators.lj:LennardJones",
    "analyze.surfaces": "analyze surfaces SLABS --potential ase.calculators.lj:LennardJones",
    "analyze.xrd": "analyze xrd lib:nvp --wavelength CuKa12",
    "analyze.xrd.debye": "analyze xrd PARTICLE lib:mgo --debye --size 12",
    "analyze.xrd.stack": "analyze xrd lib:si lib:ge",
    "build.alloy": "build alloy li7si3 --ordering random --dry-run",
    "build.alloy.path": "build alloy --path Na-Sn",
    "build.amorphous.melt-quench": "build amorphous Cu --method melt-quench --atoms 32 "
    "--density 8 --potential ase.calculators.emt:EMT --melt-temperature 3000 --melt-time 0.2 "
    "--rate 10000 --hold-time 0.1 --timestep 5 --steps 2 -o GLASS",
    "build.amorphous.melt-quench.plan": "build amorphous NaFePO4 --method melt-quench "
    "--density 3 --potential ase.calculators.lj:LennardJones --dry-run",
    "build.amorphous.network": "build amorphous si --atoms 64 --sweeps 2 --rings --dry-run",
    "build.amorphous.packing": "build amorphous Li15Si4 --method packing --atoms 38 --dry-run",
    "build.beta-alumina": "build beta-alumina --dry-run",
    "build.closure": "build closure OPEN --planes 1,2 --dry-run",
    "build.crack": "build crack OPEN --plane 1 --width 8 --fill --dry-run",
    "build.embed": "build embed lib:na lib:mgo --size 10 --wall 8 --dry-run",
    "build.grain-boundary": "build grain-boundary lib:si (111) --dry-run",
    "build.grain-boundary.list": "build grain-boundary lib:si --list --max-index 1",
    "build.grain-boundary.shifts": "build grain-boundary lib:si (001) --sigma 5 --list-shifts",
    "build.interface": "build interface lib:si lib:ge --contact (0,0,1)||(0,0,1) --dry-run",
    "build.interface.terminations": "build interface lib:al2o3 lib:zro2 --max-area 200 "
    "--contact (0,0,1)||(1,1,1) --max-strain 0.08 --list-terminations",
    "build.ordered": "build ordered lib:nzsp --dry-run",
    "build.nasicon": "build nasicon nzsp --x 7/3 --supercell 1 1 1 --count 2 --dry-run",
    "build.particle": "build particle lib:mgo --size 12 --neutral --dry-run",
    "build.polycrystal": "build polycrystal lib:mgo --box 18 18 18 --grains 2 --dry-run",
    "build.porous": "build porous lib:ge --porosity 18.05 --ions 2 --dry-run",
    "build.shell": "build shell lib:si lib:sio2 --size 8 --thickness 6 --dry-run",
    "build.slab": "build slab lib:lifepo4 (010) --symmetric --neutral --dry-run",
    "build.slab.all": "build slab lib:al2o3 --all 1 --thickness 5 --dry-run",
    "build.slab.terminations": "build slab lib:al2o3 (001) --list-terminations",
    "build.wire": "build wire lib:si --diameter 10 --axis [111] --passivate --dry-run",
    "demo": "demo",
    "export": "export espresso lib:nafepo4 nowhere --dry-run",
    "export.starts": "export espresso lib:licoo2 nowhere --starts --dry-run",
    "library.export": "library export nvp --ordering random --nearest --dry-run",
    "library.list": "library list --family nasicon",
    "library.show": "library show nvp",
    "predict.orientation": "predict orientation lib:nh4vo3 lib:nvp --limit 2 --no-cells "
    "--parallel-planes (1,2,-1)||(2,-1,0) --parallel-directions [0,1,2]||[1,2,-1]",
    "reproduce": "reproduce p4",
    "relax": "relax OPEN --potential ase.calculators.lj:LennardJones --dry-run",
    "screen.collect": "screen collect CAMPAIGN BEST",
    "screen.db": "screen db CAMPAIGN MODELS",
    "screen.export": "screen export CAMPAIGN --sort n_atoms --best 1 --code vasp -o BEST2",
    "screen.plan": "screen plan JOB --dry-run",
    "screen.run": "screen run CAMPAIGN --worker 1/1",
    "screen.status": "screen status CAMPAIGN",
    "screen.table": "screen table CAMPAIGN --sort energy",
}
OTHERS = [
    ("analyze.coordination", "analyze coordination lib:nafepo4 --sites"),
    ("analyze.dspacing", "analyze dspacing lib:si (1,1,1) [110]"),
    ("analyze.dspacing", "analyze dspacing lib:si --forbidden"),
    ("analyze.adhesion", "analyze adhesion GLUED --film lib:ge --relax RELAXED --fmax 1e9 "
     "--potential ase.calculators.lj:LennardJones"),
    ("analyze.continuum", "analyze continuum METAL --potential ase.calculators.emt:EMT"),
    ("analyze.matches", "analyze matches lib:si lib:ge --contact (0,0,1)||(0,0,1) "
     "--substrate-elastic 166,64,80 --film-elastic 126,44,67 --max-area 100"),
    ("analyze.mismatch", "analyze mismatch lib:nh4vo3 lib:nvp "
     "--parallel-directions [0,1,2]||[1,2,-1]"),
    ("analyze.mismatch", "analyze mismatch lib:nh4vo3 lib:nvp --areas (1,2,-1)||(2,-1,0)"),
    ("analyze.orientation", "analyze orientation lib:nh4vo3 lib:nvp --euler 10,20,30"),
    ("analyze.orientation", "analyze orientation lib:si lib:ge --quaternion 1,0,0,0"),
    ("analyze.overlap", "analyze overlap lib:si lib:ge --element Si --film-element Ge "
     "--euler 10,20,30 --random-orientations 0"),
    ("analyze.pair-distribution", "analyze pair-distribution lib:lisi --cutoff 3"),
    ("analyze.phases", "analyze phases --two-theta 25.6,35.1 --crystal al2o3 --no-mixtures"),
    ("analyze.pores", "analyze pores OPEN"),
    ("analyze.spots", "analyze spots lib:nvp --normal (1,1,1) --max-laue-zone 0"),
    ("analyze.storage", "analyze storage si lisi --potential ase.calculators.lj:LennardJones"),
    ("analyze.storage.intercalation", "analyze storage LiC6 --reference graphite"),
    ("analyze.xrd", "analyze xrd lib:nafepo4 lib:si --mixture --radiation neutrons "
     "--wavelength 1.5"),
    ("build.alloy", "build alloy li --dry-run"),
    ("build.beta-alumina", "build beta-alumina --stabilizer none --dry-run"),
    ("build.closure", "build closure OPEN --planes all --glide wrong --dry-run"),
    ("build.crack", "build crack CRYSTAL --plane 1 --extent 0.2,0.8 --neutral --dry-run"),
    ("build.crack", "build crack CRYSTAL --plane 1 --kink 0.25:2 --kink 0.75:1 --unit fraction "
     "--step-width 5 --vacuum 8 --sodium out --dry-run"),
    ("build.grain-boundary", "build grain-boundary lib:mgo (310) --vacuum 9 --dry-run"),
    ("build.interface", "build interface lib:si lib:ge --contact (0,0,1)||(0,0,1) --vacuum 0 "
     "--potential ase.calculators.lj:LennardJones --grid 3 --dry-run"),
    ("build.interface", "build interface --preset nvp-nh4vo3 --shift 0,0 --gap 3 --dry-run"),
    ("build.nasicon", "build nasicon nvp --ordering random --nearest --dry-run"),
    ("build.polycrystal", "build polycrystal lib:si lib:mgo --box 20 20 20 --neutral --dry-run"),
    ("build.porous", "build porous lib:si --porosity 30 --kind gyroid --bare --dry-run"),
    (
        "analyze.surfaces",
        "analyze surfaces SLABS --potential ase.calculators.emt:EMT --relax --fmax 1e9",
    ),
    ("build.slab", "build slab lib:si (111) --passivate --freeze 3 --dry-run"),
    ("build.slab.all", "build slab lib:sio2 --all 1 --symmetric --dry-run"),
    ("build.slab.terminations", "build slab lib:li15si4 (001) --list-terminations"),
    ("export", "export lammps lib:sio2 nowhere --dry-run"),
    ("library.export", "library export si --dry-run"),
    ("library.export", "library export nzsp --ordering random --nearest --dry-run"),
    ("library.show", "library export nzsp --raw --dry-run"),
    ("library.show", "library show nvp-alpha"),
]  # fmt: skip
"""Documents with other gaps than those of the first commands."""


def read_schema(name: str, capsys: pytest.CaptureFixture[str]) -> dict:
    """Schema as ``ionsmith schema NAME`` prints it."""
    code, out, err = run_command(capsys, "schema", name)
    assert (code, err) == (0, "")
    schema: dict = json.loads(out)
    return schema


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("models")
    models = {"OPEN": "open", "CLOSED": "closed", "CRYSTAL": "crystal", "GLUED": "glued"}
    models |= {"PARTICLE": "particle", "TWIN": "twin"}
    names = {key: str(folder / f"{name}.extxyz") for key, name in models.items()}
    names["METAL"], slabs = str(folder / "copper.extxyz"), str(folder / "slabs")
    bulk("Cu", cubic=True).write(names["METAL"])
    names |= {word: str(folder / word.lower()) for word in ("CAMPAIGN", "BEST", "BEST2")}
    names |= {
        "IMAGE": str(folder / "image.tif"),
        "JOB": str(folder / "job.toml"),
        "MODELS": str(folder / "models.db"),
        "SPOTS": str(folder / "spots.csv"),
    }
    (folder / "job.toml").write_text(
        'build = "slab"\npotential = "ase.calculators.lj:LennardJones"\n'
        'options.crystal = "lib:si"\nvary.plane = ["(1,1,1)", "(0,0,1)"]\n'
    )
    for words in (
        ["build", "beta-alumina", "-o", names["OPEN"]],
        ["build", "particle", "lib:mgo", "--size", "12", "-o", names["PARTICLE"]],
        ["build", "grain-boundary", names["METAL"], "(111)", "-o", names["TWIN"]],
        ["build", "slab", names["METAL"], "--all", "1", "--thickness", "4", "-o", slabs],
        ["build", "closure", names["OPEN"], "--planes", "2", "-o", names["CLOSED"]],
        [
            *["build", "interface", "lib:si", "lib:ge", "--contact", "(0,0,1)||(0,0,1)"],
            *["--symmetric", "-o", names["GLUED"]],
        ],
        [
            *["analyze", "haadf", names["CLOSED"], "--zone", "[1,0,0]", "--field", "30,60"],
            *["-o", names["IMAGE"]],
        ],
        [
            *[*COMMANDS["analyze.spots"].split(), "--d-min", "1.5", "--max-laue-zone", "0"],
            *["--csv-folder", str(folder)],
        ],
        ["screen", "plan", names["JOB"], "-o", names["CAMPAIGN"]],
        ["screen", "run", names["CAMPAIGN"], "--worker", "1/1"],
        ["screen", "export", names["CAMPAIGN"], "--code", "vasp", "-o", names["BEST"]],
        [
            *["build", "beta-alumina", "--supercell", "6", "1", "1", "--ordering", "random", "-o"],
            names["CRYSTAL"],
        ],
    ):
        with pytest.raises(SystemExit) as caught:
            main(words)
        assert caught.value.code == 0
    first, second = ((folder / name).read_text().splitlines() for name in ("2.csv", "4.csv"))
    Path(names["SPOTS"]).write_text("\n".join(first + second[1:]))
    return {
        **names,
        "HOP": str(folder / "hop"),
        "SLABS": slabs,
        "CLOSING": str(folder / "closing"),
        "RELAXED": str(folder / "relaxed-models"),
        "GLASS": str(folder / "glass.xyz"),
    }


def test_every_schema_has_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(capsys, "schema")[1].split() == sorted(COMMANDS)
    code, _, error = run_command(capsys, "schema", "analyze.nothing")
    assert (code, error.count("\n")) == (2, 1)
    assert "no document 'analyze.nothing'" in error


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


def untyped(node: object, path: str = "") -> Iterator[str]:
    """Paths of what a schema leaves open."""
    if not isinstance(node, dict):
        return
    if not {"type", "enum", "const", "anyOf"} & set(node):
        yield path
    for name, inner in node.get("properties", {}).items():
        yield from untyped(inner, f"{path}/{name}")
    if node.get("type") == "array" and not {"items", "prefixItems"} & set(node):
        yield f"{path}[]"
    extra = node.get("additionalProperties")
    if isinstance(extra, dict):
        yield from untyped(extra, f"{path}/*")
    for inner in [node.get("items"), *node.get("anyOf", []), *node.get("prefixItems", [])]:
        yield from untyped(inner, f"{path}[]")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_property_is_described_and_typed(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = read_schema(name, capsys)
    assert [path for path, one in properties(schema) if not one.get("description")] == []
    assert list(untyped(schema["properties"]["result"])) == []


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_one_word_for_a_space_group(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "spacegroup" not in json.dumps(read_schema(name, capsys))


def groups(command: str) -> list[pytest.MarkDecorator]:
    """Marks of what a command needs beside the core."""
    needs = {
        "fast": command.startswith("build amorphous si"),
        "haadf": command.startswith("analyze hrtem"),
        "micrograph": command.startswith("analyze haadf-image"),
        "migration": command.startswith("analyze migration"),
        "pores": command.startswith("analyze pores"),
        "rings": "--rings" in command,
    }
    return [getattr(pytest.mark, name) for name, needed in needs.items() if needed]


@pytest.mark.parametrize(
    ("name", "command"),
    [
        pytest.param(name, command, marks=groups(command))
        for name, command in sorted([*COMMANDS.items(), *OTHERS])
    ],
)
def test_document(
    name: str, command: str, files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    schema = read_schema(name, capsys)
    jsonschema.Draft202012Validator.check_schema(schema)
    words = [files.get(word, word) for word in command.split()]
    code, out, _ = run_command(capsys, *words, "--json")
    assert code == 0
    jsonschema.validate(json.loads(out), schema)
