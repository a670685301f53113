"""Joining grains, removing what overlaps, and describing the polycrystal."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.units import _amu
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.bonding.checks import check_contacts
from ionsmith.builders._overlaps import Limits, left_over, surplus_ions, unit_charges
from ionsmith.builders.interface._closest_approach import ClosestApproach
from ionsmith.builders.polycrystal._filling import EDGE, Filling, Phase
from ionsmith.builders.polycrystal._result import Grain, Polycrystal
from ionsmith.builders.polycrystal._texture import euler_angles
from ionsmith.crystals.charges import composition
from ionsmith.errors import InvalidInput
from ionsmith.surfaces.slabs import SITE

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Plan:
    """What the grains are made from."""

    phases: list[Phase]
    own: list[Phase]
    edges: Floats
    seeds: Floats
    matrices: Floats
    volumes: list[float]
    texture: str
    seed: int


def joined(plan: Plan, filled: Sequence[Filling], overlap: float, neutral: bool) -> Polycrystal:
    """Join the grains, remove what overlaps, and describe the polycrystal."""
    edges = plan.edges
    sizes = [len(part.member) for part in filled]
    grain = np.repeat(np.arange(1, len(filled) + 1), sizes)
    positions = np.concatenate([part.positions for part in filled])
    if not len(positions):
        raise InvalidInput("no unit of the crystals lies in the box: take a larger one")
    numbers = np.concatenate(
        [phase.atoms.numbers[part.member] for phase, part in zip(plan.own, filled, strict=True)]
    )
    kind = np.concatenate(
        [phase.kind[part.member] for phase, part in zip(plan.own, filled, strict=True)]
    )
    starts = np.cumsum([0, *(len(part.depth) for part in filled)])
    units = np.concatenate(
        [np.where(part.units >= 0, part.units + start, -1)
         for part, start in zip(filled, starts[:-1], strict=True)]
    )  # fmt: skip
    depth = np.concatenate([part.depth for part in filled])
    approach = ClosestApproach(pair for phase in plan.phases for pair in phase.approach.crystals)
    limits = Limits(np.unique(kind).tolist(), approach, overlap)
    radius = max(phase.radius for phase in plan.phases)
    first, second = _close_pairs(positions, edges, grain, depth[units[:, 0]] - radius, kind, limits)
    gone = np.unique(units[np.maximum(first, second)])
    gone = gone[gone >= 0]
    # Formulas of the units, those of each crystal apart.
    place = {id(phase): number for number, phase in enumerate(plan.phases)}
    named = [f"{place[id(phase)]} {name}" for phase in plan.phases for name in phase.units.names]
    words, of_name = np.unique(named, return_inverse=True)
    offsets = np.cumsum([0, *(len(phase.units.names) for phase in plan.phases)])
    label = np.concatenate(
        [
            of_name[offsets[place[id(phase)]] + part.name]
            for phase, part in zip(plan.own, filled, strict=True)
        ]
    )
    charges = _charges(plan, filled)
    extra = np.zeros(0, dtype=np.int64)
    if neutral:
        if charges is None:
            raise InvalidInput("formal charges are unknown: `neutral` has nothing to go by")
        left = np.setdiff1d(np.arange(len(depth)), gone)
        excess = float(charges[left_over(units, gone)].sum())
        extra = surplus_ions(
            words.tolist(), label, unit_charges(units, charges), left, depth, excess
        )
    kept = left_over(units, np.concatenate([gone, extra]))
    atoms = Atoms(numbers[kept], positions[kept], cell=edges, pbc=True)
    atoms.wrap(eps=1e-9)
    atoms.set_array("grain", grain[kept], int)
    atoms.set_array("part", np.array([f"grain-{n}" for n in range(len(filled) + 1)])[grain[kept]])
    if all(SITE in phase.atoms.arrays for phase in plan.phases):
        sites = [p.atoms.arrays[SITE][f.member] for p, f in zip(plan.own, filled, strict=True)]
        atoms.set_array(SITE, np.concatenate(sites)[kept])
    check_contacts(atoms)
    charge = None if charges is None else round(float(charges[kept].sum()), 4) + 0.0
    counts = _counted(words, label[gone]), _counted(words, label[extra])
    return _described(plan, atoms, overlap, counts, charge, depth[units[kept, 0]])


def _charges(plan: Plan, filled: Sequence[Filling]) -> Floats | None:
    """Formal charges of the atoms in e; None if those of a crystal are unknown."""
    found = [
        phase.charges[part.member]
        for phase, part in zip(plan.own, filled, strict=True)
        if phase.charges is not None
    ]
    return np.concatenate(found) if len(found) == len(filled) else None


def _close_pairs(
    positions: Floats,
    edges: Floats,
    grain: Integers,
    depth: Floats,
    kind: Integers,
    limits: Limits,
) -> tuple[Integers, Integers]:
    """Pairs of atoms of different grains, or of a grain and its image, that overlap."""
    from scipy.spatial import cKDTree

    zone = np.flatnonzero(depth < limits.reach)
    inside = positions[zone] % edges % edges
    pairs = cKDTree(inside, boxsize=edges).query_pairs(limits.reach, output_type="ndarray")
    first, second = pairs.T
    apart = inside[first] - inside[second]
    apart -= np.rint(apart / edges) * edges
    distance = np.linalg.norm(apart, axis=1)
    first, second = zone[first], zone[second]
    row = limits.row(kind)
    close = distance < (1 - 1e-6) * limits.table[row[first], row[second]]
    plain = np.linalg.norm(positions[first] - positions[second] - apart, axis=1)
    other = (grain[first] != grain[second]) | (plain > EDGE)
    keep = close & other
    return first[keep], second[keep]


def _counted(words: NDArray[np.str_], label: Integers) -> dict[str, int]:
    """Number of units by formula."""
    counts = Counter(word.split(" ", 1)[1] for word in words[label].tolist())
    return dict(sorted(counts.items()))


def _described(
    plan: Plan,
    atoms: Atoms,
    overlap: float,
    counted: tuple[dict[str, int], dict[str, int]],
    charge: float | None,
    depth: Floats,
) -> Polycrystal:
    """Describe a polycrystal and record its provenance."""
    counts = np.bincount(atoms.arrays["grain"], minlength=len(plan.own) + 1)[1:].tolist()
    grains = tuple(
        Grain(
            number=number + 1,
            crystal=phase.name,
            seed=_triple(plan.seeds[number]),
            euler=euler_angles(plan.matrices[number]),
            volume=plan.volumes[number],
            n_atoms=counts[number],
        )
        for number, phase in enumerate(plan.own)
    )
    volume = float(plan.edges.prod())
    gram = _amu * 1e3 / 1e-24
    crystal_mass = sum(
        phase.atoms.get_masses().sum() / phase.atoms.get_volume() * grain.volume
        for phase, grain in zip(plan.own, grains, strict=True)
    )
    spacing = (volume / max(1, len(atoms))) ** (1 / 3)
    result = Polycrystal(
        atoms=atoms,
        box=_triple(plan.edges),
        texture=plan.texture,
        seed=plan.seed,
        grains=grains,
        overlap=overlap,
        removed=counted[0],
        surplus=counted[1],
        at_boundaries=int((depth < spacing / 2).sum()),
        composition=composition(atoms),
        density=float(atoms.get_masses().sum()) * gram / volume,
        crystal_density=float(crystal_mass) * gram / volume,
        charge=charge,
        notes=(f"the charge is {charge:+g} e; `neutral` removes surplus ions",) if charge else (),
    )
    sources = [s for phase in plan.phases for s in provenance.of(phase.atoms).get("sources", [])]
    parameters = {
        "crystals": [phase.name for phase in plan.phases],
        "box": list(result.box),
        "seed": plan.seed,
        "texture": plan.texture,
        "seeds": [list(grain.seed) for grain in grains],
        "euler": [list(grain.euler) for grain in grains],
        "overlap": overlap,
        "removed": result.removed,
        "surplus": result.surplus,
    }
    provenance.record(atoms, "build polycrystal", parameters, sources)
    provenance.start_lineage(atoms)
    return result


def _triple(row: Floats) -> tuple[float, float, float]:
    """Three components as plain numbers."""
    x, y, z = (float(component) for component in row)
    return x, y, z
