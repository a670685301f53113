"""Checkpoints of relaxations: written whole after a step, read back bit for bit."""

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ionsmith.crystals.files import write_whole
from ionsmith.errors import InvalidInput, UnreadableFile

SHARE = 0.1
"""Largest part of the time that writing checkpoints may take."""


@dataclass
class State:
    """Where a relaxation stands: before the evaluation of its latest positions, or at its end.

    Parameters
    ----------
    job
        Hash of the structure and of all settings that its course depends on.
    positions, cell
        In Å, shapes (n, 3) and (3, 3).
    memory
        What the optimizer remembers.
    energies, forces
        Energy in eV and largest force in eV/Å of each step that was evaluated.
    output
        SHA-256 of the file that the relaxed structure is in, None before it has converged.
    """

    job: str
    positions: NDArray[np.float64]
    cell: NDArray[np.float64]
    memory: Any = None
    energies: list[float] = field(default_factory=list)
    forces: list[float] = field(default_factory=list)
    output: str | None = None


class Checkpoint:
    """A file that holds the latest state.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rest = 0.0

    def save(self, state: State, *, at_once: bool = False) -> None:
        """Write a state, unless the last one took so long that it is too early for another."""
        begin = time.monotonic()
        if begin < self._rest and not at_once:
            return
        from ase.io.jsonio import encode

        text = encode({"ionsmith": "checkpoint of relax", **vars(state)}) + "\n"
        write_whole(self.path, lambda path: path.write_text(text, encoding="utf-8"))
        end = time.monotonic()
        self._rest = end + (end - begin) / SHARE

    def finish(self, output: Path, energy: float, force: float) -> None:
        """Say that the relaxation has converged, for a format that cannot say so itself."""
        state = self.read()
        state.energies.append(energy)
        state.forces.append(force)
        state.memory = None
        state.output = hash_file(output)
        self.save(state, at_once=True)

    def load(self, job: str) -> State:
        """Read the state of a job."""
        state = self.read()
        if state.job != job:
            raise InvalidInput(
                f"{self.path}: belongs to another structure or other settings; take the same "
                "ones, or begin anew with --force"
            )
        return state

    def read(self) -> State:
        """Read the state, whatever it belongs to."""
        from ase.io.jsonio import decode

        try:
            found = decode(self.path.read_text(encoding="utf-8"), always_array=False)
            del found["ionsmith"]
            return State(**found)
        except FileNotFoundError:
            raise UnreadableFile(
                f"{self.path}: no such checkpoint; leave out --resume to begin"
            ) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnreadableFile(
                f"{self.path}: not a checkpoint of relax ({error}); name another file, or remove it"
            ) from error


def hash_file(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
