"""Text of the pages of the site: guide, tutorials, reference, commands (for build_site.py)."""

import ast
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import click
from sphinx.pycode import ModuleAnalyzer

import ionsmith
from ionsmith.cli.main import ionsmith as command_line

ROOT = Path(__file__).resolve().parents[1]
GUIDE = sorted((ROOT / "scripts" / "guide").glob("*.md"))
TRIED = [ROOT / ".github" / "exports.md", ROOT / ".github" / "energies.md"]
TUTORIALS = sorted((ROOT / "scripts").glob("tutorial_*.py"))
SECTIONS = {
    "Published crystals": "ionsmith.crystals",
    "Models": "ionsmith.builders",
    "Measurements": "ionsmith.analyzers",
    "Relaxation and dynamics": "ionsmith.simulation",
    "Images of microscopes": "ionsmith.micrographs",
    "Screening": "ionsmith.screening",
    "Potentials": "ionsmith.potentials",
    "Calculations for DFT codes": "ionsmith.exporters",
    "Pictures": "ionsmith.pictures",
    "Page": "ionsmith.page",
    "Papers redone": "ionsmith.reproduction",
    "Surfaces and matches": "ionsmith.surfaces",
    "Layered crystals": "ionsmith.layers",
    "Bonds": "ionsmith.bonding",
    "Lattices": "ionsmith.lattice",
}
SHARED = [
    "results",
    "provenance",
    "errors",
    "choices",
    "arguments",
    "records",
    "schemas",
    "plotting",
]
PICTURES = sorted((ROOT / ".github").glob("*.png"))
DOI = re.compile(r"\bdoi:(10\.\d{4,9}/\S+?)(?=[.,;:)]*(?:\s|$))")
LONGEST_VALUE = 60  # characters of a constant that a page still shows


def linked(text: str) -> str:
    """Make links of DOIs."""
    return DOI.sub(r"`doi:\1 <https://doi.org/\1>`__", text)


def heading(title: str) -> str:
    """Give a title and its underline."""
    return f"{title}\n{'=' * len(title)}\n\n"


def contents(pages: Iterable[str], caption: str = "") -> str:
    """Give a table of contents that only the sidebar shows."""
    option = f"   :caption: {caption}\n" if caption else ""
    return f".. toctree::\n   :hidden:\n{option}\n" + "".join(f"   {page}\n" for page in pages)


def rows(pairs: Iterable[tuple[str, str]]) -> str:
    """Give a table of two columns."""
    lines = [f"   * - {left}\n     - {right}\n" for left, right in pairs]
    return ".. list-table::\n   :widths: 30 70\n\n" + "".join(lines) + "\n" if lines else ""


def summaries(modules: dict[str, str]) -> str:
    """Give a table of modules, by title, with the first sentence of each."""
    return rows(
        (
            f":doc:`{title} <{module}>`",
            " ".join((import_module(module).__doc__ or "").partition("\n\n")[0].split()),
        )
        for title, module in modules.items()
    )


def first_names() -> str:
    """Give a table of what ``ionsmith`` itself offers, in the order of the sections."""
    offered = [getattr(ionsmith, name) for name in ionsmith.__all__]
    packages = [*SECTIONS.values(), *(f"ionsmith.{name}" for name in SHARED)]
    named = {
        f"{each.__module__}.{each.__name__}": each for each in offered if not inspect.ismodule(each)
    }
    return rows(
        (f":py:obj:`~{path}`", linked((each.__doc__ or "").partition("\n")[0]))
        for package in packages
        for path, each in named.items()
        if path.startswith(f"{package}.")
    )


def children(package: str) -> list[str]:
    """Give the public modules of a package, those that its docstring names first, in its order."""
    module = import_module(package)
    if not hasattr(module, "__path__"):
        return []
    known = [each.name for each in pkgutil.iter_modules(module.__path__) if each.name[0] != "_"]
    mentioned = re.findall(r":mod:`~?\.?([\w.]+)`", module.__doc__ or "")
    order = [name.removeprefix(f"{package}.").partition(".")[0] for name in mentioned]
    known.sort(key=lambda name: order.index(name) if name in order else len(order))
    return [f"{package}.{name}" for name in known]


