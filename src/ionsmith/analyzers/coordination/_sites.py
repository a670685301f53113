r"""Coordination of every site: neighbours, bond lengths, bond valence, distortion.

All numbers follow from the bonds that a criterion of :mod:`ionsmith.bonding.bonds` defines. With
the bond lengths :math:`l_i` of a site and their mean :math:`\bar l`:

* spread: standard deviation of :math:`l_i`, in Å;
* distortion index of Baur (1974), doi:10.1107/S0567740874004560:
  :math:`\frac1n\sum|l_i-\bar l|/\bar l`;
* bond-angle variance of Robinson, Gibbs and Ribbe (1971), doi:10.1126/science.172.3983.567, for
  four and six neighbours: :math:`\frac1{m-1}\sum(\theta_i-\theta_0)^2` in degrees squared, over
  the m = 6 angles of a tetrahedron (109.47°) or the m = 12 of an octahedron (90°), the twelve
  smallest of the fifteen;
* valence sum: sum of the bond valences (:mod:`ionsmith.bonding.valence`), NaN if a bond of the site
  has no parameters.

Where asked for, also the nearest ideal polyhedron by continuous shape measures (Pinsky & Avnir
1998, doi:10.1021/ic9804925; 0 is ideal, and octahedron and trigonal prism are 16.7 apart), and
bond-orientational order parameters (Steinhardt, Nelson & Ronchetti 1983,
doi:10.1103/PhysRevB.28.784).
"""

from collections.abc import Mapping, Sequence
from typing import overload

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols

from ionsmith.analyzers.coordination._angles import angle_variance, order_parameter
from ionsmith.analyzers.coordination._coordination import Coordination
from ionsmith.analyzers.coordination._parts import part_names
from ionsmith.analyzers.coordination._shapes import find_shapes
from ionsmith.analyzers.coordination._weighted import (
    WeightedCoordination,
    weighted_coordination,
)
from ionsmith.bonding.bonds import (
    DEFAULT_CRITERION,
    Criterion,
    check_pairs,
    criterion_name,
    environments,
    find_bonds,
)
from ionsmith.bonding.valence import bond_valences
from ionsmith.choices import checked
from ionsmith.crystals import Crystal
from ionsmith.crystals.conversion import read_phase
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput

HIGHEST_DEGREE = 12
"""Of a bond-orientational order parameter."""


@overload
def coordination(
    structure: Atoms,
    criterion: Criterion = DEFAULT_CRITERION,
    *,
    margin: float = 0.0,
    oxidation_states: Mapping[str, int] | None = None,
    list_sites: bool = False,
    shapes: bool = False,
    order: Sequence[int] = (),
) -> Coordination: ...


@overload
def coordination(
    structure: CrystalLike,
    criterion: Criterion = DEFAULT_CRITERION,
    *,
    margin: float = 0.0,
    oxidation_states: Mapping[str, int] | None = None,
    list_sites: bool = False,
    shapes: bool = False,
    order: Sequence[int] = (),
) -> Coordination | WeightedCoordination: ...


