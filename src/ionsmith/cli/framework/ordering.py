"""Option of the ordering; apart from the others, for a quick start of these."""

from typing import Annotated

from ionsmith.cli.framework._parameters import option
from ionsmith.crystals.ordering import Ordering

OrderingOption = Annotated[Ordering, option("How partial occupancies are ordered.")]
