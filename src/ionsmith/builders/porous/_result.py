"""What :func:`ionsmith.builders.porous.build_porous` returns."""

from dataclasses import dataclass
from typing import Any

from ase import Atoms

from ionsmith.results import Result, Table, plain


@dataclass(frozen=True)
class Porosity:
    """Porosities in percent of the cell.

    Parameters
    ----------
    asked
        What was asked for.
    atoms
        Atoms of the crystal that are gone.
    geometric
        Volume of the shape.
    void
        Volume outside the van der Waals spheres of all atoms; a dense crystal has some, too.
    probe
        Volume open to the centre of a probe that rolls on these spheres.
    probe_radius
        Of that probe, in Å.
    """

    asked: float
    atoms: float
    geometric: float
    void: float
    probe: float
    probe_radius: float


@dataclass(frozen=True)
class IonPlace:
    """Where an ion went.

    Parameters
    ----------
    index
        Of the ion in the model.
    touched
        Atoms of the model within 1.25 times the covalent radii sum of its place.
    room
        Distance in Å of its place from the nearest atom that it is not bonded to.
    moved
        How far in Å it turned out of the way of others.
    """

    index: int
    touched: int
    room: float
    moved: float


@dataclass(frozen=True)
class Porous(Result):
    """A porous model.

    Parameters
    ----------
    atoms
        The structure: atoms of the crystal, then H, then ions in the order of their rank.
    kind
        Shape of the pores.
    zone
        Direction of columns in the axes of the crystal; None for other shapes.
    supercell
        Repeats of the cell.
    seed
        Of random shapes.
    porosity
        As asked for, and as it is by several measures.
    radius
        Of the pores in Å; None for bicontinuous ones.
    removed
        Atoms of the crystal that are gone.
    trimmed
        Those of them that went because they had kept less than half of their bonds.
    pieces_removed
        Sizes of loose pieces that went.
    dangling_bonds
        Bonds that lost one end.
    hydrogen
        H atoms.
    nearest_hydrogen
        Shortest H–H distance in Å; None with fewer than two H.
    turned
        Caps turned away from their dangling bond by more than a degree.
    largest_turn
        Largest angle of these in degrees.
    ion
        Element of the ions.
    ion_sites
        Places that there were for them.
    ions
        Where they went, best first.
    composition
        Atoms by element.
    density
        Of the model in g/cm³.
    host_density
        Of the dense crystal in g/cm³.
    """

    atoms: Atoms
    kind: str
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
    ion: str | None
    ion_sites: int
    ions: tuple[IonPlace, ...]
    composition: dict[str, int]
    density: float
    host_density: float

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the arrays of single atoms."""
        found = {name: plain(value) for name, value in vars(self).items() if name != "atoms"}
        found["n_atoms"] = len(self.atoms)
        found["cellpar"] = plain(self.atoms.cell.cellpar())
        return found

    def tables(self) -> list[Table]:
        """Return the model, and the places of its ions."""
        a, b, c, alpha, beta, gamma = (round(float(x), 3) for x in self.atoms.cell.cellpar())
        share = self.porosity
        rows: list[list[Any]] = [
            ["atoms", len(self.atoms)],
            ["composition", " ".join(f"{el}{n}" for el, n in self.composition.items())],
            ["cell (Å, °)", f"{a} {b} {c}  {alpha} {beta} {gamma}"],
            ["porosity, atoms gone (%)", f"{share.atoms:.2f} ({share.asked:g} asked)"],
            ["porosity, volume of the shape (%)", f"{share.geometric:.1f}"],
            ["outside van der Waals spheres (%)", f"{share.void:.1f}"],
            [f"open to a probe of {share.probe_radius:g} Å (%)", f"{share.probe:.1f}"],
        ]
        if self.radius is not None:
            rows.append(["radius of the pores (Å)", f"{self.radius:.2f}"])
        rows.append(["atoms taken out", self._removed()])
        rows.append(["dangling bonds", f"{self.dangling_bonds}, {self.hydrogen} closed with H"])
        if self.nearest_hydrogen is not None:
            rows.append(["nearest H–H (Å)", f"{self.nearest_hydrogen:.2f}"])
        if self.turned:
            rows.append(["turned apart", f"{self.turned}, by {self.largest_turn:.0f}° at most"])
        rows.append(["density (g/cm³)", f"{self.density:.3f}, dense {self.host_density:.3f}"])
        along = f" along {list(self.zone)}" if self.zone is not None else ""
        tables = [Table(f"Porous model, {self.kind}{along}", ["", ""], rows)]
        if self.ions:
            headers = ["rank", "atom", "touches", "room (Å)", "moved (Å)"]
            places = [
                [rank, one.index, one.touched, round(one.room, 2), round(one.moved, 2)]
                for rank, one in enumerate(self.ions, start=1)
            ]
            title = f"{self.ion} on the best of {self.ion_sites} places"
            tables.append(Table(title, headers, places))
        return tables

    def _removed(self) -> str:
        text = str(self.removed)
        if self.trimmed:
            text += f", {self.trimmed} with too few bonds left"
        if self.pieces_removed:
            lost = sum(self.pieces_removed)
            text += f", {lost} in {len(self.pieces_removed)} loose pieces"
        return text
