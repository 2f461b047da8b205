"""`make test-crash`: every plan, broken off everywhere. See docs/proof.md."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from tests.crash import faults, kills, power
from tests.crash.cases import CASES
from tests.crash.stage import stage
from tests.crash.trial import Pick, Trial

#: No disk is needed: what a killed process wrote is kept, and the power is only thought to go.
_MEMORY: Final = Path("/dev/shm")
MODES = {"kills": kills.trials, "faults": faults.trials, "power": power.trials}


def main() -> int:
    """Exit status 1 where a promise was broken."""
    asked = _arguments()
    began, tried, broken = time.monotonic(), Counter[tuple[str, str]](), 0
    with suppress(KeyboardInterrupt):  # what was tried until then is counted
        for trial in _trials(asked):
            tried[trial.plan, trial.kind] += 1
            if asked.raw:
                print(json.dumps(asdict(trial)), flush=True)
            elif trial.broken:
                tried[trial.plan, "violations"] += 1
                broken += 1
                print(f"{trial.plan}: {trial.kind} at {trial.where}: {'; '.join(trial.broken)}", flush=True)
    if not asked.raw:
        _print_table(asked, tried)
        print(f"{sum(tried.values()) - broken} runs in {time.monotonic() - began:.0f} s, {broken} broke a promise")
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", nargs="*", help=f"of {', '.join(MODES)}; all by default")
    parser.add_argument("--plan", action="append", choices=CASES, help="only this one; may be given again")
    parser.add_argument("--every", type=int, default=1, help="one point in so many")
    parser.add_argument("--again", type=int, default=7, help="kill a recovery at one moment in so many; 0: never")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--raw", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _trials(asked: argparse.Namespace) -> Iterator[Trial]:
    plans = [(mode, name) for mode in asked.mode or MODES for name in asked.plan or CASES]
    if asked.raw:
        (mode, name) = plans[0]
        with (
            tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder,
            stage(Path(folder)) as on,
        ):
            yield from MODES[mode](on, name, Pick(every=asked.every, again=asked.again))
        return
    said: SimpleQueue[Trial | None] = SimpleQueue()
    with ThreadPoolExecutor(asked.workers) as pool:
        ended = [pool.submit(_listen, _one(asked, mode, name), said) for mode, name in plans]
        for _ in ended:
            yield from iter(said.get, None)
        assert all(each.result() in (0, 1) for each in ended), "a worker ended early"


def _one(asked: argparse.Namespace, mode: str, name: str) -> list[str]:
    """The command of a worker: all of one plan, in one way."""
    how = f"--every={asked.every}", f"--again={asked.again}", f"--plan={name}", "--raw"
    return [sys.executable, "-m", "tests.crash", mode, *how]


def _listen(command: list[str], said: SimpleQueue[Trial | None]) -> int:
    """Pass on what a worker says, and None at its end; its exit status."""
    began, number = time.monotonic(), 0
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("{"):
                    said.put(Trial(**json.loads(line)))
                    number += 1
        print(
            f"{command[3]} {command[-2]}: {number} in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True
        )
        return process.returncode
    finally:
        said.put(None)


def _print_table(asked: argparse.Namespace, tried: Counter[tuple[str, str]]) -> None:
    kinds = [kind for kind in dict.fromkeys(kind for _, kind in tried) if kind != "violations"] + ["violations"]
    print("plan".ljust(24) + "".join(kind.rjust(14) for kind in kinds))
    for name in asked.plan or CASES:
        print(name.ljust(24) + "".join(str(tried[name, kind]).rjust(14) for kind in kinds))
    print("all".ljust(24) + "".join(str(sum(tried[name, kind] for name in CASES)).rjust(14) for kind in kinds))


if __name__ == "__main__":
    sys.exit(main())
