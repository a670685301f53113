"""Scripts for the queue of a cluster, from a template of the user.

A template is a text file with these words, which are replaced:

* ``{{command}}``: the code and its files, without a launcher such as ``mpirun``;
* ``{{cores}}`` and ``{{pools}}``: how many processes suit the calculation, and in how many groups
  they share the k-points;
* ``{{name}}``: formula, task and code, in one word;
* ``{{output}}``: the file that will hold the results.

The k-points of a mesh are halved by time reversal. Groups of them hardly talk to each other, so
that there is a pool for each, up to 16; a pool has a core for every four atoms; both are powers of
two.
"""

import re
from os import PathLike
from pathlib import Path

from ionsmith.errors import InvalidInput, UnreadableFile
from ionsmith.exporters._calculation import Calculation
from ionsmith.exporters._code import Code, Written

JOBSCRIPT = "job.sh"
MOST_POOLS = 16
ATOMS_PER_CORE = 4


def parallel(n_atoms: int, kpoints: tuple[int, int, int]) -> tuple[int, int]:
    """Choose the number of cores and of pools of k-points.

    Parameters
    ----------
    n_atoms
        Number of atoms.
    kpoints
        Mesh centred at Γ.

    Returns
    -------
    cores, pools
        Powers of two.
    """
    na, nb, nc = kpoints
    pools = _power_of_two(min(MOST_POOLS, (na * nb * nc + 1) // 2))
    return pools * _power_of_two(n_atoms // ATOMS_PER_CORE), pools


def _power_of_two(number: int) -> int:
    """Largest power of two up to a number, at least 1."""
    return int(1 << (max(1, number).bit_length() - 1))


def fill_template(
    template: str | PathLike[str], code: Code, calculation: Calculation, written: Written
) -> str:
    """Put a calculation into a template.

    Raises
    ------
    UnreadableFile
        If the template cannot be read.
    InvalidInput
        If it has no ``{{command}}``, or unknown words in double braces.
    """
    try:
        text = Path(template).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{template}: a text file was expected as `jobscript`") from error
    atoms = calculation.atoms
    cores, pools = parallel(len(atoms), calculation.kpoints if code.electronic else (1, 1, 1))
    command = written.run.removeprefix("mpirun ")
    if code.pools and pools > 1:
        program, _, rest = command.partition(" ")
        command = f"{program} {code.pools} {pools} {rest}"
    values = {
        "command": command,
        "cores": str(cores),
        "pools": str(pools),
        "name": f"{atoms.get_chemical_formula()}-{calculation.task}-{code.name}",
        "output": written.output,
    }
    words = set(re.findall(r"\{\{(\w*)\}\}", text))
    known = ", ".join(f"{{{{{word}}}}}" for word in values)
    if words - values.keys():
        wrong = min(words - values.keys())
        raise InvalidInput(f"{template}: {{{{{wrong}}}}} is not known; expected {known}")
    if "command" not in words:
        raise InvalidInput(f"{template}: has no {{{{command}}}}, which runs the code")
    for word, value in values.items():
        text = text.replace(f"{{{{{word}}}}}", value)
    return text
