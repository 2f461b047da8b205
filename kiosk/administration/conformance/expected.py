"""What each operation is expected to answer, and how an answer is compared with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from drivers.wire.secret import Secret
from kiosk.administration.conformance.transcript import Exchanged
from kiosk.badge import qr
from kiosk.badge.content import Unreadable, parse
from kiosk.graph.errors import GraphError, PinRejected
from kiosk.graph.models import QrCode, QrCodePinMethod, QrPin, User
from kiosk.graph.pin import check_pin

#: Gives a sentence for each thing that is not as expected.
Check = Callable[[Any], Iterable[str]]
Differences = Iterable[str]

_ANNOTATION: Final = "@odata."
#: Members the tenant in a box answers with, in lower case. Others are noted: Graph may have grown.
_KNOWN: Final = frozenset(
    {
        *("id", "isusable", "methodusabilityreason", "createddatetime", "lastuseddatetime", "standardqrcode"),
        *("temporaryqrcode", "pin", "startdatetime", "expiredatetime", "image", "code", "updateddatetime", "state"),
        *("forcechangepinnextsignin", "standardqrcodelifetimeindays", "pinlength", "includetargets", "error"),
        *("excludetargets", "userprincipalname", "displayname", "accountenabled", "preferredlanguage", "employeeid"),
        *("value", "responses"),
    }
)


@dataclass(frozen=True)
class Expected:
    """A status, and a value that passes every check; or, with `errors`, a refusal that the client knows."""

    statuses: frozenset[int]
    check: Check = field(default=lambda _: ())
    errors: tuple[type[GraphError], ...] = ()

    @property
    def words(self) -> str:
        """For people."""
        statuses = " or ".join(map(str, sorted(self.statuses)))
        return statuses + "".join(f", {error.__name__}" for error in self.errors)


def done(status: int, check: Check = lambda _: ()) -> Expected:
    """It is done, with this status."""
    return Expected(frozenset({status}), check)


def refused(status: int, *errors: type[GraphError]) -> Expected:
    """It is refused, with this status, in a way the client knows."""
    return Expected(frozenset({status}), errors=errors)


def differences(expected: Expected, value: Any, error: GraphError | None, last: Exchanged | None) -> list[str]:
    """All that is not as expected, one sentence each."""
    found = []
    status = last.status if last else None
    if status not in expected.statuses:
        found.append(f"status {status}, expected {' or '.join(map(str, sorted(expected.statuses)))}")
    if expected.errors and not isinstance(error, expected.errors):
        got = type(error).__name__ if error else "success"
        found.append(f"{got}, expected {' or '.join(each.__name__ for each in expected.errors)}")
    if error and not expected.errors:
        found.append(f"{type(error).__name__}: {error.reason}")
    if error is None and not expected.errors:
        found.extend(expected.check(value))
    return found


def notes(last: Exchanged | None) -> list[str]:
    """What the box would not have said, and does no harm."""
    if last is None:
        return []
    unknown = [key for key in last.fields() if _ANNOTATION not in key and key.casefold() not in _KNOWN]
    return [f"a member the tenant in a box does not know: {key}" for key in unknown]


def new_code(code: QrCode, user: User, start: datetime, expire: datetime) -> Differences:
    """A code just created: its dates, its image, its content."""
    yield from dates(code, start, expire)
    if code.image is None:
        yield "the new code has no image"
        return
    badge = parse(code.image.raw_content)
    if isinstance(badge, Unreadable):
        yield f"rawContent is not read as a badge: {badge.value}"
    else:
        if badge.code_id != code.id:
            yield "the id in rawContent is not the code's"
        if "@" in user.user_principal_name and badge.upn.casefold() != user.user_principal_name.casefold():
            yield "the UPN in rawContent is not the person's"
    yield from _image(code)


def _image(code: QrCode) -> Differences:
    assert code.image is not None, "looked at before"
    if code.image.media_type != "image/svg+xml":
        yield f"binaryValue is {code.image.media_type or 'of an unknown type'}, not image/svg+xml"
    try:
        qr.from_image(code.image.binary_value)
    except qr.SymbolError as wrong:
        yield f"binaryValue is not read as a QR code: {wrong}"


def dates(code: QrCode, start: datetime, expire: datetime) -> Differences:
    """By the exact dates sent, a code whose answer was lost is known again."""
    if code.start != start:
        yield f"startDateTime is {code.start.isoformat()}, sent was {start.isoformat()}"
    if code.expire != expire:
        yield f"expireDateTime is {code.expire.isoformat()}, sent was {expire.isoformat()}"


def old_code(code: QrCode, made: QrCode, expire: datetime) -> Differences:
    """A code read again: the one that was made, without its image."""
    if code.id != made.id:
        yield "the code has another id"
    if code.image is not None:
        yield "the image is given a second time"
    yield from dates(code, made.start, expire)


def new_method(method: QrCodePinMethod, user: User, start: datetime, expire: datetime, pin: Secret) -> Differences:
    """A method just created: a standard code, no temporary one, the PIN that was sent."""
    if method.standard is None:
        yield "there is no standard code"
    else:
        yield from new_code(method.standard, user, start, expire)
    if method.temporary is not None:
        yield "there is a temporary code nobody asked for"
    if method.pin is None or method.pin.code is None:
        yield "the PIN is not in the answer"
        return
    if method.pin.code != pin:
        yield "the PIN is not the one that was sent"
    yield from to_be_changed(method.pin)


def old_method(method: QrCodePinMethod, made: QrCodePinMethod) -> Differences:
    """The method read again, without its secrets."""
    if method.id != made.id:
        yield "the method has another id"
    if method.standard is None or made.standard is None:
        yield "the standard code is not inline"
    else:
        yield from old_code(method.standard, made.standard, made.standard.expire)
    yield from no_digits(method.pin) if method.pin else ["the PIN's state is not inline"]


def no_digits(pin: QrPin) -> Differences:
    """The PIN's state, read: to be changed, and without its digits."""
    if pin.code is not None:
        yield "the PIN is given a second time"
    yield from to_be_changed(pin)


