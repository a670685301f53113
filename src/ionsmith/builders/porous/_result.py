"""Result of building a porous model."""

from dataclasses import dataclass
from typing import Any

from ase import Atoms

from ionsmith.builders._model import Model, composition_text
from ionsmith.builders.choices import Ion, PoreKind
from ionsmith.results import Table


@dataclass(frozen=True)
class Porosity:
    """Porosity in percent by several measures.

    Parameters
    ----------
    asked
        Requested porosity.
    atoms
        Removed atoms of the crystal.
    geometric
        Volume of the shape.
    void
        Volume outside the van der Waals spheres of all atoms, which a dense crystal has too.
    probe
        Volume accessible to the centre of a probe that rolls on these spheres.
    probe_radius
        Radius of this probe in Å.
    """

    asked: float
    atoms: float
    geometric: float
    void: float
    probe: float
    probe_radius: float


@dataclass(frozen=True)
class IonPlace:
    """Place of an ion.

    Parameters
    ----------
    index
        Index of the ion in the model.
    touched
        Number of atoms of the model within 1.25 times the sum of the covalent radii.
    room
        Distance in Å from the nearest atom to which it is not bonded.
    moved
        Displacement in Å by which it avoids other caps.
    """

    index: int
    touched: int
    room: float
    moved: float


@dataclass(frozen=True)
class Porous(Model):
    """A porous model.

    Parameters
    ----------
    atoms
        The structure: atoms of the crystal, then H, then ions by rank.
    kind
        Shape of the pores.
    zone
        Direction of columns in the axes of the crystal; None for other shapes.
    supercell
        Repeats of the cell.
    seed
        Seed of random shapes.
    porosity
        Requested porosity, and the porosity by several measures.
    radius
        Radius of the pores in Å; None for bicontinuous ones.
    removed
        Number of removed atoms of the crystal.
    trimmed
        Number of these removed because they had kept less than half of their bonds.
    pieces_removed
        Sizes of detached pieces that were removed.
    dangling_bonds
        Number of dangling bonds.
    hydrogen
        Number of H atoms.
    nearest_hydrogen
        Shortest H–H distance in Å; None with fewer than two H.
    turned
        Number of caps turned away from their dangling bond by more than one degree.
    largest_turn
        Largest of these angles in degrees.
    ion
        Element of the ions; None without any.
    ion_sites
        Number of possible places for ions.
    ions
        Places of the ions, best first.
    composition
        Number of atoms of each element.
    density
        Density of the model in g/cm³.
    host_density
        Density of the dense crystal in g/cm³.
    """

    atoms: Atoms
    kind: PoreKind
    zone: tuple[int, int, int] | None
    supercell: tuple[int, int, int]
    seed: int
    porosity: Porosity
    radius: float | None
    removed: int
    trimmed: int
    pieces_removed: tuple[int, ...]
    dangling_bonds: int
    hydrogen: int
    nearest_hydrogen: float | None
    turned: int
    largest_turn: float
    ion: Ion | None
    ion_sites: int
    ions: tuple[IonPlace, ...]
    composition: dict[str, int]
    density: float
    host_density: float

    def tables(self) -> list[Table]:
        """Return the model, and the places of its ions."""
        share = self.porosity
        rows: list[list[Any]] = [
            ["atoms", len(self.atoms)],
            ["composition", composition_text(self.composition)],
            ["cell (Å, °)", self._cell_text()],
            ["porosity, removed atoms (%)", f"{share.atoms:.2f} ({share.asked:g} requested)"],
            ["porosity, volume of the shape (%)", f"{share.geometric:.1f}"],
            ["outside van der Waals spheres (%)", f"{share.void:.1f}"],
            [f"accessible to a probe of {share.probe_radius:g} Å (%)", f"{share.probe:.1f}"],
        ]
        if self.radius is not None:
            rows.append(["radius of the pores (Å)", f"{self.radius:.2f}"])
        rows.append(["atoms removed", self._removed()])
        rows.append(["dangling bonds", f"{self.dangling_bonds}, {self.hydrogen} capped with H"])
        if self.nearest_hydrogen is not None:
            rows.append(["nearest H–H (Å)", f"{self.nearest_hydrogen:.2f}"])
        if self.turned:
            rows.append(
                ["caps turned apart", f"{self.turned}, by {self.largest_turn:.0f}° at most"]
            )
        rows.append(["density (g/cm³)", f"{self.density:.3f}, dense {self.host_density:.3f}"])
        along = f" along {list(self.zone)}" if self.zone is not None else ""
        tables = [Table(f"Porous model, {self.kind}{along}", ["", ""], rows)]
        if self.ions:
            headers = ["rank", "atom", "touches", "room (Å)", "moved (Å)"]
            places = [
                [rank, place.index, place.touched, round(place.room, 2), round(place.moved, 2)]
                for rank, place in enumerate(self.ions, start=1)
            ]
            title = f"{self.ion} on the best of {self.ion_sites} places"
            tables.append(Table(title, headers, places))
        return tables

    def _removed(self) -> str:
        """Number of removed atoms, and why some were removed."""
        text = str(self.removed)
        if self.trimmed:
            text += f", {self.trimmed} with too few bonds left"
        if self.pieces_removed:
            lost = sum(self.pieces_removed)
            text += f", {lost} in {len(self.pieces_removed)} detached pieces"
        return text
