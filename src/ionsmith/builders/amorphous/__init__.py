"""TODO ionsmith.builders.amorphous."""

from ionsmith.builders.amorphous._keating import HOSTS
from ionsmith.builders.amorphous._network import build_network
from ionsmith.builders.amorphous._packing import build_packing
from ionsmith.builders.amorphous._result import AmorphousNetwork, AmorphousPacking
from ionsmith.builders.amorphous._start import random_network

__all__ = [
    "HOSTS",
    "AmorphousNetwork",
    "AmorphousPacking",
    "build_network",
    "build_packing",
    "random_network",
]
