"""Result of building a polycrystal."""

from dataclasses import dataclass
from math import pi
from typing import ClassVar

from ase import Atoms

from ionsmith.builders._model import Model, charge_text, composition_text
from ionsmith.results import Table

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Grain:
    """One grain.

    Parameters
    ----------
    number
        Number of the grain, from 1.
    crystal
        Name of its crystal.
    seed
        Position of its seed in Å.
    euler
        Bunge's angles φ1, Φ, φ2 of the crystal in the frame of the box, in degrees.
    volume
        Volume of its Voronoi cell in Å³.
    n_atoms
        Number of its atoms.
    """

    number: int
    crystal: str
    seed: Triple
    euler: Triple
    volume: float
    n_atoms: int


@dataclass(frozen=True)
class Polycrystal(Model):
    """A polycrystal.

    Parameters
    ----------
    atoms
        The structure, grain by grain; the array ``grain`` is the number of the grain, ``part`` the
        same in words.
    box
        Edges of the box in Å.
    texture
        Orientations, in words.
    seed
        Seed of the random positions and orientations.
    grains
        The grains.
    overlap
        Share of the shortest distances in the crystals below which atoms of two grains overlap.
    removed
        Units that were removed because they overlapped, by formula.
    surplus
        Units that were removed for a neutral model, by formula.
    at_boundaries
        Number of atoms whose units are closer to the plane between two grains than half the mean
        distance of atoms.
    composition
        Number of atoms of each element.
    density
        Density in g/cm³.
    crystal_density
        Density of the perfect crystals with the volumes of their grains, in g/cm³.
    charge
        Sum of formal charges in e; None if they are unknown.
    notes
        What a user should know.
    """

    document: ClassVar = (
        "box",
        "texture",
        "seed",
        "grains",
        "overlap",
        "removed",
        "surplus",
        "at_boundaries",
        "composition",
        "density",
        "crystal_density",
        "charge",
        "notes",
        "n_atoms",
    )

    atoms: Atoms
    box: Triple
    texture: str
    seed: int
    grains: tuple[Grain, ...]
    overlap: float
    removed: dict[str, int]
    surplus: dict[str, int]
    at_boundaries: int
    composition: dict[str, int]
    density: float
    crystal_density: float
    charge: float | None
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the polycrystal and its grains."""
        removed = ", ".join(f"{n} {unit}" for unit, n in self.removed.items()) or "none"
        surplus = ", ".join(f"{n} {unit}" for unit, n in self.surplus.items()) or "none"
        share = self.at_boundaries / max(1, self.n_atoms)
        rows: list[tuple[object, object]] = [
            ("box (Å)", "  ".join(f"{edge:.2f}" for edge in self.box)),
            ("texture", self.texture),
            ("composition", composition_text(self.composition)),
            ("charge (e)", charge_text(self.charge)),
            ("density (g/cm³)", f"{self.density:.3f}, of the crystals {self.crystal_density:.3f}"),
            ("removed overlapping units", removed),
            ("removed surplus units", surplus),
            ("atoms at boundaries", f"{self.at_boundaries} ({share:.1%})"),
        ]
        grains = [
            (
                grain.number,
                grain.crystal,
                " ".join(f"{x:.1f}" for x in grain.seed),
                " ".join(f"{angle:.1f}" for angle in grain.euler),
                round((6 * grain.volume / pi) ** (1 / 3), 1),
                grain.n_atoms,
            )
            for grain in self.grains
        ]
        title = f"Polycrystal of {len(self.grains)} grains: {self.n_atoms} atoms"
        headers = ("grain", "crystal", "seed (Å)", "φ1 Φ φ2 (°)", "equal sphere (Å)", "atoms")
        tables = [Table(title, ("polycrystal", "value"), rows), Table("", headers, grains)]
        if self.notes:
            tables.append(Table("", ("note",), [(note,) for note in self.notes]))
        return tables
