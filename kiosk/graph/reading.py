"""Graph's JSON to values, with every way it is known to contradict itself.

What must be there and is not, or is of the wrong type, is an UnexpectedAnswer naming the field. Unknown fields are
ignored: Graph adds some.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from drivers.wire.secret import Secret
from kiosk.graph.answer import Answer
from kiosk.graph.errors import UnexpectedAnswer
from kiosk.graph.lifetimes import STANDARD_DEFAULT_DAYS
from kiosk.graph.models import Policy, PolicyTarget, QrCode, QrCodeImageDetails, QrCodePinMethod, QrPin, User
from kiosk.graph.pin import PIN_LEAST_DIGITS


class _Said(msgspec.Struct, rename="camel"):
    """A resource in Graph's own names. Optional fields may be absent or null, which mean the same."""


class _Image(_Said):
    binary_value: str
    raw_content: str
    version: Any = None
    error_correction_level: str | None = None


class _Code(_Said):
    id: str
    start_date_time: datetime
    expire_date_time: datetime
    created_date_time: datetime | None = None
    last_used_date_time: datetime | None = None
    image: _Image | None = None


class _Pin(_Said):
    id: str | None = None
    code: str | None = None
    force_change_pin_next_sign_in: bool | None = None
    # The how-to page's name for the same thing.
    is_force_pin_change_required: bool | None = None
    created_date_time: datetime | None = None
    updated_date_time: datetime | None = None


class _Method(_Said):
    id: str
    standard_qr_code: _Code | None = msgspec.field(default=None, name="standardQRCode")
    temporary_qr_code: _Code | None = msgspec.field(default=None, name="temporaryQRCode")
    pin: _Pin | None = None
    created_date_time: datetime | None = None
    last_used_date_time: datetime | None = None
    is_usable: bool | None = None
    method_usability_reason: str | None = None


class SaidUser(_Said):
    """A person in Graph's own names."""

    id: str
    user_principal_name: str
    display_name: str | None = None
    account_enabled: bool | None = None
    preferred_language: str | None = None
    employee_id: str | None = None
    job_title: str | None = None


class _Target(_Said):
    id: str
    target_type: str


class _Policy(_Said):
    id: str
    state: str
    standard_qr_code_lifetime_in_days: int | None = msgspec.field(default=None, name="standardQRCodeLifetimeInDays")
    pin_length: int | None = None
    include_targets: list[_Target] | None = None
    exclude_targets: list[_Target] | None = None


Shape = TypeVar("Shape", bound=_Said)
Value = TypeVar("Value")


class _UnreadableError(Exception):
    """Says which field; never its value."""


def read_code(answer: Answer) -> QrCode | None:
    """A code, bare or wrapped in `value`; None where Graph says there is none. Raises UnexpectedAnswer."""
    return _read(answer, _Code, _code)


def read_pin(answer: Answer) -> QrPin:
    """A PIN's state. Raises UnexpectedAnswer."""
    return _required(answer, _read(answer, _Pin, _pin))


def read_method(answer: Answer) -> QrCodePinMethod | None:
    """The whole method; None where Graph says there is none. Raises UnexpectedAnswer."""
    return _read(answer, _Method, _method)


def read_user(answer: Answer) -> User:
    """A person. Raises UnexpectedAnswer."""
    return _required(answer, _read(answer, SaidUser, user_of))


def read_policy(answer: Answer) -> Policy:
    """The policy for this method. Raises UnexpectedAnswer, also for another method's policy."""
    return _required(answer, _read(answer, _Policy, _policy))


def _read(answer: Answer, shape: type[Shape], make: Callable[[Shape], Value]) -> Value | None:
    try:
        said = _unwrapped(msgspec.json.decode(answer.body.reveal()))
        return None if said is None else make(msgspec.convert(said, shape))
    except (msgspec.MsgspecError, _UnreadableError) as fault:
        reason = str(fault)
    except RecursionError:
        reason = "nested too deeply"
    # Raised out here, so that it does not hold the frames in which the body was open.
    raise UnexpectedAnswer(f"Graph's answer cannot be read: {reason}", trace=answer.trace)


