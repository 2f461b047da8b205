"""What is inside a code: `ms-qrpin:v1|UPN|code id|key`."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Final

from drivers.wire.secret import Secret

#: The scheme, seen in the samples of Microsoft's early 2025 pages, where the third field equals the code's id.
PREFIX: Final = "ms-qrpin:v1"
#: Bytes of key. Their 172 base64 characters bring the content of a UPN of 9 to 49 characters to 231 to 271 bytes,
#: which is what the captured 195-pixel picture can hold: symbol version 10, level L.
KEY_BYTES: Final = 129


def new_content(user_principal_name: str, code_id: str) -> Secret:
    """A new code's content with a random key."""
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return Secret(f"{PREFIX}|{user_principal_name}|{code_id}|{key}")


def content_digest(content: bytes) -> bytes:
    """The SHA-256 by which the tenant knows a content again; the content itself is not kept."""
    return hashlib.sha256(content).digest()


def named_in(content: bytes) -> tuple[str, str] | None:
    """The UPN and the code id a content names, or None where it is no badge's content."""
    try:
        fields = content.decode().split("|")
    except UnicodeDecodeError:
        return None
    if len(fields) != 4 or fields[0] != PREFIX:  # noqa: PLR2004 - the four fields of the scheme
        return None
    return fields[1], fields[2].lower()
