"""Fixtures every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from kiosk import config

# No test fails because the machine is busy.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def journal(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the machine's journal would listen: what tests make up is not for the real one."""
    listens = tmp_path_factory.getbasetemp() / "no-journal"
    monkeypatch.setattr(config, "JOURNAL", listens)
    return listens


@pytest.fixture
def anyio_backend() -> str:
    """The station is an asyncio program; its tests run on nothing else."""
    return "asyncio"
