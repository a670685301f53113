"""Inputs that nobody meant: sound files, settings and arguments, damaged by chance.

Which input a seed and a number stand for follows from them alone. ``fuzz.py`` runs them.
"""

import base64
import contextlib
import gzip
import io
import json
import math
import random
import re
import shlex
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import ase.io
import click
from ase import Atoms
from PIL import Image

from ionsmith.cli.framework import Command
from ionsmith.cli.main import ionsmith, main
from ionsmith.crystals import load
from ionsmith.crystals.files._formats import no_castep

PAIR = "--parallel-planes (0,0,1)||(0,0,1) --parallel-directions [1,0,0]||[1,0,0]"

LJ = "--potential ase.calculators.lj:LennardJones"

TAKING_STRUCTURES = {
    "analyze adhesion": f"FILE {LJ}",
    "analyze boundary-energy": f"FILE {LJ}",
    "analyze closure-energy": f"FILE --planes 1 --sodium-left 0 --steps 1 --folder closing {LJ}",
    "analyze continuum": f"FILE (001) {LJ}",
    "analyze elastic-constants": f"FILE {LJ}",
    "analyze gamma-surface": f"FILE --plane (001) --shifts 4 4 --relax none --thickness 5 {LJ}",
    "analyze migration": "FILE --spacing 0.5",
    "analyze stability": f"FILE OTHER {LJ}",
    "analyze coordination": "FILE",
    "analyze compare": "FILE OTHER",
    "analyze dspacing": "FILE --d-min 1.5",
    "analyze haadf": "FILE --zone [0,0,1] --thickness 5 -o out.png",
    "analyze hrtem": "FILE --zone [0,0,1] --thickness 5 --field 20,20 -o out.tif",
    "analyze indexing": "FILE --spot 4.91@0 --spot 3.16@50",
    "analyze matches": "FILE OTHER --contact (0,0,1)||(0,0,1) --max-area 60",
    "analyze mismatch": "FILE OTHER --parallel-planes (0,0,1)||(0,0,1)",
    "analyze orientation": f"FILE OTHER {PAIR} --max-index 1",
    "analyze overlap": f"FILE OTHER {PAIR} --element Na --radius 4 --random-orientations 1",
    "analyze pair-distribution": "FILE --r-max 4",
    "analyze pores": "FILE --probe 1.4",
    "analyze spots": "FILE --zone [0,0,1] --d-min 1.2",
    "analyze xrd": "FILE --two-theta 10 60",
    "build closure": "FILE --planes 1 -o out.extxyz",
    "build crack": "FILE --plane 1 --fill -o out.extxyz",
    "build interface": "FILE OTHER --contact (0,0,1)||(0,0,1) --max-area 40 -o out.cif",
    "build porous": "FILE --porosity 30 --bare -o out.extxyz",
    "build slab": "FILE (1,0,0) --thickness 6 --neutral -o out.extxyz",
    "build embed": "FILE OTHER --size 8 --wall 8 -o out.extxyz",
    "build grain-boundary": "FILE (001) --sigma 5 --thickness 8 -o out.extxyz",
    "build particle": "FILE --size 8 -o out.extxyz",
    "build polycrystal": "FILE OTHER --box 14 14 14 --grains 2 -o out.extxyz",
    "build shell": "FILE OTHER --size 6 --thickness 4 -o out.extxyz",
    "build wire": "FILE --diameter 6 --axis [001] -o out.extxyz",
    "draw": "FILE OTHER --zone [1,0,0] --width 8.5 -o out.svg",
    "export": "espresso FILE calculation",
    "predict orientation": "FILE OTHER --no-cells --limit 2",
    "relax": f"FILE -o out.extxyz --steps 2 {LJ}",
    "view": "FILE OTHER -o out.html",
}
"""Commands that read structures: FILE is the mutated one, OTHER one of the library or the same."""