@checked
def coordination(
    structure: CrystalLike,
    criterion: Criterion = DEFAULT_CRITERION,
    *,
    margin: float = 0.0,
    oxidation_states: Mapping[str, int] | None = None,
    list_sites: bool = False,
    shapes: bool = False,
    order: Sequence[int] = (),
) -> Coordination | WeightedCoordination:
    """Neighbours, bond lengths, bond valence and distortion of every site of a structure.

    Of a disordered crystal, coordination numbers and bond lengths are weighted by occupancy: a
    position counts as many neighbours as it holds atoms on average, and none if it is too close
    to the centre to be occupied with it.

    Parameters
    ----------
    structure
        Any crystal (:data:`ionsmith.crystals.files.CrystalLike`), periodic along any of its axes,
        up to about 10^6 atoms.
    criterion, margin
        Bond criterion and margin in Å (:func:`ionsmith.bonding.bonds.find_bonds`).
    oxidation_states
        Charges of cations for the valence sums; by default derived from the bond lengths.
    list_sites
        Whether tables and document list every site; only means by default.
    shapes
        Whether each site is named after the nearest ideal polyhedron. Up to six neighbours that
        takes about 0.5 ms per site, beyond about 20 ms.
    order
        Degrees of bond-orientational order parameters, such as 4 and 6.

    Returns
    -------
    Coordination or WeightedCoordination
        The latter of a disordered crystal, without valence sums and distortion.

    Raises
    ------
    InvalidStructure
        For an empty structure, numbers that are not finite, or a cell without volume.
    UnreadableFile, UnknownPhase
        As :func:`ionsmith.crystals.files.read_structure`.
    InvalidChoice, InvalidCriterion
        If the criterion is not recognised, or a cutoff is out of range or for other elements, or
        for CrystalNN and a disordered crystal.
    InvalidInput
        For an oxidation state without bond-valence parameters or for a disordered crystal, for
        shapes or order parameters of a disordered crystal, a degree outside 1 to 12, or a margin
        that is not finite.
    AtomsTooClose
        If two bonded atoms are on each other.

    Examples
    --------
    >>> from ionsmith.analyzers.coordination import coordination
    >>> sites = coordination("lib:al2o3")
    >>> sites.counts()
    {'Al': {6: 12}, 'O': {4: 18}}
    >>> sites.shortest[:2].round(3).tolist(), sites.longest[:2].round(3).tolist()
    ([1.854, 1.854], [1.971, 1.971])
    """
    crystal = read_phase(structure)
    if isinstance(crystal, Crystal) and crystal.has_coordinates and not crystal.is_ordered:
        if oxidation_states:
            raise InvalidInput(
                f"`oxidation_states`: {crystal.name} is disordered, and valence sums need an "
                "ordered crystal"
            )
        if shapes or order:
            raise InvalidInput(
                f"`{'shapes' if shapes else 'order'}`: {crystal.name} is disordered; expected an "
                "ordered crystal: make one with ionsmith build ordered"
            )
        return weighted_coordination(crystal, criterion, margin)
    for degree in order:
        if not 1 <= degree <= HIGHEST_DEGREE:
            raise InvalidInput(f"`order` has {degree}; expected degrees of 1 to {HIGHEST_DEGREE}")
    atoms = read_structure(crystal)
    check_pairs(criterion, atoms.numbers.tolist())
    bonds = find_bonds(atoms, criterion, margin=margin)
    n, first, lengths = len(atoms), bonds.first, bonds.distances
    number = np.bincount(first, minlength=n)
    valences, states = bond_valences(atoms.numbers, bonds, oxidation_states)
    names, environment = environments(atoms.numbers, bonds)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(first, lengths, n) / number
        deviation = lengths - mean[first]
        spread = np.sqrt(np.bincount(first, deviation**2, n) / number)
        baur = np.bincount(first, np.abs(deviation), n) / number / mean
    shortest, longest = np.full(n, np.nan), np.full(n, np.nan)
    np.fmin.at(shortest, first, lengths)
    np.fmax.at(longest, first, lengths)
    missing = np.flatnonzero(np.isnan(valences))
    ends = atoms.numbers[np.stack([first[missing], bonds.second[missing]], axis=1)]
    pairs = np.unique(np.sort(ends), axis=0)
    return Coordination(
        criterion=criterion_name(criterion),
        margin=float(margin),
        numbers=atoms.numbers.astype(np.int64),
        labels=atoms.arrays.get("site_label"),
        environment_names=names,
        environment=environment,
        coordination_numbers=number,
        shortest=shortest,
        mean_length=mean,
        longest=longest,
        spread=spread,
        valence_sum=np.where(number > 0, np.bincount(first, valences, n), np.nan),
        distortion_index=baur,
        angle_variance=angle_variance(atoms, bonds, number),
        oxidation_states=states,
        without_valence=tuple(f"{chemical_symbols[a]}-{chemical_symbols[b]}" for a, b in pairs),
        bonds=bonds,
        list_sites=list_sites,
        site_shapes=find_shapes(atoms, bonds) if shapes else None,
        parts=part_names(atoms),
        order={f"q{one}": order_parameter(atoms, bonds, number, one) for one in order},
    )