def _required(answer: Answer, value: Value | None) -> Value:
    if value is None:
        raise UnexpectedAnswer("Graph's answer cannot be read: it is null", trace=answer.trace)
    return value


def _unwrapped(said: Any) -> Any:
    """The resource itself: some of Graph's samples put it in `value`."""
    return said["value"] if isinstance(said, dict) and "value" in said and "id" not in said else said


def _code(said: _Code, where: str = "") -> QrCode:
    return QrCode(
        id=said.id.lower(),
        start=_must(said.start_date_time, f"{where}startDateTime"),
        expire=_must(said.expire_date_time, f"{where}expireDateTime"),
        created=_time(said.created_date_time),
        last_used=_time(said.last_used_date_time),
        image=None if said.image is None else _image(said.image, f"{where}image."),
    )


def _image(said: _Image, where: str) -> QrCodeImageDetails:
    return QrCodeImageDetails(
        binary_value=_binary(said.binary_value, f"{where}binaryValue"),
        raw_content=_binary(said.raw_content, f"{where}rawContent"),
        version=said.version if type(said.version) is int else None,
        error_correction_level=said.error_correction_level and said.error_correction_level.upper(),
    )


def _pin(said: _Pin) -> QrPin:
    forced = said.force_change_pin_next_sign_in
    return QrPin(
        id=said.id and said.id.lower(),
        code=Secret(said.code) if said.code else None,
        force_change=said.is_force_pin_change_required if forced is None else forced,
        created=_time(said.created_date_time),
        updated=_time(said.updated_date_time),
    )


def _method(said: _Method) -> QrCodePinMethod:
    return QrCodePinMethod(
        id=said.id.lower(),
        standard=None if said.standard_qr_code is None else _code(said.standard_qr_code, "standardQRCode."),
        temporary=None if said.temporary_qr_code is None else _code(said.temporary_qr_code, "temporaryQRCode."),
        pin=None if said.pin is None else _pin(said.pin),
        created=_time(said.created_date_time),
        last_used=_time(said.last_used_date_time),
        is_usable=said.is_usable,
        usability_reason=said.method_usability_reason,
    )


def user_of(said: SaidUser) -> User:
    """A person, as every answer spells them."""
    return User(
        id=said.id.lower(),
        user_principal_name=said.user_principal_name,
        display_name=said.display_name,
        account_enabled=said.account_enabled,
        preferred_language=said.preferred_language,
        employee_id=said.employee_id,
        job_title=said.job_title,
    )


def _policy(said: _Policy) -> Policy:
    if said.id.lower() != "qrcodepin":
        raise _UnreadableError("it is another method's policy, by its `id`")
    days, digits = said.standard_qr_code_lifetime_in_days, said.pin_length
    return Policy(
        enabled=said.state.lower() == "enabled",
        standard_lifetime_days=STANDARD_DEFAULT_DAYS if days is None else days,
        pin_length=PIN_LEAST_DIGITS if digits is None else digits,
        include_targets=_targets(said.include_targets),
        exclude_targets=_targets(said.exclude_targets),
    )


def _targets(said: list[_Target] | None) -> tuple[PolicyTarget, ...]:
    return tuple(PolicyTarget(id=target.id.lower(), target_type=target.target_type.lower()) for target in said or ())


def _time(said: datetime | None) -> datetime | None:
    """With its zone; None for the year 1, by which Graph says "never"."""
    if said is None or said.year == 1:
        return None
    try:
        return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
    except OverflowError:
        return None


def _must(said: datetime, where: str) -> datetime:
    time = _time(said)
    if time is None:
        raise _UnreadableError(f"`{where}` is not set")
    return time


def _binary(said: str, where: str) -> Secret:
    """Edm.Binary is base64url by the OData specification and plain base64 in Graph's answers; padding may lack."""
    plain = "".join(said.split()).rstrip("=").translate(_TO_PLAIN)
    try:
        value = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if not value:
        raise _UnreadableError(f"`{where}` is empty or not base64")
    return Secret(value)


_TO_PLAIN = str.maketrans("-_", "+/")