TAKING_NONE = {
    "analyze phases": "--d 3.479,2.552,2.379,2.085 --crystal al2o3 --crystal si",
    "analyze storage": "--table",
    "build alloy": "li7si3 --ordering random -o out.cif",
    "build amorphous": "si -o out.extxyz --atoms 64 --sweeps 1",
    "build beta-alumina": "-o out.vasp",
    "build ordered": "lib:nzsp --method random -o out.extxyz",
    "build nasicon": "nzsp --x 2 --supercell 1 1 1 -o out.extxyz --ordering random",
    "demo": "--folder made",
    "library export": "nvp --ordering random --nearest -o out.cif",
    "library list": "--family nasicon",
    "library show": "nvp",
    "reproduce": "p3",
}
RARE = (
    "reproduce",
    "relax",
    "view",
    "demo",
    "build nasicon",
    "build beta-alumina",
    "build interface",
    "analyze pores",
    "analyze closure-energy",
    "analyze continuum",
    "analyze elastic-constants",
    "analyze gamma-surface",
    "analyze migration",
    "build embed",
    "build shell",
    "predict orientation",
)
"""Commands that take long are drawn a fifth as often."""

NUMBERS = (
    *("0", "-1", "1", "2", "3", "0.5", "1.5", "nan", "inf", "-inf", "1e308", "1e400", "1e-308"),
    *("1e-9", "1e9", "1000000000", "-0", "99999999999999999999", "1,5", "0x10", "١", "x", "?"),
    *(".", "******", "1(2)", "1/0", "1/3", "true", "50"),
)
SYMBOLS = (
    *("X", "Xx", "D", "T", "Q", "Na", "na", "NA", "Fe3+", "Og", "Na1", "O2-", "Vac", "11", "0"),
    *("-1", "?", "H"),
)
WORDS = (
    *NUMBERS,
    *("(1,0,0)", "[0,0,1]", "(0,0,0)", "(1,0)", "(1,1,-2,0)", "(1,1,1,0)", "(9999999,1,1)", "("),
    *("(1,0,0)||(0,0,1)", "[1,0,0]||[0,1,0]", "||", "(1.5,0,0)", "Na", "X", "Xx", "Si", "O"),
    *("P-O=1.8", "P-O=nan", "Na=1", "Na=inf", "=", "Na=", "=1", "-O=2", "1,2,3", "1,,2", "1:2"),
    *("0:0", "1:99999999999", "CuKa", "CuKa12", "lib:si", "lib:nope", "lib:", "-", ".", "/"),
    *("nofile.cif", "out.cif", "out.png", "out.pdf", "out.txt", "out.nothing", "no/out.cif"),
    *("3.1@0", "3.1@nan", "@", "Li-Si", "Si-Li", "--", "--nope", "nothing:nothing", "none", "all"),
    *("json:JSONDecoder", "ase.calculators.emt:EMT", "Na3V2(PO4)3", "Si(", "Si1e9", "60,120"),
    *("120,60", "R-3c", "-1x", "in.extxyz", "", " ", "1 0 0 0 1 0 0 0 1", "0 0 0 0", "1 0 0 0"),
    *("0 0 0", "10 planes", "1e9 planes", "a b.cif", "ü ñ β''.cif", "\udcff.cif", "a" * 300),
    *("17", "300", "5000", "20000", "ba@300K.extxyz", "model@0", "a$x^y$.png", "_a.cif", "out.pov"),
    *("out.extxyz.gz", "out.cell", "postgres.xyz", "sys:exit", "os:abort"),
    *("a" * 300 + ".cif", "Å", "\U0001f600", "a\nb", "\t", "[", "%s{0}", "$HOME"),
)
PATTERN = "".join(f"{10 + 0.5 * i:.2f} {100 + 37 * i * i % 91}\n" for i in range(100))
ENERGIES = "phase,energy\nlisi,-3.5\nli15si4,-2.9\nli,-1.9\nsi,-5.4\n"


