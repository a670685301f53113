"""Feed mutated files, settings and arguments to every command, and judge how each run ends.

A run must end in a result or in one clear line: exit code 0, 2, 3, 4 or 5, never a traceback, a
crash, a run without end, a burst of warnings, a broken or a forgotten file. Each runs in a process
of its own, forked from one that has imported everything; a failing input is kept in a folder and
can be run again.

Run: python scripts/fuzz.py --count 10000 --seed 1 --failures failures
     python scripts/fuzz.py --replay failures/123
"""

import argparse
import base64
import gc
import io
import json
import os
import re
import resource
import shlex
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

# A process with threads cannot be forked safely.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")

from fuzz_inputs import TAKING_NONE, TAKING_STRUCTURES, Case, base, folders, make, originals
from ionsmith.cli.main import main

MEMORY = 6 * 2**30
ENDLESS = (signal.SIGALRM, signal.SIGXCPU, signal.SIGKILL)
GOOD_ENDS = (0, 2, 3, 4, 5)
MOST_NOTES = 8  # a file may be read twice
LONGEST_LINE = 1000


@dataclass(frozen=True)
class End:
    """How a run ended: a word for the table, and what is wrong with it."""

    word: str
    fault: str
    output: str
    errors: str


def _asks_json(words: list[str]) -> bool:
    """Whether ``--json`` is given and is not the value of the option before it."""
    pairs = zip(["", *words], words, strict=False)
    given = [before for before, word in pairs if word == "--json"]
    return any(not before.startswith("-") for before in given) and not {"--help", "-h"} & set(words)


def child(words: list[str], limit: int, closed: str) -> None:
    """Run the program in this process, which ends with it."""
    # The default deeds of these signals end the process wherever it is.
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    signal.alarm(20 * limit)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source = "in.extxyz" if Path("in.extxyz").exists() else os.devnull
    write = os.O_WRONLY | os.O_CREAT
    for number, path, mode in (0, source, os.O_RDONLY), (1, "../out", write), (2, "../err", write):
        os.dup2(os.open(path, mode, 0o600), number)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    if closed:
        setattr(sys, closed, None)
    code = 99
    try:
        main(words)
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
        os._exit(code)


def run(case: Case, limit: int) -> End:
    """Run one input in a folder and a process of its own."""
    with tempfile.TemporaryDirectory() as above:
        folder = Path(above) / "work"
        folder.mkdir()
        before = {name: base64.b64decode(text) for name, text in case.files.items()}
        for name, content in before.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        sys.stdout.flush()
        process = os.fork()
        if process == 0:
            os.chdir(folder)
            child(case.words, limit, case.closed)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        output = (folder.parent / "out").read_text("utf-8", "replace")
        errors = (folder.parent / "err").read_text("utf-8", "replace")
        after = {str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file()}
        fault = "; ".join(faults(case, status, output, errors, before, after))
    word = f"exit {status}" if status >= 0 else signal.Signals(-status).name
    return End("FAULT" if fault else word, fault, output, errors)


def faults(
    case: Case,
    status: int,
    output: str,
    errors: str,
    before: dict[str, bytes],
    after: dict[str, Path],
) -> Iterator[str]:
    """Say what is wrong with an end."""
    if status < 0:
        yield "no end in time" if -status in ENDLESS else f"killed by signal {-status}"
        return
    if status not in GOOD_ENDS:
        yield f"exit code {status}"
    notes = [line for line in errors.splitlines() if line.startswith("ionsmith: note: ")]
    lines = [line for line in errors.splitlines() if line not in notes]
    if len(notes) > MOST_NOTES:
        yield f"{len(notes)} warnings"
    if re.search(r"Traceback|object at 0x|<class '|Error\(", errors):
        yield "Python's words in the message"
    for name in sorted(set(before) & set(after)):
        given = name in case.words or case.words[:2] == ["screen", "run"]
        if after[name].read_bytes() != before[name] and not given:
            yield f"{name} was changed"
    new = sorted(set(after) - set(before))
    # A relaxation of which the steps ran out, or of several structures, writes what there is, and
    # so does a campaign.
    partial = case.words[0] == "relax" and any(name.endswith((".extxyz", ".json")) for name in new)
    partial |= case.words[:2] == ["screen", "run"] or "--checkpoint" in case.words
    if case.closed in ("stdout", "stderr") and not partial:
        return
    if status and not partial:
        if len(lines) != 1 or len(lines[0]) > LONGEST_LINE:
            yield f"{len(lines)} lines of error instead of one"
        if output and status != 2:
            yield "output in spite of an error"
        if new:
            yield f"left {', '.join(new)}"
        return
    for name in new:
        if Path(name).name.startswith(".ionsmith-") or after[name].stat().st_size == 0:
            yield f"{name} is empty or temporary"
    if not status and _asks_json(case.words):
        try:
            json.loads(errors if output[:1].isdigit() else output)
        except ValueError:
            yield "no JSON document"


