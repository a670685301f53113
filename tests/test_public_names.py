"""What ``import ionsmith`` offers."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ionsmith

STUB = Path(ionsmith.__file__).with_suffix(".pyi")


@pytest.mark.parametrize("name", ionsmith.__all__)
def test_names_are_there(name: str) -> None:
    assert getattr(ionsmith, name) is not None


def test_type_checkers_see_the_same_names() -> None:
    listed = next(
        ast.literal_eval(node.value)
        for node in ast.parse(STUB.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
    )
    assert listed == sorted(listed)
    assert sorted(ionsmith.__all__) == listed
    assert set(listed) <= set(dir(ionsmith))


def test_import_loads_nothing_heavy() -> None:
    code = (
        "import sys, ionsmith; "
        "print({'ase', 'numpy', 'pymatgen', 'matplotlib', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_unknown_name() -> None:
    with pytest.raises(AttributeError, match="colsure"):
        ionsmith.colsure  # noqa: B018
