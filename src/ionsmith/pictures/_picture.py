"""One structure as polygons, with its limits, the names of its layers, and its legend."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols
from numpy.typing import NDArray

from ionsmith.bonding.bonds import Bonds, find_bonds
from ionsmith.bonding.elements import electronegativities
from ionsmith.bonding.polyhedra import Polyhedra, polyhedra_of
from ionsmith.crystals.files import CrystalLike
from ionsmith.errors import NotBetaAlumina
from ionsmith.lattice.cell_vectors import wrapped
from ionsmith.layers.anatomy import Anatomy, find_anatomy
from ionsmith.layers.spinel_blocks import basal_vectors
from ionsmith.pictures._drawing import Drawing
from ionsmith.pictures._polygons import (
    CORNERS,
    EDGE_COLOUR,
    FEW,
    FEWER_CORNERS,
    LARGE,
    MOBILE,
    SMALL,
    Polygons,
    Shown,
    atom_colours,
    ball_radii,
    balls,
    part_colours,
    shown_images,
    solids,
    sticks,
    sticks_of,
)
from ionsmith.pictures._projection import (
    images_in_slice,
    images_in_width,
    images_of_cells,
    positions_of,
    view_axes,
)
from ionsmith.plotting import COLOURS, element_colour, plain_text, polyhedron_colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LARGEST_BONDED = 30_000
"""Number of atoms above which neither bonds nor polyhedra are drawn."""

FACING, CHANGED, VACANT = "#e07b39", "#c2187a", "#ffffff"
"""Colours of polyhedra at a conduction plane, of the rings around atoms that changed, and of the
empty share of a position."""

RING = (0.1, 0.26)
"""Inner and outer distance in Å of a ring from the ball."""

MARGIN = 1.2
"""Margin around the atoms in Å."""

SHORTEST_VECTOR = 0.5
"""Length in Å in the picture from which a cell vector gets its letter."""

BARS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
"""Lengths of scale bars in Å; the longest below a third of the width is drawn."""

EDGE_ON = 0.05
"""Sine of the angle between view and layers up to which the layers are named."""


class Picture:
    """One structure as polygons, with its limits, names at the right, and legend."""

    def __init__(
        self,
        structure: CrystalLike,
        drawing: Drawing,
        *,
        changed: NDArray[np.int64] | None = None,
        axes: NDArray[np.float64] | None = None,
        named: Mapping[str, tuple[NDArray[np.bool_], str]] | None = None,
    ) -> None:
        atoms, self.occupancies = positions_of(structure)
        self.atoms, self.drawing = atoms, drawing
        self.changed = np.zeros(0, np.int64) if changed is None else np.asarray(changed)
        self.axes = view_axes(atoms, drawing) if axes is None else axes
        self.placed = axes is not None
        if named is None and drawing.colours == "part":
            named = part_colours([atoms])[0]
        self.named = named or {}
        self.is_named = np.zeros(len(atoms), bool)
        for mask, _ in self.named.values():
            self.is_named |= mask
        self.anatomy = _anatomy(atoms)
        bonds = self._bonds() if len(atoms) <= LARGEST_BONDED else None
        self.polyhedra = None if bonds is None else self._chosen(polyhedra_of(atoms, bonds))
        atom, shift = self._images()
        if drawing.thickness is not None:
            atom, shift = images_in_slice(atoms, self.axes, drawing.thickness, atom, shift)
        self.shown, first = shown_images(atoms, self.axes, atom, shift, self.polyhedra)
        joined = None if bonds is None else sticks_of(atoms, bonds, self.polyhedra)
        alone = self.polyhedra is None and (joined is None or len(joined.first) == 0)
        self.radii = ball_radii(atoms, LARGE if alone else SMALL)
        self.colours = atom_colours(atoms)
        for mask, colour in self.named.values():
            self.colours = [colour if m else c for m, c in zip(mask, self.colours, strict=True)]
        self.parts = [self._balls()]
        if self.polyhedra is not None:
            centres = Shown(
                self.shown.atom[:first], self.shown.shift[:first], self.shown.place[:first]
            )
            self.parts.append(
                solids(atoms, self.axes, centres, self.polyhedra, self._polyhedron_colours())
            )
        if joined is not None:
            self.parts.append(sticks(self.shown, joined, len(atoms), self.colours))
        self._set_limits(first)
        self.names = self._names() if drawing.layers else []

    def _bonds(self) -> Bonds:
        """Bonds among positions that are occupied to a half at least."""
        if self.occupancies is None:
            return find_bonds(self.atoms, self.drawing.criterion)
        kept = np.flatnonzero([sum(mixed.values()) >= 0.5 for mixed in self.occupancies])
        bonds = find_bonds(self.atoms[kept], self.drawing.criterion)
        return replace(bonds, first=kept[bonds.first], second=kept[bonds.second])

    def _chosen(self, found: Polyhedra) -> Polyhedra | None:
        """Polyhedra of the chosen elements; None without any."""
        numbers = self.atoms.numbers
        if self.drawing.polyhedra is None:
            wanted = ~(electronegativities() < MOBILE)[numbers]
            # Carbon of molecules: carbonates alone are groups that are drawn as such.
            first, second = found.bonds.first, found.bonds.second
            wanted[first[(numbers[first] == 6) & (numbers[second] != 8)]] = False
        else:
            wanted = np.isin(numbers, [atomic_numbers[one] for one in self.drawing.polyhedra])
        kept = wanted[found.bonds.first]
        if not kept.any():
            return None
        chosen = wanted[found.centres]
        return Polyhedra(
            found.centres[chosen], found.names, found.kinds[chosen], found.bonds.take(kept)
        )

    def _images(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Images of atoms that are drawn."""
        if self.drawing.fill is None:
            return images_of_cells(self.atoms, self.drawing.supercell)
        shifts = np.zeros((len(self.atoms), 3), np.int64) if self.placed else wrapped(self.atoms)[0]
        if (
            self.anatomy is not None and not self.placed
        ):  # blocks whole, the first one at the bottom
            shifts = self.anatomy.wrap[:, None] * basal_vectors(self.anatomy.miller)[2]
        atom, shift, self.centre = images_in_width(self.atoms, self.axes, self.drawing.fill, shifts)
        return atom, shift

    def _balls(self) -> Polygons:
        """Balls, divided where a position is mixed or partly empty."""
        corners = CORNERS if len(self.shown.atom) <= FEW else FEWER_CORNERS
        shares = [[(colour, 1.0)] for colour in self.colours]
        for atom, mixed in enumerate(self.occupancies or ()):
            shares[atom] = [
                (element_colour(atomic_numbers[symbol]), share) for symbol, share in mixed.items()
            ]
            if (empty := 1 - sum(mixed.values())) > 1e-3:
                shares[atom].append((VACANT, empty))
        return balls(self.shown, self.radii, shares, corners)

    def _polyhedron_colours(self) -> dict[int, str]:
        """Colour of each polyhedron: that of its centre, deeper with four ligands or fewer."""
        assert self.polyhedra is not None
        ligands = np.bincount(self.polyhedra.bonds.first, minlength=len(self.atoms))
        facing = np.zeros(len(self.atoms)) if self.anatomy is None else self.anatomy.facing
        return {
            int(n): self.colours[n]
            if self.is_named[n]
            else FACING
            if facing[n]
            else polyhedron_colour(int(self.atoms.numbers[n]), int(ligands[n]))
            for n in self.polyhedra.centres
        }

    def _set_limits(self, first: int) -> None:
        """Limits of the picture in Å."""
        places, radii = self.shown.place, self.radii[self.shown.atom]
        corners = self._cell_corners()
        x, y = (
            np.concatenate([places[:, k] - radii, places[:, k] + radii, corners[:, k]])
            for k in (0, 1)
        )
        self.x_limits = (float(x.min() - MARGIN), float(x.max() + MARGIN))
        self.y_limits = (float(y.min() - MARGIN - 1.2), float(y.max() + MARGIN))
        if self.drawing.fill is not None:
            half = self.drawing.fill / 2
            self.x_limits = (self.centre - half, self.centre + half)

    def _cell_corners(self) -> NDArray[np.float64]:
        """Corners of the cells along periodic vectors, in the axes of the picture."""
        if self.drawing.fill is not None or not self.atoms.pbc.any():
            return np.zeros((0, 3))
        grid = np.array(list(product((0, 1), repeat=3)))[:, None] * np.array(self.drawing.supercell)
        return np.asarray(grid[:, 0] @ self.atoms.cell.complete().array @ self.axes.T)

    def plot(self, ax: "Axes", text: float = 10.0) -> None:
        """Draw everything but the legend, with text of so many points."""
        from matplotlib.collections import LineCollection, PolyCollection

        whole = Polygons([], [], [], [])
        for part in self.parts:
            whole.corners += part.corners
            whole.faces += part.faces
            whole.depths += part.depths
            whole.widths += part.widths
        order = whole.sorted_by_depth()
        colours = self._faded(np.array(whole.faces), np.array(whole.depths))[order]
        edges = self._faded(
            np.tile([0x24 / 255, 0x31 / 255, 0x3A / 255], (len(order), 1)), np.array(whole.depths)
        )[order]
        scene = PolyCollection(
            [whole.corners[n] for n in order],
            facecolors=colours,
            edgecolors=edges,
            linewidths=np.array(whole.widths)[order],
        )
        scene.set_rasterized(len(order) > 5 * FEW)
        ax.add_collection(scene)
        self._ring(ax)
        corners = self._cell_corners()
        if len(corners):
            pairs = [(i, j) for i in range(8) for j in range(i) if bin(i ^ j).count("1") == 1]
            segments = [corners[list(pair), :2] for pair in pairs]
            ax.add_collection(LineCollection(segments, colors=COLOURS["cell"], linewidths=0.7))
            self._name_vectors(ax, corners[0], text)
        self._label(ax, 0.7 * text)
        self._bar(ax, 0.8 * text)
        for height, words, colour in self.names:
            ax.annotate(
                plain_text(words),
                (1.0, height),
                (6, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                va="center",
                color=colour,
                fontsize=0.9 * text,
                annotation_clip=False,
            )
        ax.set_aspect("equal")
        ax.set_xticks([])
        ax.set_yticks([])
        ax.spines[:].set_visible(False)

    def _faded(
        self, colours: NDArray[np.float64], depths: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Colours, paler the farther away."""
        span = np.ptp(depths)
        share = self.drawing.fade * (depths.max() - depths) / span if span > 1 else 0 * depths
        return np.asarray(1 - (1 - colours) * (1 - share[:, None]))

    def _ring(self, ax: "Axes") -> None:
        """Rings outside the balls of atoms that changed."""
        from matplotlib.collections import PolyCollection

        which = np.flatnonzero(np.isin(self.shown.atom, self.changed))
        turn = np.linspace(0, 2 * np.pi, CORNERS + 1)
        circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
        rings = [
            self.shown.place[n, :2]
            + np.vstack([(radius + RING[1]) * circle, (radius + RING[0]) * circle[::-1]])
            for n, radius in zip(which, self.radii[self.shown.atom[which]], strict=True)
        ]
        ax.add_collection(PolyCollection(rings, facecolors=CHANGED, edgecolors="none", zorder=3))

    def _name_vectors(self, ax: "Axes", origin: NDArray[np.float64], size: float) -> None:
        """Letters at the ends of the cell vectors that are seen."""
        ends = np.array(self.drawing.supercell)[:, None] * self.atoms.cell.complete().array
        for letter, (x, y, _) in zip("abc", ends @ self.axes.T, strict=True):
            if (length := np.hypot(x, y)) > SHORTEST_VECTOR:
                out = 1 + 0.7 / length
                ax.text(origin[0] + out * x, origin[1] + out * y, letter, ha="center", va="center",
                        fontsize=size, style="italic", color=EDGE_COLOUR, zorder=4)  # fmt: skip

    def _label(self, ax: "Axes", size: float) -> None:
        """Text at atoms, for the nearest of those that cover each other."""
        if self.drawing.labels == "none":
            return
        taken: set[tuple[float, float]] = set()
        for n in np.argsort(-self.shown.place[:, 2], kind="stable").tolist():
            x, y, _ = self.shown.place[n]
            if (key := (round(x / 0.4), round(y / 0.4))) in taken:
                continue
            taken.add(key)
            atom = int(self.shown.atom[n])
            words = {"element": self.atoms.symbols[atom], "number": str(atom)}
            ax.text(x, y, words[self.drawing.labels], ha="center", va="center", fontsize=size)

    def _bar(self, ax: "Axes", size: float) -> None:
        """Scale bar below the structure, and the cell vectors that are seen."""
        low, high = self.x_limits
        length = max([bar for bar in BARS if bar <= (high - low) / 3] or [1])
        y = self.y_limits[0] + 0.5
        start = high - length - 0.3
        ax.plot([start, start + length], [y, y], color=EDGE_COLOUR, linewidth=2.5, zorder=4)
        text = f"{length} Å" if length < 10 else f"{length / 10:g} nm"
        ax.annotate(
            text, (start, y), (-4, 0), textcoords="offset points", ha="right", va="center",
            fontsize=size,
        )  # fmt: skip

    def _names(self) -> list[tuple[float, str, str]]:
        """Layers seen edge-on: height, text, colour."""
        names = []
        anatomy, atoms = self.anatomy, self.atoms
        if anatomy is not None and abs(anatomy.normal @ self.axes[2]) < EDGE_ON:
            turned = float(anatomy.normal @ self.axes[1])
            if abs(turned) > 1 - EDGE_ON and self.drawing.fill is not None:
                for plane in range(1, anatomy.n_planes + 1):
                    below = (anatomy.spinel_block == plane) & (anatomy.oxygen_layer == 4)
                    height = anatomy.height[below].mean() + anatomy.oxygen_gap[plane - 1] / 2
                    closed = bool(anatomy.closed[plane - 1])
                    words = (
                        f"{'closed' if closed else 'open'}\n{anatomy.row_spacing[plane - 1]:.2f} Å"
                    )
                    names.append((turned * height, words, FACING if closed else EDGE_COLOUR))
        elif "side" in atoms.arrays and abs(self.axes[1, 2]) > 1 - EDGE_ON:
            for side, name in enumerate(("substrate", "film")):
                mine = atoms.positions[atoms.arrays["side"] == side]
                if len(mine):
                    names.append((float((mine @ self.axes[1]).mean()), name, COLOURS[name]))
        return names

    def legend(self) -> dict[str, object]:
        """Handles of all that is drawn, by their labels."""
        from matplotlib.lines import Line2D

        def handle(label: str, marker: str, colour: str, edge: str = EDGE_COLOUR) -> Line2D:
            return Line2D([], [], marker=marker, color="none", markerfacecolor=colour,
                          markeredgecolor=edge, markersize=9, label=label)  # fmt: skip

        made: dict[str, object] = {}
        centres = set() if self.polyhedra is None else set(self.polyhedra.centres.tolist())
        for z in np.unique(self.atoms.numbers[~self.is_named]).tolist():
            if not set(np.flatnonzero(self.atoms.numbers == z).tolist()) <= centres:
                symbol = chemical_symbols[z]
                made[symbol] = handle(symbol, "o", element_colour(z))
        if self.polyhedra is not None:
            colours = self._polyhedron_colours()
            kinds = dict(zip(self.polyhedra.centres.tolist(), self.polyhedra.kinds, strict=True))
            alike: dict[str, set[str]] = {}
            for centre, colour in colours.items():
                if not self.is_named[centre]:
                    alike.setdefault(colour, set()).add(self.polyhedra.names[kinds[centre]])
            for colour, names in alike.items():
                label = ", ".join(sorted(names))
                label += " at a conduction plane" if colour == FACING else ""
                made.setdefault(label, handle(label, "h", colour))
        for label, (mask, colour) in self.named.items():
            if mask.any():
                made[label] = handle(label, "o", colour)
        mixed = {s for shares in self.occupancies or () if len(shares) > 1 for s in shares}
        for symbol in mixed - set(made):
            made[symbol] = handle(symbol, "o", element_colour(atomic_numbers[symbol]))
        if any(sum(shares.values()) < 0.999 for shares in self.occupancies or ()):
            made["vacant"] = handle("vacant", "o", VACANT)
        if len(self.changed):
            made["changed"] = handle("changed", "o", "none", CHANGED)
        return dict(sorted(made.items(), key=lambda item: (item[0].islower(), item[0])))


def _anatomy(atoms: Atoms) -> Anatomy | None:
    """Spinel blocks and conduction planes, if it has them."""
    if len(atoms) > LARGEST_BONDED:
        return None
    try:
        return find_anatomy(atoms)
    except NotBetaAlumina:
        return None
