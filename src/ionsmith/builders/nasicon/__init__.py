"""TODO ionsmith.builders.nasicon."""

from ionsmith.builders.nasicon._nasicon import build_nasicon

__all__ = ["build_nasicon"]
