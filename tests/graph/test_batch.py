"""Many people at once: only what may be asked for together, each part judged by itself, changes sent once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.clock import ManualClock
from kiosk.errors import UsageError
from kiosk.graph import errors
from kiosk.graph.batch import DeleteCode, DeleteMethod, ExtendCode, ReadCode, ReadMethod, ReadUser
from kiosk.graph.client import GraphClient
from kiosk.graph.models import QrCode, QrCodePinMethod, User
from kiosk.graph.paths import MethodOwner
from kiosk.tenant.faults import Fault, Match, Rule
from kiosk.tenant.seed import ADA, ADA_DEVICE, CHIDI, JOERG, KATARZYNA, LAYLA
from kiosk.tenant.serve import RunningTenant

pytestmark = pytest.mark.anyio

STANDARD, TEMPORARY = CodeKind.STANDARD, CodeKind.TEMPORARY
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
A, B = MethodOwner.user("a"), MethodOwner.user("b")


def of(user: Any) -> MethodOwner:
    return MethodOwner.user(user.id)


def code_id(tenant: RunningTenant, user: Any) -> str:
    standard = tenant.tenant.methods[user.id].standard
    assert standard is not None
    return standard.id


def batches(tenant: RunningTenant) -> int:
    return sum(entry.path.endswith("$batch") for entry in tenant.box.journal.entries)


async def test_reads_extensions_and_deletions_together(
    direct: GraphClient, tenant: RunningTenant, wall_clock: ManualClock
) -> None:
    until = wall_clock.now().replace(microsecond=0) + timedelta(days=100)
    results = await direct.batch(
        [
            ReadMethod(of(ADA)),
            ReadMethod(of(LAYLA)),
            ReadCode(of(ADA), TEMPORARY),
            ReadUser(CHIDI.user_principal_name),
            ExtendCode(of(JOERG), until),
            DeleteCode(of(KATARZYNA), STANDARD, code_id(tenant, KATARZYNA).upper()),
            DeleteMethod(of(CHIDI), tenant.tenant.methods[CHIDI.id].id),
        ]
    )
    method, nothing, no_code, user, extended, *deleted = results
    assert isinstance(method, QrCodePinMethod)
    assert (nothing, no_code) == (None, None)
    assert isinstance(user, User)
    assert user.id == CHIDI.id
    assert isinstance(extended, QrCode)
    assert extended.expire == until
    assert deleted == [None, None]
    assert tenant.tenant.methods[KATARZYNA.id].standard is None
    assert CHIDI.id not in tenant.tenant.methods
    # One that reads, one that reviews, one that changes.
    assert batches(tenant) == 3


async def test_a_deletion_names_what_was_reviewed_and_leaves_anything_else(
    direct: GraphClient, tenant: RunningTenant
) -> None:
    before = dict(tenant.tenant.methods)
    others = (DeleteCode(of(ADA), STANDARD, "another"), DeleteMethod(of(JOERG), "another"))
    assert await direct.batch([*others, DeleteCode(of(LAYLA), STANDARD, "gone")]) == [None, None, None]
    assert tenant.tenant.methods == before


async def test_a_code_behind_an_oath_device(direct: GraphClient, tenant: RunningTenant) -> None:
    device = MethodOwner.oath_device(None, ADA_DEVICE)
    assert (
        await direct.batch([DeleteCode(device, STANDARD, code_id(tenant, ADA)), ReadMethod(of(LAYLA))]) == [None] * 2
    )
    assert tenant.tenant.methods[ADA.id].standard is None


async def test_an_extension_that_made_a_secret_says_so(
    direct: GraphClient, tenant: RunningTenant, wall_clock: ManualClock
) -> None:
    tenant.tenant.delete_code(ADA.id, STANDARD)
    (result,) = await direct.batch([ExtendCode(of(ADA), wall_clock.now() + timedelta(days=30))])
    assert isinstance(result, errors.UnexpectedCodeCreated)
    assert result.created is not None
    assert result.created.image is not None


async def test_a_throttled_part_is_read_again_and_only_that_one(
    direct: GraphClient, tenant: RunningTenant, wall_clock: ManualClock
) -> None:
    await direct.get_method(of(ADA))
    tenant.box.faults.add(Rule(Fault(status=429), Match(method="GET", path=JOERG.id), 2))
    results = await direct.batch([ReadMethod(of(ADA)), ReadMethod(of(JOERG))])
    assert all(isinstance(result, QrCodePinMethod) for result in results)
    assert batches(tenant) == 3
    assert wall_clock.monotonic() > 0


async def test_a_throttled_change_is_reported_and_the_others_are_done(
    direct: GraphClient, tenant: RunningTenant, wall_clock: ManualClock
) -> None:
    until = wall_clock.now() + timedelta(days=100)
    await direct.get_method(of(ADA))
    tenant.box.faults.add(Rule(Fault(status=429), Match(method="PATCH", path=ADA.id)))
    throttled, done = await direct.batch([ExtendCode(of(ADA), until), ExtendCode(of(JOERG), until)])
    assert isinstance(throttled, errors.Throttled)
    assert isinstance(done, QrCode)
    assert batches(tenant) == 1


async def test_what_could_not_be_reviewed_is_not_deleted(direct: GraphClient, tenant: RunningTenant) -> None:
    await direct.get_method(of(ADA))
    tenant.box.faults.add(Rule(Fault(status=403), Match(method="GET", path=ADA.id)))
    (result,) = await direct.batch([DeleteCode(of(ADA), STANDARD, code_id(tenant, ADA))])
    assert isinstance(result, errors.InsufficientPermissions)
    assert tenant.tenant.methods[ADA.id].standard is not None


async def test_nothing_asked_nothing_sent(direct: GraphClient, tenant: RunningTenant) -> None:
    assert await direct.batch([]) == []
    assert not tenant.box.journal.entries


@pytest.mark.parametrize(
    "parts",
    [
        [ReadMethod(A)] * 21,
        ["PUT"],
        [{"method": "PUT", "url": "/users/a/authentication/qrCodePinMethod"}],
        [ExtendCode(A, NOW + timedelta(days=2)), DeleteMethod(A, "m")],
    ],
    ids=["too many", "a word", "a create by hand", "two changes of one person"],
)
async def test_what_cannot_stand_in_a_batch(scripted: Any, parts: list[Any]) -> None:
    graph = scripted()
    with pytest.raises(UsageError):
        await graph.client.batch(parts)
    assert not graph.asked


async def test_an_expiry_that_is_over_is_refused_before_anything_is_sent(scripted: Any) -> None:
    graph = scripted()
    with pytest.raises(errors.LifetimeExceeded):
        await graph.client.batch([ReadMethod(B), ExtendCode(A, NOW)])
    assert not graph.asked


METHOD = {"id": "M", "pin": None}


def part(number: int, status: int, body: Any = None, **headers: str) -> dict[str, Any]:
    return {"id": str(number), "status": status, "headers": headers, "body": body}


async def test_answers_come_in_any_order(scripted: Any, says: Any) -> None:
    said = [part(1, 200, {**METHOD, "id": "two"}), part(0, 200, {**METHOD, "id": "one"})]
    graph = scripted(says(200, {"responses": said}))
    assert [each.id for each in await graph.client.batch([ReadMethod(A), ReadMethod(B)])] == ["one", "two"]


async def test_a_parts_own_retry_after_is_obeyed(scripted: Any, says: Any) -> None:
    throttled = part(0, 429, {"error": {"code": "TooManyRequests"}}, **{"Retry-After": "9"})
    graph = scripted(says(200, {"responses": [throttled]}), says(200, {"responses": [part(0, 200, METHOD)]}))
    await graph.client.batch([ReadMethod(A)])
    assert 9 <= graph.clock.monotonic() <= 10


async def test_reads_end_with_their_budget(scripted: Any, says: Any) -> None:
    throttled = part(0, 429, {"error": {"code": "TooManyRequests"}}, **{"Retry-After": "3600"})
    graph = scripted(says(200, {"responses": [throttled]}))
    (result,) = await graph.client.batch([ReadMethod(A)])
    assert isinstance(result, errors.Throttled)
    assert graph.clock.monotonic() == 0


async def test_a_failed_dependency_is_no_result(scripted: Any, says: Any) -> None:
    """None of ours depends on another: a gateway that says so has not done what was asked."""
    failed = part(0, 424, {"error": {"code": "FailedDependency"}})
    graph = scripted(says(200, {"responses": [failed]}))
    (result,) = await graph.client.batch([ExtendCode(A, NOW + timedelta(days=2))])
    assert isinstance(result, errors.GraphError)
    sent = msgspec.json.decode(graph.asked[0].content)
    assert all("dependsOn" not in each for each in sent["requests"])


async def test_a_part_without_an_answer(scripted: Any, says: Any) -> None:
    graph = scripted(says(200, {"responses": []}), says(200, {"responses": []}))
    read, changed = await graph.client.batch([ReadMethod(A), ExtendCode(B, NOW + timedelta(days=2))])
    assert isinstance(read, errors.UnexpectedAnswer)
    assert isinstance(changed, errors.OutcomeUnknown)


async def test_an_envelope_that_is_lost(scripted: Any) -> None:
    graph = scripted(httpx.ReadError("x"))
    results = await graph.client.batch([ExtendCode(owner, NOW + timedelta(days=2)) for owner in (A, B)])
    assert [type(result) for result in results] == [errors.OutcomeUnknown] * 2
    assert len(graph.asked) == 1


async def test_a_secret_in_an_answer_is_not_shown(scripted: Any, says: Any) -> None:
    image = {"binaryValue": "PHN2Zz4=", "rawContent": "bXMtcXJwaW46djE="}
    times = {"startDateTime": NOW, "expireDateTime": NOW + timedelta(days=2)}
    graph = scripted(says(200, {"responses": [part(0, 201, {"id": "c", **times, "image": image})]}))
    (result,) = await graph.client.batch([ExtendCode(A, NOW + timedelta(days=2))])
    assert isinstance(result, errors.UnexpectedCodeCreated)
    assert result.created is not None
    assert result.created.image is not None
    assert result.created.image.raw_content == Secret(b"ms-qrpin:v1")
    assert "qrpin" not in f"{result!r} {result.created!r} {vars(result)}"


async def test_a_part_whose_token_is_not_taken_is_sent_once_more(scripted: Any, says: Any, refuses: Any) -> None:
    """With another token, and no other part with it: a change among the others happened already."""
    away = {"id": "1", "status": 401, "body": {"error": {"code": "InvalidAuthenticationToken", "message": ""}}}
    code = {"id": "c1", "startDateTime": "2026-11-01T00:00:00Z", "expireDateTime": "2027-01-01T00:00:00Z"}
    done = {"status": 200, "body": {**code, "createdDateTime": "2026-11-01T00:00:00Z", "image": None}}
    graph = scripted(
        says(200, {"responses": [away, {**done, "id": "0"}]}), says(200, {"responses": [{**done, "id": "1"}]})
    )
    until = datetime(2027, 1, 1, tzinfo=UTC)
    results = await graph.client.batch([ExtendCode(A, until), ExtendCode(B, until)])
    assert [isinstance(each, QrCode) for each in results] == [True, True]
    assert [request.headers["authorization"] for request in graph.asked] == ["Bearer token-1", "Bearer token-2"]
    (again,) = msgspec.json.decode(graph.asked[1].content)["requests"]
    assert again["url"] == B.code(STANDARD)


async def test_a_part_whose_second_token_is_not_taken_either(scripted: Any, says: Any) -> None:
    """Once is enough."""
    away = {"id": "0", "status": 401, "body": {"error": {"code": "InvalidAuthenticationToken", "message": ""}}}
    graph = scripted(*[says(200, {"responses": [away]})] * 2)
    (result,) = await graph.client.batch([ReadMethod(A)])
    assert isinstance(result, errors.SignInFailed)
    assert len(graph.asked) == 2
