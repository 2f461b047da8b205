"""A visit at a station whose tenant, registry, printer and driver are those of the replacement's bench."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from kiosk.checking import Checker
from kiosk.config import Policy, Ui
from kiosk.presence import Presence
from kiosk.supervisors import Supervisors
from kiosk.visit import Visit
from tests.replace.bench import Bench
from tests.replace.conftest import bench, clock, empty, running_tenant
from tests.station.visiting import Open

__all__ = ["bench", "clock", "empty", "running_tenant"]


@pytest.fixture
async def visiting(bench: Bench) -> AsyncIterator[Open]:
    """Opens visits at this station; closes them."""
    async with AsyncExitStack() as stack:

        def opened(
            *,
            replaces: bool = True,
            idle: float = 600,
            scan_back: float = 600,
            supervisors: Supervisors | None = None,
            app: bool = True,
            rules: dict[str, Any] | None = None,
        ) -> Visit:
            policy = Policy(
                replacement="supervisor" if supervisors else "attendant",
                **{"single_approver_enrolment": not supervisors, **(rules or {})},
            )
            visit = Visit(
                Checker(bench.registry, bench.issuer if app else None, bench.clock),
                replace(bench.use, policy=policy) if replaces else None,
                Presence(bench.clock, Ui().away_seconds),
                Ui(idle_seconds=idle, scan_back_seconds=scan_back),
                supervisors,
            )
            stack.push_async_callback(visit.close)
            return visit

        yield opened
