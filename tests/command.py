"""Run a command as a user types it, in this process."""

import json
from typing import Any

import pytest

from ionsmith.cli.main import main


def run_command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error of ``ionsmith ARGUMENTS``."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Return the result of ``ionsmith VERB NOUN ... --json``, which says nothing else."""
    code, out, err = run_command(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["schema"]["name"].startswith(f"ionsmith.{'.'.join(arguments[:2])}")
    result: dict[str, Any] = document["result"]
    return result
