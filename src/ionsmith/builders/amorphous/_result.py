"""Results of building amorphous models."""

from dataclasses import dataclass
from typing import Any

from ase import Atoms

from ionsmith.builders._model import Model, composition_text
from ionsmith.builders.choices import NetworkElement
from ionsmith.results import Table


@dataclass(frozen=True)
class Quantity:
    """A property of the model beside its published value.

    Parameters
    ----------
    name
        Name of the property, with its unit.
    model
        Value of the model.
    published
        Published value of the amorphous element; None if unknown.
    source
        Source of the published value.
    """

    name: str
    model: float
    published: float | None
    source: str


@dataclass(frozen=True)
class AmorphousNetwork(Model):
    """A continuous random network.

    Parameters
    ----------
    atoms
        The structure.
    element
        Element of the network.
    sweeps
        Attempted bond switches per atom.
    seed
        Seed of the model.
    energy_per_atom
        Keating energy in eV/atom, relative to the crystal.
    bond_length
        Mean bond length in Å.
    bond_spread
        Standard deviation of the bond lengths in Å.
    angle
        Mean bond angle in degrees.
    angle_spread
        Standard deviation of the bond angles in degrees.
    coordination
        Number of atoms by their number of neighbours within ``bond_cutoff``.
    bond_cutoff
        Distance in Å below which two atoms count as neighbours.
    peaks
        Positions of the first peaks of g(r) in Å.
    rings_per_atom
        Number of shortest-path rings per atom by ring size; None if they were not counted.
    quantities
        Properties beside their published values.
    """

    document = (
        "n_atoms",
        "cellpar",
        "element",
        "sweeps",
        "seed",
        "energy_per_atom",
        "bond_length",
        "bond_spread",
        "angle",
        "angle_spread",
        "coordination",
        "bond_cutoff",
        "peaks",
        "rings_per_atom",
        "quantities",
        "four_coordinated",
    )

    atoms: Atoms
    element: NetworkElement
    sweeps: int
    seed: int
    energy_per_atom: float
    bond_length: float
    bond_spread: float
    angle: float
    angle_spread: float
    coordination: dict[int, int]
    bond_cutoff: float
    peaks: tuple[float, ...]
    rings_per_atom: dict[int, float] | None
    quantities: tuple[Quantity, ...]

    @property
    def four_coordinated(self) -> float:
        """Fraction of the atoms that have four neighbours."""
        return self.coordination.get(4, 0) / len(self.atoms)

    def tables(self) -> list[Table]:
        """Return the model beside published values, its neighbours and its rings."""
        rows = [[q.name, round(q.model, 3), q.published, q.source] for q in self.quantities]
        counts = [
            [number, atoms, f"{100 * atoms / len(self.atoms):.2f} %"]
            for number, atoms in self.coordination.items()
        ]
        tables = [
            Table(
                f"Continuous random network of {len(self.atoms)} {self.element}",
                ["", "model", "published", "source"],
                rows,
            ),
            Table(
                f"Neighbours within {self.bond_cutoff:g} Å",
                ["neighbours", "atoms", "share"],
                counts,
            ),
        ]
        if self.rings_per_atom is not None:
            rings = [[size, round(rate, 3)] for size, rate in self.rings_per_atom.items()]
            tables.append(Table("Shortest-path rings", ["atoms in ring", "rings per atom"], rings))
        return tables


@dataclass(frozen=True)
class Contact:
    """The nearest pair of atoms of two elements.

    Parameters
    ----------
    pair
        The elements, such as ``"Li-Si"``.
    shortest
        Their shortest distance in Å.
    diameter
        Distance in Å below which the soft spheres of the packing repel each other.
    """

    pair: str
    shortest: float
    diameter: float


@dataclass(frozen=True)
class AmorphousPacking(Model):
    """A random packing of the atoms of an alloy.

    Parameters
    ----------
    atoms
        The structure.
    formula
        Formula per host atom, as built.
    composition
        Number of atoms of each element.
    density
        Density in g/cm³.
    density_source
        Source of the density.
    volume_per_host
        Volume per host atom in Å³.
    contacts
        The nearest pair of atoms of each two elements.
    potential
        Name of the potential that relaxed the packing; None for soft spheres alone.
    energy_per_atom
        Energy in eV/atom by the potential; None without one.
    largest_force
        Largest force in eV/Å by the potential; None without one.
    seed
        Seed of the packing.
    """

    atoms: Atoms
    formula: str
    composition: dict[str, int]
    density: float
    density_source: str
    volume_per_host: float
    contacts: tuple[Contact, ...]
    potential: str | None
    energy_per_atom: float | None
    largest_force: float | None
    seed: int

    def tables(self) -> list[Table]:
        """Return the packing and its contacts."""
        rows: list[list[Any]] = [
            ["formula", self.formula],
            ["atoms", composition_text(self.composition)],
            ["density (g/cm³)", round(self.density, 4)],
            ["density from", self.density_source],
            ["volume per host atom (Å³)", round(self.volume_per_host, 3)],
            ["edge of the cell (Å)", round(float(self.atoms.cell[0, 0]), 4)],
            ["relaxed by", "soft spheres" + (f", then {self.potential}" if self.potential else "")],
        ]
        if self.energy_per_atom is not None and self.largest_force is not None:
            rows.append(["energy (eV/atom)", round(self.energy_per_atom, 4)])
            rows.append(["largest force (eV/Å)", round(self.largest_force, 4)])
        contacts = [[c.pair, round(c.shortest, 3), round(c.diameter, 3)] for c in self.contacts]
        return [
            Table("Amorphous packing", ["", ""], rows),
            Table("Nearest pairs", ["pair", "shortest (Å)", "soft sphere (Å)"], contacts),
        ]
