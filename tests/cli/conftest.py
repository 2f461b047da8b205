"""Runs the `kiosk` command as a person does: as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def kiosk(tmp_path: Path) -> Run:
    """`kiosk WORDS…` in an empty home; its outputs are captured, so it is on no terminal."""

    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
        environment.pop("KIOSK_CONFIG", None)
        return subprocess.run(
            [sys.executable, "-m", "kiosk", *map(str, words)],
            check=False,
            capture_output=True,
            text=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=50,
        )

    return run
