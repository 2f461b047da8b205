"""Fixtures every test may use."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# No test fails because the machine is busy.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture
def anyio_backend() -> str:
    """The station is an asyncio program; its tests run on nothing else."""
    return "asyncio"
