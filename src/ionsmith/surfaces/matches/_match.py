"""A match of two crystals."""

from dataclasses import dataclass

from ionsmith.lattice.own_boundary import OwnBoundary

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]


@dataclass(frozen=True)
class Match:
    """A cell of a film plane on a cell of a substrate plane.

    The first cell vectors of both sides coincide, and so do the second ones.

    Parameters
    ----------
    substrate_plane, film_plane
        Plane in contact.
    reversed
        Whether the film is turned over: its (-h-k-l) face meets the substrate, and the normals of
        the two planes are antiparallel. The mirror image of the film fits without turning.
    substrate_vectors, film_vectors
        Cell vectors [uvw] in the axes of the crystal.
    substrate_meshes, film_meshes
        Number of primitive meshes in the cell.
    substrate_area, film_area
        Area of the unstrained cell in Å².
    area
        Area of the common cell in Å².
    multiple
        Number of cells of the smallest match of its kind in this one; more than 1 for a mere
        supercell.
    max_strain
        Largest absolute principal strain of either side.
    substrate_principal, film_principal
        Principal strains in the plane.
    substrate_shear, film_shear
        Difference of the principal strains.
    substrate_area_strain, film_area_strain
        Relative change in area.
    substrate_strain, film_strain
        Strain tensor in the Cartesian frame of the unstrained crystal; zero along the normal.
    von_mises
        Von Mises strain of both sides together.
    strain_energy
        Sum of the elastic energies per volume of both sides in eV/Å³, with the elastic constants
        given or assumed.
    aspect
        Ratio of the edges of the reduced cell of the substrate, at least 1.
    cost
        What strain energy, area and aspect cost together, in J/m²; the notes give the formula.
    pareto
        Whether the match is on the Pareto front of strain energy and area: no other one is better
        in one of them and as good in the other.
    rotation
        Proper rotation that takes Cartesian vectors of the film to those of the substrate.
    deviation
        Angle in degrees between this rotation and the orientation relationship; None without one.
    own_boundary
        What boundary this is if both are the same crystal; None for two crystals, and without
        coincidence site lattice.
    """

    substrate_plane: str
    film_plane: str
    reversed: bool
    substrate_vectors: tuple[Vector, Vector]
    film_vectors: tuple[Vector, Vector]
    substrate_meshes: int
    film_meshes: int
    substrate_area: float
    film_area: float
    area: float
    multiple: int
    max_strain: float
    substrate_principal: tuple[float, float]
    film_principal: tuple[float, float]
    substrate_shear: float
    film_shear: float
    substrate_area_strain: float
    film_area_strain: float
    substrate_strain: Matrix
    film_strain: Matrix
    von_mises: float
    strain_energy: float
    aspect: float
    cost: float
    pareto: bool
    rotation: Matrix
    deviation: float | None
    own_boundary: OwnBoundary | None

    def __repr__(self) -> str:
        return (
            f"<Match: {self.substrate_plane} || {self.film_plane}, {self.area:.1f} Å², "
            f"strain up to {100 * self.max_strain:.2f} %>"
        )


def strain_text(values: tuple[float, float]) -> str:
    """Two strains or mismatches in percent, with their signs."""
    return " ".join(f"{round(100 * value, 2) + 0.0:+.2f} %" for value in values)
