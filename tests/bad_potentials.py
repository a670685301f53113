"""Potentials that fail for slabs with one vacuum, each in its own way, for tests of campaigns."""

import ctypes
import os
import signal
import sys
import time
from typing import Any

from ase.calculators.lj import LennardJones

VICTIM = 11.0
"""Vacuum in Å of the slab that fails."""


class _Bad(LennardJones):
    """Lennard-Jones that fails for slabs of one vacuum."""

    def calculate(self, atoms: Any = None, *args: Any, **kwargs: Any) -> None:
        super().calculate(atoms, *args, **kwargs)
        z = atoms.positions[:, 2]
        if abs(atoms.cell[2, 2] - (z.max() - z.min()) - VICTIM) < 0.5:
            self.fail()

    def fail(self) -> None:
        raise NotImplementedError


class NotANumber(_Bad):
    def fail(self) -> None:
        self.results["energy"] = float("nan")


class Raising(_Bad):
    def fail(self) -> None:
        raise RuntimeError("the\nthird\nline")


class Leaving(_Bad):
    def fail(self) -> None:
        sys.exit(3)


class Interrupting(_Bad):
    def fail(self) -> None:
        raise KeyboardInterrupt


class OutOfMemory(_Bad):
    def fail(self) -> None:
        raise MemoryError


class Crashing(_Bad):
    def fail(self) -> None:
        os.kill(os.getpid(), signal.SIGSEGV)


class Hanging(_Bad):
    def fail(self) -> None:
        time.sleep(3600)


class Seizing(_Bad):
    """Hangs in a call that lets no other thread run."""

    def fail(self) -> None:
        ctypes.PyDLL(None).sleep(3600)


class FullDisk(_Bad):
    def fail(self) -> None:
        raise OSError(28, "No space left on device")


class NotInstalled(_Bad):
    def fail(self) -> None:
        import no_such_package  # noqa: F401


class Slow(LennardJones):
    def calculate(self, *args: Any, **kwargs: Any) -> None:
        super().calculate(*args, **kwargs)
        time.sleep(0.4)


class Printing(LennardJones):
    def calculate(self, *args: Any, **kwargs: Any) -> None:
        super().calculate(*args, **kwargs)
        sys.stdout.write("noise\n")
