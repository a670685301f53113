"""Plain values and readable tables."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from ionsmith import (
    MatchedPair,
    build_beta_alumina,
    find_matches,
    lattice_planes,
    load,
    powder_pattern,
    read_lattice,
)
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


# ---- in a notebook


def test_html_of_a_table_is_escaped_and_aligned() -> None:
    table = Table("<b>T</b>", ("a&b", "x (Å)"), [("<script>", 1.5), ("two\nlines", None)])
    assert table.to_html() == (
        '<table><caption>&lt;b&gt;T&lt;/b&gt;</caption><thead><tr><th scope="col">a&amp;b</th>'
        '<th scope="col" style="text-align:right">x (Å)</th></tr></thead><tbody>\n'
        '<tr><td>&lt;script&gt;</td><td style="text-align:right">1.5</td></tr>\n'
        '<tr><td>two<br>lines</td><td style="text-align:right">–</td></tr>\n</tbody></table>'
    )


def test_html_of_a_long_table_says_what_it_leaves_out() -> None:
    text = Table("", ("n",), [(n,) for n in range(1000)]).to_html(10)
    assert text.count("<tr>") == 1 + 10 + 1
    assert "… and 990 more rows" in text


@dataclass(frozen=True)
class Drawn(Result):
    def tables(self) -> list[Table]:
        return [Table("One", ("a",), [(1,)]), Table("Two", ("b",), [(2,)])]

    def plot(self, ax: Any = None) -> Any:
        ax.plot([0, 1], [0, 1])
        return ax


def test_notebook_shows_all_tables_and_the_plot() -> None:
    shown = Drawn()._repr_html_()
    assert [f"<caption>{name}</caption>" in shown for name in ("One", "Two")] == [True, True]
    picture = shown.partition("base64,")[2].partition('"')[0]
    assert base64.b64decode(picture).startswith(b"\x89PNG")
    assert shown == Drawn()._repr_html_()
    assert "<img" not in Outer(Inner(np.zeros(1)), 1, {})._repr_html_()


def test_results_and_crystals_show_themselves_in_one_line() -> None:
    match = find_matches("si", "ge", contact="(0,0,1)||(0,0,1)").matches[0]
    shown = [
        match,
        MatchedPair("si", "ge", match),
        Outer(Inner(np.zeros(1000)), 1, {}),
        load("nvp"),
        read_lattice("lib:nvp"),
        build_beta_alumina(),
        powder_pattern("lib:nvp"),
        lattice_planes("lib:si", ["(1,1,1)"]),
    ]
    for item in shown:
        assert len(repr(item)) < 300
        assert "\n" not in repr(item)


def test_latex_has_a_caption_and_no_greek_letters() -> None:
    table = Table("50 % of a_1, θ", ("2θ (°)", "d (Å)"), [(18.7, 4.745), ("Φ → ω", None)])
    text = table.render("latex")
    assert text.splitlines()[:2] == ["\\begin{table}", "\\caption{50 \\% of a\\_1, $\\theta$}"]
    assert text.endswith("\\end{tabular}\n\\end{table}")
    assert "$\\Phi$ $\\to$ $\\omega$" in text
    assert not set("θΦω→") & set(text)
