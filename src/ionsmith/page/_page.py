"""A report as one HTML file that opens without a network: structures in 3D, tables, pictures.

Viewer, structures, style and script are inside the file; its content security policy lets it load
nothing else. The viewer is K3D (MIT licence), from the script that its Python package brings for
standalone pages; packed, it makes the page of a small structure about 1.2 MB. The same input gives
the same bytes.
"""

import base64
import gzip
import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any, Self

from ase import Atoms

from ionsmith import __version__
from ionsmith.analyzers.coordination import Comparison, Coordination, coordination
from ionsmith.bonding.bonds import DEFAULT_CRITERION, Criterion
from ionsmith.crystals.files import CrystalLike, name_of, read_structure
from ionsmith.errors import InvalidInput, MissingExtra
from ionsmith.page._parts import comparison_section, coordination_section, facts, origin_section
from ionsmith.page._scene import LARGEST_BONDED, scene

MOST_STRUCTURES = 6
"""Largest number of structures in a page; browsers keep few 3D views at a time."""

MOST_ATOMS = 500_000
"""Largest number of atoms of a structure in a page."""

SCRIPTS = ("scene.js", "camera.js", "view.js", "page.js")
"""Scripts of the page, in their order."""

PACKAGE = "k3d"
"""Python package of the viewer."""


@dataclass(frozen=True)
class PageStructure:
    """A structure of a page.

    Parameters
    ----------
    name
        Its title in the page.
    atoms
        The structure.
    coordination
        Its coordination; bonds and polyhedra are drawn from it.
    """

    name: str
    atoms: Atoms
    coordination: Coordination

    @classmethod
    def of(
        cls,
        crystal: CrystalLike,
        name: str | None = None,
        criterion: Criterion = DEFAULT_CRITERION,
        *,
        shapes: bool = False,
    ) -> Self:
        """Take any ordered crystal.

        Parameters
        ----------
        crystal
            The crystal.
        name
            Its title; by default the name of the crystal or file, or the formula.
        criterion
            Bond criterion.
        shapes
            Whether polyhedra are named by shape.
        """
        atoms = read_structure(crystal)
        found = coordination(atoms, criterion, shapes=shapes)
        return cls(name or name_of(crystal), atoms, found)


def render_page(
    structures: Sequence[PageStructure],
    *,
    comparison: Comparison | None = None,
    sections: Sequence[str] = (),
    command: str | None = None,
) -> str:
    """Write structures, their tables and pictures as one HTML page.

    Parameters
    ----------
    structures
        One to six structures.
    comparison
        Comparison of the first with the second; the atoms that changed are marked.
    sections
        Further sections (:func:`render_results`).
    command
        Command line that makes this page.

    Returns
    -------
    str
        HTML, complete in itself.

    Raises
    ------
    InvalidInput
        If there is no structure, or too many, or one is too large.
    MissingExtra
        If the viewer is not installed.
    """
    check_page(len(structures))
    for shown in structures:
        if len(shown.atoms) > MOST_ATOMS:
            raise InvalidInput(
                f"{shown.name}: {len(shown.atoms)} atoms are too many for a page, the limit is "
                f"{MOST_ATOMS}; cut out a part of it first"
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
    # Every second part is the name of a value; values are inserted once and not searched again.
    parts[1::2] = [values[name] for name in parts[1::2]]
    return "".join(parts)


def check_page(structures: int) -> None:
    """Refuse a page of too many structures, or without its viewer, before any work is done.

    Parameters
    ----------
    structures
        Number of structures.

    Raises
    ------
    InvalidInput
        If there is none or too many.
    MissingExtra
        If the viewer is not installed.
    """
    if not 1 <= structures <= MOST_STRUCTURES:
        raise InvalidInput(f"a page shows one to {MOST_STRUCTURES} structures, not {structures}")
    load_viewer()


def _scene(shown: PageStructure) -> dict[str, Any]:
    """Scene of a structure, without bonds if it is large."""
    small = len(shown.atoms) <= LARGEST_BONDED
    return scene(shown.atoms, shown.coordination.bonds if small else None)


def _views(structures: Sequence[PageStructure], scenes: Sequence[dict[str, Any]]) -> str:
    """Section of the 3D views."""
    figures = []
    for number, (shown, drawn) in enumerate(zip(structures, scenes, strict=True)):
        name = html.escape(shown.name)
        notes = []
        if "bonds" not in drawn:
            notes.append(
                f"More than {LARGEST_BONDED} atoms: bonds and polyhedra are left out of the "
                "picture, not of the tables."
            )
        remarks = "".join(f'<p class="note">{note}</p>' for note in notes)
        figures.append(
            f'<figure class="structure" data-number="{number}"><figcaption><h2>{name}</h2>'
            f"{facts(shown.atoms)}</figcaption>"
            f'<div class="view" tabindex="0" role="application" aria-label="{name} in 3D: arrow '
            'keys turn it, plus and minus zoom, Home brings the first view back">'
            '<p class="waiting">The 3D view needs JavaScript and WebGL.</p></div>'
            '<div class="legend"></div><p class="measured" aria-live="polite"></p>'
            f"{remarks}</figure>"
        )
    return f'<section class="structures" id="structures">{"".join(figures)}</section>'


def _json(value: Any) -> str:
    """JSON that cannot end the script element around it."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


@dataclass(frozen=True)
class Viewer:
    """Name and version of the viewer, its script (gzip, base64), and its licences."""

    name: str
    script: str
    licence: str


@cache
def load_viewer() -> Viewer:
    """Read the viewer from its installed package."""
    try:
        package = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        raise MissingExtra(
            "a page needs the viewer K3D, which is not installed; try: pip install 'ionsmith[page]'"
        ) from None
    script = _text(package, "static/standalone.js")
    notices = [_text(package, "LICENSE.txt"), _text(package, "static/standalone.js.LICENSE.txt")]
    packed = gzip.compress(script.encode(), compresslevel=9, mtime=0)
    return Viewer(
        f"K3D {package.version}",
        base64.b64encode(packed).decode(),
        "\n\n".join(notice.strip() for notice in notices),
    )


def _text(package: metadata.Distribution, ending: str) -> str:
    """Text of the file of a package whose path has an ending."""
    for file in package.files or ():
        if file.as_posix().endswith(f"/{ending}"):
            return Path(str(package.locate_file(file))).read_text(encoding="utf-8")
    raise MissingExtra(
        f"the installed K3D {package.version} has no {ending}; "
        "try: pip install --upgrade 'ionsmith[page]'"
    )
