"""Whether a code did what was asked: its output against the manifest of the exported folder.

A code may finish without an error and still have ignored a part of its input: pw.x up to 7.0 skips
the card HUBBARD with a warning, and an input may have been edited. What each code prints of its own
settings is therefore compared with what was exported.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ase import Atoms

from ionsmith.crystals.files._printed_settings import READERS, Found, sums
from ionsmith.errors import UnreadableFile

NAMES = {
    "n_atoms": "number of atoms",
    "charge": "charge of the cell (e)",
    "spins": "number of spins",
    "moments": "initial moments, sum and sum of sizes (μB)",
    "multiplicity": "multiplicity",
    "hubbard": "U (eV)",
    "cutoff": "cutoff",
    "kpoints": "k-points",
    "vdw": "D3 dispersion",
    "inputs": "input",
}


def check_as_asked(exported: Atoms, manifest: dict[str, Any], path: Path) -> None:
    """Compare the output of a code with what was asked.

    Parameters
    ----------
    exported
        The structure with its initial moments.
    manifest
        Description of the calculation, as exported.
    path
        Output of the code.

    Raises
    ------
    UnreadableFile
        If the code did something else.
    """
    reader = READERS.get(manifest["code"])
    if reader is None:
        return
    found = reader(path, manifest)
    program = found.pop("program", manifest["code"])
    wrong = list(_differences(_asked(exported, manifest), found))
    if wrong:
        hint = (
            "; the card HUBBARD needs pw.x 7.1: export for older ones with `syntax` '6.7'"
            if "card HUBBARD" in "".join(found.get("ignored", ()))
            else ""
        )
        raise UnreadableFile(
            f"{path}: {program} did not do what was asked: {', '.join(wrong)}{hint}"
        )


def _asked(exported: Atoms, manifest: dict[str, Any]) -> Found:
    """What was asked, in the words of :data:`Found`."""
    cutoffs = [v for k, v in manifest["settings"].items() if k.startswith(("ecutwfc", "cutoff"))]
    cutoffs += [v for k, v in manifest["settings"].items() if k.startswith("ecut (")]
    asked: Found = {key: manifest[key] for key in ("n_atoms", "charge", "hubbard", "vdw")}
    asked["kpoints"] = tuple(manifest["kpoints"])
    if "polarised" in manifest:
        asked["spins"] = 2 if manifest["polarised"] else 1
    if cutoffs:
        asked["cutoff"] = cutoffs[0]
    asked["moments"] = sums(exported.get_initial_magnetic_moments().tolist())
    if "multiplicity" in manifest["settings"]:
        asked["multiplicity"] = manifest["settings"]["multiplicity"]
    asked["inputs"] = "as exported"
    return asked


def _differences(asked: Found, found: Found) -> Iterator[str]:
    """Words for each difference."""
    for key, name in NAMES.items():
        if key not in asked or key not in found:
            continue
        want, got = asked[key], found[key]
        if key == "kpoints" and isinstance(got, int):
            same = got == want[0] * want[1] * want[2]
        elif key == "cutoff":
            same = abs(want - got) <= 1e-3 * abs(want)
        elif key == "hubbard":
            same = want.keys() == got.keys() and all(abs(want[s] - got[s]) < 0.01 for s in want)
        elif key == "moments":  # pw.x prints a thousandth of the valence electrons
            same = all(abs(a - b) <= 0.01 + 0.01 * want[1] for a, b in zip(want, got, strict=True))
        else:
            same = want == got
        if not same:
            yield f"{name} {_words(want)} asked, {_words(got)} in the output"


def _words(value: Any) -> str:
    """Value for a message."""
    if isinstance(value, dict):
        return " ".join(f"{key} {number:g}" for key, number in value.items()) or "none"
    if isinstance(value, tuple):
        return " ".join(f"{number:g}" for number in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float | int) else str(value)
