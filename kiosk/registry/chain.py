"""How an entry of the audit is hashed, and a person in it hidden. Pure; docs/audit.md describes it for auditors."""

from __future__ import annotations

import hashlib
import json
from typing import Final

#: The hash "before" the first entry of a chain.
GENESIS: Final = "0" * 64
SALT_BYTES: Final = 32
_FORMAT: Final = "kiosk-audit-1"


def entry_hash(
    *,
    chain: str,
    seq: int,
    at: str,
    action: str,
    actor: str | None,
    subject: str | None,
    details: str,
    previous: str,
) -> str:
    """SHA-256, in hex, over a JSON array in ASCII without spaces: the format's name, then the fields as named here.

    `actor` and `subject` are commitments; `details` is the very text that is kept.
    """
    fields = [_FORMAT, chain, seq, at, action, actor, subject, details, previous]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode("ascii")).hexdigest()


def commitment(salt: bytes, value: str) -> str:
    """SHA-256, in hex, over salt and value. Without the salt nobody can try values; without both it stays valid."""
    return hashlib.sha256(salt + value.encode("utf-8", "surrogatepass")).hexdigest()
