"""Errors that ionsmith raises: one clear line each, with what to try.

Every error says what is wrong, what was expected and what to try, and carries the exit code
that the command line ends with: 2 for input it cannot take, 3 when a search found nothing,
4 when an optional extra or an external program is missing, 5 when an external program failed.
"""


class IonsmithError(Exception):
    """Base of all errors that are the input's fault and not the program's."""

    exit_code = 2


class UnknownPhase(IonsmithError):
    """A name that no crystal of the library answers to."""


class NoCoordinates(IonsmithError):
    """A crystal of which only the cell is published."""


class DisorderedStructure(IonsmithError):
    """A structure with partial occupancies where an ordered one is needed."""


class CompositionNotPossible(IonsmithError):
    """A composition that the chosen supercell cannot hold exactly."""


class AtomsTooClose(IonsmithError):
    """Two atoms nearer than the stated fraction of their covalent radii sum."""


class InvalidStructure(IonsmithError):
    """An empty structure, a non-finite number, or a cell without volume."""


class InvalidIndices(IonsmithError):
    """Miller indices that are malformed, all zero, or break the four-index rule."""


class InvalidOrientation(IonsmithError):
    """Parallel planes and directions that contradict each other, or what is no rotation."""


class InvalidCriterion(IonsmithError):
    """A bond criterion that is unknown or malformed."""


class UnreadableFile(IonsmithError):
    """A file that is missing, truncated, or of a format that nobody could read."""


class OutputExists(IonsmithError):
    """An output file that is already there and may not be replaced without being told so."""


class NotBetaAlumina(IonsmithError):
    """A structure without the spinel blocks and conduction planes of β''-alumina."""


class ClosureNotPossible(IonsmithError):
    """A closure of conduction planes that does not lead to a sound structure."""


class CrackNotPossible(IonsmithError):
    """A crack that leaves the crystal, does not come back, or leaves nothing whole."""


class TerminationNotPossible(IonsmithError):
    """A cut through a crystal that does not exist or leaves nothing."""


class PoresNotPossible(IonsmithError):
    """Pores that miss their porosity, or cut the crystal into pieces."""


class NoMatch(IonsmithError):
    """A search that found nothing."""

    exit_code = 3


class NotConverged(IonsmithError):
    """A relaxation whose steps ran out before its forces were small."""

    exit_code = 3


class MissingExtra(IonsmithError):
    """An optional extra or external program that is not installed."""

    exit_code = 4


class ExternalProgramFailed(IonsmithError):
    """An external program that ended with an error."""

    exit_code = 5


UNTOLD = (AttributeError, AssertionError, LookupError, StopIteration, TypeError)
"""Errors by which readers stumble over a malformed file, and whose words say nothing of it."""


def reason_of(error: Exception) -> str:
    """What the reader of another package says of a file, in one line that is not too long."""
    if isinstance(error, UNTOLD):
        return "a part is missing or is not what was expected there"
    text = " ".join(str(error).split())
    return (text[:160] + "…" if len(text) > 160 else text) or type(error).__name__
