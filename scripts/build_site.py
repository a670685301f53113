"""Build the site: the guide, the tutorials, the reference from the docstrings, the command line.

Sphinx does the work on sources that are written to a temporary folder. The guide's pages are those
of scripts/guide. In the reference, a package with a front door (``__all__``) has one page with the
names handed on there, and its private modules stay behind it; other public modules have a page
each. Formulas become MathML, so that the pages need no network. Any warning ends the build.

Run: pip install '.[docs]' && python scripts/build_site.py site
"""

import argparse
import pydoc
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.writers.html5 import HTML5Translator

import ionsmith
from site_sources import LONGEST_VALUE, PICTURES, linked, sources

SETTINGS = {
    "project": "ionsmith",
    "version": ionsmith.__version__,
    "release": ionsmith.__version__,
    "extensions": ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "myst_parser", __name__],
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
    "myst_heading_anchors": 3,
    "napoleon_attr_annotations": False,
    "napoleon_google_docstring": False,
    "napoleon_use_rtype": False,
    "nitpicky": True,  # links that lead nowhere; of other projects' names there are none
    "nitpick_ignore_regex": [
        ("py:.*", r"(?!ionsmith\.).*|.*\._[a-z].*|ionsmith\.choices\.[PR]|.*ordering\.Cut")
    ],
    "python_use_unqualified_type_names": True,
    "smartquotes_action": "D",  # dashes alone: β''-alumina has no quotation mark
    "toc_object_entries": False,
}
ARRAY = re.compile(
    r"~?(?:numpy\.)?ndarray\[[^\]]*\], ~?(?:numpy\.)?dtype\[~?(?:numpy\.)?(\w+?)_?\]\]"
)


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
    app.connect("missing-reference", at_the_front_door)
    # After the types of the annotations were added, which is done at 500.
    app.connect("object-description-transform", simplify, priority=600)


def at_the_front_door(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, text: nodes.Element
) -> nodes.Element | None:
    """Resolve any path of an object, private or handed on, to the one that is documented."""
    path = node.get("reftarget", "")
    if node.get("refdomain") != "py" or not path.startswith("ionsmith."):
        return None
    try:
        each = pydoc.locate(path)
    except pydoc.ErrorDuringImport:
        return None
    home, name = getattr(each, "__module__", None), getattr(each, "__qualname__", None)
    if isinstance(home, str) and home.startswith("ionsmith.") and name:
        path = f"{home}.{name}"
    path = re.sub(r"\._[a-z]\w*", "", path)
    domain = env.domains.python_domain
    return domain.resolve_xref(
        env, node.get("refdoc", ""), app.builder, node["reftype"], path, node, text
    )


def inline_formula(writer: HTML5Translator, node: nodes.math) -> None:
    """Write a formula as MathML, which browsers show without a script."""
    writer.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def formula(writer: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula of its own line."""
    writer.body.append(tex2mathml(node.astext(), as_block=True))
    raise nodes.SkipNode


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


def build(target: Path) -> int:
    """Render all pages into a folder and give Sphinx's exit status, 1 after any warning."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        source.mkdir()
        for name, text in sources().items():
            (source / name).write_text(text, encoding="utf-8")
        for picture in PICTURES:
            shutil.copy(picture, source)
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