def to_be_changed(pin: QrPin) -> Differences:
    """The PIN is an administrator's, until its owner changes it."""
    if pin.force_change is not True:
        yield f"forceChangePinNextSignIn is {pin.force_change}, not true"


def new_pin(pin: QrPin, before: Secret) -> Differences:
    """A PIN Entra made: another one, within the rules."""
    assert pin.code is not None, "the client raises for a reset without its PIN"
    if pin.code == before:
        yield "the new PIN is the old one"
    try:
        check_pin(pin.code)
    except PinRejected as wrong:
        yield f"Entra's own PIN: {wrong.reason}"
    yield from to_be_changed(pin)


def enabled(policy: Any) -> Differences:
    """The policy lets people have the method."""
    return [] if policy.enabled else ["the policy has the method disabled"]


def three_parts(said: list[Any], made: QrCodePinMethod) -> Differences:
    """A batch of a method, its standard code and their owner."""
    kinds = [type(each).__name__ for each in said]
    if kinds != ["QrCodePinMethod", "QrCode", "User"]:
        return [f"the parts came to {', '.join(kinds)}"]
    return [] if said[0].id == made.id else ["the method has another id"]


def none_refused(said: list[Any]) -> Differences:
    """Every part of a batch was done."""
    return [f"a part came to {type(each).__name__}: {each}" for each in said if isinstance(each, GraphError)]


def somebody(said: Any) -> Differences:
    """A list with somebody in it."""
    return [] if said.people else ["nobody is in it"]


def whole_person(user: User) -> Differences:
    """Everything that was asked for, of which Graph leaves accountEnabled out unless it is named."""
    if user.account_enabled is None:
        yield "accountEnabled is not in the answer, though it was asked for"
