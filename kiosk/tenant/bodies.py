"""Reading what a client sends to Graph."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar

import msgspec

from kiosk.tenant.refusal import GraphError, bad_request, unreadable

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
T = TypeVar("T", bound=msgspec.Struct)
_KEPT_BY_GRAPH: Final = frozenset({"id", "createdDateTime", "lastUsedDateTime", "updatedDateTime"})


class CodeBody(msgspec.Struct, frozen=True, rename="camel"):
    """A qrCode as sent: both times are optional here, and needed or not by the operation."""

    graph_type: ClassVar = "qrCode"
    read_only: ClassVar = _KEPT_BY_GRAPH | {"image"}

    start_date_time: _Moment | None = None
    expire_date_time: _Moment | None = None


class PinBody(msgspec.Struct, frozen=True):
    """A qrPin as sent."""

    graph_type: ClassVar = "qrPin"
    read_only: ClassVar = _KEPT_BY_GRAPH | {"forceChangePinNextSignIn"}

    code: str | None = None


class MethodBody(msgspec.Struct, frozen=True):
    """A qrCodePinAuthenticationMethod as sent."""

    graph_type: ClassVar = "qrCodePinAuthenticationMethod"
    read_only: ClassVar = _KEPT_BY_GRAPH | {"isUsable", "methodUsabilityReason"}

    standard: CodeBody | None = msgspec.field(default=None, name="standardQRCode")
    temporary: CodeBody | None = msgspec.field(default=None, name="temporaryQRCode")
    pin: PinBody | None = None


class TargetBody(msgspec.Struct, frozen=True, rename="camel"):
    """Whom a policy means, as sent."""

    id: str
    target_type: Literal["user", "group"]


class PolicyBody(msgspec.Struct, frozen=True, rename="camel"):
    """A qrCodePinAuthenticationMethodConfiguration as sent, within the limits its page gives."""

    odata_type: str | None = msgspec.field(default=None, name="@odata.type")
    state: Literal["enabled", "disabled"] | None = None
    pin_length: Annotated[int, msgspec.Meta(ge=8, le=20)] | None = None
    lifetime_in_days: Annotated[int, msgspec.Meta(ge=1, le=395)] | None = msgspec.field(
        default=None, name="standardQRCodeLifetimeInDays"
    )
    include_targets: tuple[TargetBody, ...] | None = None
    exclude_targets: tuple[TargetBody, ...] | None = None


class PinChange(msgspec.Struct, frozen=True, rename="camel"):
    """The body of updatePin."""

    current_pin: str
    new_pin: str


def read(body: bytes, kind: type[T]) -> T:
    """`body` as a `kind`. Raises GraphError 400; the text of a value that does not fit is not repeated.

    What Graph keeps itself, and annotations, may be sent and are passed over; a property that the type has not is
    refused, as by any OData service whose types are closed.
    """
    if not body:
        raise unreadable("Empty Payload. JSON content expected.")
    try:
        if hasattr(kind, "graph_type"):
            _check_names(msgspec.json.decode(body), kind)
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise unreadable(
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload "
            "is of valid JSON format."
        ) from None


def _check_names(sent: Any, kind: Any) -> None:
    if not isinstance(sent, dict):
        return
    known = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
    for name, value in sent.items():
        if "@" in name or name in kind.read_only:
            continue
        if name not in known:
            raise GraphError(
                400,
                "RequestBodyRead",
                f"The property '{name[:40]}' does not exist on type 'microsoft.graph.{kind.graph_type}'. Make sure "
                "to only use property names that are defined by the type or mark the type as open type.",
            )
        for nested in (CodeBody, PinBody):
            if known[name] == nested | None:
                _check_names(value, nested)


def utc(moment: datetime | None) -> datetime | None:
    """`moment` in UTC. Raises GraphError 400 at the ends of time."""
    try:
        return moment.astimezone(UTC) if moment else None
    except OverflowError:
        raise bad_request("The time is out of range.") from None
