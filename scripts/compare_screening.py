"""The forty interfaces of the guide by a loop over pymatgen and ASE, and by a campaign.

The loop is what one writes by hand: matches and cuts by pymatgen's CoherentInterfaceBuilder, shifts
on a grid, ASE's optimiser, a line in a CSV file for each result, and on the next start no line
twice. Both are killed in the middle and started again; each evaluation of the potential is noted by
the structure it was of, so that those done twice can be counted.

    python scripts/compare_screening.py [--potential sevennet-r2scan] [--count 4] [--kill 60]

Without a potential that is worth it, a Lennard-Jones potential tells the counts alone.
"""

import argparse
import csv
import hashlib
import inspect
import os
import signal
import subprocess
import sys
import time
from itertools import product
from pathlib import Path
from typing import Any

from ase.io import write

NOTES = "COMPARE_SCREENING_NOTES"
STEPS, FMAX, SPACING, GAP = 20, 0.1, 4.6, 2.0

JOB = """
build = "interface"
potential = "compare_screening:noted"
chunk = 1

[options]
substrate = "lib:nzsp"
film = "lib:nvp"
max_area = 100
ordering = "electrostatic"
substrate_thickness = "1 planes"
film_thickness = "1 planes"

[vary]
contact = ["(0,0,1)||(0,0,1)", "(0,1,2)||(0,1,2)"]
substrate_termination = "nonpolar"
film_termination = "nonpolar"
shift = "grid 4.6"

[scan]

[relax]
fmax = 0.1
steps = 20
"""


def noted() -> Any:
    """The potential, which notes each structure that it evaluates."""
    from ionsmith.potentials import load_potential

    calculator = load_potential(os.environ["COMPARE_SCREENING_POTENTIAL"]).calculator
    evaluate = calculator.calculate

    def calculate(atoms: Any = None, *arguments: Any, **options: Any) -> None:
        evaluate(atoms, *arguments, **options)
        name = hashlib.sha256(atoms.positions.round(9).tobytes()).hexdigest()
        with open(os.environ[NOTES], "a", encoding="utf-8") as notes:
            notes.write(name + "\n")

    calculator.calculate = calculate
    return calculator


def loop(folder: str, output: str, count: int) -> None:
    """Screen by hand, from files of ordered cells of both crystals, whose c axis leaves a plane."""
    from ase.optimize import LBFGS
    from pymatgen.analysis.interfaces import CoherentInterfaceBuilder, ZSLGenerator
    from pymatgen.core import Structure
    from pymatgen.io.ase import AseAtomsAdaptor

    done = set()
    if Path(output).exists():
        with open(output) as file:
            done = {row[0] for row in csv.reader(file)}
    calculator = noted()
    names = []
    for plane in ("001", "012"):
        files = [f"{folder}/{crystal}-{plane}.vasp" for crystal in ("nzsp", "nvp")]
        crystals = [Structure.from_file(file) for file in files]
        cells = ZSLGenerator(max_area=100, max_length_tol=0.05)
        builder = CoherentInterfaceBuilder(*crystals, (0, 0, 1), (0, 0, 1), cells)
        for cut in builder.terminations:
            models = builder.get_interfaces(cut, GAP, 15)
            model = min(models, key=lambda model: model.interface_properties["von_mises_strain"])
            sizes = [max(1, round(model.lattice.abc[i] / SPACING)) for i in (0, 1)]
            for i, j in product(*map(range, sizes)):
                name = f"{plane} {cut} {i} {j}"
                names.append(name)
                if name in done or len(names) > count:
                    continue
                shifted = model.copy()
                shifted.in_plane_offset = (i / sizes[0], j / sizes[1])
                atoms = AseAtomsAdaptor.get_atoms(shifted, msonable=False)
                labels = shifted.site_properties["interface_label"]
                atoms.calc = calculator
                LBFGS(atoms, logfile=None).run(fmax=FMAX, steps=STEPS)
                energy, sides = atoms.get_potential_energy(), 0.0
                for label in ("substrate", "film"):
                    part = atoms[[k for k, own in enumerate(labels) if own == label]]
                    part.calc = calculator
                    sides += part.get_potential_energy()
                with open(output, "a", newline="") as file:
                    area = atoms.cell.volume / atoms.cell.lengths()[2]
                    csv.writer(file).writerow([name, energy, (sides - energy) / area * 16.02])


