"""The parts behind the commands: lives as typed, and changes that cross with somebody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import config
from kiosk.administration.conformance.transcript import Mask, redacted
from kiosk.administration.creating import CodeExpiredError, create_code, extend_code
from kiosk.administration.deleting import ChangedMeanwhileError, delete_code, delete_method
from kiosk.administration.lifetime import Asked, Lifetime, lifetime, marked
from kiosk.administration.session import Session, open_session
from kiosk.badge.kind import CodeKind
from kiosk.clock import SystemClock
from kiosk.errors import UsageError
from kiosk.graph.errors import ActiveCodeExists
from kiosk.graph.lifetimes import check_lifetime
from kiosk.graph.paths import MethodOwner
from kiosk.tenant.seed import ADA
from kiosk.tenant.serve import RunningTenant
from tests.cli.administration.conftest import Configured

NOW = datetime(2026, 11, 20, 8, 0, 0, 500, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
OWNER = MethodOwner.user(ADA.id)


@pytest.fixture
async def session(configured: Configured) -> AsyncIterator[Session]:
    async with open_session(config.load(Path(configured.file)), SystemClock()) as opened:
        yield opened


@pytest.mark.parametrize(
    ("kind", "asked", "start", "expire"),
    [
        ("standard", Asked(), "2026-11-20T08:00:00", "2027-11-20T08:00:00"),
        ("standard", Asked(days=1), "2026-11-20T08:00:00", "2026-11-21T08:00:00"),
        ("temporary", Asked(), "2026-11-20T08:00:00", "2026-11-20T11:00:00"),
        ("temporary", Asked(hours=1.5), "2026-11-20T08:00:00", "2026-11-20T09:30:00"),
        ("standard", Asked(expire="2026-12-31"), "2026-11-20T08:00:00", "2026-12-31T22:59:59"),
        ("standard", Asked(start="2026-12-01", days=10), "2026-11-30T23:00:00", "2026-12-10T23:00:00"),
        (
            "temporary",
            Asked(start="2026-11-21T06:00", expire="2026-11-21T14:00Z"),
            "2026-11-21T05:00:00",
            "2026-11-21T14:00:00",
        ),
    ],
)
def test_times_without_a_zone_are_the_sites_own(kind: str, asked: Asked, start: str, expire: str) -> None:
    life = lifetime(CodeKind(kind), asked, default_days=365, zone=BERLIN, now=NOW)

    assert (life.start.isoformat(), life.expire.isoformat()) == (f"{start}+00:00", f"{expire}+00:00")


@given(st.sampled_from(CodeKind), st.integers(-500, 500) | st.none(), st.floats(-20, 20) | st.none())
def test_a_life_that_is_accepted_is_one_graph_allows_marked_or_not(
    kind: CodeKind, days: int | None, hours: float | None
) -> None:
    try:
        life = lifetime(kind, Asked(days=days, hours=hours), default_days=365, zone=BERLIN, now=NOW)
    except UsageError:
        return
    own = marked(kind, life)
    for each in (life, own):
        check_lifetime(kind, start=each.start, expire=each.expire, now=NOW)
    assert own.start == life.start
    assert timedelta(0) < abs(own.expire - life.expire) <= timedelta(minutes=1)


@pytest.mark.anyio
async def test_an_active_code_is_left_alone_by_a_create(session: Session, tenant: RunningTenant) -> None:
    """Sent, it might have changed that code's dates."""
    now = session.clock.now()
    with pytest.raises(ActiveCodeExists):
        await create_code(
            session.graph, OWNER, CodeKind.STANDARD, Lifetime(now, now + timedelta(days=2)), session.clock
        )
    assert {entry.method for entry in tenant.box.journal.entries if "oauth2" not in entry.path} == {"GET"}


@pytest.mark.anyio
async def test_a_code_that_goes_while_it_is_extended_leaves_no_secret(
    session: Session, tenant: RunningTenant
) -> None:
    seen = await session.graph.get_code(OWNER, CodeKind.STANDARD)
    tenant.tenant.delete_code(ADA.id, CodeKind.STANDARD)

    with pytest.raises(CodeExpiredError, match="deleted again"):
        await extend_code(session.graph, OWNER, seen, session.clock.now() + timedelta(days=9), session.clock)

    assert tenant.tenant.methods[ADA.id].standard is None


@pytest.mark.anyio
async def test_a_code_issued_meanwhile_is_not_deleted(session: Session, tenant: RunningTenant) -> None:
    method = tenant.tenant.methods[ADA.id]
    assert method.standard is not None
    other = replace(method.standard, id="11111111-5eed-4e11-a000-000000000001")
    seen = await session.graph.get_method(OWNER)
    tenant.tenant.methods[ADA.id] = replace(method, standard=other)

    await delete_code(session.graph, OWNER, CodeKind.STANDARD, method.standard.id)
    with pytest.raises(ChangedMeanwhileError):
        await delete_method(session.graph, OWNER, seen)

    assert tenant.tenant.methods[ADA.id].standard == other


def test_a_transcript_keeps_codes_of_errors_and_no_pin() -> None:
    said = {
        "error": {"code": "badRequest", "innerError": {"code": "pinTooShort"}},
        "pin": {"code": "09599786", "id": "x"},
        "value": [{"code": "12121234", "rawContent": "bXMtcXJwaW4=", "displayName": "Ada"}],
        "currentPin": "1",
    }

    kept = redacted(said)

    assert kept["error"] == said["error"]
    assert kept["pin"] == {"code": "(8 characters)", "id": "x"}
    assert kept["value"] == [{"code": "(8 characters)", "rawContent": "(12 characters)", "displayName": "(personal)"}]
    assert kept["currentPin"] == "(1 characters)"


def test_a_mask_reaches_every_text() -> None:
    mask = Mask({"ada@x.example": "{upn}", "ada": "{name}", "": "never"})

    assert mask({"a": ["Ada", ("ADA@x.example!", 1, None)]}) == {"a": ["{name}", ["{upn}!", 1, None]]}
