"""Random operations on the model find no state Graph's rules forbid."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.clock import ManualClock
from kiosk.tenant import representation
from kiosk.tenant.box import Box
from kiosk.tenant.keys import TenantKeys
from kiosk.tenant.method import NewCode, Standing
from kiosk.tenant.model import Tenant
from kiosk.tenant.phone import Phone, Result
from kiosk.tenant.refusal import GraphError
from kiosk.tenant.seed import ADA, HINA, LAYLA

PEOPLE = st.sampled_from([ADA.id, HINA.id, LAYLA.id])
KINDS = st.sampled_from(list(CodeKind))
HOURS = st.one_of(st.integers(-30, 14), st.integers(20, 396 * 24))
PINS = st.sampled_from(["09599786", "56745799", "1234", "12121212", "95997860318"])
CODES_OF_GRAPH = {
    "tooManyQRCodePinMethod",
    "pinTooShort",
    "ActiveQRCodeExisted",
    "qrCodeLifeTimeExceedLimit",
    "badRequest",
    "resourceNotFound",
}


KEYS = TenantKeys.generate()


@dataclass
class Taken:
    """A snapshot's name, and all that was true when it was taken."""

    name: str
    contents: dict[str, bytes]
    revoked: set[str]
    pins: dict[str, str]
    methods: str


