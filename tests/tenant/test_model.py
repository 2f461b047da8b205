"""What Graph does to a person's method, operation by operation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.badge.kind import CodeKind
from kiosk.clock import ManualClock
from kiosk.tenant.method import Code, NewCode, Policy, Target
from kiosk.tenant.model import Tenant
from kiosk.tenant.refusal import GraphError
from kiosk.tenant.seed import ADA, FRONTLINE_GROUP, LAYLA, USERS

STANDARD, TEMPORARY = CodeKind.STANDARD, CodeKind.TEMPORARY
DAY = 86_400


def code_of(refused: pytest.ExceptionInfo[GraphError]) -> tuple[int, str]:
    """Status and code."""
    return refused.value.status, refused.value.code


def enrol(tenant: Tenant, days: int = 365) -> None:
    """Give Layla a method."""
    now = tenant.clock.now()
    tenant.create_method(LAYLA.id, now, now + timedelta(days=days), "09599786")


def test_create_gives_code_and_pin_that_must_be_changed(tenant: Tenant) -> None:
    """PUT creates the method with a standard code and a PIN to be changed."""
    now = tenant.clock.now()
    new = tenant.create_method(LAYLA.id, now, now + timedelta(days=30), "09599786")
    assert new.pin.digits.reveal_text() == "09599786"
    assert new.pin.pin.must_change
    assert new.code.content.reveal().startswith(f"ms-qrpin:v1|{LAYLA.user_principal_name}|".encode())
    assert new.method.temporary is None
    assert new.code.code.id == new.code.code.id.lower()


def test_create_without_a_pin_generates_one(tenant: Tenant) -> None:
    """The generated PIN has the policy's length."""
    tenant.policy = replace(tenant.policy, pin_length=12)
    now = tenant.clock.now()
    new = tenant.create_method(LAYLA.id, now, now + timedelta(days=30), None)
    assert len(new.pin.digits.reveal_text()) == 12


def test_one_active_method(tenant: Tenant) -> None:
    """A second PUT is refused until the codes have expired, also before the first begins."""
    now = tenant.clock.now()
    tenant.create_method(LAYLA.id, now + timedelta(days=5), now + timedelta(days=7), "09599786")
    with pytest.raises(GraphError) as refused:
        enrol(tenant)
    assert code_of(refused) == (400, "tooManyQRCodePinMethod")


def test_an_expired_method_may_be_replaced(tenant: Tenant, clock: ManualClock) -> None:
    """Once its only code expired, PUT makes a new method."""
    enrol(tenant, days=2)
    first = tenant.method(LAYLA.id).id
    clock.advance(2 * DAY)
    enrol(tenant)
    assert tenant.method(LAYLA.id).id != first


def test_a_refused_create_changes_nothing(tenant: Tenant) -> None:
    """A weak PIN leaves no half a method behind."""
    now = tenant.clock.now()
    with pytest.raises(GraphError):
        tenant.create_method(LAYLA.id, now, now + timedelta(days=30), "1234")
    assert LAYLA.id not in tenant.methods
    assert not any(owner == LAYLA.id for owner, _ in tenant.owners.values())


@pytest.mark.parametrize("kind", list(CodeKind))
def test_a_second_code_of_a_kind_is_refused(tenant: Tenant, kind: CodeKind) -> None:
    """One active code of each kind; a body with a start asks for a creation."""
    now = tenant.clock.now()
    life = timedelta(days=30) if kind is STANDARD else timedelta(hours=3)
    if kind is TEMPORARY:
        tenant.write_code(ADA.id, kind, now, now + life)
    with pytest.raises(GraphError) as refused:
        tenant.write_code(ADA.id, kind, now, now + life)
    assert code_of(refused) == (400, "ActiveQRCodeExisted")


def test_the_two_slots_are_independent(tenant: Tenant) -> None:
    """A temporary code comes and goes beside a standard one and without one, and shares its PIN."""
    now = tenant.clock.now()
    pin = tenant.method(ADA.id).pin
    assert isinstance(tenant.write_code(ADA.id, TEMPORARY, now, now + timedelta(hours=3)), NewCode)
    tenant.delete_code(ADA.id, STANDARD)
    assert tenant.method(ADA.id).temporary is not None
    assert isinstance(tenant.write_code(ADA.id, STANDARD, now, now + timedelta(days=30)), NewCode)
    tenant.delete_code(ADA.id, TEMPORARY)
    assert tenant.method(ADA.id).pin == pin


def test_editing_a_standard_code(tenant: Tenant) -> None:
    """Its expiry moves as far as 395 days from its start, and nothing else of it changes."""
    before = tenant.code(ADA.id, STANDARD)
    latest = before.start + timedelta(days=395)
    edited = tenant.write_code(ADA.id, STANDARD, None, latest)
    assert edited == replace(before, expire=latest)
    with pytest.raises(GraphError) as refused:
        tenant.write_code(ADA.id, STANDARD, None, latest + timedelta(seconds=1))
    assert code_of(refused) == (400, "qrCodeLifeTimeExceedLimit")


