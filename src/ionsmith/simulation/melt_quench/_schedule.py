"""Temperatures, times and cooling rate of melting and quenching."""

from dataclasses import dataclass

import numpy as np

from ionsmith.arguments import is_number
from ionsmith.errors import InvalidInput
from ionsmith.simulation.melt_quench._dynamics import SAMPLE, Piece

LARGEST_SEED = 900_000_000
"""Largest seed of LAMMPS' random number generator (G. Marsaglia)."""

SHORTEST = 0.1
"""Shortest melt and quench in ps."""

HOTTEST = 1e5
"""Highest temperature of a melt in K."""

MOST_STEPS = 1e9
"""Largest number of steps of dynamics, a microsecond or two; more is likely a typing error."""

PIECE = 0.5
"""Longest piece of dynamics in ps. The state is saved after each; within it no atom moves by half a
cell, and means still resolve the course."""


@dataclass(frozen=True)
class Schedule:
    """Temperatures, times and cooling rate.

    Parameters
    ----------
    melt_temperature
        Temperature of the melt in K. Within picoseconds, a crystal without a surface melts only
        far above its melting point: maricite at its own density does not melt at 3000 K.
    melt_time
        Duration of the melt in ps.
    rate
        Cooling rate in K/ps.
    final_temperature
        Temperature at the end in K.
    hold_time
        Time at the final temperature in ps.
    timestep
        Time step in fs.

    Raises
    ------
    InvalidInput
        If a value is out of range or contradicts the others.
    """

    melt_temperature: float = 4000.0
    melt_time: float = 10.0
    rate: float = 50.0
    final_temperature: float = 300.0
    hold_time: float = 5.0
    timestep: float = 2.0

    @property
    def quench_time(self) -> float:
        """Duration of the cooling in ps."""
        return (self.melt_temperature - self.final_temperature) / self.rate

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not is_number(value) or value < 0 or (value == 0 and name != "hold_time"):
                raise InvalidInput(f"`{name}` is {value}; a positive value was expected")
        if not self.melt_temperature > self.final_temperature:
            raise InvalidInput(
                f"`melt_temperature` {self.melt_temperature:g} K is not above `final_temperature` "
                f"{self.final_temperature:g} K"
            )
        if self.melt_temperature > HOTTEST:
            raise InvalidInput(
                f"`melt_temperature` is {self.melt_temperature:g} K; at most {HOTTEST:g} K was "
                "expected"
            )
        if self.timestep > 10:
            raise InvalidInput(
                f"`timestep` is {self.timestep:g} fs; 0.5 to 2 fs are usual, because atoms vibrate "
                "within some ten femtoseconds"
            )
        if self.melt_time < SHORTEST:
            raise InvalidInput(
                f"`melt_time` is {self.melt_time:g} ps; at least {SHORTEST:g} ps was expected"
            )
        if self.quench_time < SHORTEST:
            raise InvalidInput(
                f"`rate` {self.rate:g} K/ps cools within {self.quench_time:g} ps; at least "
                f"{SHORTEST:g} ps was expected"
            )
        steps = 1000 * (self.melt_time + self.quench_time + self.hold_time) / self.timestep
        if steps > MOST_STEPS:
            raise InvalidInput(
                f"{steps:.2g} steps of dynamics exceed {MOST_STEPS:.0e}; increase `rate`"
            )

    def pieces(self, seed: int) -> list[Piece]:
        """Divide the schedule into pieces of dynamics, each with its own seed."""
        high, low = self.melt_temperature, self.final_temperature
        stages = ((self.melt_time, high, high), (self.quench_time, high, low))
        pieces: list[Piece] = []
        for time, first, last in (*stages, (self.hold_time, low, low)):
            steps = SAMPLE * round(1000 * time / self.timestep / SAMPLE)
            length = SAMPLE * max(1, int(1000 * PIECE / self.timestep / SAMPLE))
            for begin in range(0, steps, length):
                end = min(begin + length, steps)
                at = [first + (last - first) * step / steps for step in (begin, end)]
                pieces.append(Piece(end - begin, at[0], at[1], _seed(seed, len(pieces))))
        return pieces


def _seed(seed: int, number: int) -> int:
    """Seed of a piece, in the range of LAMMPS."""
    drawn = int(np.random.SeedSequence([seed, 2, number]).generate_state(1)[0])
    return drawn % LARGEST_SEED + 1