FORMATS = (
    *("abinit-in", "castep-cell", "cfg", "cube", "gen", "json", "lammps-data", "proteindatabank"),
    *("res", "rmc6f", "traj", "v-sim", "vasp-xdatcar", "xsd", "xsf", "dmol-car", "gromacs", "eon"),
)
SUFFIXES = {"abinit-in": "abi", "lammps-data": "data", "castep-cell": "cell", "gromacs": "gro"}
SUFFIXES |= {"proteindatabank": "pdb", "dmol-car": "car", "eon": "con", "v-sim": "ascii"}
NAMES = ("in@300K", "in@0", "in$x^y$", "_in", "postgres", "in", "in", "in")
RECORDS = (
    *("null", "5", "[]", '"a"', '{"steps": null}', '{"sources": [1]}', '{"steps": [{"step": 5}]}'),
    *('{"lineage": 5}', '{"energy": {"value": "x"}}', '{"steps": [{"parameters": null}]}', "{}"),
)
JOB = """build = "slab"
potential = "ase.calculators.lj:LennardJones"
[options]
crystal = "lib:si"
plane = "(1,1,1)"
[vary]
thickness = [4, 6]
[relax]
steps = 2
"""
MAKING_FOLDERS = {
    "campaign": ["screen plan job.toml -o campaign", "screen run campaign --worker 1/1"],
    "slabs": ["build slab lib:si --all 1 --thickness 4 -o slabs"],
}
TAKING_FOLDERS = {
    "screen run": "campaign --worker 1/1",
    "screen status": "campaign",
    "screen table": "campaign",
    "screen export": "campaign --best 1 --code vasp -o best",
    "screen collect": "campaign best",
    "screen db": "campaign models.db",
    "analyze surfaces": f"slabs {LJ}",
}
"""Commands that read folders, and how these are made."""

LARGE = ("analyze dspacing", "analyze mismatch", "analyze xrd", "analyze spots", "analyze matches")
"""Commands that take a file of a supercell."""


@dataclass(frozen=True)
class Case:
    """One input: what is called, the files (base64) in its folder, and a stream that is closed."""

    kind: str
    words: list[str]
    files: dict[str, str]
    closed: str = ""


def striped_image() -> bytes:
    """A PNG with stripes, as of a stack of planes."""
    rows = [round(127 + 120 * math.sin(0.2 * y)) for y in range(120)]
    stream = io.BytesIO()
    Image.frombytes("L", (60, 120), bytes(row for row in rows for _ in range(60))).save(
        stream, "png"
    )
    return stream.getvalue()


def commands() -> dict[str, click.Command]:
    """All commands of the program, by their words."""

    def below(command: click.Command, words: list[str]) -> Iterator[tuple[str, click.Command]]:
        if not isinstance(command, click.Group):
            yield " ".join(words), command
            return
        context = click.Context(command)
        for word in command.list_commands(context):
            found = command.get_command(context, word)
            assert found is not None
            yield from below(found, [*words, word])

    return dict(below(ionsmith, []))


COMMANDS = commands()


def structures() -> list[Atoms]:
    """Small crystals, a molecule, a slab, a chain, and one left-handed cell."""
    from ase.build import bulk, molecule

    crystals = [load(name).to_atoms() for name in ("si", "nafepo4", "al2o3", "na", "na2o")]
    slab = bulk("NaCl", "rocksalt", a=5.64, cubic=True)
    slab.center(vacuum=8, axis=2)
    slab.pbc = (True, True, False)
    chain = Atoms("NaO", [(0, 0, 0), (2.3, 0, 0)], cell=(4.6, 0, 0), pbc=(True, False, False))
    left = crystals[0].copy()
    left.set_cell(left.cell.array * [1, 1, -1], scale_atoms=True)
    return [*crystals, slab, chain, left, molecule("CH3CH2OH")]


def originals() -> dict[str, list[bytes]]:
    """Sound files of each format."""
    made: dict[str, list[bytes]] = {"cif": [], "vasp": [], "extxyz": []}
    for atoms in structures():
        for suffix, written in made.items():
            if suffix == "extxyz" or atoms.cell.rank == 3:
                stream = io.BytesIO() if suffix == "cif" else io.StringIO()
                ase.io.write(stream, atoms, format=suffix)
                text = stream.getvalue()
                written.append(text if isinstance(text, bytes) else text.encode())
    published = Path(__file__).parents[1] / "structures"
    for name in ("ge", "nvp", "beta2-alumina", "li7si3"):
        made["cif"].append((published / f"{name}.cif").read_bytes())
    return made


def folders() -> dict[str, dict[str, bytes]]:
    """Files of each sound folder, by their paths."""
    made = {}
    for name, steps in MAKING_FOLDERS.items():
        with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
            Path("job.toml").write_text(JOB, encoding="utf-8")
            for step in steps:
                with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
                    main(shlex.split(step))
            files = sorted(path for path in Path(name).rglob("*") if path.is_file())
            made[name] = {path.as_posix(): path.read_bytes() for path in files}
    return made


