"""How people, methods, codes and PINs are answered: as JSON in Graph's names, and in lines. Never a secret."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any

from kiosk.badge.content import short_id
from kiosk.badge.kind import CodeKind
from kiosk.graph.models import Policy, QrCode, QrCodePinMethod, QrPin, User

Json = dict[str, Any]


def time(moment: datetime | None) -> str | None:
    """UTC, ISO 8601."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def state(code: QrCode, now: datetime) -> str:
    """Where a code is in its life, by the clock alone."""
    if now >= code.expire:
        return "expired"
    return "active" if now >= code.start else "not_yet_valid"


def user(person: User) -> Json:
    return {
        "id": person.id,
        "userPrincipalName": person.user_principal_name,
        "displayName": person.display_name,
        "accountEnabled": person.account_enabled,
    }


def code(kind: CodeKind, value: QrCode | None, now: datetime) -> Json | None:
    return (
        None
        if value is None
        else {
            "kind": str(kind),
            "id": value.id,
            "state": state(value, now),
            "startDateTime": time(value.start),
            "expireDateTime": time(value.expire),
            "createdDateTime": time(value.created),
            "lastUsedDateTime": time(value.last_used),
        }
    )


def pin(value: QrPin | None) -> Json | None:
    return (
        None
        if value is None
        else {
            "forceChangePinNextSignIn": value.force_change,
            "createdDateTime": time(value.created),
            "updatedDateTime": time(value.updated),
        }
    )


def method(value: QrCodePinMethod, now: datetime) -> Json:
    return {
        "id": value.id,
        "isUsable": value.is_usable,
        "methodUsabilityReason": value.usability_reason,
        "standardQRCode": code(CodeKind.STANDARD, value.standard, now),
        "temporaryQRCode": code(CodeKind.TEMPORARY, value.temporary, now),
        "pin": pin(value.pin),
    }


def policy(value: Policy) -> Json:
    return {
        "state": "enabled" if value.enabled else "disabled",
        "standardQRCodeLifetimeInDays": value.standard_lifetime_days,
        "pinLength": value.pin_length,
        "includeTargets": [{"targetType": each.target_type, "id": each.id} for each in value.include_targets],
        "excludeTargets": [{"targetType": each.target_type, "id": each.id} for each in value.exclude_targets],
    }


def named(person: User) -> str:
    """A person in a line: name and UPN, or whichever is known."""
    name, upn = printable(person.display_name or ""), printable(person.user_principal_name)
    return f"{name} ({upn})" if name and name != upn else upn


def code_line(kind: CodeKind, value: QrCode | None, now: datetime, zone: tzinfo) -> str:
    if value is None:
        return f"{kind} code: none"
    used = f"last used {_local(value.last_used, zone)}" if value.last_used else "never used"
    life = f"from {_local(value.start, zone)} until {_local(value.expire, zone)}"
    return f"{kind} code {short_id(value.id)}: {state(value, now).replace('_', ' ')}, {life}, {used}"


def pin_line(value: QrPin | None, zone: tzinfo) -> str:
    if value is None:
        return "PIN: none"
    who = {True: "set by an administrator, to be changed at the next sign-in", False: "chosen by the person"}
    changed = value.updated or value.created
    when = f", {_local(changed, zone)}" if changed else ""
    return f"PIN: {who.get(value.force_change, 'set')}{when}"  # type: ignore[arg-type]  # None is not among them


def method_lines(person: User, value: QrCodePinMethod, now: datetime, zone: tzinfo) -> list[str]:
    usable = (
        "" if value.is_usable is not False else f" (not usable: {value.usability_reason or 'Graph does not say why'})"
    )
    return [
        f"{named(person)}: has the QR code + PIN method{usable}",
        f"  {code_line(CodeKind.STANDARD, value.standard, now, zone)}",
        f"  {code_line(CodeKind.TEMPORARY, value.temporary, now, zone)}",
        f"  {pin_line(value.pin, zone)}",
        *(["  the account is disabled: no badge signs in"] if person.account_enabled is False else []),
    ]


def printable(text: str) -> str:
    """`text` for a terminal, which obeys control characters; a directory can hold any."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _local(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
