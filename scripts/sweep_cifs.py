"""Read every CIF below a folder, and hold what was read against gemmi, ASE and pymatgen.

For each file the script compares the content of the cell, the shortest distance between atoms and
the strongest powder lines, and says who disagrees with whom and whose content is that of the
formula which the file itself states. Files that ionsmith refuses are listed with the reason.

Run: python scripts/sweep_cifs.py FOLDER [--report sweep.jsonl]. A run that was stopped is resumed
from its report.
"""

import argparse
import hashlib
import json
import signal
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
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
    if len(sites) > LARGEST:
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
    text = path.read_text(encoding="utf-8", errors="replace")
    for block in gemmi.cif.read_string(text, check_level=0):
        written = block.find_value("_chemical_formula_sum")
        units = block.find_value("_cell_formula_units_Z")
        if written and units and not any(map(gemmi.cif.is_null, (written, units))):
            from ionsmith.crystals.formula import parse_formula

            try:
                formula = parse_formula(gemmi.cif.as_string(written).replace(" ", ""))
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
    pattern = powder_pattern(atoms, Setup(two_theta=(5, 60), anomalous=False), displacements=False)
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


def files(folder: Path) -> Iterator[Path]:
    """CIFs below a folder, each content once."""
    seen = set()
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() == ".cif" and path.is_file() and path.stat().st_size:
            digest = hashlib.md5(path.read_bytes()).hexdigest()
            if digest not in seen:
                seen.add(digest)
                yield path


def examine(path: Path) -> dict[str, object]:
    """What each reader makes of a file."""
    try:
        content, crystal = by_ionsmith(path)
        own = fingerprint(crystal)
    except IonsmithError as error:
        return {"file": str(path), "verdict": "refused", "reason": str(error)}
    stated = formula_of(path)
    report: dict[str, object] = {"file": str(path), "content": content, "formula": stated}
    report["fits formula"] = fits(content, stated)
    others: dict[str, object] = {}
    for name, reader in READERS.items():
        try:
            theirs, atoms = reader(path)
            prints = fingerprint(atoms)
        except TimeoutError:
            raise
        except Exception as error:
            others[name] = f"failed: {type(error).__name__}"
            continue
        if not theirs:
            others[name] = "drops occupancies"
        elif not same_content(content, theirs):
            right = {True: "right", False: "wrong", None: "not decided"}[fits(theirs, stated)]
            others[name] = f"other content, by the formula {right}"
        else:
            alike = own is None or prints is None or same_fingerprint(own, prints)
            others[name] = "same" if alike else "other distances or lines"
    report["others"] = others
    disagree = [name for name, verdict in others.items() if str(verdict).startswith("other ")]
    silent = report["fits formula"] is False or any("right" in str(others[n]) for n in disagree)
    report["verdict"] = "suspect" if silent else "differs" if disagree else "same"
    return report


def bounded(path: Path, seconds: int) -> dict[str, object]:
    """Report on a file, or that it took too long."""

    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        return examine(path)
    except TimeoutError:
        return {"file": str(path), "verdict": "too slow"}
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        return {"file": str(path), "verdict": "crash", "reason": reason}
    finally:
        signal.alarm(0)


def main() -> None:
    """Read all files and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--report", type=Path, default=Path("sweep.jsonl"),
                        help="one line per file; files that it has are not read again")  # fmt: skip
    parser.add_argument("--seconds", type=int, default=20, help="longest time for one file")
    parser.add_argument("--limit", type=int, help="number of files to read in this run")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    reports = []
    if arguments.report.exists():
        lines = arguments.report.read_text(encoding="utf-8").splitlines()
        reports = [json.loads(line) for line in lines]
    known = {report["file"] for report in reports}
    waiting = [path for path in files(arguments.folder) if str(path) not in known]
    waiting = waiting[: arguments.limit]
    with arguments.report.open("a", encoding="utf-8") as out:
        for number, path in enumerate(waiting, start=1):
            reports.append(bounded(path, arguments.seconds))
            print(json.dumps(reports[-1]), file=out, flush=True)
            if number % 20 == 0 or number == len(waiting):
                print(f"{number} of {len(waiting)} files", file=sys.stderr, flush=True)
    verdicts = Counter(str(report["verdict"]) for report in reports)
    print(f"{len(reports)} files: {', '.join(f'{n} {word}' for word, n in verdicts.most_common())}")
    for name in READERS:
        counts = Counter(str(report["others"][name]) for report in reports if "others" in report)
        print(f"{name}: {', '.join(f'{n} {word}' for word, n in counts.most_common())}")
    for report in reports:
        if report["verdict"] in ("suspect", "crash"):
            told = report.get("reason") or f"{report['content']}, {report['formula']}"
            print(f"{report['verdict']}: {report['file']}: {told}")


if __name__ == "__main__":
    main()
