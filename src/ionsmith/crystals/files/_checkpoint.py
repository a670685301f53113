"""Checkpoints: the state of a run in a file, written whole and read back bit for bit.

The file begins with the hash of the rest, so that a state that was changed is not continued.
"""

import hashlib
import re
import time
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from ionsmith.crystals.files._writing import write_whole
from ionsmith.errors import InvalidInput, UnreadableFile, reason_of

_HASHED = re.compile(r'\{"sha256": "([0-9a-f]{64})", (.*)\n', flags=re.DOTALL)

SHARE = 0.1
"""Largest fraction of the time that writing checkpoints may take."""


class RunState(Protocol):
    """A dataclass of numbers, arrays and lists that a run continues from.

    ``job`` identifies everything that the course of the run depends on, such as a hash of it.
    """

    run: ClassVar[str]
    job: str


State = TypeVar("State", bound=RunState)


class Checkpoint(Generic[State]):
    """A file that holds the latest state of a run.

    Parameters
    ----------
    path
        The file.
    kind
        Class of the state.
    """

    def __init__(self, path: str | PathLike[str], kind: type[State]) -> None:
        self.path = Path(path)
        self._kind = kind
        self._rest = 0.0

    def save(self, state: State, *, at_once: bool = False) -> None:
        """Write a state, unless the last writing took so long that it is too early for another."""
        begin = time.monotonic()
        if begin < self._rest and not at_once:
            return
        from ase.io.jsonio import encode

        body = encode({"ionsmith": f"checkpoint of {state.run}", **vars(state)})[1:]
        text = f'{{"sha256": "{hashlib.sha256(body.encode()).hexdigest()}", {body}\n'
        write_whole(self.path, lambda path: path.write_text(text, encoding="utf-8"))
        end = time.monotonic()
        self._rest = end + (end - begin) / SHARE

    def read(self) -> State:
        """Read the state, whatever job it belongs to.

        Raises
        ------
        UnreadableFile
            If the file is missing or damaged, or is not a checkpoint of such a run.
        """
        from ase.io.jsonio import decode

        try:
            found = _HASHED.fullmatch(self.path.read_text(encoding="utf-8"))
            if found is None or hashlib.sha256(found[2].encode()).hexdigest() != found[1]:
                raise ValueError("it was changed, or another version wrote it")
            content: dict[str, Any] = decode("{" + found[2], False)
            if content.pop("ionsmith") != f"checkpoint of {self._kind.run}":
                raise ValueError("it belongs to another kind of run")
            return self._kind(**content)
        except FileNotFoundError:
            raise UnreadableFile(
                f"{self.path}: no such checkpoint; leave out `resume` to begin"
            ) from None
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise UnreadableFile(
                f"{self.path}: not a checkpoint of {self._kind.run} ({reason_of(error)}); name "
                "another file, or remove it"
            ) from error

    def load(self, job: str) -> State:
        """Read the state of a job.

        Raises
        ------
        InvalidInput
            If the state belongs to another job.
        UnreadableFile
            If the file is missing or damaged.
        """
        state = self.read()
        if state.job != job:
            raise InvalidInput(
                f"{self.path}: belongs to another structure or other settings; use the same ones, "
                "or begin again with `force`"
            )
        return state
