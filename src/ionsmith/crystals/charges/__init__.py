"""Formal charges of atoms: one answer, with its source.

The sources of :func:`formal_charges`, in this order:

1. the oxidation states that the structure carries, as from its file;
2. the published sites that the atoms are on, if the structure came from the library;
3. a crystal of the library with the same composition, if each of its elements has one charge;
4. the bonds between like atoms, as in azides, peroxides, superoxides, pyrites and
   hypothiophosphates, with the other charges from the composition;
5. the most common oxidation states that make the composition neutral
   (:func:`guess_oxidation_states`);
6. the usual charges of elements that have only one, where the composition cannot be neutral.

The first two hold for their own composition. Where they are not neutral, as with another Na content
of Na3V2(PO4)3, they are kept but for one metal, whose mean charge follows. Where nothing makes the
structure neutral, they are taken as they are, and the source says what they add up to.
"""

from ionsmith.crystals.charges._formal import (
    FORMAL_CHARGES,
    composition,
    formal_charge,
    formal_charges,
    known_charges,
)
from ionsmith.crystals.charges._guess import guess_oxidation_states, usual_charges
from ionsmith.crystals.charges._like_bonds import like_bonds
from ionsmith.crystals.charges._redox import recharge

__all__ = [
    "FORMAL_CHARGES",
    "composition",
    "formal_charge",
    "formal_charges",
    "guess_oxidation_states",
    "known_charges",
    "like_bonds",
    "recharge",
    "usual_charges",
]
