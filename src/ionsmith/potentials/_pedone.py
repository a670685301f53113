"""Pedone's force field for oxides, as LAMMPS commands and charges.

A. Pedone et al., J. Phys. Chem. B 110, 11780 (2006), doi:10.1021/jp0611018: partial charges of 0.6
times the formal ones, and between a cation (or O) and O a Morse well and a repulsion C/r^12
(LAMMPS' pair style ``pedone``). It was fitted to silicates and related oxides. In a crystal the
charges are summed over the lattice, with vacuum by damped shifted forces (C. J. Fennell and J. D.
Gezelter, J. Chem. Phys. 124, 234104 (2006), doi:10.1063/1.2206581).
"""

from collections.abc import Sequence

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray

from ionsmith.bonding.checks import CONTACT_FRACTION
from ionsmith.crystals.charges import formal_charges
from ionsmith.errors import InvalidInput

LAMMPS_HEADER = ("units metal", "atom_style charge", "atom_modify map array sort 0 0")
"""Commands before the box is made, where LAMMPS is used as a library."""

SHARE = 0.6
"""Partial over formal charge."""

# element and formal charge: D in eV, a in 1/Å, r0 in Å, C in eV Å^12.
PEDONE = {
    ("Li", 1): (0.001114, 3.429506, 2.681360, 1.0),
    ("Na", 1): (0.023363, 1.763867, 3.006315, 5.0),
    ("K", 1): (0.011612, 2.062605, 3.305308, 5.0),
    ("Be", 2): (0.239919, 2.527420, 1.815405, 1.0),
    ("Mg", 2): (0.038908, 2.281000, 2.586153, 5.0),
    ("Ca", 2): (0.030211, 2.241334, 2.923245, 5.0),
    ("Sr", 2): (0.019623, 1.886000, 3.328330, 3.0),
    ("Ba", 2): (0.065011, 1.547596, 3.393410, 5.0),
    ("Ti", 4): (0.024235, 2.254703, 2.708943, 1.0),
    ("Zr", 4): (0.206237, 2.479675, 2.436997, 1.0),
    ("Cr", 3): (0.399561, 1.785079, 2.340810, 1.0),
    ("Mn", 2): (0.029658, 1.997543, 2.852075, 3.0),
    ("Fe", 2): (0.078171, 1.822638, 2.658163, 2.0),
    ("Fe", 3): (0.418981, 1.620376, 2.382183, 2.0),
    ("Co", 2): (0.012958, 2.361272, 2.756282, 3.0),
    ("Ni", 2): (0.029356, 2.679137, 2.500754, 3.0),
    ("Cu", 1): (0.090720, 3.802168, 2.055405, 1.0),
    ("Ag", 1): (0.088423, 3.439162, 2.265956, 1.0),
    ("Zn", 2): (0.001221, 3.150679, 2.851850, 1.0),
    ("Al", 3): (0.361581, 1.900442, 2.164818, 0.9),
    ("Si", 4): (0.340554, 2.006700, 2.100000, 1.0),
    ("Ge", 4): (0.158118, 2.294230, 2.261313, 5.0),
    ("P", 5): (0.831326, 2.585833, 1.800790, 1.0),
    ("O", -2): (0.042395, 1.379316, 3.618701, 22.0),
}


def pedone(
    atoms: Atoms,
    types: Sequence[str],
    vacuum: Sequence[int],
    *,
    reach: float = 12.0,
    accuracy: float = 1e-5,
    guard: float = 0.0,
) -> tuple[str, NDArray[np.float64]]:
    """Write Pedone's force field for a structure.

    Parameters
    ----------
    atoms
        The structure.
    types
        Its elements in the order of LAMMPS' types.
    vacuum
        Cell vectors along which it ends in vacuum.
    reach
        Distance in Å up to which charges are summed pair by pair.
    accuracy
        Error of the forces from the lattice sum, relative to the force between two unit charges
        1 Å apart.
    guard
        Energy in eV of a repulsion C/r^12 between cations, at the smallest distance that
        :func:`ionsmith.bonding.checks.check_contacts` allows; 0 for the field as published.

    Returns
    -------
    commands
        LAMMPS commands from the pair style to the lattice sum.
    charges
        Partial charges in e, shape (n,).

    Raises
    ------
    InvalidInput
        If the force field has no parameters for an element or its charge.
    """
    formal, _ = formal_charges(atoms)
    charges = np.zeros(len(atoms)) if formal is None else formal
    unsaid = "of unknown charge" if formal is None else "without a charge"
    symbols = np.array(atoms.get_chemical_symbols())
    keys = []
    for symbol in types:
        own = sorted({round(float(q), 6) for q in charges[symbols == symbol]})
        key = (symbol, int(own[0]))
        if len(own) != 1 or own[0] != key[1] or key not in PEDONE:
            missing = ", ".join(f"{symbol}{q:+g}" if q else f"{symbol} {unsaid}" for q in own)
            raise InvalidInput(
                f"Pedone's force field for oxides has no {missing}; try another `potential`"
            )
        keys.append(key)
    if "O" not in types:
        raise InvalidInput(
            "Pedone's force field is for oxides, and there is no O; try another `potential`"
        )
    oxygen = types.index("O") + 1
    # LAMMPS has no lattice sum for a slab in a cell that is not upright.
    coulomb = f"coul/dsf 0.2 {reach:.1f}" if vacuum else f"coul/long {reach:.1f}"
    lines = [
        "# A. Pedone et al., J. Phys. Chem. B 110, 11780 (2006), doi:10.1021/jp0611018",
        f"pair_style hybrid/overlay {coulomb} pedone 5.5",
        f"pair_coeff * * {coulomb.split()[0]}",
    ]
    for number, key in enumerate(keys, 1):
        first, second = sorted((number, oxygen))
        numbers = " ".join(f"{value:.6f}" for value in PEDONE[key])
        lines.append(f"pair_coeff {first} {second} pedone {numbers}  # {key[0]}-O")
    cations = [number for number in range(1, len(types) + 1) if number != oxygen and guard]
    for first in cations:
        for second in cations[cations.index(first) :]:
            pair = [types[first - 1], types[second - 1]]
            nearest = CONTACT_FRACTION * sum(covalent_radii[atomic_numbers[s]] for s in pair)
            repulsion = f"0.0 1.0 1.0 {guard * nearest**12:.6f}"
            lines.append(f"pair_coeff {first} {second} pedone {repulsion}  # {'-'.join(pair)}")
    if not vacuum:
        lines.append(f"kspace_style pppm {accuracy:.1e}")
    return "\n".join(lines) + "\n", SHARE * charges
