"""GTH potentials in ABINIT's format, against the entry of CP2K that they come from."""

from pathlib import Path

import pytest

from gth_potentials import write_gth
from ionsmith.errors import MissingExtra, UnreadableFile

# An entry as CP2K documents its format (made up; numbers chosen to be told apart).
ENTRY = """#
# a comment
Xe GTH-BLYP-q8
    2    6
     0.9    1    1.0
    0
#
Xe GTH-PBE-q8 GTH-PBE
    2    6    0
     0.56    2    11.1    22.2
    2
     0.51    2     1.11     1.12
                            1.22
     0.62    1     2.11
#
H GTH-PBE-q1 GTH-PBE
    1
     0.2    2    -4.1     0.7
    0
"""


def test_numbers_stand_where_abinit_wants_them(tmp_path: Path) -> None:
    table = tmp_path / "GTH_POTENTIALS"
    table.write_text(ENTRY)
    xenon, hydrogen = (path.read_text() for path in write_gth(["Xe", "H"], table, tmp_path))
    rows = [[w for w in line.split() if w[0] in "-.0123456789"] for line in xenon.splitlines()[1:]]
    assert rows == [
        ["54", "8", "0"],  # nucleus and 2 + 6 electrons
        ["10", "11", "1", "0", "2001", "0"],  # format 10, PBE, highest l
        ["0.56", "2", "11.1", "22.2"],
        ["2"],
        ["0.51", "2", "1.11", "1.12"],
        ["1.22"],
        ["0.62", "1", "2.11"],
        ["0.0"],  # spin-orbit of the p channel
    ]
    assert hydrogen.splitlines()[4:] == ["1  nnonloc", "0.2 1 0.0"]


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingExtra, match="GTH_POTENTIALS was expected"):
        write_gth(["H"], tmp_path / "none", tmp_path)
    table = tmp_path / "table"
    table.write_text(ENTRY)
    with pytest.raises(MissingExtra, match="no PBE potential of Na"):
        write_gth(["Na"], table, tmp_path)
    table.write_text(ENTRY[: ENTRY.index("     0.62")])
    with pytest.raises(UnreadableFile, match="breaks off"):
        write_gth(["Xe"], table, tmp_path)
