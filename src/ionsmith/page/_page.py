"""A report as one HTML file that opens without a network: structures in 3D, tables, pictures.

The viewer (:mod:`ionsmith.page`), the structures (:mod:`ionsmith.page`),
style and script are inside the file; its content security policy lets it load nothing else. The
same input gives the same bytes.
"""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from ase import Atoms

from ionsmith import __version__
from ionsmith.analyzers.coordination import Comparison, Coordination
from ionsmith.errors import InvalidInput
from ionsmith.page._parts import comparison_section, coordination_section, facts, origin_section
from ionsmith.page._scene import LARGEST_BONDED, scene
from ionsmith.page._viewer import load_viewer

MOST_STRUCTURES = 6
"""In a page; browsers keep few 3D views at a time."""

MOST_ATOMS = 500_000
"""Of one structure in a page."""

SCRIPTS = ("scene.js", "camera.js", "view.js", "page.js")
"""Of the page, in their order."""


@dataclass(frozen=True)
class Shown:
    """A structure of a page.

    Parameters
    ----------
    name
        What it is called, as the user named it.
    atoms
        The structure.
    coordination
        Its coordination; bonds and polyhedra are drawn from it.
    """

    name: str
    atoms: Atoms
    coordination: Coordination


def page(
    structures: Sequence[Shown],
    *,
    comparison: Comparison | None = None,
    sections: Sequence[str] = (),
    command: str | None = None,
) -> str:
    """Make the page.

    Parameters
    ----------
    structures
        One to six.
    comparison
        Of the first to the second; the atoms that changed are marked.
    sections
        More of the page, as :mod:`ionsmith.page` makes it.
    command
        The command line that makes this page again.

    Returns
    -------
    str
        HTML, complete in itself.

    Raises
    ------
    InvalidInput
        For no structure, too many, or one that is too large.
    MissingExtra
        If the viewer is not installed.
    """
    check_page(len(structures))
    for shown in structures:
        if len(shown.atoms) > MOST_ATOMS:
            raise InvalidInput(
                f"{shown.name}: {len(shown.atoms)} atoms are too many for a page, the limit is "
                f"{MOST_ATOMS}; cut a part out of it first"
            )
    viewer = load_viewer()
    title = " and ".join(shown.name for shown in structures)
    scenes = [_scene(shown) for shown in structures]
    if comparison is not None and len(structures) == 2:
        for place, which in enumerate(("before", "after")):
            marked = (getattr(atom, which) for atom in comparison.changed_atoms)
            scenes[place]["changed"] = sorted(index for index in marked if index is not None)
    main = [_views(structures, scenes)]
    if comparison is not None:
        main.append(comparison_section(comparison, [shown.name for shown in structures]))
    main.append(coordination_section([(shown.name, shown.coordination) for shown in structures]))
    main += sections
    main.append(origin_section([(shown.name, shown.atoms) for shown in structures], command))
    assets = resources.files("ionsmith.page") / "assets"
    values = {
        "TITLE": html.escape(title),
        "STYLE": (assets / "page.css").read_text(encoding="utf-8"),
        "MAIN": "\n".join(main),
        "DATA": _json({"scenes": scenes}),
        "VIEWER": viewer.script,
        "LICENCE": html.escape(viewer.licence),
        "MAKER": html.escape(f"ionsmith {__version__}, 3D view by {viewer.name}"),
        "SCRIPT": "\n".join((assets / name).read_text(encoding="utf-8") for name in SCRIPTS),
    }
    parts = (assets / "page.html").read_text(encoding="utf-8").split("@@")
    # Every second part is the name of a value: what a value says is never looked at again.
    parts[1::2] = [values[name] for name in parts[1::2]]
    return "".join(parts)


def check_page(structures: int) -> None:
    """Refuse a page of too many structures, or without its viewer, before any work is done.

    Parameters
    ----------
    structures
        Their number.

    Raises
    ------
    InvalidInput
        For none or too many.
    MissingExtra
        If the viewer is not installed.
    """
    if not 1 <= structures <= MOST_STRUCTURES:
        raise InvalidInput(f"a page shows one to {MOST_STRUCTURES} structures, not {structures}")
    load_viewer()


def _scene(shown: Shown) -> dict[str, Any]:
    small = len(shown.atoms) <= LARGEST_BONDED
    return scene(shown.atoms, shown.coordination.bonds if small else None)


def _views(structures: Sequence[Shown], scenes: Sequence[dict[str, Any]]) -> str:
    figures = []
    for number, (shown, drawn) in enumerate(zip(structures, scenes, strict=True)):
        name = html.escape(shown.name)
        notes = []
        if "bonds" not in drawn:
            notes.append(
                f"More than {LARGEST_BONDED} atoms: bonds and polyhedra are left out of the "
                "picture, not of the tables."
            )
        said = "".join(f'<p class="note">{note}</p>' for note in notes)
        figures.append(
            f'<figure class="structure" data-number="{number}"><figcaption><h2>{name}</h2>'
            f"{facts(shown.atoms)}</figcaption>"
            f'<div class="view" tabindex="0" role="application" aria-label="{name} in 3D: arrow '
            'keys turn it, plus and minus zoom, Home brings the first view back">'
            '<p class="waiting">The 3D view needs JavaScript and WebGL.</p></div>'
            f'<div class="legend"></div><p class="measured" aria-live="polite"></p>{said}</figure>'
        )
    return f'<section class="structures" id="structures">{"".join(figures)}</section>'


def _json(value: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
