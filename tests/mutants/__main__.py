"""`make test-mutants`: whether the tests notice. Each mutant goes into a copy of the tree; the tests run there."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from tests.mutants.mutants import MUTANTS, Mutant

ROOT: Final = Path(__file__).parents[2]
#: What may not be noticed, at most.
SURVIVORS: Final = 0.05
#: Seconds after which tests that take too long are stopped, a sixth of it for the first few.
HANGS: Final = 900.0
_REST: Final = ("tests/replace", "tests/crash")
_FAILED = re.compile(r"^(\S.*?) (?:FAILED|ERROR)\b", re.MULTILINE)


@dataclass(frozen=True)
class Verdict:
    """`by` is the test that noticed; empty where none did."""

    mutant: Mutant
    by: str
    seconds: float


def main() -> int:
    """Exit status 1 where too many survive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutants with one of these in their names")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    chosen = [each for each in MUTANTS if not asked.words or any(word in each.name for word in asked.words)]
    began = time.monotonic()
    _without_a_mutant(chosen)
    print(f"{'nothing wrong: these tests pass':<68} {time.monotonic() - began:4.0f} s", flush=True)
    survived = [verdict for verdict in _verdicts(chosen, asked.workers) if not verdict.by]
    killed = len(chosen) - len(survived)
    print(f"{killed} of {len(chosen)} killed ({killed / len(chosen):.0%}) in {time.monotonic() - began:.0f} s")
    return 1 if len(survived) > SURVIVORS * len(chosen) else 0


def _without_a_mutant(chosen: Sequence[Mutant]) -> None:
    """The tests that are to notice pass in a copy that nothing is wrong with; else they would notice nothing."""
    with tempfile.TemporaryDirectory() as folder:
        tests = tuple(dict.fromkeys(test for each in chosen for test in each.first))
        by = _noticed(_copy(Path(folder) / "whole"), tests, HANGS)
    if by:
        raise RuntimeError(f"{by} fails without any mutant")


def _verdicts(chosen: Sequence[Mutant], workers: int) -> Iterator[Verdict]:
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(workers):
            trees.put(_copy(Path(folder) / str(number)))
        trying = [pool.submit(_tried, mutant, trees) for mutant in chosen]
        for verdict in (tried.result() for tried in as_completed(trying)):
            by = verdict.by.removeprefix("tests/") or "SURVIVED"
            print(f"{verdict.mutant.name:<68} {verdict.seconds:4.0f} s  {by}", flush=True)
            yield verdict


def _copy(to: Path) -> Path:
    unwanted = shutil.ignore_patterns("__pycache__", "node_modules", ".hypothesis")
    for part in ("kiosk", "drivers", "tests"):
        shutil.copytree(ROOT / part, to / part, ignore=unwanted)
    shutil.copy(ROOT / "pyproject.toml", to)
    return to


def _tried(mutant: Mutant, trees: SimpleQueue[Path]) -> Verdict:
    tree, began = trees.get(), time.monotonic()
    file = tree / mutant.file
    original = file.read_text(encoding="utf-8")
    try:
        file.write_text(original.replace(mutant.old, mutant.new), encoding="utf-8")
        by = _noticed(tree, mutant.first, HANGS / 6) or _noticed_for_sure(tree)
    finally:
        file.write_text(original, encoding="utf-8")
        trees.put(tree)
    return Verdict(mutant, by, time.monotonic() - began)


def _noticed_for_sure(tree: Path) -> str:
    """Among all tests there may be one that fails because the machine is busy: it has to fail once more."""
    by = _noticed(tree, _REST, HANGS)
    return by if by and _noticed(tree, (by,), HANGS / 6) else ""


def _noticed(tree: Path, tests: Sequence[str], seconds: float) -> str:
    """The first test that failed; empty where all passed, or were not over in time."""
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-v", "-p", "no:cacheprovider", "--no-header", *tests]
    said = ""
    with subprocess.Popen(
        command,
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as ran:
        assert ran.stdout is not None
        # A test that hangs fails by pytest's own time-out; whatever takes longer has only been slow.
        late = threading.Timer(seconds, lambda: os.killpg(ran.pid, signal.SIGKILL))
        late.start()
        try:
            # Not by lines: a test's ends with its tear-down, and what a mutant left behind may keep that from ending.
            while part := os.read(ran.stdout.fileno(), 1 << 16):
                said += part.decode(errors="replace")
                if found := _FAILED.search(said):
                    os.killpg(ran.pid, signal.SIGKILL)
                    return found[1]
        finally:
            late.cancel()
    if ran.returncode not in (0, -signal.SIGKILL):
        raise RuntimeError(f"pytest ended with {ran.returncode}:\n{said[-2000:]}")
    return ""


if __name__ == "__main__":
    sys.exit(main())
