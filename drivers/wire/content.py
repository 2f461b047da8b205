"""What tells a badge's content from any other code's: it begins with `ms-qrpin:`, as itself or as base64 text.

Microsoft documents neither whether a symbol carries `rawContent` or its base64 text, nor that it never will change;
both are taken for the same content.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

PREFIX: Final = b"ms-qrpin:"
# The prefix as base64: its nine bytes are exactly twelve characters, whatever follows.
_ENCODED: Final = base64.b64encode(PREFIX)


def badge_content(content: bytes) -> bytes | None:
    """The content of a badge with base64 taken off; None for any other code."""
    content = content.strip()
    if content.startswith(PREFIX):
        return content
    if not content.startswith(_ENCODED):
        return None
    text = content.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        # It begins like a badge and is damaged after that: as it stands it is still nobody else's business.
        return content
