"""A clock more than two minutes off Graph's is reported before it breaks anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from kiosk.graph.paths import MethodOwner

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ADA = MethodOwner.user("ada")


def dated(seconds: float) -> str:
    return format_datetime(NOW - timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("ahead", "told"), [(0, None), (120, None), (-120, None), (121, "ahead of"), (-121, "behind")]
)
async def test_two_minutes_are_forgiven(scripted: Any, says: Any, ahead: int, told: str | None) -> None:
    graph = scripted(says(200, {"id": "m"}, Date=dated(ahead)))
    assert graph.client.clock_warning is None
    await graph.client.get_method(ADA)
    warning = graph.client.clock_warning
    if told is None:
        assert warning is None
    else:
        assert warning is not None
        assert warning.seconds == ahead
        assert told in str(warning)
        assert "121 seconds" in str(warning)
        assert warning.hint


async def test_a_clock_that_was_set_is_no_longer_reported(scripted: Any, says: Any) -> None:
    graph = scripted(says(200, {"id": "m"}, Date=dated(900)), says(200, {"id": "m"}, Date=dated(0)))
    await graph.client.get_method(ADA)
    assert graph.client.clock_warning is not None
    await graph.client.get_method(ADA)
    assert graph.client.clock_warning is None


async def test_a_refusal_tells_the_time_as_well(scripted: Any, refuses: Any) -> None:
    """A wrong clock is most often met as a refusal."""
    graph = scripted(refuses(403, "Authorization_RequestDenied", Date=dated(-600)))
    with pytest.raises(Exception, match="permission"):
        await graph.client.get_method(ADA)
    assert graph.client.clock_warning is not None