def warm_up() -> None:
    """Import and cache what the commands need, so that each process starts with it."""
    before = Path.cwd()
    for name in TAKING_STRUCTURES | TAKING_NONE:
        words = [word.replace("FILE", "lib:si").replace("OTHER", "lib:ge") for word in base(name)]
        quiet = io.StringIO()
        with tempfile.TemporaryDirectory() as folder, suppress(SystemExit):
            os.chdir(folder)
            with redirect_stdout(quiet), redirect_stderr(quiet):
                main([*name.split(), *words])
        os.chdir(before)
    gc.collect()
    gc.freeze()


def keep(folder: Path, number: int, case: Case, end: End) -> None:
    """Save a failing input with its files, for replay and for reading."""
    place = folder / str(number)
    place.mkdir(parents=True, exist_ok=True)
    (place / "case.json").write_text(json.dumps(asdict(case)), encoding="utf-8")
    words = shlex.join(["ionsmith", *case.words]).encode("utf-8", "backslashreplace").decode()
    (place / "end.txt").write_text(f"{words}\n{end.fault}\n{end.errors}", encoding="utf-8")
    for name, text in case.files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(base64.b64decode(text))


def replay(folder: Path, limit: int) -> int:
    """Run a kept input again and show how it ends."""
    case = Case(**json.loads((folder / "case.json").read_text(encoding="utf-8")))
    end = run(case, limit)
    print(shlex.join(["ionsmith", *case.words]).encode("utf-8", "backslashreplace").decode())
    print(end.output[-2000:] + end.errors[-4000:])
    print(end.fault or end.word)
    return 1 if end.fault else 0


def script() -> int:
    """Run the inputs and print how each kind ended."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--limit", type=int, default=60, help="seconds of CPU that one run may take"
    )
    parser.add_argument("--failures", type=Path, default=Path("failures"), metavar="FOLDER")
    parser.add_argument("--replay", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    if given.replay:
        return replay(given.replay, given.limit)
    warm_up()
    sound, made = originals(), folders()
    begin = time.perf_counter()
    ends: dict[str, Counter[str]] = {}
    slowest: list[tuple[float, int, str]] = []
    for number in range(given.first, given.first + given.count):
        case = make(given.seed, number, sound, made)
        started = time.perf_counter()
        end = run(case, given.limit)
        taken = time.perf_counter() - started, number, " ".join(case.words)
        slowest = sorted([*slowest, taken])[-5:]
        ends.setdefault(case.kind, Counter())[end.word] += 1
        if end.fault:
            keep(given.failures, number, case, end)
            print(f"{number}: {' '.join(case.words[:4])!a}: {end.fault}", flush=True)
    words = sorted({word for counter in ends.values() for word in counter})
    print("kind".ljust(12), "inputs".rjust(8), *(word.rjust(8) for word in words))
    for kind, counter in sorted(ends.items()):
        numbers = (str(counter[word]).rjust(8) for word in words)
        print(kind.ljust(12), str(sum(counter.values())).rjust(8), *numbers)
    print(f"{given.count} inputs in {time.perf_counter() - begin:.0f} s; the slowest:")
    for seconds, number, line in slowest:
        print(f"{seconds:6.1f} s  {number}  {line[:100]!a}")
    return 1 if any(counter["FAULT"] for counter in ends.values()) else 0


if __name__ == "__main__":
    sys.exit(script())
