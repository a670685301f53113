"""TODO ionsmith.crystals.ordering."""

from ionsmith.crystals.ordering._cell import DisorderedCell
from ionsmith.crystals.ordering._enumeration import enumerate_arrangements
from ionsmith.crystals.ordering._neutral_counts import neutral_counts, ordering_options
from ionsmith.crystals.ordering._ordering import OrderingResult, holding_supercells, order
from ionsmith.crystals.ordering._target import find_target

__all__ = [
    "DisorderedCell",
    "OrderingResult",
    "enumerate_arrangements",
    "find_target",
    "holding_supercells",
    "neutral_counts",
    "order",
    "ordering_options",
]
