"""What may be noted beside a step or an action: plain values, and so no secret."""

from __future__ import annotations

import json
from collections.abc import Mapping

#: What a detail may be. There is no bytes among them: whoever holds bytes may be holding content. A digest is hex.
Detail = str | int | float | bool | None
Details = Mapping[str, Detail]


def to_json(details: Details) -> str:
    """Raises TypeError for anything that is no Detail: a Secret, bytes, a list."""
    for name, detail in details.items():
        if not isinstance(detail, Detail):
            raise TypeError(
                f"detail {name!r} is a {type(detail).__name__}; text, a number, true, false or none may be"
            )
    return json.dumps(dict(details), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
