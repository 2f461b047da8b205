"""What goes on in a visit ends with it, all of it."""

from __future__ import annotations

import asyncio

import pytest

from kiosk.errors import KioskError
from kiosk.running import Running

pytestmark = pytest.mark.anyio


async def test_whatever_was_begun_has_ended_when_it_is_closed() -> None:
    """Also what went on beside when something else came to: nobody would know of it any more."""
    ended: list[str] = []
    failures: list[KioskError] = []
    running = Running(60, lambda: None, failures.append)

    def work(name: str) -> None:
        async def go_on() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(name)

        (running.begin if name.startswith("first") else running.beside)(go_on)

    for name in ("first", "one badge", "another badge"):
        work(name)
        await asyncio.sleep(0)
    await running.close()
    assert sorted(ended) == ["another badge", "first", "one badge"]
    assert failures == []
