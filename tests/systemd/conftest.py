"""The units, and a root directory in which they are installed as docs/systemd.md says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

SHIPPED = Path(__file__).parents[2] / "systemd"
#: What systemd orders every unit after or before. Empty ones, so that the machine's own units do not matter.
TARGETS = ("sysinit", "basic", "sockets", "shutdown", "network", "multi-user")


@pytest.fixture
def shipped() -> Path:
    """The folder with the units."""
    return SHIPPED


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root directory with the units installed and their programs stubbed."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on this machine")
    units = tmp_path / "etc/systemd/system"
    units.mkdir(parents=True)
    for unit in [*SHIPPED.glob("*.service"), *SHIPPED.glob("*.socket")]:
        shutil.copy(unit, units)
    for target in TARGETS:
        (units / f"{target}.target").write_text("[Unit]\nDescription=A target\n")
    programs = tmp_path / "opt/kiosk/venv/bin"
    programs.mkdir(parents=True)
    for name in ("kiosk", "python"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    return tmp_path
