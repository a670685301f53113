"""Powder lines beside published lists, and of every crystal beside cctbx and xrayutilities.

The lists are those of the tests, and need nothing else. The two programs run in a process of their
own, under a Python that has them (``pip install cctbx-base xrayutilities``). cctbx sums directly
over the same sites with its Waasmaier–Kirfel factors and is given f' and f''; xrayutilities has its
own f' and f'' (Henke) and takes ordered crystals. Lines with less than 1e-9 of the strongest are
left out.

    python scripts/compare_powder.py --python ~/cctbx/bin/python [--write REFERENCE.json]
"""

import argparse
import json
import math
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

PUBLISHED = Path(__file__).parents[1] / "tests" / "analyzers" / "powder" / "powder_published.toml"
TWO_THETA = (5.0, 90.0)
LINES = 12  # of each crystal, the strongest, go into the reference that the tests read


def crystals() -> dict[str, Any]:
    """Every crystal with coordinates as plain data, and its lines."""
    from ionsmith.analyzers.powder import Setup, powder_pattern
    from ionsmith.analyzers.scattering import Scatterers, anomalous
    from ionsmith.crystals import load, names

    setup = Setup(two_theta=TWO_THETA, merge=0.0, min_intensity=0.0)
    found = {}
    for name in names():
        crystal = load(name)
        if not crystal.has_coordinates:
            continue
        scatterers = Scatterers.of(crystal)
        pattern = powder_pattern(scatterers, setup)
        dispersion = {e: anomalous(e, setup.beam.energy) for e in scatterers.elements}
        found[name] = {
            "hall": crystal.hall_symbol,
            "cell": crystal.cellpar,
            "ordered": crystal.is_ordered,
            "wavelength": setup.beam.wavelength,
            "energy": setup.beam.energy,
            "dispersion": {e: [value.real, value.imag] for e, value in dispersion.items()},
            "sites": [
                {"element": e, "x": site.position, "occupancy": part, "u": site.u_iso or 0.0}
                for site in crystal.sites
                for e, part in site.occupancy.items()
            ],
            "positions": scatterers.positions.tolist(),
            "elements": [scatterers.elements[i] for i in scatterers.element_index],
            "u_iso": scatterers.u_iso.tolist(),
            "lines": [
                [two_theta, int(multiplicity), multiplicity * f_squared]
                for two_theta, multiplicity, f_squared in zip(
                    pattern.two_theta.tolist(),
                    pattern.multiplicity.tolist(),
                    pattern.f_squared.tolist(),
                    strict=True,
                )
            ],
            "families": [
                [hkl, int(count), count * mean]
                for hkl, count, mean in zip(
                    pattern.families.hkl.tolist(),
                    pattern.families.multiplicity.tolist(),
                    pattern.family_f_squared.tolist(),
                    strict=True,
                )
            ],
        }
    return found


def sums_of_cctbx(crystal: dict[str, Any]) -> list[list[float]]:
    """2θ, multiplicity and sum of |F|² of the lines, after cctbx's direct summation."""
    from cctbx import crystal as symmetry
    from cctbx import sgtbx, xray

    structure = xray.structure(
        crystal_symmetry=symmetry.symmetry(
            unit_cell=crystal["cell"], space_group=sgtbx.space_group(crystal["hall"])
        )
    )
    for number, site in enumerate(crystal["sites"]):
        scatterer = xray.scatterer(
            f"{site['element']}{number}",
            site=site["x"],
            u=site["u"],
            occupancy=site["occupancy"],
            scattering_type=site["element"],
        )
        scatterer.fp, scatterer.fdp = crystal["dispersion"][site["element"]]
        scatterer.flags.set_use_fp_fdp(True)
        structure.add_scatterer(scatterer)
    structure.scattering_type_registry(table="wk1995")
    low, high = TWO_THETA
    d_min = crystal["wavelength"] / (2 * math.sin(math.radians(high / 2)))
    factors = structure.structure_factors(
        anomalous_flag=True, d_min=d_min * 0.999999, algorithm="direct"
    ).f_calc()
    lines: dict[float, list[float]] = {}
    for value, count, angle in zip(
        factors.data(),
        factors.multiplicities().data(),
        factors.two_theta(crystal["wavelength"], deg=True).data(),
        strict=True,
    ):
        if low <= angle <= high + 1e-6:
            line = lines.setdefault(round(angle, 6), [angle, 0, 0.0])
            line[1] += count
            line[2] += count * abs(value) ** 2
    return [lines[angle] for angle in sorted(lines)]


