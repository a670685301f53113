"""Errors that ionsmith raises: one clear line each, with what to try.

Every error says what is wrong, what was expected and what to try. It is also the built-in error
that fits (``ValueError``, ``FileExistsError``, ``ImportError``, ``RuntimeError``), and carries the
exit code of the command line: 2 for invalid input, 3 when a search found nothing, 4 when an
optional extra or an external program is missing, 5 when an external program failed.

A message puts the name of an argument in backticks; the command line shows the option in its place.
"""


class IonsmithError(Exception):
    """Base of all errors that ionsmith raises on purpose."""

    exit_code = 2


class InvalidInput(IonsmithError, ValueError):
    """An argument that cannot be used, alone or together with the others."""


class InvalidChoice(InvalidInput):
    """A word that is not among those the argument allows."""


class UnknownPhase(InvalidInput):
    """A name that no crystal of the library answers to."""


class NoCoordinates(InvalidInput):
    """A crystal of which only the cell is published."""


class DisorderedStructure(InvalidInput):
    """A structure with partial occupancies where an ordered one is needed.

    Parameters
    ----------
    message
        The message.
    source
        What it was read from, such as ``lib:nvp`` or a CIF, if that can be ordered.
    """

    def __init__(self, message: str, source: str | None = None) -> None:
        super().__init__(message)
        self.source = source


class CompositionNotPossible(InvalidInput):
    """A composition that the chosen supercell cannot hold exactly."""


class AtomsTooClose(InvalidInput):
    """Two atoms nearer than the stated fraction of their covalent radii sum."""


class InvalidStructure(InvalidInput):
    """An empty structure, a non-finite number, or a cell without volume."""


class InvalidIndices(InvalidInput):
    """Miller indices that are malformed, all zero, or break the four-index rule."""


class InvalidOrientation(InvalidInput):
    """Parallel planes and directions that contradict each other, or what is no rotation."""


class InvalidCriterion(InvalidInput):
    """A bond criterion that is unknown or malformed."""


class UnreadableFile(InvalidInput):
    """A file that is missing, truncated, or of a format that nobody could read."""


class MissingFile(UnreadableFile, FileNotFoundError):
    """A path at which there is nothing."""


class OutputExists(IonsmithError, FileExistsError):
    """An output file that is already there and may not be replaced without being told so."""


class NotBetaAlumina(InvalidInput):
    """A structure without the spinel blocks and conduction planes of β''-alumina."""


class ClosureNotPossible(InvalidInput):
    """A closure of conduction planes that does not lead to a sound structure."""


class CrackNotPossible(InvalidInput):
    """A crack that leaves the crystal, does not come back, or leaves nothing whole."""


class TerminationNotPossible(InvalidInput):
    """A cut through a crystal that does not exist or leaves nothing."""


class PoresNotPossible(InvalidInput):
    """Pores that miss their porosity, or cut the crystal into pieces."""


class NoMatch(IonsmithError, LookupError):
    """A search that found nothing."""

    exit_code = 3


class NotConverged(IonsmithError, RuntimeError):
    """A relaxation whose steps ran out before its forces were small."""

    exit_code = 3


class MissingExtra(IonsmithError, ImportError):
    """An optional extra or external program that is not installed."""

    exit_code = 4


class ExternalProgramFailed(IonsmithError, RuntimeError):
    """An external program that ended with an error."""

    exit_code = 5


UNTOLD = (AttributeError, AssertionError, LookupError, StopIteration, TypeError)
"""Errors by which readers stumble over a malformed file, and whose words say nothing of it."""


def reason_of(error: BaseException) -> str:
    """What the reader of another package says of a file, in one line that is not too long."""
    if isinstance(error, UNTOLD) and not isinstance(error, IonsmithError):
        return "a part is missing or is not what was expected there"
    text = " ".join(str(error).split())
    return (text[:160] + "…" if len(text) > 160 else text) or type(error).__name__