class TenantMachine(RuleBasedStateMachine):
    """Remembers every content given out and what became of its code, and compares."""

    snapshots = Bundle("snapshots")

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(datetime(2026, 3, 1, 9, 0, tzinfo=UTC))
        self.box = Box("https://127.0.0.1:1", self.clock, KEYS, Secret("nobody needs it here"))
        self.contents: dict[str, bytes] = {}
        self.revoked: set[str] = set()
        self.pins: dict[str, str] = {}
        self.undone: dict[str, bytes] = {}

    @property
    def tenant(self) -> Tenant:
        """The state as it is now."""
        return self.box.tenant

    @property
    def phone(self) -> Phone:
        """The phone as it is now."""
        return self.box.phone

    @rule(target=snapshots)
    def take_snapshot(self) -> Taken:
        """The whole state is taken down."""
        methods = repr(self.tenant.methods)
        return Taken(self.box.snapshot(), dict(self.contents), set(self.revoked), dict(self.pins), methods)

    @rule(taken=snapshots)
    def restore(self, taken: Taken) -> None:
        """All is as it was then, whatever happened since, and as often as it is asked for."""
        self.box.restore(taken.name)
        assert repr(self.tenant.methods) == taken.methods
        self.undone |= {code_id: self.contents[code_id] for code_id in self.contents.keys() - taken.contents.keys()}
        self.undone = {code_id: content for code_id, content in self.undone.items() if code_id not in taken.contents}
        self.contents, self.revoked, self.pins = dict(taken.contents), set(taken.revoked), dict(taken.pins)

    def took(self, new: NewCode) -> None:
        """Remember a content; no code id and no content ever comes twice."""
        content = new.content.reveal()
        assert new.code.id not in self.contents
        assert content not in self.contents.values()
        assert new.code.id not in self.undone
        self.contents[new.code.id] = content

    def refused(self, refusal: GraphError) -> None:
        """A refusal speaks Graph's language."""
        assert refusal.code in CODES_OF_GRAPH
        assert refusal.status == (404 if refusal.code == "resourceNotFound" else 400)

    @rule(person=PEOPLE, start=HOURS, life=HOURS, pin=PINS)
    def create_method(self, person: str, start: int, life: int, pin: str) -> None:
        """PUT."""
        before = self.tenant.methods.get(person)
        begin = self.clock.now() + timedelta(hours=start)
        try:
            new = self.tenant.create_method(person, begin, begin + timedelta(hours=life), pin)
        except GraphError as refusal:
            self.refused(refusal)
            assert self.tenant.methods.get(person) is before
        else:
            assert before is None or not before.is_active(self.clock.now())
            self.revoked.update(code.id for code in before.codes) if before else None
            self.took(new.code)
            self.pins[person] = pin

    @rule(person=PEOPLE, kind=KINDS, start=st.none() | HOURS, life=HOURS)
    def write_code(self, person: str, kind: CodeKind, start: int | None, life: int) -> None:
        """PATCH of a code."""
        method = self.tenant.methods.get(person)
        before = method.code(kind) if method else None
        held = before is not None and before.holds_its_place(self.clock.now())
        begin = self.clock.now() + timedelta(hours=start or 0)
        end = begin + timedelta(hours=life)
        try:
            written = self.tenant.write_code(person, kind, None if start is None else begin, end)
        except GraphError as refusal:
            self.refused(refusal)
            assert self.tenant.methods.get(person) is method
            return
        assert isinstance(written, NewCode) is not held
        if isinstance(written, NewCode):
            self.took(written)
            self.revoked.update({before.id} if before else ())
        else:
            assert kind is CodeKind.STANDARD
            assert before is not None
            assert written.id == before.id

    @rule(person=PEOPLE, kind=KINDS)
    def delete_code(self, person: str, kind: CodeKind) -> None:
        """DELETE of a code."""
        method = self.tenant.methods.get(person)
        try:
            self.tenant.delete_code(person, kind)
        except GraphError as refusal:
            self.refused(refusal)
            assert method is None or method.code(kind) is None
        else:
            assert method is not None
            code = method.code(kind)
            assert code is not None
            self.revoked.add(code.id)

    @rule(person=PEOPLE)
    def delete_method(self, person: str) -> None:
        """DELETE of the method."""
        method = self.tenant.methods.get(person)
        try:
            self.tenant.delete_method(person)
        except GraphError as refusal:
            self.refused(refusal)
            assert method is None
        else:
            assert method is not None
            self.revoked.update(code.id for code in method.codes)
            self.pins.pop(person, None)

    @rule(person=PEOPLE)
    def reset_pin(self, person: str) -> None:
        """PATCH of the PIN."""
        try:
            new = self.tenant.reset_pin(person)
        except GraphError as refusal:
            self.refused(refusal)
            assert person not in self.tenant.methods
        else:
            assert new.pin.must_change
            self.pins[person] = new.digits.reveal_text()

    @rule(hours=st.integers(1, 24 * 30))
    def time_passes(self, hours: int) -> None:
        """The clock moves on."""
        self.clock.advance(hours * 3600)

    @precondition(lambda self: self.contents)
    @rule(data=st.data(), new_pin=st.sampled_from([None, "84275013", "60318427", "1234"]))
    def sign_in(self, data: st.DataObject, new_pin: str | None) -> None:
        """A badge printed at some time is shown with its owner's PIN."""
        code_id = data.draw(st.sampled_from(list(self.contents)))
        owner = self.tenant.owners[code_id][0]
        pin = self.pins.get(owner, "00000000")
        answer = self.phone.sign_in(self.contents[code_id], pin, new_pin).result
        method = self.tenant.methods.get(owner)
        code = next((each for each in method.codes if each.id == code_id), None) if method else None
        if code_id in self.revoked:
            assert answer is Result.REVOKED
        elif answer is Result.ACCEPTED:
            assert code is not None
            assert method is not None
            assert code.standing(self.clock.now()) is Standing.ACTIVE
            assert code.last_used == self.clock.now()
            if new_pin and method.pin.is_right(new_pin):
                self.pins[owner] = new_pin
        else:
            refusals = {Result.MUST_CHANGE_PIN, Result.NOT_YET_VALID, Result.EXPIRED}
            unknown_pin = owner not in self.pins  # a seeded one
            assert answer in refusals | ({Result.WRONG_PIN, Result.LOCKED} if unknown_pin else set())

    @invariant()
    def what_was_undone_never_was(self) -> None:
        """The tenant has not heard of a code that was made after the snapshot it was put back to."""
        for content in self.undone.values():
            assert self.phone.sign_in(content, "09599786").result is Result.INCORRECT_QR_CODE

    @invariant()
    def codes_are_in_their_slots(self) -> None:
        """At most one standard and one temporary code each, alive within their limits, and no id in two places."""
        ids = Counter(code.id for method in self.tenant.methods.values() for code in method.codes)
        assert all(count == 1 for count in ids.values())
        assert not self.revoked & ids.keys()
        for method in self.tenant.methods.values():
            for code in method.codes:
                assert code is method.code(code.kind)
                longest = timedelta(days=395) if code.kind is CodeKind.STANDARD else timedelta(hours=12)
                assert timedelta(0) < code.expire - code.start <= longest

    @invariant()
    def reads_give_no_secret(self) -> None:
        """No read shows an image or a PIN, in either version."""
        for user_id, method in self.tenant.methods.items():
            for version in ("v1.0", "beta"):
                allowed = self.tenant.allows(user_id)
                shown = representation.method(method, version, allowed=allowed, now=self.clock.now())
                assert not shown["pin"]["code"]
                assert not (shown["standardQRCode"] or {}).get("image")
                assert not (shown["temporaryQRCode"] or {}).get("image")
                assert not any(content.decode() in str(shown) for content in self.contents.values())


TestTenantMachine = TenantMachine.TestCase
TestTenantMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
