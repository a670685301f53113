"""Items beside the list of sites that change what it means, or would be lost without a word."""

import re
from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress

import gemmi

from ionsmith.crystals.cif._file import find_item, numbers, text, texts
from ionsmith.crystals.cif._species import labels_beyond_elements, parse_species
from ionsmith.lattice.settings import resolve_settings

_MAGNETIC = re.compile(r"_space_group_magn_(?:number|name)", flags=re.IGNORECASE)
_PARENT = re.compile(r"_parent_space_group_", flags=re.IGNORECASE)
_GROUP = re.compile(r"_(?:space_group|symmetry)_(?:space_group_name|name|Int_Tables|IT_number)",
                    flags=re.IGNORECASE)  # fmt: skip
_SAME = {
    "operations": ("_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz"),
    "symbol": ("_space_group_name_H-M_alt", "_symmetry_space_group_name_H-M"),
    "hall": ("_space_group_name_Hall", "_symmetry_space_group_name_Hall"),
    "number": ("_space_group_IT_number", "_symmetry_Int_Tables_number"),
}
"""Items of the newer and the older dictionary with the same meaning."""


def check_statements(block: gemmi.cif.Block, formula: Collection[str]) -> list[str]:
    """Notes on what the items beside the coordinates say.

    Raises
    ------
    ValueError
        If items of the older and the newer dictionary differ, alternatives are all fully occupied,
        or a magnetic group has no operations.
    """
    labels = texts(block, "_atom_site_label")
    _check_names(block)
    _check_magnetic_group(block)
    _check_alternatives(block, labels)
    notes = []
    if not block.find_values("_atom_site_type_symbol"):
        beyond = labels_beyond_elements(labels, formula)
        notes += [f"no types are stated; {beyond}"] if beyond else []
    attached = numbers(texts(block, "_atom_site_attached_hydrogens"), "number of hydrogens")
    if (attached > 0).any():
        notes.append("hydrogens of _atom_site_attached_hydrogens have no place and are left out")
    states = numbers(texts(block, "_atom_type_oxidation_number"), "oxidation number").tolist()
    for kind, state in zip(texts(block, "_atom_type_symbol"), states, strict=False):
        with suppress(ValueError):
            if any(charge not in (0, state) for charge in parse_species(kind)[1].values()):
                notes.append(f"the type {kind} has the oxidation number {state:g}, which is taken")
    written = text(block, "_chemical_formula_sum")
    if written and not formula:
        notes.append(f"the formula {written!r} is not understood; the content is not compared")
    if block.find_values("_atom_site_moment_label") and not texts(
        block, "_space_group_symop_magn_operation_xyz"
    ):
        notes.append("the moments are left out, since the magnetic operations are not stated")
    return notes


def _check_names(block: gemmi.cif.Block) -> None:
    """Names of the older and the newer dictionary must say the same."""
    for kind, tags in _SAME.items():
        stated = [(tag, values) for tag in tags if any(values := texts(block, tag))]
        meanings = [_meaning(kind, values) for _, values in stated if len(stated) > 1]
        if len(stated) > 1 and all(meanings) and not set.intersection(*meanings):
            (first, one), (second, two) = stated
            if kind != "operations":
                first, second = f"{first} {one[0]!r}", f"{second} {two[0]!r}"
            raise ValueError(f"{first} and {second} contradict each other")


def _meaning(kind: str, values: list[str]) -> set[str]:
    """What the values of an item may stand for; nothing if it is not known."""
    with suppress(ValueError, RuntimeError):
        if kind == "operations":
            return {" ".join(sorted({gemmi.Op(value).wrap().triplet() for value in values}))}
        if kind == "number":
            return {f"{float(values[0]):g}"}
        settings = resolve_settings(**{kind: values[0]})  # type: ignore[arg-type]
        return {" ".join(sorted(setting.operations)) for setting in settings}
    return set()


def _check_magnetic_group(block: gemmi.cif.Block) -> None:
    """A magnetic group is not looked up by its name; without operations it would be P 1."""
    stated = find_item(block, _MAGNETIC)
    if not stated and not find_item(block, _GROUP):
        stated = find_item(block, _PARENT)
    if not stated:
        return
    if not texts(
        block,
        "_space_group_symop_magn_operation_xyz",
        "_space_group_symop_operation_xyz",
        "_symmetry_equiv_pos_as_xyz",
    ):
        raise ValueError(
            f"{stated} is stated without the operations (_space_group_symop_magn_operation_xyz)"
        )


def _check_alternatives(block: gemmi.cif.Block, labels: list[str]) -> None:
    """Sites of two groups of one assembly cannot both be full."""
    groups = texts(block, "_atom_site_disorder_group")
    if len(groups) != len(labels) or not any(groups):
        return
    count = len(groups)
    assemblies = texts(block, "_atom_site_disorder_assembly")
    occupancies = texts(block, "_atom_site_occupancy")
    full: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for label, group, assembly, occupancy in zip(
        labels,
        groups,
        assemblies if len(assemblies) == count else [""] * count,
        occupancies if len(occupancies) == count else [""] * count,
        strict=True,
    ):
        if (
            group.lstrip("-").isdigit()
            and group != "0"
            and float(numbers([occupancy or "1"], "occupancy")[0]) >= 1
        ):
            full[assembly].setdefault(group, label)
    for found in full.values():
        if len(found) > 1:
            (one, first), (two, second) = list(found.items())[:2]
            raise ValueError(
                f"sites {first} and {second} are alternatives (_atom_site_disorder_group {one} and "
                f"{two}) and both full; their occupancies are missing"
            )
