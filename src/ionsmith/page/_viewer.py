"""The 3D viewer that pages carry inside: K3D (MIT licence), from its Python package.

Nothing is fetched: the installed package ``k3d`` holds the script that its own standalone pages
use. It is packed, so that a page of a small structure is about 1.2 MB.
"""

import base64
import gzip
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from ionsmith.errors import MissingExtra

PACKAGE = "k3d"


@dataclass(frozen=True)
class Viewer:
    """A viewer as it goes into a page.

    Parameters
    ----------
    name
        Its name and version.
    script
        Its script, gzip and base64.
    licence
        Its licence and the notices of what is bundled with it.
    """

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
    """Text of the file of a package whose path ends so."""
    for file in package.files or ():
        if file.as_posix().endswith(f"/{ending}"):
            return Path(str(package.locate_file(file))).read_text(encoding="utf-8")
    raise MissingExtra(
        f"the installed K3D {package.version} has no {ending}; "
        "try: pip install --upgrade 'ionsmith[page]'"
    )
