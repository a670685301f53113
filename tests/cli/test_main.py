"""The frame of the command line: quick help, one clear line for what goes wrong."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from ionsmith.cli.main import ionsmith, main
from ionsmith.potentials import POTENTIALS


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ionsmith", *arguments], capture_output=True, text=True
    )


def commands(group: click.Group, *names: str) -> list[tuple[str, ...]]:
    """All commands below a group, by their words."""
    found: list[tuple[str, ...]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        below = (*names, name)
        found += commands(command, *below) if isinstance(command, click.Group) else [below]
    return found


ALL_COMMANDS = commands(ionsmith)
GROUPS = {
    ("analyze", "adhesion"): "relax",
    ("analyze", "boundary-energy"): "relax",
    ("analyze", "closure-energy"): "classical",
    ("analyze", "continuum"): "relax",
    ("analyze", "elastic-constants"): "relax",
    ("analyze", "gamma-surface"): "classical",
    ("analyze", "haadf-image"): "micrograph",
    ("analyze", "hrtem"): "haadf",
    ("analyze", "migration"): "migration",
    ("analyze", "pores"): "pores",
    ("analyze", "stability"): "relax",
    ("analyze", "surfaces"): "relax",
    ("build", "amorphous"): "fast",
    ("relax",): "relax",
    ("view",): "page",
}
EXAMPLES = [
    pytest.param(words, marks=getattr(pytest.mark, GROUPS[words]) if words in GROUPS else ())
    for words in ALL_COMMANDS
]


def test_all_verbs_are_there() -> None:
    assert {("build", "closure"), ("analyze", "compare"), ("library", "show"), ("demo",)} <= set(
        ALL_COMMANDS
    )


@pytest.mark.parametrize("words", ALL_COMMANDS, ids=" ".join)
def test_every_help_has_an_example(words: tuple[str, ...], capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*words, "--help"])
    assert caught.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    example = text.partition("Example: ")[2]
    assert example.startswith("ionsmith ")
    assert f"ionsmith {' '.join(words)}" in example


@pytest.mark.parametrize("words", EXAMPLES, ids=" ".join)
def test_every_example_works_when_pasted(words: tuple[str, ...], tmp_path: Path) -> None:
    command: click.Command = ionsmith
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None
        command = found
    example = str(command.epilog).removeprefix("Example: ")
    bin_folder = str(Path(sys.executable).parent)
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", example],
        cwd=tmp_path,
        env={**os.environ, "PATH": os.pathsep.join([bin_folder, os.environ["PATH"]])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "words",
    [
        "analyze adhesion NO",
        "analyze boundary-energy NO",
        "analyze closure-energy NO --planes 1 --folder made",
        "analyze continuum NO (001)",
        "analyze elastic-constants NO",
        "analyze gamma-surface NO --plane 1",
        "analyze migration NO --potential sevennet --folder made",
        "analyze stability lib:na NO --potential sevennet",
        "analyze storage NO --potential sevennet",
        "analyze surfaces NO",
        "build closure NO --planes 1 --glide lowest -o made.extxyz",
        "relax NO -o made.extxyz",
    ],
)
def test_a_missing_file_is_told_before_a_missing_extra(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def unavailable(*_: object) -> None:
        raise AssertionError("a potential was loaded")

    monkeypatch.chdir(tmp_path)
    for name in POTENTIALS:
        monkeypatch.setitem(POTENTIALS, name, unavailable)
    with pytest.raises(SystemExit) as caught:
        main([word.replace("NO", "nofile.cif") for word in words.split()])
    said = capsys.readouterr().err
    assert caught.value.code == 2
    assert said.count("\n") == 1
    assert "nofile.cif" in said
    assert not any(tmp_path.iterdir())


def test_help_and_plain_import_load_nothing_heavy() -> None:
    code = (
        "import sys, ionsmith\n"
        "from ionsmith.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'pymatgen', 'matplotlib', 'torch', 'numpy', 'ase', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "build" in done.stdout


def test_a_quick_analysis_loads_what_it_needs() -> None:
    code = (
        "import sys\n"
        "from ionsmith.cli.main import main\n"
        "try:\n    main(['analyze', 'dspacing', 'lib:nvp', '(2,0,2)'])\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'pymatgen', 'matplotlib', 'torch', 'scipy', 'spglib'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "(2,0,2)" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nosuchverb"], "no command 'nosuchverb'; known are"),
        (["build", "nosuchmodel"], "no command 'nosuchmodel'; known are "),
        (["build", "closure"], "Missing"),
        (["build", "beta-alumina"], "-o FILE"),
        (["analyze", "compare", "missing.cif", "missing.cif"], "no such file"),
    ],
)
def test_one_line_and_exit_two(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.count("\n") == 1


def test_exit_codes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    for raised, code in (
        (KeyboardInterrupt(), 130),
        (MemoryError(), 1),
    ):

        def fail(*_: object, error: BaseException = raised, **__: object) -> None:
            raise error

        monkeypatch.setattr(click.Command, "main", fail)
        with pytest.raises(SystemExit) as caught:
            main(["--help"])
        assert caught.value.code == code
        assert capsys.readouterr().err.count("\n") == 1


def test_python_dash_m() -> None:
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("ionsmith, version")
