"""Read every CIF below a folder, and hold what was read against gemmi, ASE and pymatgen.

For each file the script compares the content of the cell, the shortest distance between atoms and
the strongest powder lines, and says who disagrees with whom and whose content is that of the
formula which the file itself states. Files that ionsmith refuses are listed with the reason, and
with the readers that find the content of the formula in them.

With a report, each file is one line of JSON as soon as it is read, and a second run goes on with
the files that are not in it yet.

Run: python scripts/sweep_cifs.py FOLDER [--report all.jsonl] [--seconds 20] [--only 300]
"""

import argparse
import hashlib
import json
import signal
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import gemmi
import numpy as np
from ase import Atoms

from ionsmith.analyzers.powder import Setup, powder_pattern
from ionsmith.crystals import Crystal
from ionsmith.crystals.cif import read_cif
from ionsmith.errors import IonsmithError

Content = dict[str, float]
LARGEST = 800  # atoms; beyond, distances and lines are left out
LARGEST_FOR_PEERS = 3000  # atoms; beyond, ASE and pymatgen are left out
SAME = 0.02  # relative difference of content, and of intensity in per cent of the strongest
LINES = 5


def by_ionsmith(path: Path) -> tuple[Content, Atoms | Crystal]:
    """What ionsmith reads."""
    crystal = read_cif(path)
    return crystal.composition(), crystal


def by_gemmi(path: Path) -> tuple[Content, Atoms | None]:
    """What gemmi reads; atoms where all sites are full."""
    structure = gemmi.read_small_structure(str(path))
    content: Counter[str] = Counter()
    sites = structure.get_all_unit_cell_sites()
    for site in sites:
        content["H" if site.element.name == "D" else site.element.name] += site.occ
    if any(site.occ < 1 for site in sites) or not sites or "X" in content:
        return dict(content), None
    cell = np.array(structure.cell.orth.mat.tolist()).T
    places = [site.fract.tolist() for site in sites]
    symbols = ["H" if site.element.name == "D" else site.element.name for site in sites]
    return dict(content), Atoms(symbols, scaled_positions=places, cell=cell, pbc=True)


def by_ase(path: Path) -> tuple[Content, Atoms | None]:
    """What ASE reads; nothing where it drops occupancies."""
    import ase.io

    atoms = ase.io.read(path, format="cif")
    assert isinstance(atoms, Atoms)
    occupancies = [sum(site.values()) for site in atoms.info.get("occupancy", {}).values()]
    mixed = any(len(site) > 1 for site in atoms.info.get("occupancy", {}).values())
    if mixed or any(abs(total - 1) > 1e-3 for total in occupancies):
        return {}, None
    return dict(Counter(atoms.get_chemical_symbols())), atoms


def by_pymatgen(path: Path) -> tuple[Content, Atoms | None]:
    """What pymatgen reads; atoms where all sites are full."""
    from pymatgen.io.cif import CifParser

    (structure,) = CifParser(path, occupancy_tolerance=1.05).parse_structures(primitive=False)
    content: Counter[str] = Counter()
    for species, amount in structure.composition.items():
        symbol = getattr(species, "element", species).symbol
        content["H" if symbol == "D" else symbol] += amount
    ordered = structure.is_ordered and "D" not in structure.symbol_set
    return dict(content), structure.to_ase_atoms() if ordered else None


READERS: dict[str, Callable[[Path], tuple[Content, Atoms | Crystal | None]]] = {
    "gemmi": by_gemmi,
    "ase": by_ase,
    "pymatgen": by_pymatgen,
}


def formula_of(path: Path) -> tuple[Content, float] | None:
    """Formula and Z that the file states, hydrogen left out."""
    for block in gemmi.cif.read(str(path)):
        text = block.find_value("_chemical_formula_sum")
        units = block.find_value("_cell_formula_units_Z")
        if text and units and not gemmi.cif.is_null(text) and not gemmi.cif.is_null(units):
            from ionsmith.crystals.formula import parse_formula

            try:
                formula = parse_formula(gemmi.cif.as_string(text).replace(" ", ""))
            except ValueError:
                return None
            return dict(formula), gemmi.cif.as_number(units)
    return None


def fits(content: Content, stated: tuple[Content, float] | None) -> bool | None:
    """Whether a content is that of the formula times Z, or of the formula alone."""
    if stated is None:
        return None
    formula, units = stated
    elements = (set(content) | set(formula)) - {"H", "D"}
    return any(
        all(
            abs(content.get(e, 0) - n * formula.get(e, 0)) <= 0.06 * n + 0.1 * n * formula.get(e, 0)
            for e in elements
        )
        for n in (units, 1.0)
    )


def same_content(first: Content, second: Content) -> bool:
    """Whether two contents are alike."""
    return all(
        abs(first.get(e, 0) - second.get(e, 0)) <= SAME * max(1.0, first.get(e, 0))
        for e in set(first) | set(second)
    )


