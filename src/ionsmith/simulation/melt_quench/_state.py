"""Checkpoints of melting and quenching: the whole state, to the last bit."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ionsmith.crystals.files import write_whole
from ionsmith.errors import InvalidInput, UnreadableFile


@dataclass(frozen=True)
class State:
    """Where a run stands after a piece of dynamics.

    Parameters
    ----------
    job
        Hash of the model and of all settings that its course depends on.
    positions
        In Å, shape (n, 3), without jumps from one image of the cell to another.
    velocities
        In Å/ps, shape (n, 3).
    trace
        One row a piece: time in ps, mean target and temperature in K, mean energy in eV.
    melt_way
        How far the atoms went in the melt in Å, shape (n, 3); empty before its end.
    """

    job: str
    positions: NDArray[np.float64]
    velocities: NDArray[np.float64]
    trace: NDArray[np.float64]
    melt_way: NDArray[np.float64]


def save_state(path: Path, state: State) -> None:
    """Write a checkpoint, whole or not at all."""

    def write(target: Path) -> None:
        with target.open("wb") as file:
            np.savez(file, **vars(state))

    write_whole(path, write)


def load_state(path: Path, job: str, n_atoms: int) -> State:
    """Read a checkpoint of a job."""
    try:
        with np.load(path, allow_pickle=False) as held:
            found = {field.name: held[field.name] for field in fields(State)}
        state = State(**{**found, "job": str(found["job"])})
        shapes = [state.positions.shape, state.velocities.shape]
        right = state.trace.ndim == 2 and state.trace.shape[1] == 4
    except FileNotFoundError:
        raise UnreadableFile(f"{path}: no such checkpoint; leave out --resume to begin") from None
    except Exception as error:  # numpy and zip raise of many kinds on a damaged file
        raise UnreadableFile(
            f"{path}: not a checkpoint of melt-quench ({type(error).__name__})"
        ) from error
    if state.job != job:
        raise InvalidInput(
            f"{path}: belongs to another model or other settings; take the same ones, or begin "
            "anew with --force"
        )
    if not right or shapes != [(n_atoms, 3)] * 2:
        raise UnreadableFile(f"{path}: not a checkpoint of melt-quench (shapes)")
    return state
