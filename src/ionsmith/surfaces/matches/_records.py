"""What a search for matches reports."""

from collections.abc import Sequence
from dataclasses import dataclass

from ionsmith.results import Result, Table

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]


@dataclass(frozen=True)
class Match:
    """A cell of the film's plane on a cell of the substrate's.

    Vectors that stand first on both sides coincide, and so do those that stand second.

    Parameters
    ----------
    substrate_plane, film_plane
        The planes in contact, as text.
    reversed
        Whether the film is turned over: its (-h-k-l) face meets the substrate, and the normals
        of the two planes are antiparallel. The mirror image of the film fits without turning.
    substrate_vectors, film_vectors
        The cell vectors [uvw] of both sides in the axes of their cells.
    substrate_meshes, film_meshes
        Number of primitive meshes in the cell.
    substrate_area, film_area
        Areas of the unstrained cells in Å².
    area
        Area of the cell that both share, in Å².
    multiple
        How many cells of the smallest match of its kind it is made of: more than 1 for a mere
        supercell.
    max_strain
        Largest absolute principal strain of either side.
    substrate_principal, film_principal
        Principal strains in the plane.
    substrate_shear, film_shear
        Differences of these.
    substrate_area_strain, film_area_strain
        Relative changes of area.
    substrate_strain, film_strain
        Strain tensors, each in the Cartesian frame of its unstrained crystal; nothing happens
        along the normal.
    von_mises
        Von Mises strain of both sides together.
    strain_energy
        Elastic energies per volume of both sides, added, in eV/Å³; None without elastic constants.
    rotation
        Takes Cartesian vectors of the film to those of the substrate; a proper rotation.
    deviation
        Angle in degrees between that and the orientation relationship, None without one.
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
    strain_energy: float | None
    rotation: Matrix
    deviation: float | None


@dataclass(frozen=True)
class Matches(Result):
    """The matches of two crystals, the best one first.

    Parameters
    ----------
    substrate, film
        The crystals.
    substrate_space_group, film_space_group
        Their space groups and where these come from.
    plane_pairs
        Number of plane pairs that were searched.
    substrate_share
        Part of the strain that the substrate takes.
    ranked_by
        What the matches are sorted by.
    film_is_chiral
        Whether the mirror image of the film is another crystal.
    count
        Number of matches within the limits.
    matches
        The first of them, or all; each is made when it is asked for.
    notes
        What else there is to know, one line each.
    """

    substrate: str
    film: str
    substrate_space_group: str
    film_space_group: str
    plane_pairs: int
    substrate_share: float
    ranked_by: str
    film_is_chiral: bool
    count: int
    matches: Sequence[Match]
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the matches, then the strain tensors of the best one, and the notes."""
        matches = tuple(self.matches)
        energies = any(match.strain_energy is not None for match in matches)
        angles = any(match.deviation is not None for match in matches)
        headers = [
            "planes",
            "substrate cell",
            "film cell",
            "areas (Å²)",
            "multiple",
            "strain of substrate",
            "strain of film",
            "von Mises",
        ]
        headers += ["energy (meV/Å³)"] if energies else []
        headers += ["off the relationship (°)"] if angles else []
        rows = []
        for match in matches:
            row: list[object] = [
                f"{match.substrate_plane} || {match.film_plane}"
                + (" reversed" if match.reversed else ""),
                " ".join(map(direction_text, match.substrate_vectors)),
                " ".join(map(direction_text, match.film_vectors)),
                f"{match.substrate_area:.1f} : {match.film_area:.1f}",
                match.multiple,
                strain_text(match.substrate_principal),
                strain_text(match.film_principal),
                round(match.von_mises, 4),
            ]
            if energies and match.strain_energy is not None:
                row.append(round(1000 * match.strain_energy, 3))
            if angles and match.deviation is not None:
                row.append(round(match.deviation, 2))
            rows.append(row)
        shown = "all" if len(matches) == self.count else f"the first {len(matches)}"
        title = (
            f"{self.film} (film) on {self.substrate} (substrate): {self.count} matches on "
            f"{self.plane_pairs} plane pairs, {shown} of them by rising {self.ranked_by}\n"
            f"the substrate takes {self.substrate_share:.0%} of the strain"
        )
        found = [Table(title, headers, rows)]
        if matches:
            best = matches[0]
            tensors = [
                (side, *(round(value, 5) + 0.0 for value in row))
                for side, tensor in (
                    ("substrate", best.substrate_strain),
                    ("film", best.film_strain),
                )
                for row in tensor
            ]
            found.append(
                Table(
                    "Strain tensors of the first match, in the Cartesian frame of each crystal",
                    ("side", "x", "y", "z"),
                    tensors,
                )
            )
        if self.notes:
            found.append(Table("", ("note",), [(note,) for note in self.notes]))
        return found


def direction_text(vector: Sequence[float]) -> str:
    """Write a lattice vector as [u,v,w], with fractions for centring translations."""
    from fractions import Fraction

    return "[" + ",".join(str(Fraction(u).limit_denominator(48)) for u in vector) + "]"


def strain_text(values: tuple[float, float]) -> str:
    """Write two strains or mismatches in percent, with their signs."""
    return " ".join(f"{round(100 * value, 2) + 0.0:+.2f} %" for value in values)
