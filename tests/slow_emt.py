"""A calculator that takes its time and keeps count, for tests that kill what uses it."""

import os
import time
from typing import Any

from ase.calculators.emt import EMT


class SlowEMT(EMT):
    """EMT, slowly; each evaluation adds a line to the file that an environment variable names."""

    def calculate(self, *args: Any, **kwargs: Any) -> None:
        super().calculate(*args, **kwargs)
        time.sleep(0.03)
        with open(os.environ["SLOW_EMT_COUNT"], "a", encoding="utf-8") as file:
            file.write(f"{self.results['energy']!r}\n")
