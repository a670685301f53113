"""Whether an alloy fits into the pores of its host.

A host of N atoms with the volume v each fills N v of the cell; the rest is free. When it takes up
Li or Na, its N atoms fill N v' of the alloy. Nothing has to move outwards as long as N v' is no
more than the cell: at a porosity of 1 - v/v' at least. Both volumes are those of published
crystals. That walls grow into the pores and nowhere else is an assumption: it is the most that
pores can do.
"""

from dataclasses import dataclass

from ase import Atoms
from ase.data import atomic_numbers

from ionsmith import provenance
from ionsmith.crystals import Crystal, load
from ionsmith.errors import InvalidInput


@dataclass(frozen=True)
class Filling:
    """How the free volume of a porous host compares with the expansion of an alloy.

    Parameters
    ----------
    host, alloy
        Crystals of the library.
    host_volume, alloy_volume
        Volume in Å³ of each, for one atom of the host.
    volume_ratio
        Of the two.
    free
        Volume of the cell in Å³ beside that of the dense host.
    needed
        Volume in Å³ that the host grows by.
    fits
        Whether that is no more than the free volume.
    converted
        Fraction of the host that can become the alloy without outward expansion.
    outward
        Expansion in percent of the cell that is left when all of it does.
    porosity_needed
        Porosity in percent at which all would fit.
    """

    host: str
    alloy: str
    host_volume: float
    alloy_volume: float
    volume_ratio: float
    free: float
    needed: float
    fits: bool
    converted: float
    outward: float
    porosity_needed: float


def filling(atoms: Atoms, alloy: str, host: str | None = None) -> Filling:
    """Compare the free volume of a porous host with the expansion of an alloy.

    Parameters
    ----------
    atoms
        The porous model.
    alloy
        Library name of the alloy.
    host
        Library name of the dense host; by default the crystal that the model was built from.

    Raises
    ------
    InvalidInput
        If the host is not known or no element, is not in the model, or not in the alloy.
    """
    if host is None:
        sources = provenance.of(atoms).get("sources", [])
        if len(sources) != 1:
            raise InvalidInput("the model does not say which crystal it was built from; name it")
        host = str(sources[0]["phase"])
    dense, grown = load(host), load(alloy)
    if len(dense.composition()) != 1:
        raise InvalidInput(f"{dense.name} is no element: the volume for one atom is not defined")
    element = next(iter(dense.composition()))
    count = int((atoms.numbers == atomic_numbers[element]).sum())
    if count == 0:
        raise InvalidInput(f"the model holds no {element}, of which {dense.name} is made")
    if element not in grown.composition():
        raise InvalidInput(f"{grown.name} ({grown.formula}) holds no {element}")
    before, after = _volume(dense, element), _volume(grown, element)
    cell = float(atoms.get_volume())
    free, needed = cell - count * before, count * (after - before)
    return Filling(
        host=dense.name,
        alloy=grown.name,
        host_volume=before,
        alloy_volume=after,
        volume_ratio=after / before,
        free=free,
        needed=needed,
        fits=needed <= free,
        converted=1.0 if needed <= free else max(free, 0.0) / needed,
        outward=100 * max(0.0, count * after / cell - 1),
        porosity_needed=100 * max(0.0, 1 - before / after),
    )


def _volume(crystal: Crystal, element: str) -> float:
    """Volume in Å³ for one atom of an element."""
    return float(crystal.volume / crystal.composition()[element])