def fingerprint(atoms: Atoms | Crystal | None) -> tuple[float, list[tuple[float, float]]] | None:
    """Shortest distance, and spacing and intensity of the strongest powder lines."""
    if atoms is None:
        return None
    if isinstance(atoms, Crystal):
        if not atoms.is_ordered:
            return None
        atoms = atoms.to_atoms()
    if not 1 < len(atoms) <= LARGEST:
        return None
    from ase.neighborlist import neighbor_list

    shortest = neighbor_list("d", atoms, 4.0).min(initial=4.0)
    pattern = powder_pattern(atoms, Setup(two_theta=(5, 60)))
    order = np.argsort(-pattern.intensity)[:LINES]
    lines = sorted(zip(pattern.d[order].tolist(), pattern.intensity[order].tolist(), strict=True))
    return float(shortest), lines


def same_fingerprint(first: tuple, second: tuple) -> bool:
    """Whether distances and lines are alike."""
    if abs(first[0] - second[0]) > 0.01:
        return False
    return len(first[1]) == len(second[1]) and all(
        abs(d - e) < 0.01 and abs(i - j) < 100 * SAME
        for (d, i), (e, j) in zip(first[1], second[1], strict=True)
    )


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """CIFs below a folder, each content once, with its digest."""
    seen = set()
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() == ".cif" and path.is_file() and path.stat().st_size:
            digest = hashlib.md5(path.read_bytes()).hexdigest()
            if digest not in seen:
                seen.add(digest)
                yield digest, path


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Interrupt what takes longer."""

    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def examine(path: Path, seconds: float) -> dict[str, object]:
    """What each reader makes of a file."""
    report: dict[str, object] = {"file": str(path)}
    stated = formula_or_none(path)
    report["formula"] = stated
    content: Content | None = None
    own = None
    try:
        with at_most(seconds):
            content, crystal = by_ionsmith(path)
            own = fingerprint(crystal)
    except TimeoutError:
        return {**report, "verdict": "too slow"}
    except IonsmithError as error:
        report["reason"] = str(error)
    report["content"] = content
    report["fits formula"] = None if content is None else fits(content, stated)
    large = content is not None and sum(content.values()) > LARGEST_FOR_PEERS
    others: dict[str, str] = {}
    for name, reader in READERS.items():
        if large and name != "gemmi":
            others[name] = "left out"
            continue
        try:
            with at_most(seconds):
                theirs, atoms = reader(path)
                prints = None if content is None else fingerprint(atoms)
        except TimeoutError:
            others[name] = "too slow"
            continue
        except Exception as error:
            others[name] = f"failed: {type(error).__name__}"
            continue
        right = {True: "right", False: "wrong", None: "not decided"}[fits(theirs, stated)]
        if not theirs:
            others[name] = "drops occupancies"
        elif content is None:
            others[name] = f"reads it, by the formula {right}"
        elif not same_content(content, theirs):
            others[name] = f"other content, by the formula {right}"
        else:
            alike = own is None or prints is None or same_fingerprint(own, prints)
            others[name] = "same" if alike else "other distances or lines"
    report["others"] = others
    disagree = [name for name, verdict in others.items() if verdict.startswith("other ")]
    doubtful = any(verdict.endswith("right") for verdict in others.values())
    if content is None:
        report["verdict"] = "refused, others fit" if doubtful else "refused"
    elif doubtful or report["fits formula"] is False:
        report["verdict"] = "suspect"
    else:
        report["verdict"] = "differs" if disagree else "same"
    return report


def formula_or_none(path: Path) -> tuple[Content, float] | None:
    """Formula of a file that may be no CIF."""
    try:
        return formula_of(path)
    except (ValueError, RuntimeError):
        return None


def main() -> None:
    """Read all files and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--report", type=Path, help="one line of JSON for each file")
    parser.add_argument("--seconds", type=float, default=20.0, help="for a reader and a file")
    parser.add_argument("--only", type=int, help="at most so many files in this run")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    reports: dict[str, dict[str, object]] = {}
    if arguments.report and arguments.report.exists():
        for line in arguments.report.read_text(encoding="utf-8").splitlines():
            known = json.loads(line)
            reports[known["digest"]] = known
    new = (pair for pair in files(arguments.folder) if pair[0] not in reports)
    started = time.monotonic()
    for number, (digest, path) in enumerate(islice(new, arguments.only), start=1):
        reports[digest] = {"digest": digest, **examine(path, arguments.seconds)}
        if arguments.report:
            with arguments.report.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(reports[digest]) + "\n")
        if sys.stderr.isatty() or number % 50 == 0:
            passed = time.monotonic() - started
            print(f"{number} files in {passed:.0f} s, last {path.name}", file=sys.stderr)
    summarise(list(reports.values()))


def summarise(reports: list[dict[str, object]]) -> None:
    """Print counts, and the files to look at."""
    verdicts = Counter(str(report["verdict"]) for report in reports)
    print(f"{len(reports)} files: {', '.join(f'{n} {word}' for word, n in verdicts.most_common())}")
    for name in READERS:
        counts = Counter(
            str(report["others"][name])  # type: ignore[index]
            for report in reports
            if report.get("content") is not None
        )
        print(f"{name}: {', '.join(f'{n} {word}' for word, n in counts.most_common())}")
    for report in reports:
        if report["verdict"] == "suspect":
            print(f"suspect: {report['file']}: {report['content']}, {report['formula']}")
        if report["verdict"] == "refused, others fit":
            print(f"refused, others fit: {report['reason']}")


if __name__ == "__main__":
    main()
