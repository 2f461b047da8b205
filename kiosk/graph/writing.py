"""The bodies of what changes something, and what its answer says has happened.

Whether a code was created or edited is told only by the image in the answer and by 201 against 200: the request is
the same. An answer of success that cannot be read has taken effect, and what it carried is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from drivers.wire.secret import Secret
from kiosk.graph.errors import (
    ExistingCodeEdited,
    GraphError,
    OutcomeUnknown,
    UnexpectedAnswer,
    UnexpectedCodeCreated,
)
from kiosk.graph.lifetimes import stamp
from kiosk.graph.reading import read_code, read_method, read_pin

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kiosk.graph.answer import Answer
    from kiosk.graph.models import QrCode, QrCodePinMethod, QrPin

T = TypeVar("T")

CREATED = 201
NO_CONTENT = 204
BAD_REQUEST = 400
METHOD_NOT_ALLOWED = 405


def method_body(start: datetime, expire: datetime, pin: Secret) -> Secret:
    """For a new method: some of Graph's pages call dates and PIN optional, all of them accept them."""
    return _json({"standardQRCode": _dates(start, expire), "pin": {"code": pin.reveal_text()}})


def code_body(start: datetime, expire: datetime) -> Secret:
    """For a new code."""
    return _json(_dates(start, expire))


def expiry_body(expire: datetime) -> Secret:
    """For an extension: only the expiry may change."""
    return _json({"expireDateTime": stamp(expire)})


def reset_body() -> Secret:
    """For a PIN reset. Entra makes the PIN, whatever is sent; an empty one is what other programs send."""
    return _json({"code": ""})


def own_pin_body(current: Secret, new: Secret) -> Secret:
    """For the change of one's own PIN."""
    return _json({"currentPin": current.reveal_text(), "newPin": new.reveal_text()})


def created_method(answer: Answer) -> QrCodePinMethod:
    """The new method with its code's image. Raises OutcomeUnknown."""
    method = _done(read_method, answer)
    if method is None or method.standard is None or method.standard.image is None:
        raise OutcomeUnknown("it was done, but the code's content is not in the answer", trace=answer.trace)
    return method


def created_code(answer: Answer) -> QrCode:
    """The new code with its image. Raises OutcomeUnknown, and ExistingCodeEdited for an edit."""
    code = _done(read_code, answer)
    if code is not None and code.image is not None:
        return code
    if answer.status == CREATED:
        raise OutcomeUnknown("it was done, but the code's content is not in the answer", trace=answer.trace)
    raise ExistingCodeEdited(existing=code, trace=answer.trace)


def extended_code(answer: Answer) -> QrCode | None:
    """The code as edited; None where Graph only says that it was. Raises UnexpectedCodeCreated, OutcomeUnknown."""
    if answer.status == NO_CONTENT:
        return None
    if answer.status == CREATED:
        raise UnexpectedCodeCreated(created=_code_if_readable(answer), trace=answer.trace)
    code = _done(read_code, answer)
    if code is not None and code.image is not None:
        raise UnexpectedCodeCreated(created=code, trace=answer.trace)
    return code


def reset_pin(answer: Answer) -> QrPin:
    """The PIN with its digits. Raises OutcomeUnknown."""
    pin = _done(read_pin, answer)
    if pin.code is None:
        raise OutcomeUnknown("it was done, but the new PIN is not in the answer", trace=answer.trace)
    return pin


def verb_unknown(fault: GraphError) -> bool:
    """Whether the OData layer turned the verb away, so that nothing behind it saw the request.

    That layer spells its code `BadRequest`; the method's own refusals are spelled `badRequest`, and sending a wrong
    PIN twice would count twice against the lockout.
    """
    return fault.status == METHOD_NOT_ALLOWED or (fault.status == BAD_REQUEST and fault.code == "BadRequest")


def _dates(start: datetime, expire: datetime) -> dict[str, str]:
    return {"startDateTime": stamp(start), "expireDateTime": stamp(expire)}


def _json(body: dict[str, Any]) -> Secret:
    return Secret(msgspec.json.encode(body))


def _done(read: Callable[[Answer], T], answer: Answer) -> T:
    try:
        return read(answer)
    except UnexpectedAnswer as fault:
        reason = fault.reason
    raise OutcomeUnknown(f"it was done, but {reason}", trace=answer.trace)


def _code_if_readable(answer: Answer) -> QrCode | None:
    try:
        return read_code(answer)
    except UnexpectedAnswer:
        return None
