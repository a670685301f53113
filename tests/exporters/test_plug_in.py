"""A code of another package: by ``register``, and as an entry point that nobody imports."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ase import Atoms
from ase.io.elk import read_elk, write_elk_in

from ionsmith.errors import InvalidInput
from ionsmith.exporters import Calculation, Code, Written, code_names, export, read_back, register
from ionsmith.exporters import _code as codes

PACKAGE = """
from ionsmith.exporters import Code, Written

class Nothing(Code):
    name = "nothing"

    def write(self, calculation, folder):
        (folder / "input").write_text("nothing to do")
        return Written("true", "output", list(range(len(calculation.atoms))), {})
"""


class Elk(Code):
    """Elk, whose input groups the atoms by element; with an option of its own."""

    name = "elk"
    dipole_correction = False

    def __init__(self, quality: str = "default") -> None:
        self.quality = quality

    def write(self, calculation: Calculation, folder: Path) -> Written:
        symbols = calculation.atoms.get_chemical_symbols()
        order = sorted(range(len(symbols)), key=lambda atom: symbols[atom])
        write_elk_in(folder / "elk.in", calculation.atoms[order])
        needs = {s: f"{s}.in" for s in calculation.symbols}
        return Written("elk > elk.out", "INFO.OUT", order, {"quality": self.quality}, needs)

    def read(self, path: Path) -> Atoms:
        return read_elk(path)


@pytest.fixture
def elk() -> Iterator[type[Code]]:
    yield register(Elk)
    codes._registered.clear()


@pytest.mark.usefixtures("elk")
def test_a_registered_code_is_used_like_the_others(tmp_path: Path) -> None:
    assert "elk" in code_names()
    result = export("lib:sio2", "elk", tmp_path / "job", task="relax", quality="high")
    assert result.needs == {"Si": "Si.in", "O": "O.in"}
    assert "elk.in" in result.files
    exported = read_back(tmp_path / "job")
    again = read_back(tmp_path / "job", "elk.in")
    assert (again.numbers == exported.numbers).all()
    assert again.positions == pytest.approx(exported.positions, abs=1e-6)
    manifest = json.loads((tmp_path / "job" / "ionsmith.json").read_text())
    assert (manifest["code"], manifest["settings"]) == ("elk", {"quality": "high"})


def test_an_unregistered_code_can_be_given_itself() -> None:
    assert export("lib:sio2", Elk("high"), None).settings == {"quality": "high"}
    with pytest.raises(TypeError, match="quality"):
        export("lib:sio2", Elk(), None, quality="high")


@pytest.mark.usefixtures("elk")
def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidInput, match="`quality` is an option of elk, not of vasp"):
        export("lib:sio2", "vasp", None, quality="high")
    with pytest.raises(InvalidInput, match="`pseudo_dir` is an option of espresso and abinit"):
        export("lib:sio2", "elk", None, pseudo_dir=".")
    with pytest.raises(TypeError, match="colour"):
        export("lib:sio2", "elk", None, colour="red")
    with pytest.raises(InvalidInput, match="already a code named 'elk'"):
        register(type("Other", (Elk,), {}))
    with pytest.raises(InvalidInput, match="already a code named 'vasp'"):
        register(type("Other", (Elk,), {"name": "vasp"}))


def test_an_installed_plug_in_is_found(tmp_path: Path) -> None:
    (tmp_path / "plug_in.py").write_text(PACKAGE)
    metadata = tmp_path / "plug_in-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: plug-in\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[ionsmith.codes]\nnothing = plug_in:Nothing\n")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from ionsmith.exporters import code_names, export\n"
        "assert 'plug_in' not in sys.modules\n"
        "print(code_names()[-1], export('lib:si', 'nothing', None).files)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split(" ", 1) == [
        "nothing",
        "('input', 'ionsmith.json', 'structure.extxyz')\n",
    ], done.stderr
