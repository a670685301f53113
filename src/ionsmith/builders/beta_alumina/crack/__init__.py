"""TODO ionsmith.builders.beta_alumina.crack."""

from ionsmith.builders.beta_alumina.crack._crack import open_crack
from ionsmith.builders.beta_alumina.crack._result import Crack

__all__ = ["Crack", "open_crack"]
