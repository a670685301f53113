"""The command line: it parses, calls the library and prints; no science in it.

:mod:`~ionsmith.cli.main` holds the tree of commands and how a run ends; a command is a function in
:mod:`~ionsmith.cli.library`, :mod:`~ionsmith.cli.build`, :mod:`~ionsmith.cli.analyze` (one module
for each room of the library) or here; :mod:`~ionsmith.cli.framework` makes options, output, JSON
schemas and error messages from its signature.

**Vocabulary.** One concept has one word, on the command line, in Python and in JSON:

=========================== ===============================================================
``--parallel-planes``,      planes and directions of two crystals that an orientation
``--parallel-directions``   relationship makes parallel
``--contact``               the two planes that touch at an interface
``--planes``, ``--plane``   numbers of conduction planes, from 1 at the bottom
``--tolerance``             how far a direction may rise out of its plane
``--within``                how far a match may deviate from the relationship
``--ordering``              how partial occupancies are ordered: electrostatic or random
``--magnetic-order``        order of the magnetic moments
``--oxidation-state``       formal charge of an element
``--freeze``                atoms that do not move
``--potential``             what energies and forces come from
``--energy``                energy of a beam
``--limit``                 how many results are listed
``--seed``                  seed of random numbers; the same seed gives the same bytes
``--max-…``, ``--min-…``    largest and smallest value allowed
=========================== ===============================================================
"""
