"""Print which mutation turns each row of the papers that agrees, with the extras installed.

Exits with 1 if a row survives every mutation, or changes with something it does not depend on.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from ionsmith.reproduction.papers import MODULES
from reproduction.mutations import compute, mutations, turned


def main() -> int:
    """Apply every mutation."""
    before = compute(tuple(MODULES))
    by_row: dict[str, list[str]] = {n: [] for n, r in before.items() if r.status == "agrees"}
    wrong = 0
    for mutation in mutations(before):
        fallen, undeclared = turned(before, mutation)
        for name in fallen:
            by_row[name].append(mutation.name)
        for name in sorted(undeclared):
            wrong += 1
            print(f"{name} changes with {mutation.name}: {before[name].quantity}", flush=True)
    for name, by in by_row.items():
        print(f"{name} {before[name].quantity}\n      {'; '.join(by) or 'NO MUTATION TURNS IT'}")
    survivors = sum(not by for by in by_row.values())
    print(f"{len(by_row)} rows agree, {survivors} survive every mutation, {wrong} undeclared")
    return 1 if survivors or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
