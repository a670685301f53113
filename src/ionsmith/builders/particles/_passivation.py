"""Hydrogen on the covalent bonds that a piece of a crystal has lost."""

import numpy as np
from ase import Atoms

from ionsmith.bonding.bonds import Bonds
from ionsmith.builders._compensation import OXYGEN
from ionsmith.builders._lost_bonds import COVALENT
from ionsmith.builders._passivation import turn_apart
from ionsmith.builders.particles._piece import Piece
from ionsmith.builders.particles._units import Integers
from ionsmith.errors import InvalidInput, PoresNotPossible

ROOM = 6.0
"""Empty space in Å around a piece while its H turn apart."""


def passivated(piece: Piece, bonds: Bonds) -> tuple[Piece, Atoms, Integers, tuple[str, ...]]:
    """Saturate severed covalent bonds; return the piece, the H, their atoms and what was done.

    Atoms that keep less than half of their covalent bonds are removed, as from the walls of pores;
    O that a centre has lost comes back as OH, all other lost atoms are replaced by H.

    Parameters
    ----------
    piece
        The piece.
    bonds
        Bonds of its crystal.
    """
    numbers = piece.crystal.numbers
    covalent = bonds.take(COVALENT[numbers[bonds.first]] & COVALENT[numbers[bonds.second]])
    done, trimmed = [], 0
    full = np.bincount(covalent.first, minlength=len(numbers))
    while True:
        lost = piece.lost(covalent)
        gone = np.bincount(lost.host, minlength=len(piece))
        # Only ends of frameworks: an O with one bond stays as OH.
        bare = (2 * gone > full[piece.member]) & (numbers[piece.member] != OXYGEN)
        if not bare.any():
            break
        trimmed += int(bare.sum())
        piece = piece.take(~bare)
    if trimmed:
        done.append(f"{trimmed} atoms with less than half of their covalent bonds removed")
    if len(piece) == 0:
        raise InvalidInput("the particle is too small to be passivated: make it larger")
    back = lost.take(
        (numbers[lost.member] == OXYGEN) & (numbers[piece.member[lost.host]] != OXYGEN)
    )
    if len(back.host):
        before = len(piece)
        piece = Piece.of(
            piece.crystal,
            np.concatenate([piece.member, back.member]),
            np.concatenate([piece.cell, back.cell]),
            piece.periods,
        )
        done.append(f"{len(piece) - before} O that were cut away completed their centres")
        lost = piece.lost(covalent)
    if len(lost.host) == 0:
        raise InvalidInput("no covalent bond was severed: `passivate` has nothing to do")
    solid = piece.atoms()
    extent = np.ptp(solid.positions, axis=0) + 2 * ROOM
    if piece.periods[2]:
        extent[2] = piece.periods[2] * piece.crystal.cell.array[2, 2]
    solid.set_cell(extent)
    direction = lost.vector / np.linalg.norm(lost.vector, axis=1)[:, None]
    try:
        places, _ = turn_apart(solid, lost.host, direction, np.ones(len(lost.host), np.int64))
    except PoresNotPossible as error:
        reason = str(error).partition(":")[0]
        raise InvalidInput(f"{reason}; choose another diameter or `centre`") from None
    done.append(f"{len(places)} H on severed covalent bonds")
    return piece, Atoms(f"H{len(places)}", positions=places), lost.host, tuple(done)
