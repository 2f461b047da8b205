"""Where a serial scanner is plugged in."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.harness.serial_scanner import PtyPlug, Rfc2217Plug


@pytest.fixture(params=["pty", "rfc2217"])
def plug(request: pytest.FixtureRequest, tmp_path: Path) -> PtyPlug | Rfc2217Plug:
    return PtyPlug(tmp_path / "usb-Honeywell-if00") if request.param == "pty" else Rfc2217Plug()


@pytest.fixture
def link(tmp_path: Path) -> Path:
    return tmp_path / "usb-Honeywell-if00"


@pytest.fixture
def terminal() -> Iterator[str]:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    yield os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)
