"""Whether an alloy fits into the pores of its host.

N atoms of a host with the volume v per atom occupy N v of the cell; the rest is free. After the
uptake of Li or Na they occupy N v' as the alloy. The model need not expand as long as N v' does not
exceed the volume of the cell, which takes a porosity of at least 1 - v/v'. Both volumes are those
of published crystals. That the walls grow into the pores only is an assumption: it gives the most
that pores can achieve.
"""

from dataclasses import dataclass

from ase.data import atomic_numbers

from ionsmith import provenance
from ionsmith.crystals import Crystal, load
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput


@dataclass(frozen=True)
class Filling:
    """Free volume of a porous host, and the expansion of an alloy.

    Parameters
    ----------
    host, alloy
        Name of the crystal in the library.
    host_volume, alloy_volume
        Volume in Å³ per host atom.
    volume_ratio
        Ratio of these volumes.
    free
        Volume of the cell in Å³ that is not occupied by the host.
    needed
        Increase in volume of the host in Å³.
    fits
        Whether this increase does not exceed the free volume.
    converted
        Fraction of the host that can form the alloy without outward expansion.
    outward
        Outward expansion in percent if all of the host forms the alloy.
    porosity_needed
        Porosity in percent for no outward expansion.
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


def filling(structure: CrystalLike, alloy: str, host: str | None = None) -> Filling:
    """Compare the free volume of a porous host with the expansion of an alloy.

    Parameters
    ----------
    structure
        The porous model: any ordered structure (:data:`ionsmith.crystals.files.CrystalLike`).
    alloy
        Library name of the alloy.
    host
        Library name of the dense host; by default the crystal from which the model was built.

    Raises
    ------
    InvalidInput
        If the host is unknown or not an element, or the model or the alloy does not contain it.
    UnreadableFile, UnknownPhase, DisorderedStructure, InvalidStructure
        As :func:`ionsmith.crystals.files.read_structure`.
    """
    atoms = read_structure(structure)
    if host is None:
        sources = provenance.of(atoms).get("sources", [])
        if len(sources) != 1:
            raise InvalidInput(
                "the model does not record the crystal it was built from; give its `host`"
            )
        host = str(sources[0]["phase"])
    dense, grown = load(host), load(alloy)
    if len(dense.composition()) != 1:
        raise InvalidInput(f"`host` is {dense.name}, {dense.formula}; expected an element")
    element = next(iter(dense.composition()))
    count = int((atoms.numbers == atomic_numbers[element]).sum())
    if count == 0:
        raise InvalidInput(f"the model contains no {element}, the element of {dense.name}")
    if element not in grown.composition():
        raise InvalidInput(f"{grown.name} ({grown.formula}) contains no {element}")
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
    """Volume in Å³ per atom of an element."""
    return float(crystal.volume / crystal.composition()[element])
