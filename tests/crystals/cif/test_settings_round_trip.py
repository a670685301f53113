"""Random crystals in every tabulated setting, written in three ways and read back."""

import gemmi
import numpy as np
import pytest
from ase import Atoms

from ionsmith.crystals.cif import read_cif

TABLE = list(gemmi.spacegroup_table())
WAYS = ("operations", "hall", "symbol")


def random_cell(group: gemmi.SpaceGroup, rng: np.random.Generator) -> tuple[float, ...]:
    """A cell that the group leaves unchanged: a random metric averaged over its rotations."""
    basis = np.diag(rng.uniform(12, 16, 3)) + rng.uniform(-0.8, 0.8, (3, 3))
    metric = basis @ basis.T
    if group.ext == "H" or group.crystal_system_str() in ("hexagonal", "trigonal"):
        metric = np.diag(rng.uniform(150, 250, 3))
    rotations = {tuple(np.ravel(op.rot) // op.DEN) for op in group.operations().sym_ops}
    turned = [np.reshape(r, (3, 3)) for r in rotations]
    mean = np.mean([r.T @ metric @ r for r in turned], axis=0)
    lengths = np.sqrt(mean.diagonal())
    cosines = [mean[1, 2], mean[0, 2], mean[0, 1]] / lengths[[1, 0, 0]] / lengths[[2, 2, 1]]
    return (*lengths, *np.degrees(np.arccos(cosines)))


def expected(group: gemmi.SpaceGroup, cell: gemmi.UnitCell, sites: dict[str, np.ndarray]) -> Atoms:
    """The atoms by gemmi's operations, copies within 0.01 Å counted once."""
    vectors = np.array(cell.orth.mat.tolist()).T
    symbols, places = [], []
    for element, position in sites.items():
        images: list[np.ndarray] = []
        for operation in group.operations():
            image = np.array(operation.apply_to_xyz(position.tolist()))
            gaps = [image - other for other in images]
            if all(np.linalg.norm((gap - np.round(gap)) @ vectors) > 0.01 for gap in gaps):
                images.append(image)
        symbols += [element] * len(images)
        places += images
    return Atoms(symbols, scaled_positions=places, cell=vectors, pbc=True)


def same(first: Atoms, second: Atoms) -> bool:
    """Whether two lists of atoms are the same but for their order."""
    if sorted(first.symbols) != sorted(second.symbols):
        return False
    gaps = first.get_scaled_positions()[:, None] - second.get_scaled_positions()
    distance = np.linalg.norm((gaps - np.round(gaps)) @ first.cell.array, axis=-1)
    distance[first.numbers[:, None] != second.numbers] = np.inf
    return bool((distance.min(axis=1) < 1e-3).all() and (distance.min(axis=0) < 1e-3).all())


@pytest.mark.parametrize("group", TABLE, ids=lambda group: f"{group.xhm()} {group.hall}")
def test_round_trip(group: gemmi.SpaceGroup, tmp_path) -> None:
    rng = np.random.default_rng([other.hall for other in TABLE].index(group.hall))
    cellpar = random_cell(group, rng)
    while True:  # copies that come too close are refused, and rightly so
        sites = {"Si": np.zeros(3), "O": rng.uniform(0, 1, 3)}
        atoms = expected(group, gemmi.UnitCell(*cellpar), sites)
        distances = atoms.get_all_distances(mic=True)
        if distances[np.triu_indices(len(atoms), 1)].min(initial=9) > 0.6:
            break
    rows = "\n".join(
        f"{element}1 {element} {x:.8f} {y:.8f} {z:.8f}" for element, (x, y, z) in sites.items()
    )
    items = zip(
        ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma"),
        cellpar,
        strict=True,
    )
    cell = "\n".join(f"_cell_{item} {value:.8f}" for item, value in items)
    columns = "\n".join(
        f"_atom_site_{name}" for name in ("label", "type_symbol", *(f"fract_{x}" for x in "xyz"))
    )
    triplets = "\n".join(f"'{operation.triplet()}'" for operation in group.operations())
    statements = {
        "operations": f"loop_\n_space_group_symop_operation_xyz\n{triplets}",
        "hall": f"_space_group_name_Hall '{group.hall}'",
        "symbol": f"_space_group_name_H-M_alt '{group.xhm()}'",
    }
    for way in WAYS:
        path = tmp_path / f"{way}.cif"
        path.write_text(f"data_x\n{cell}\n{statements[way]}\nloop_\n{columns}\n{rows}\n")
        assert same(read_cif(path).to_atoms(), atoms), way
