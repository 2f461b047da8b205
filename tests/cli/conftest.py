"""Runs the `kiosk` command as a person does: as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def ready_process() -> Iterator[subprocess.Popen[str]]:
    """See tests.cli.ready_process."""
    command = [sys.executable, "-m", "tests.cli.ready_process"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        yield process
        assert process.stdin
        process.stdin.close()


@pytest.fixture
def kiosk(tmp_path: Path, ready_process: subprocess.Popen[str]) -> Run:
    """`kiosk WORDS…` in an empty home; its outputs are captured, so it is on no terminal."""

    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
        environment.pop("KIOSK_CONFIG", None)
        outputs = {name: tmp_path / f".{name}" for name in ("stdout", "stderr")}
        for file in outputs.values():
            file.write_bytes(b"")
        asked = {"words": [*map(str, words)], "environment": environment}
        assert ready_process.stdin
        assert ready_process.stdout
        ready_process.stdin.write(json.dumps(asked | {name: str(file) for name, file in outputs.items()}) + "\n")
        ready_process.stdin.flush()
        code = int(ready_process.stdout.readline())
        return subprocess.CompletedProcess(asked["words"], code, *(file.read_text() for file in outputs.values()))

    return run
