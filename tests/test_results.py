"""Plain values and readable tables."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from ionsmith.results import Result, Table, plain


@dataclass(frozen=True)
class Inner:
    values: np.ndarray


@dataclass(frozen=True)
class Outer(Result):
    inner: Inner
    number: Any
    table_of: dict

    def tables(self) -> list[Table]:
        return [Table("Title", ("name", "x (Å)"), [("a", 1.5), ("b", None)])]


def test_to_dict_is_json() -> None:
    outer = Outer(Inner(np.arange(4).reshape(2, 2)), np.float64(0.5), {1: (np.bool_(True), None)})
    expected = {
        "inner": {"values": [[0, 1], [2, 3]]},
        "number": 0.5,
        "table_of": {"1": [True, None]},
    }
    assert outer.to_dict() == expected
    assert json.loads(json.dumps(outer.to_dict())) == expected


def test_table_is_aligned() -> None:
    lines = Outer(Inner(np.zeros(1)), 1, {}).table().splitlines()
    assert lines[0] == "Title"
    assert lines[1].split() == ["name", "x", "(Å)"]
    assert lines[-1].split() == ["b", "–"]


def test_table_without_headers_has_no_rule() -> None:
    text = Table("", ("", ""), [("charge", 3)]).render()
    assert "-" not in text
    assert text.split() == ["charge", "3"]


def test_plain_leaves_strings_alone() -> None:
    assert plain({"a": ["x", np.int64(3)]}) == {"a": ["x", 3]}