def damage(text: bytes, chance: random.Random, other: bytes) -> bytes:
    """Change a file in one to four places."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 4))):
        text = chance.choice(DAMAGES)(text, chance, other)
    return text


def _token(text: bytes, chance: random.Random, other: bytes) -> bytes:
    found = list(re.finditer(rb"[^\s=\"']+", text))
    if not found:
        return text
    place = chance.choice(found)
    number = re.fullmatch(rb"-?[\d.]+(\(\d+\))?", place[0])
    new = chance.choice(NUMBERS if number else SYMBOLS + NUMBERS)
    return text[: place.start()] + new.encode() + text[place.end() :]


def _numbers(text: bytes, chance: random.Random, other: bytes) -> bytes:
    """Scale or replace several numbers alike, as a unit or a column gone wrong would."""
    factor = chance.choice((0.0, -1.0, 1e-6, 1e-3, 0.1, 10.0, 1e6))
    share = chance.choice((0.05, 0.3, 1.0))

    def changed(match: re.Match[bytes]) -> bytes:
        if chance.random() > share:
            return match[0]
        return f"{float(match[0]) * factor:.8f}".encode()

    return re.sub(rb"-?\d+\.\d+", changed, text)


def _lines(text: bytes, chance: random.Random, other: bytes) -> bytes:
    lines = text.split(b"\n")
    i, j = sorted(chance.randrange(len(lines)) for _ in range(2))
    deed = chance.randrange(5)
    if deed == 0:
        del lines[i : min(j, i + 3) + 1]
    elif deed == 1:
        lines[j:j] = lines[i : i + 3]
    elif deed == 2:
        lines[i], lines[j] = lines[j], lines[i]
    elif deed == 3:
        lines.insert(i, chance.choice(other.split(b"\n")))
    else:
        lines = lines[: i + 1]
    return b"\n".join(lines)


def _bytes(text: bytes, chance: random.Random, other: bytes) -> bytes:
    at = chance.randrange(len(text) + 1)
    deed = chance.randrange(7)
    if deed == 0:
        return text[:at]
    if deed == 1:
        return text[:at] + text[at + chance.randrange(1, 9) :]
    if deed == 2:
        return text[:at] + bytes([chance.randrange(256)]) + text[at + 1 :]
    if deed == 3:
        strange = ("\0", "é", "\ufeff", "\U0001f600", "\r", "'", '"', ";", "#", "\udcff")
        return text[:at] + chance.choice(strange).encode("utf-8", "surrogateescape") + text[at:]
    if deed == 4:
        return text.replace(b"\n", b"\r\n")
    if deed == 5:
        return chance.choice((b"", b"\n", b"\xef\xbb\xbf" + text, text[:at] + other, text + text))
    return bytes(chance.randrange(256) for _ in range(chance.randrange(1, 400)))


DAMAGES: list[Callable[[bytes, random.Random, bytes], bytes]] = [
    _token, _token, _token, _numbers, _lines, _lines, _bytes
]  # fmt: skip


def base(name: str) -> list[str]:
    """Arguments of a command that ends soon; of one that has none here, the example of its help."""
    known = (TAKING_STRUCTURES | TAKING_NONE).get(name)
    if known is None:
        example = (COMMANDS[name].epilog or "").rpartition("Example: ionsmith ")[2]
        known = example.rpartition("| ionsmith ")[2].removeprefix(name)
        return shlex.split(known)
    return known.split()


def draw_command(chance: random.Random, names: list[str]) -> str:
    """Name of a command, the slow ones more rarely."""
    while True:
        name = chance.choice(names)
        if (name not in RARE and name in TAKING_STRUCTURES | TAKING_NONE) or chance.random() < 0.2:
            return name


def value_for(option: click.Parameter, chance: random.Random) -> str:
    """Any value for an option, likely or not."""
    if isinstance(option.type, click.Choice) and chance.random() < 0.7:
        return str(chance.choice(list(option.type.choices)))
    numeric = isinstance(option.type, (click.types.IntParamType, click.types.FloatParamType))
    return chance.choice(NUMBERS if numeric and chance.random() < 0.8 else WORDS)


def option_words(name: str, chance: random.Random) -> list[str]:
    """One option of a command with values."""
    option = chance.choice([p for p in COMMANDS[name].params if isinstance(p, click.Option)])
    word = chance.choice(option.opts)
    if option.is_flag:
        return [word]
    return [word, *(value_for(option, chance) for _ in range(option.nargs))]


def damaged_words(name: str, words: list[str], chance: random.Random) -> list[str]:
    """Arguments changed in one to three places."""
    words = list(words)
    for _ in range(chance.choice((1, 1, 2, 3))):
        deed, at = chance.randrange(8), chance.randrange(len(words) + 1)
        if deed < 3:
            words += option_words(name, chance)
        elif deed < 5 and words:
            words[at % len(words)] = chance.choice(WORDS)
        elif deed == 5 and words:
            old = words[at % len(words)]
            cut = chance.randrange(len(old) + 1)
            words[at % len(words)] = old[:cut] + chance.choice(WORDS) + old[cut + 1 :]
        elif deed == 6 and words:
            del words[at % len(words)]
        else:
            words.insert(at, chance.choice(WORDS))
    # The shell cannot pass a zero byte.
    return [word.replace("\0", "") for word in words]


def settings(name: str, chance: random.Random) -> bytes:
    """Take a few keys of a TOML file with values right and wrong."""
    lines = []
    for _ in range(chance.randrange(1, 5)):
        word, *values = option_words(name, chance)
        quoted = [json.dumps(value, ensure_ascii=True) for value in values] or ["true"]
        quoted = [re.sub(r"\\udcff", r"\\u0000", value) for value in quoted]
        bare = [value for value in values if re.fullmatch(r"-?[\d.]+(e-?\d+)?|nan|inf", value)]
        forms = [
            quoted[0], f"[{', '.join(quoted)}]", *bare, f"[{', '.join(bare)}]", "[]", "{}", "false",
            "1979-05-27", "[[1, 2], [3]]", '{ a = "b" }', '""', "-1", "1.5", "0", "[1, 1, 1]",
            "true",
        ]  # fmt: skip
        weights = [8, 4] + [6] * len(bare) + [1] * (len(forms) - 2 - len(bare))
        key = word.lstrip("-") if chance.random() < 0.95 else chance.choice(("nope", "config"))
        lines.append(f"{key} = {chance.choices(forms, weights)[0]}")
    text = "\n".join(lines).encode()
    return damage(text, chance, b"[table]\nx = 1\n") if chance.random() < 0.2 else text


def damaged_folder(files: dict[str, bytes], chance: random.Random) -> dict[str, bytes]:
    """Files of a folder, one to three of which are damaged, empty, lost or something else."""
    files = dict(files)
    for name in chance.sample(sorted(files), k=min(len(files), chance.choice((1, 1, 2, 3)))):
        deed = chance.randrange(8)
        if deed == 0:
            del files[name]
        elif deed == 1:
            files[name] = b""
        elif deed == 2:
            files[name] = chance.choice(RECORDS).encode()
        elif deed == 3:
            files[name] = files[chance.choice(sorted(files))]
        else:
            files[name] = damage(files[name], chance, JOB.encode())
    return files


def make(
    seed: int,
    number: int,
    sound: dict[str, list[bytes]],
    made: dict[str, dict[str, bytes]],
) -> Case:
    """Make the input that a seed and a number stand for."""
    chance = random.Random(f"{seed}/{number}")
    kinds = ["cif", "vasp", "extxyz", "toml", "arguments", "arguments", "other"]
    kinds += ["format", "record", "stream", "folder"]
    kind = kinds[number % len(kinds)]
    files: dict[str, bytes] = {}
    closed = ""
    if kind in sound:
        name = draw_command(chance, list(TAKING_STRUCTURES))
        suffix = f".{kind}" if chance.random() < 0.95 else chance.choice((".txt", "", ".vasp"))
        given = f"{chance.choice(NAMES)}{suffix}"
        files[given] = damage(chance.choice(sound[kind]), chance, chance.choice(sound["cif"]))
    elif kind == "format":
        large = chance.random() < 0.15
        name = chance.choice(LARGE) if large else draw_command(chance, list(TAKING_STRUCTURES))
        given, text = _any_format(chance, large)
        files[given] = text if large else damage(text, chance, chance.choice(sound["cif"]))
    elif kind == "record":
        name = draw_command(chance, list(TAKING_STRUCTURES))
        given = "in.extxyz"
        atoms = chance.choice(structures())
        atoms.info["ionsmith"] = json.loads(chance.choice(RECORDS))
        stream = io.StringIO()
        ase.io.write(stream, atoms, format="extxyz")
        files[given] = stream.getvalue().encode()
    elif kind == "stream":
        name = draw_command(chance, list(TAKING_STRUCTURES))
        given, closed = "-", chance.choice(("stdin", "stdout", "stderr"))
        files["in.extxyz"] = chance.choice(sound["extxyz"])
    elif kind == "folder":
        name = chance.choice(list(TAKING_FOLDERS))
        taken = TAKING_FOLDERS[name].split()
        if chance.random() < 0.3:
            taken += option_words(name, chance)
        return _case(kind, [*name.split(), *taken], damaged_folder(made[taken[0]], chance))
    elif kind == "other":
        name, line, given = chance.choice(
            [
                ("analyze phases", "--pattern PATTERN --wavelength CuKa --crystal si", "in.xy"),
                ("analyze xrd", "lib:si --measured PATTERN", "in.xy"),
                ("analyze storage", "--path Li-Si --energies PATTERN", "in.csv"),
                ("screen plan", "PATTERN -o campaign", "job.toml"),
                ("analyze haadf-image", "PATTERN --pixel 0.2", "in.png"),
            ]
        )
        sample = {"in.csv": ENERGIES, "job.toml": JOB}.get(given, PATTERN).encode()
        sample = striped_image() if given == "in.png" else sample
        files[given] = damage(sample, chance, sample)
        return _case(kind, [*name.split(), *line.replace("PATTERN", given).split()], files)
    else:
        name = draw_command(chance, list(COMMANDS))
        given = chance.choice(("lib:si", "lib:na2o", "lib:nafepo4", "in.extxyz", "-"))
        files["in.extxyz"] = chance.choice(sound["extxyz"])
    others = ["lib:ge", "lib:na2o", "lib:nzp", given]
    words = [given if w == "FILE" else w for w in base(name)]
    words = [chance.choice(others) if w == "OTHER" else w for w in words]
    if name == "export":
        words[0] = chance.choice(("vasp", "espresso", "cp2k", "abinit", "gpaw", "lammps"))
    if kind == "toml":
        files["job.toml"] = settings(name, chance)
        words += ["--config", "job.toml"]
    elif kind == "arguments":
        words = damaged_words(name, words, chance)
        if name == "reproduce":  # all papers take minutes
            words = ["p3", *(word for word in words if word != "all")]
    if isinstance(COMMANDS[name], Command) and chance.random() < 0.3:
        words.append("--json")
    return _case(kind, [*name.split(), *words], files, closed)


def _case(kind: str, words: list[str], files: dict[str, bytes], closed: str = "") -> Case:
    return Case(kind, words, {k: base64.b64encode(v).decode() for k, v in files.items()}, closed)


def _any_format(chance: random.Random, large: bool) -> tuple[str, bytes]:
    """Name and text of a crystal in one of the formats, perhaps packed; or of a supercell."""
    full = chance.choice(structures()[:5])
    # Without labels, which some writers take for numbers.
    atoms = Atoms(full.numbers, full.positions, cell=full.cell, pbc=True)
    if large:
        stream = io.StringIO()
        ase.io.write(stream, atoms.repeat(chance.choice((3, 4))), format="extxyz")
        return "large.extxyz", stream.getvalue().encode()
    kind = chance.choice(FORMATS)
    suffix = SUFFIXES.get(kind, kind)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "XDATCAR" if kind == "vasp-xdatcar" else Path(folder) / f"in.{suffix}"
        with warnings.catch_warnings(), no_castep(kind):
            warnings.simplefilter("ignore")
            ase.io.write(path, atoms, format=kind)
        text = path.read_bytes()
        if chance.random() < 0.1:
            return f"{path.name}.gz", gzip.compress(text)
        return path.name, text
