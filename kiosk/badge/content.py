"""The content of a badge: taken apart, digested, shortened for people."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from drivers.wire.content import PREFIX, badge_content
from drivers.wire.secret import Secret

#: What sets our digests apart from any other SHA-256 of the same bytes, such as one in somebody's log.
_DOMAIN: Final = b"kiosk badge content v1\0"
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: Bytes a QR code can hold at most (version 40, level L).
MAX_CONTENT: Final = 2953
_UPN_LENGTH: Final = 320


class Unreadable(Enum):
    """Why a content gives no badge."""

    NOT_A_BADGE = "not_a_badge"
    UNKNOWN_VERSION = "unknown_version"
    MALFORMED = "malformed"
    #: The scanner did not deliver a code whole: cut off, too long, not typed exactly. `parse` never gives this.
    MISREAD = "misread"


@dataclass(frozen=True)
class Badge:
    """What a badge says of itself: `ms-qrpin:v1|UPN|code id|…`. What follows the id is Entra's and not looked at."""

    upn: str
    code_id: str
    digest: bytes


def digest(content: bytes) -> bytes:
    """32 bytes that tell this content from any other and give none of it away.

    The raw content and its base64 text have one digest: which of the two a symbol carries is not documented.
    """
    return hashlib.sha256(_DOMAIN + (badge_content(content) or content)).digest()


def parse(content: Secret) -> Badge | Unreadable:
    """What a code's content says. Strict on what is relied on, indifferent to the rest. Never raises."""
    text = badge_content(content.reveal())
    if text is None or len(text) > MAX_CONTENT:
        return Unreadable.NOT_A_BADGE
    version, *fields = text[len(PREFIX) :].split(b"|")
    if version != b"v1":
        return Unreadable.UNKNOWN_VERSION
    if len(fields) < 3:  # noqa: PLR2004 - UPN, id, and at least one more: the key
        return Unreadable.MALFORMED
    upn, code_id = _printable(fields[0]), _printable(fields[1])
    if upn is None or code_id is None or "@" not in upn or not _GUID.fullmatch(code_id):
        return Unreadable.MALFORMED
    return Badge(upn=upn, code_id=code_id.lower(), digest=digest(text))


def _printable(field: bytes) -> str | None:
    try:
        text = field.decode()
    except UnicodeDecodeError:
        return None
    return text if text and len(text) <= _UPN_LENGTH and text.isprintable() else None


def short_id(code_id: str) -> str:
    """What a person reads out over the phone: the first eight digits of a code's id."""
    return code_id[:8].upper()
