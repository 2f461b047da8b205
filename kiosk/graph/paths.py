"""Addresses under `https://graph.microsoft.com/{version}`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from kiosk.badge.kind import CodeKind
from kiosk.errors import UsageError

POLICY = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/qrCodePin"

#: Everything the station asks about a person; Graph leaves accountEnabled out unless it is named.
USER_FIELDS = "id,userPrincipalName,displayName,accountEnabled,preferredLanguage,employeeId,jobTitle"

#: Where a tenant keeps its hardware OATH devices (Graph beta reference).
OATH_DEVICES = "/directory/authenticationMethodDevices/hardwareOathDevices"

_CODE = {CodeKind.STANDARD: "standardQRCode", CodeKind.TEMPORARY: "temporaryQRCode"}


@dataclass(frozen=True, slots=True)
class MethodOwner:
    """Whose method: a person, addressed in one of Graph's ways. `path` is the person's own address.

    `device` is the address of the hardware OATH device the person is known by, where that is how they are addressed.
    """

    path: str
    device: str = ""

    @classmethod
    def me(cls) -> MethodOwner:
        """The signed-in person. An app alone has no `/me`."""
        return cls("/me")

    @classmethod
    def user(cls, id_or_upn: str) -> MethodOwner:
        """A person by object id or user principal name. Raises UsageError for what can be neither.

        A name that begins with `$` goes into parentheses, as OData asks (Graph reference, "Get a user").
        """
        if id_or_upn.strip(".") == "" or re.search(r"[\x00-\x1f\x7f]", id_or_upn) or id_or_upn != id_or_upn.strip():
            raise UsageError("that is no user id or user principal name", hint="Give one, such as name@example.com.")
        if id_or_upn.startswith("$"):
            return cls(f"/users('{quoted(id_or_upn.replace(chr(39), chr(39) * 2))}')")
        return cls(f"/users/{quoted(id_or_upn)}")

    @classmethod
    def oath_device(cls, device_id: str | None, hardware_oath_device_id: str) -> MethodOwner:
        """Whoever a hardware OATH device is assigned to. Raises UsageError for an id that can be none.

        With `device_id` the address is `/authenticationMethodDevices/{id}/hardwareOathDevices/{id}/assignTo`, without
        it `/directory/authenticationMethodDevices/hardwareOathDevices/{id}/assignTo` (drafts of Graph's reference,
        February 2025). There a code is created by POST, and PATCH only edits.
        """
        token = _id(hardware_oath_device_id)
        collection = (
            OATH_DEVICES
            if device_id is None
            else (f"/authenticationMethodDevices/{_id(device_id)}/hardwareOathDevices")
        )
        return cls(f"{collection}/{token}/assignTo", device=f"{OATH_DEVICES}/{token}")

    @property
    def creating_verb(self) -> str:
        """By which a code is created, or a PIN reset, at this address."""
        return "POST" if self.device else "PATCH"

    @property
    def method(self) -> str:
        """The QR code + PIN method."""
        return f"{self.path}/authentication/qrCodePinMethod"

    def code(self, kind: CodeKind) -> str:
        """One of the two slots."""
        return f"{self.method}/{_CODE[kind]}"

    @property
    def pin(self) -> str:
        """The PIN both codes share."""
        return f"{self.method}/pin"

    @property
    def update_pin(self) -> str:
        """The action by which a person changes their own PIN."""
        return f"{self.pin}/updatePin"


def _id(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_\-]{1,120}", text) is None:
        raise UsageError("that is no device's id", hint="Give the id that Graph lists, such as a GUID.")
    return text


def quoted(text: str) -> str:
    """For a path. Raises UsageError for half a surrogate pair."""
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise UsageError("that name holds half a character", hint="Type it again.") from None
