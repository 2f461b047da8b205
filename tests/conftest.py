"""Fixtures every test may use."""

from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """The station is an asyncio program; its tests run on nothing else."""
    return "asyncio"