def front_door(package: str) -> str:
    """Give the names that a package hands on from its private modules."""
    text, constants = "", ""
    module = import_module(package)
    for name in getattr(module, "__all__", ()):
        each = getattr(module, name)
        home = getattr(each, "__module__", None)
        if inspect.isclass(each) and home != "typing":
            kind, options = "class", "   :members:\n"
        elif inspect.isroutine(each):
            kind, options = "function", ""
        else:
            constants += constant(package, name, each)
            continue
        if re.fullmatch(rf"{re.escape(package)}(\._\w+)*", home or ""):
            text += f".. auto{kind}:: {package}.{name}\n{options}\n"
    return text + constants


def constant(package: str, name: str, value: object) -> str:
    """Give the entry of a constant, with the text that stands below it in its private module."""
    root = Path(import_module(package).__file__ or "")
    for node in ast.parse(root.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and name in [alias.name for alias in node.names]:
            home = str(node.module)
            documented = ModuleAnalyzer.for_module(home).find_attr_docs()
            lines = documented.get(("", name), [])
            shown = re.sub(r"\btyping\.", "", repr(value))
            short = len(shown) <= LONGEST_VALUE
            return (
                f".. py:data:: {name}\n   :module: {package}\n"
                + (f"   :value: {shown}\n" if short else "")
                + "".join(f"\n   {line}" for line in ["", *lines])
                + "\n\n"
            )
    return ""


def package_pages(title: str, package: str) -> dict[str, str]:
    """Give the page of a package or module and the pages of all public modules in it."""
    text = heading(title) + f"``{package}``\n\n"
    inner = children(package)
    if "__all__" in vars(import_module(package)):
        text += f".. automodule:: {package}\n   :no-members:\n\n" + front_door(package)
    else:
        text += f".. automodule:: {package}\n   :members:\n\n"
    names = {module.rpartition(".")[2]: module for module in inner}
    pages = {package: text + summaries(names) + contents(inner)}
    for name, module in names.items():
        pages |= package_pages(name, module)
    return pages


def guide_page(path: Path) -> str:
    """Give a page of the guide: links to pages of the site, names of Python objects as links."""
    text = path.read_text(encoding="utf-8")
    parts = re.split(r"(^```.*?^```$)", text, flags=re.DOTALL | re.MULTILINE)
    for number, part in list(enumerate(parts))[::2]:
        part = re.sub(r"(?<!!)\[([^\]]*)\]\((?!https?:)([^)]+)\)", site_link, part)
        part = part.replace("](../../.github/", "](")  # pictures
        parts[number] = re.sub(r"`(ionsmith(?:\.\w+)+)(?:\(\))?`", r"{py:obj}`\1`", part)
    return "".join(parts)


def site_link(link: re.Match[str]) -> str:
    """Give a link between files of the repository as one between pages, or its text alone."""
    text, target = link.groups()
    name = Path(target).name
    if name in {path.name for path in [*GUIDE, *TRIED]}:
        return f"[{text}]({name})"
    if name in {path.name for path in TUTORIALS}:
        return f"[{text}]({Path(name).stem}.rst)"
    return text


def tutorial_page(path: Path) -> str:
    """Give the page of a tutorial: its docstring, then its text."""
    text = path.read_text(encoding="utf-8")
    doc = ast.get_docstring(ast.parse(text)) or ""
    title, _, rest = doc.partition("\n")
    return (
        heading(title.rstrip("."))
        + linked(rest).strip().replace("\n    python", "\n::\n\n    python")
        + "\n\n.. code-block:: python\n\n"
        + textwrap.indent(text, "   ")
    )


def escaped(text: str) -> str:
    """Give text that a command prints, without a meaning to Sphinx but for its DOIs."""
    text = re.sub(r"([\\*`|]|_(?!\w))", r"\\\1", text)
    return linked(re.sub(r"(?<![\w-])--\w[\w-]*", r"``\g<0>``", text))


def options(command: click.Command, context: click.Context) -> str:
    """Give a table of the options of a command, as ``--help`` has them."""
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    return rows(
        (f"``{record[0]}``", escaped(record[1])) for record in records if record and record[1]
    )


def below(
    group: click.Group, context: click.Context
) -> dict[str, tuple[click.Command, click.Context]]:
    """Give the commands of a group by the names of their pages."""
    found = {}
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        path = f"{context.command_path} {name}"
        found[path.replace(" ", "-")] = command, click.Context(command, context, name)
    return found


def command_pages(page: str, command: click.Command, context: click.Context) -> dict[str, str]:
    """Give the pages of a command and of all below it: what their ``--help`` says."""
    path = context.command_path
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    text = heading(path) + f".. code-block:: text\n\n   {usage}\n\n"
    text += escaped(inspect.cleandoc(command.help or "")) + "\n\n"
    if isinstance(command, click.Group):
        nouns = below(command, context)
        pages = {page: text + commands(nouns) + contents(nouns)}
        for noun, (inner, inner_context) in nouns.items():
            pages |= command_pages(noun, inner, inner_context)
        return pages
    example = (command.epilog or "").removeprefix("Example: ")
    text += f".. code-block:: console\n\n   $ {example}\n\n"
    return {page: text + options(command, context)}


def commands(nouns: dict[str, tuple[click.Command, click.Context]]) -> str:
    """Give a table of commands with one line of help for each."""
    return rows(
        (f":doc:`{context.command_path} <{page}>`", escaped(command.get_short_help_str(200)))
        for page, (command, context) in nouns.items()
    )


def index(verbs: dict[str, tuple[click.Command, click.Context]]) -> str:
    """Give the first page."""
    shared = {name: f"ionsmith.{name}" for name in SHARED}
    return (
        heading(f"ionsmith {ionsmith.__version__}")
        + ".. automodule:: ionsmith\n   :no-members:\n\n"
        + ".. rubric:: Guide\n\n"
        + "".join(f"* :doc:`{path.stem}`\n" for path in [*GUIDE, *TUTORIALS])
        + "\n.. rubric:: Reference\n\n"
        + summaries(SECTIONS)
        + ".. rubric:: What ionsmith itself offers\n\n"
        + first_names()
        + ".. rubric:: What all share\n\n"
        + summaries(shared)
        + ".. rubric:: On the command line\n\n"
        + commands(verbs)
        + contents([path.stem for path in GUIDE], "Guide")
        + "\n"
        + contents([path.stem for path in [*TUTORIALS, *TRIED]], "Tutorials and records")
        + "\n"
        + contents(SECTIONS.values(), "From Python")
        + "\n"
        + contents(shared.values(), "What all share")
        + "\n"
        + contents(verbs, "Command line")
    )


def sources() -> dict[str, str]:
    """Give the text of every page, by the name of its file."""
    verbs = below(command_line, click.Context(command_line, info_name="ionsmith"))
    pages = {"index": index(verbs)}
    shown = {*SECTIONS.values(), *(f"ionsmith.{name}" for name in SHARED), "ionsmith.cli"}
    if missing := set(children("ionsmith")) - shown:
        raise SystemExit(f"no section of the reference has {', '.join(sorted(missing))}")
    for title, package in SECTIONS.items():
        pages |= package_pages(title, package)
    for name in SHARED:
        pages |= package_pages(name, f"ionsmith.{name}")
    for page, (command, context) in verbs.items():
        pages |= command_pages(page, command, context)
    pages |= {path.stem: tutorial_page(path) for path in TUTORIALS}
    return {f"{name}.rst": text for name, text in pages.items()} | {
        path.name: guide_page(path) for path in [*GUIDE, *TRIED]
    }
