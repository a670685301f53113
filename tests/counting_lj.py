"""A cheap calculator that leaves a trace of each evaluation, for tests that kill its process."""

import os
import time
import uuid
from pathlib import Path
from typing import Any

from ase.calculators.lj import LennardJones


class CountingLJ(LennardJones):
    """Lennard-Jones; each evaluation adds a file to the folder that an environment variable names.

    The name of the file begins with the energy, so that evaluations of one model are told.
    """

    def calculate(self, *args: Any, **kwargs: Any) -> None:
        super().calculate(*args, **kwargs)
        time.sleep(float(os.environ.get("COUNTING_LJ_SECONDS", "0")))
        (Path(os.environ["COUNTING_LJ"]) / f"{os.getpid()}-{uuid.uuid4().hex}").touch()