def test_a_temporary_code_is_never_editable(tenant: Tenant) -> None:
    """An expiry alone is refused as a second creation would be."""
    now = tenant.clock.now()
    tenant.write_code(ADA.id, TEMPORARY, now, now + timedelta(hours=3))
    with pytest.raises(GraphError) as refused:
        tenant.write_code(ADA.id, TEMPORARY, None, now + timedelta(hours=4))
    assert code_of(refused) == (400, "ActiveQRCodeExisted")


def test_an_edit_that_comes_too_late_creates(tenant: Tenant, clock: ManualClock) -> None:
    """The trap of one path for both: the code had just expired, so the edit makes a secret nobody asked for."""
    enrol(tenant, days=2)
    clock.advance(2 * DAY)
    written = tenant.write_code(LAYLA.id, STANDARD, None, clock.now() + timedelta(days=30))
    assert isinstance(written, NewCode)
    assert written.code.start == clock.now()


def test_codes_need_a_method(tenant: Tenant) -> None:
    """Every operation on a person without a method is 404."""
    now = tenant.clock.now()
    for operation in (
        lambda: tenant.method(LAYLA.id),
        lambda: tenant.write_code(LAYLA.id, STANDARD, now, now + timedelta(days=30)),
        lambda: tenant.delete_code(LAYLA.id, STANDARD),
        lambda: tenant.delete_method(LAYLA.id),
        lambda: tenant.reset_pin(LAYLA.id),
        lambda: tenant.change_pin(LAYLA.id, "09599786", "56745755"),
    ):
        with pytest.raises(GraphError) as refused:
            operation()
        assert refused.value.status == 404


def test_deleting_the_method_deletes_everything(tenant: Tenant) -> None:
    """Codes and PIN go with it."""
    tenant.delete_method(ADA.id)
    with pytest.raises(GraphError) as refused:
        tenant.code(ADA.id, STANDARD)
    assert refused.value.status == 404


def test_pin_reset_and_change(tenant: Tenant, clock: ManualClock) -> None:
    """A reset PIN is the tenant's and must be changed; the owner changes it knowing the current one."""
    created = tenant.method(ADA.id).pin.created
    clock.advance(60)
    new = tenant.reset_pin(ADA.id)
    assert new.pin.must_change
    assert (new.pin.created, new.pin.updated) == (created, clock.now())
    with pytest.raises(GraphError):
        tenant.change_pin(ADA.id, "00000000", "56745799")
    with pytest.raises(GraphError) as refused:
        tenant.change_pin(ADA.id, new.digits.reveal_text(), "5674")
    assert code_of(refused) == (400, "pinTooShort")
    tenant.change_pin(ADA.id, new.digits.reveal_text(), "56745799")
    assert not tenant.method(ADA.id).pin.must_change


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        (Policy(), True),
        (Policy(enabled=False), False),
        (Policy(include=()), False),
        (Policy(include=(Target("group", FRONTLINE_GROUP),)), True),
        (Policy(include=(Target("group", "no-such-group"),)), False),
        (Policy(include=(Target("user", LAYLA.id),)), True),
        (Policy(include=(Target("user", ADA.id),)), False),
        (Policy(exclude=(Target("user", LAYLA.id),)), False),
        (Policy(exclude=(Target("group", FRONTLINE_GROUP),)), False),
    ],
)
def test_the_policy_decides_who(tenant: Tenant, policy: Policy, *, allowed: bool) -> None:
    """State and targets; an exclusion beats an inclusion."""
    tenant.policy = policy
    assert tenant.allows(LAYLA.id) is allowed
    if allowed:
        enrol(tenant)
    else:
        with pytest.raises(GraphError) as refused:
            enrol(tenant)
        assert code_of(refused) == (400, "badRequest")


def test_people_are_found_by_id_or_upn_in_any_case(tenant: Tenant) -> None:
    """And an unknown one is 404."""
    for reference in (ADA.id, ADA.id.upper(), ADA.user_principal_name, ADA.user_principal_name.upper()):
        assert tenant.user(reference) == ADA
    with pytest.raises(GraphError) as refused:
        tenant.user("nobody@contoso-stores.example")
    assert code_of(refused) == (404, "Request_ResourceNotFound")


def test_the_seeds_are_stable(tenant: Tenant, clock: ManualClock) -> None:
    """Ids never change; three workers have no method; nobody's badge has expired."""
    assert [user.id for user in USERS] == [f"{n:08x}-5eed-4e11-a000-{n:012x}" for n in range(1, 11)]
    assert {user.given_name for user in USERS if user.id not in tenant.methods} == {"ليلى", "陽菜", "Maria", "Zofia"}
    assert all(code.holds_its_place(clock.now()) for method in tenant.methods.values() for code in method.codes)


def test_no_secret_shows_in_a_repr(tenant: Tenant) -> None:
    """Content, PIN and their digests stay out of tracebacks and logs."""
    now = tenant.clock.now()
    new = tenant.create_method(LAYLA.id, now, now + timedelta(days=30), "09599786")
    code: Code = new.code.code
    for shown in (repr(new), repr(tenant.method(LAYLA.id))):
        assert "09599786" not in shown
        assert new.code.content.reveal_text() not in shown
        assert repr(code.digest) not in shown
        assert repr(new.pin.pin.digest) not in shown
