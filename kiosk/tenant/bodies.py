"""Reading what a client sends to Graph."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, TypeVar

import msgspec

from kiosk.tenant.refusal import bad_request, unreadable

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
T = TypeVar("T")


class CodeBody(msgspec.Struct, frozen=True, rename="camel"):
    """A qrCode as sent: both times are optional here, and needed or not by the operation."""

    start_date_time: _Moment | None = None
    expire_date_time: _Moment | None = None


class PinBody(msgspec.Struct, frozen=True):
    """A qrPin as sent."""

    code: str | None = None


class MethodBody(msgspec.Struct, frozen=True):
    """A qrCodePinAuthenticationMethod as sent."""

    standard: CodeBody | None = msgspec.field(default=None, name="standardQRCode")
    temporary: CodeBody | None = msgspec.field(default=None, name="temporaryQRCode")
    pin: PinBody | None = None


class PinChange(msgspec.Struct, frozen=True, rename="camel"):
    """The body of updatePin."""

    current_pin: str
    new_pin: str


def read(body: bytes, kind: type[T]) -> T:
    """`body` as a `kind`. Raises GraphError 400; the text of a value that does not fit is not repeated."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise unreadable(
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload "
            "is of valid JSON format."
        ) from None


def utc(moment: datetime | None) -> datetime | None:
    """`moment` in UTC. Raises GraphError 400 at the ends of time."""
    try:
        return moment.astimezone(UTC) if moment else None
    except OverflowError:
        raise bad_request("The time is out of range.") from None