def sums_of_xrayutilities(crystal: dict[str, Any]) -> list[list[float]]:
    """The same of the families that ionsmith lists, after xrayutilities; none if disordered."""
    if not crystal["ordered"]:
        return []
    import xrayutilities as xu

    lattice = xu.materials.SGLattice(
        1,
        *crystal["cell"],
        atoms=crystal["elements"],
        pos=[("1a", tuple(x)) for x in crystal["positions"]],
        b=[8 * math.pi**2 * u for u in crystal["u_iso"]],
    )
    material = xu.materials.Crystal("crystal", lattice)
    lines = []
    for hkl, count, _ in crystal["families"]:
        mates = [[sign * h for h in hkl] for sign in (1, -1)]
        values = [material.StructureFactor(material.Q(*h), crystal["energy"]) for h in mates]
        square = sum(abs(value) ** 2 for value in values) / 2
        d = 2 * math.pi / math.hypot(*material.Q(*hkl))
        angle = 2 * math.degrees(math.asin(min(crystal["wavelength"] / (2 * d), 1.0)))
        lines.append([angle, count, count * square])
    return lines


def merged(lines: list[list[float]]) -> list[list[float]]:
    """Lines at one angle taken together, absent ones left out."""
    strongest = max(line[2] for line in lines)
    found: list[list[float]] = []
    for angle, count, total in sorted(line for line in lines if line[2] > 1e-9 * strongest):
        if found and angle - found[-1][0] < 2e-5:
            found[-1][1] += count
            found[-1][2] += total
        else:
            found.append([angle, count, total])
    return found


def compare(own: list[list[float]], other: list[list[float]]) -> tuple[float, int, float, float]:
    """Largest differences of 2θ and multiplicity, R of the sums, largest of the intensity."""

    def intensity(line: list[float]) -> float:
        cosine = math.cos(math.radians(line[0]))
        sine = math.sin(math.radians(line[0] / 2))
        return line[2] * (1 + cosine**2) / (sine**2 * math.sqrt(1 - sine**2))

    pairs = list(zip(own, other, strict=True))
    top = max(map(intensity, other))
    return (
        max(abs(a[0] - b[0]) for a, b in pairs),
        int(max(abs(a[1] - b[1]) for a, b in pairs)),
        sum(abs(a[2] - b[2]) for a, b in pairs) / sum(b[2] for b in other),
        max(abs(intensity(a) - intensity(b)) for a, b in pairs) / top,
    )


def main() -> None:
    """Compute here, let the other Python compute, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", help="a Python with cctbx-base and xrayutilities")
    parser.add_argument("--write", help="write the reference of the tests")
    parser.add_argument("--peer", choices=["cctbx", "xrayutilities"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:  # this is the other process
        sums = {"cctbx": sums_of_cctbx, "xrayutilities": sums_of_xrayutilities}[arguments.peer]
        found = {name: sums(crystal) for name, crystal in json.load(sys.stdin).items()}
        print("\n" + json.dumps(found))
        return
    compare_published()
    if not arguments.python:
        print("say with --python which Python has cctbx-base and xrayutilities to go on")
        return
    own = crystals()
    for peer in ("cctbx", "xrayutilities"):
        answer = subprocess.run(
            [arguments.python, __file__, "--peer", peer],
            input=json.dumps(own),
            capture_output=True,
            text=True,
            check=True,
        )
        others = json.loads(answer.stdout.splitlines()[-1])
        print(f"{peer}: crystal, lines, largest differences of 2θ (°) and of the multiplicity,")
        print("  R of all lines (%), largest difference of an intensity (% of the strongest)")
        for name, lines in others.items():
            if not lines:
                continue
            others[name] = merged(lines)
            angle, count, r, worst = compare(merged(own[name]["lines"]), others[name])
            print(
                f"  {name:24}{len(others[name]):5}{angle:10.1e}{count:4}"
                f"{100 * r:12.6f}{100 * worst:12.6f}"
            )
        if arguments.write and peer == "cctbx":
            write(arguments.write, own, others)


def compare_published() -> None:
    """Print how far published lines are off the computed ones."""
    from ionsmith.analyzers.powder import powder_pattern

    for name, published in tomllib.loads(PUBLISHED.read_text(encoding="utf-8")).items():
        pattern = powder_pattern(f"lib:{name}")
        print(f"{name}: {published['source']}")
        print("  h k l        d (Å)   computed   off (%)   intensity   computed")
        for d, intensity, *hkl in published["lines"]:
            line = abs(pattern.d - d).argmin()
            off = 100 * (d / pattern.d[line] - 1)
            print(
                f"  {' '.join(map(str, hkl)):10}{d:8.4f}{pattern.d[line]:11.4f}{off:10.3f}"
                f"{intensity:12}{pattern.intensity[line]:11.1f}"
            )


def write(path: str, own: dict[str, Any], others: dict[str, Any]) -> None:
    """Write number of lines, sum, and the strongest lines of each crystal after cctbx."""
    reference = {
        name: {
            "count": len(lines),
            "sum": round(sum(line[2] for line in lines), 2),
            "dispersion": own[name]["dispersion"],
            "lines": [
                [round(angle, 6), int(count), round(total, 3)]
                for angle, count, total in sorted(sorted(lines, key=lambda line: -line[2])[:LINES])
            ],
        }
        for name, lines in others.items()
    }
    rows = ",\n".join(f' "{name}": {json.dumps(found)}' for name, found in reference.items())
    with open(path, "w", encoding="utf-8") as file:
        file.write("{\n" + rows + "\n}\n")


if __name__ == "__main__":
    main()