def ordered_cells(folder: Path) -> None:
    """Write ordered cells of both crystals for the loop, with one lattice plane each."""
    import ionsmith
    from ionsmith.surfaces.coincidence import Limits

    for plane in ("001", "012"):
        planes = ionsmith.parse_planes("({0},{1},{2})||({0},{1},{2})".format(*plane))
        found = ionsmith.find_matches("lib:nzsp", "lib:nvp", Limits(max_area=100), contact=planes)
        pair = ionsmith.MatchedPair(
            "lib:nzsp",
            "lib:nvp",
            found.matches[0],
            thickness=("1 planes", "1 planes"),
            ordering="electrostatic",
        )
        for side in pair.sides:
            write(folder / f"{side.name}-{plane}.vasp", side.bulk, sort=True)


def lines_of(text: str) -> int:
    """Lines that are neither empty nor a comment or a docstring."""
    lines = [line.strip() for line in text.splitlines()]
    return sum(bool(line) and not line.startswith(("#", '"""')) for line in lines)


def killed_and_repeated(command: list[str], after: float, notes: Path) -> tuple[float, float]:
    """Wall and CPU seconds of a command that is killed once and started again."""
    environment = {**os.environ, NOTES: str(notes)}
    begin, used = time.time(), os.times()
    first = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    limit = time.time() + after
    while first.poll() is None and not (notes.exists() and time.time() > limit):
        time.sleep(0.2)
    first.send_signal(signal.SIGKILL)
    first.wait()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    now = os.times()
    cpu = now.children_user + now.children_system - used.children_user - used.children_system
    return time.time() - begin, cpu


def main() -> None:
    """Compare, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--potential", default="ase.calculators.lj:LennardJones")
    parser.add_argument("--count", type=int, default=4, help="candidates of each")
    parser.add_argument("--kill", type=float, default=60, help="seconds until the kill")
    parser.add_argument("--folder", default="comparison")
    parser.add_argument("--loop", nargs=2, metavar=("FOLDER", "OUTPUT"))
    chosen = parser.parse_args()
    if chosen.loop is not None:
        loop(*chosen.loop, chosen.count)
        return
    folder = Path(chosen.folder)
    folder.mkdir()
    os.environ["COMPARE_SCREENING_POTENTIAL"] = chosen.potential
    here = str(Path(__file__).resolve().parent)
    os.environ["PYTHONPATH"] = os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])
    ionsmith = [sys.executable, "-m", "ionsmith"]
    ordered_cells(folder)
    campaign = str(folder / "campaign")
    (folder / "job.toml").write_text(JOB, encoding="utf-8")
    plan = [*ionsmith, "screen", "plan", f"{folder}/job.toml", "-o", campaign]
    subprocess.run(plan, check=True, stdout=subprocess.DEVNULL)
    table = Path(campaign, "candidates.jsonl")  # of the forty as many as the loop does
    table.write_text("".join(table.read_text().splitlines(True)[: chosen.count]))
    by_hand = [sys.executable, __file__, "--loop", str(folder), f"{folder}/loop.csv"]
    by_hand += ["--count", str(chosen.count)]
    print(f"{'':14}{'lines':>7}{'seconds':>9}{'CPU':>7}{'evaluations':>13}{'done twice':>12}")
    for name, command, text in (
        ("by hand", by_hand, inspect.getsource(loop)),
        ("campaign", [*ionsmith, "screen", "run", campaign, "--worker", "1/1"], JOB),
    ):
        notes = folder / f"{name.replace(' ', '-')}.notes"
        wall, cpu = killed_and_repeated(command, chosen.kill, notes)
        seen = notes.read_text(encoding="utf-8").split()
        # Forces of the structure at hand are no repetition of its energy.
        seen = [one for one, before in zip(seen, ["", *seen], strict=False) if one != before]
        again = len(seen) - len(set(seen))
        print(
            f"{name:14}{lines_of(text):7}{wall:9.0f}{cpu:7.0f}{len(seen):13}{again:12}", flush=True
        )


if __name__ == "__main__":
    main()
