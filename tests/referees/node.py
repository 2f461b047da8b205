"""Programs from npm. They are a test extra: `make test` installs them when node and npm are there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "node"


def run(package: str, *words: str | int, stdin: bytes = b"") -> bytes:
    """What `node WORDS…` says, in the folder of the packages. Skips the test, naming `package`, where it is not."""
    node = shutil.which("node")
    if node is None:
        pytest.skip(f"{package}: node is not installed")
    if not (FOLDER / "node_modules" / package).is_dir():
        pytest.skip(f"{package}: not installed in tests/node; `make test` does it")
    command = [node, *map(str, words)]
    done = subprocess.run(command, cwd=FOLDER, input=stdin, capture_output=True, check=False, timeout=50)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
