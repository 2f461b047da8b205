"""The two slots a person's method has."""

from __future__ import annotations

from enum import StrEnum


class CodeKind(StrEnum):
    """Which slot a code is in. Graph gives a code no type; only the path it was asked for by tells."""

    STANDARD = "standard"  # 1 to 395 days
    TEMPORARY = "temporary"  # 1 to 12 hours, beside the standard code, sharing its PIN
