"""Settings of space groups: symbols, numbers, operations and cells that agree or contradict."""

import gemmi
import pytest

from ionsmith.errors import InvalidInput
from ionsmith.lattice.settings import resolve_settings

TABLE = list(gemmi.spacegroup_table())
CUBIC = (5.43, 5.43, 5.43, 90, 90, 90)


def operations(group: gemmi.SpaceGroup) -> frozenset[str]:
    return frozenset(operation.wrap().triplet() for operation in group.operations())


@pytest.mark.parametrize("group", TABLE, ids=lambda group: f"{group.xhm()} {group.hall}")
def test_every_setting_of_the_table_by_each_of_its_names(group: gemmi.SpaceGroup) -> None:
    wanted = operations(group)
    for statement in (
        {"operations": sorted(wanted)},
        {"hall": group.hall},
        {"symbol": group.xhm(), "number": group.number},
        {"symbol": group.hm, "code": group.ext.strip("\0")},
        {"symbol": group.xhm().replace(" ", "")},
    ):
        (setting,) = resolve_settings(**statement)
        assert frozenset(setting.operations) == wanted, statement
        assert setting.number == group.number


# Left: forms that occur in files of ICSD, FullProf, GSAS, SHELX and old papers. Right: the setting
# by International Tables A (Hahn, 2005), as gemmi writes it.
@pytest.mark.parametrize(
    ("symbol", "setting"),
    [
        ("F m 3 m", "F m -3 m"),
        ("Fm3m", "F m -3 m"),
        ("F 4/m -3 2/m", "F m -3 m"),
        ("P 21/n", "P 1 21/n 1"),
        ("P2(1)/n", "P 1 21/n 1"),
        ("P2_1/n", "P 1 21/n 1"),
        ("P b n m", "P b n m"),
        ("P 21/n 21/m 21/a", "P n m a"),
        ("R -3 c RS", "R -3 c:R"),
        ("R -3 m R", "R -3 m:R"),
        ("R -3 m :R", "R -3 m:R"),
        ("R -3 m H", "R -3 m:H"),
        ("R3m:h", "R 3 m:H"),
        ("H 3", "R 3:H"),
        ("F d -3 m Z", "F d -3 m:2"),
        ("F d -3 m S", "F d -3 m:1"),
        ("Fd3mZ", "F d -3 m:2"),
        ("F D -3 M :2", "F d -3 m:2"),
        ("F d -3 m (origin choice 2)", "F d -3 m:2"),
        ("P6(3)/mmc", "P 63/m m c"),
        ("Cmce", "C m c a"),
        ("A e m 2", "A b m 2"),
        ("I 41/a m d Z", "I 41/a m d:2"),
        ("P a 3", "P a -3"),
        ("B 2/b", "B 1 1 2/b"),
    ],
)
def test_spellings(symbol: str, setting: str) -> None:
    (found,) = resolve_settings(symbol=symbol)
    assert found.symbol == setting


def test_origins_stay_open_where_nothing_says_which() -> None:
    assert [s.symbol for s in resolve_settings(symbol="F d -3 m", cellpar=CUBIC)] == [
        "F d -3 m:1",
        "F d -3 m:2",
    ]
    assert len(resolve_settings(number=227, cellpar=CUBIC)) == 2
    (only,) = resolve_settings(symbol="F d -3 m", hall="-F 4vw 2vw 3", cellpar=CUBIC)
    assert only.symbol == "F d -3 m:2"


@pytest.mark.parametrize(
    ("cellpar", "symbol"),
    [((4.746, 4.746, 4.746, 57.23, 57.23, 57.23), "R -3 m:R"),
     ((4.546, 4.546, 11.86, 90, 90, 120), "R -3 m:H")],
)  # fmt: skip
def test_the_cell_tells_the_axes(cellpar: tuple[float, ...], symbol: str) -> None:
    for statement in ({"symbol": "R -3 m"}, {"number": 166}):
        (setting,) = resolve_settings(**statement, cellpar=cellpar)
        assert setting.symbol == symbol


@pytest.mark.parametrize(
    ("cellpar", "symbol"),
    [((5, 6, 7, 90, 95, 90), "P 1 2/m 1"), ((5, 6, 7, 90, 90, 95), "P 1 1 2/m"),
     ((5, 6, 7, 95, 90, 90), "P 2/m 1 1"), ((5, 6, 7, 90, 90, 90), "P 1 2/m 1")],
)  # fmt: skip
def test_the_cell_tells_the_unique_axis(cellpar: tuple[float, ...], symbol: str) -> None:
    assert [s.symbol for s in resolve_settings(symbol="P 2/m", cellpar=cellpar)] == [symbol]


def test_hall_symbols_with_a_blank_before_the_axis() -> None:
    """As the Crystallography Open Database writes some of them."""
    assert resolve_settings(hall='-R 3 2 "') == resolve_settings(symbol="R -3 m :H")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({"operations": ["x,y,z"], "symbol": "F m -3 m"}, "the operations .* contradict"),
        ({"symbol": "P n m a", "number": 14}, "'P n m a' .* number 14"),
        ({"hall": "-P 2ybc", "symbol": "P 1 21/n 1"}, "Hall symbol .* contradict"),
        ({"symbol": "F m -3 m", "cellpar": (5, 5, 5.1, 90, 90, 90)}, "and the cell"),
        ({"symbol": "R -3 m :R", "cellpar": (4, 4, 12, 90, 90, 120)}, "and the cell"),
        ({"operations": ["x,y,z", "-y,x-y,z"]}, "no group"),
        ({"operations": ["x,y,z", "x,y"]}, "garbled"),
        ({"operations": ["x,y,z", "x,y,0"]}, "garbled"),
        ({"symbol": "Q 17"}, "not known"),
        ({"hall": "F 9 9"}, "not understood"),
        ({"number": 231}, "1 to 230"),
    ],
)
def test_contradictions(statement: dict, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        resolve_settings(**statement)


def test_operations_of_no_tabulated_setting() -> None:
    """Cells of a lattice with extra centring, as twinned or magnetic supercells have."""
    (setting,) = resolve_settings(operations=["x,y,z", "x+1/2,y,z"], symbol="unheard of")
    assert (setting.number, setting.hall) == (1, "")


def test_operations_choose_the_origin() -> None:
    """The origin of P 31 2 1 moved up by c/6: the same crystal, other operations."""
    standard = resolve_settings(symbol="P 31 2 1")[0].operations
    shift = gemmi.Op("x,y,z+1/6")
    moved = [(shift * gemmi.Op(text) * shift.inverse()).wrap().triplet() for text in standard]
    assert set(moved) != set(standard)
    (setting,) = resolve_settings(operations=moved, symbol="P 31 2 1", number=152)
    assert set(setting.operations) == set(moved)


@pytest.mark.parametrize("pair", [("P 1 21/n 1", "P 1 21/c 1"), ("P n m a", "P b n m")])
def test_another_choice_of_axes_is_no_origin(pair: tuple[str, str]) -> None:
    named, used = pair
    triplets = resolve_settings(symbol=used)[0].operations
    with pytest.raises(InvalidInput, match="contradict"):
        resolve_settings(operations=triplets, symbol=named)


def test_nothing_said() -> None:
    assert resolve_settings() == ()
