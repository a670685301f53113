"""Render the reference from the docstrings: one page a module, and the command line.

Sphinx does the work; its sources are written to a temporary folder. A package's own docstring opens
its section, and the modules come in the order in which it names them, then the others. Formulas
become MathML, so that the pages need no network. Any warning ends the build.

Run: pip install '.[docs]' && python scripts/build_reference.py reference
"""

import argparse
import inspect
import pkgutil
import re
import sys
import tempfile
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

import ionsmith
from ionsmith.cli.main import ionsmith as command_line

SECTIONS = {
    "Published crystals": "ionsmith.crystals",
    "Models": "ionsmith.builders",
    "Measurements": "ionsmith.analyzers",
    "Calculations for DFT codes": "ionsmith.exporters",
    "Relaxation": "ionsmith.relaxation",
    "Pictures and pages": "ionsmith.report",
    "Papers redone": "ionsmith.reproduction",
    "Geometry": "ionsmith.geometry",
}
SHARED = ["files", "lattices", "results", "provenance", "errors", "code_outputs"]
SETTINGS = {
    "project": "ionsmith",
    "version": ionsmith.__version__,
    "release": ionsmith.__version__,
    "extensions": ["sphinx.ext.autodoc", "sphinx.ext.napoleon", __name__],
    "add_module_names": False,
    "autodoc_member_order": "bysource",
    "autodoc_preserve_defaults": True,
    "autodoc_typehints": "description",
    "autodoc_typehints_description_target": "documented",
    "html_copy_source": False,
    "html_math_renderer": "mathml",
    "html_show_copyright": False,
    "html_show_sphinx": False,
    "html_theme": "furo",
    "html_title": f"ionsmith {ionsmith.__version__}",
    "napoleon_attr_annotations": False,
    "napoleon_google_docstring": False,
    "napoleon_use_rtype": False,
    "nitpicky": True,  # links that lead nowhere; of other projects' names there are none
    "nitpick_ignore_regex": [("py:.*", r"(?!ionsmith\.).*")],
    "python_use_unqualified_type_names": True,
    "smartquotes_action": "D",  # dashes alone: β''-alumina has no quotation mark
    "toc_object_entries": False,
}
DOI = re.compile(r"\bdoi:(10\.\d{4,9}/\S+?)(?=[.,;:)]*(?:\s|$))")
ARRAY = re.compile(
    r"~?(?:numpy\.)?ndarray\[[^\]]*\], ~?(?:numpy\.)?dtype\[~?(?:numpy\.)?(\w+?)_?\]\]"
)
LONGEST_VALUE = 60  # characters of a constant that a page still shows


def setup(app: Sphinx) -> None:
    """Tell Sphinx what it does not do by itself."""
    app.add_html_math_renderer("mathml", (inline_formula, None), (formula, None))
    # Before and after the sections of docstrings are read, which is done at 500: of a value there
    # are none, but what stands before a colon would become its type.
    written: dict[str, list[str]] = {}

    def remember(app: Sphinx, kind: str, name: str, *others: Any) -> None:
        written[name] = list(others[-1])

    def restore(app: Sphinx, kind: str, name: str, *others: Any) -> None:
        if kind in ("attribute", "data", "property"):
            others[-1][:] = written[name]

    app.connect("autodoc-process-docstring", remember, priority=400)
    app.connect("autodoc-process-docstring", restore, priority=600)
    app.connect("autodoc-process-docstring", link_sources, priority=700)
    # After the types of the annotations were added, which is done at 500.
    app.connect("object-description-transform", simplify, priority=600)


def inline_formula(writer: HTML5Translator, node: nodes.math) -> None:
    """Write a formula as MathML, which browsers show without a script."""
    writer.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def formula(writer: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula of its own line."""
    writer.body.append(tex2mathml(node.astext(), as_block=True))
    raise nodes.SkipNode


def linked(text: str) -> str:
    """Make links of DOIs."""
    return DOI.sub(r"`doi:\1 <https://doi.org/\1>`__", text)


def link_sources(*arguments: Any) -> None:
    """Make links of the DOIs in a docstring, whose lines come last."""
    lines = arguments[-1]
    lines[:] = [linked(line) for line in lines]


def simplify(app: Sphinx, domain: str, kind: str, content: nodes.Element) -> None:
    """Say "array of float64" for what annotations spell out, and leave long constants out."""
    for text in list(content.findall(nodes.Text)):
        if "ndarray" in text:
            text.parent.replace(text, nodes.Text(ARRAY.sub(r"array of \1", text)))
    for value in list(content.parent[0].findall(addnodes.desc_annotation)):
        if kind == "data" and len(value.astext()) > LONGEST_VALUE:
            value.parent.remove(value)


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


def modules_of(package: str) -> tuple[dict[str, str], dict[str, str]]:
    """Give the modules that the package's docstring names, in its order, and the others."""
    module = import_module(package)
    known = {each.name: f"{package}.{each.name}" for each in pkgutil.iter_modules(module.__path__)}
    mentioned = re.findall(r":mod:`~?\.?(?:\w+\.)*(\w+)`", module.__doc__ or "")
    named = {name: known.pop(name) for name in mentioned if name in known}
    return named, known


def module_page(module: str) -> str:
    """Give the page of one module."""
    title = heading(module.rpartition(".")[2])
    return f"{title}``{module}``\n\n.. automodule:: {module}\n   :members:\n"


def package_pages(title: str, package: str) -> dict[str, str]:
    """Give the pages of a package and of all modules in it."""
    named, others = modules_of(package)
    text = heading(title) + f".. automodule:: {package}\n   :members:\n\n" + summaries(named)
    if named and others:
        text += ".. rubric:: What these are made of\n\n"
    text += summaries(others) + contents([*named.values(), *others.values()])
    modules = [*named.values(), *others.values()]
    return {package: text} | {module: module_page(module) for module in modules}


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


def sources() -> dict[str, str]:
    """Give the text of every page, by its name."""
    verbs = below(command_line, click.Context(command_line, info_name="ionsmith"))
    shared = {name: f"ionsmith.{name}" for name in SHARED}
    pages = {
        "index": heading(f"ionsmith {ionsmith.__version__}")
        + ".. automodule:: ionsmith\n\n"
        + summaries(SECTIONS)
        + ".. rubric:: What ionsmith itself offers\n\n"
        + first_names()
        + ".. rubric:: What all share\n\n"
        + summaries(shared)
        + ".. rubric:: On the command line\n\n"
        + commands(verbs)
        + contents(SECTIONS.values(), "From Python")
        + "\n"
        + contents(shared.values(), "What all share")
        + "\n"
        + contents(verbs, "Command line")
    }
    for title, package in SECTIONS.items():
        pages |= package_pages(title, package)
    pages |= {module: module_page(module) for module in shared.values()}
    for page, (command, context) in verbs.items():
        pages |= command_pages(page, command, context)
    return pages


def build(target: Path) -> int:
    """Render all pages into a folder and give Sphinx's exit status, 1 after any warning."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        source.mkdir()
        for name, text in sources().items():
            (source / f"{name}.rst").write_text(text, encoding="utf-8")
        app = Sphinx(
            source,
            None,
            target,
            Path(folder, "doctrees"),
            "html",
            confoverrides=SETTINGS,
            status=None,
            warningiserror=True,
        )
        app.build()
        return app.statuscode


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("target", type=Path, help="folder that the pages are written into")
    sys.exit(build(parser.parse_args().target))
