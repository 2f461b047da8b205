"""What other tools issued, from a CSV file: who, which code, from when to when. Never what a code says."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from kiosk.badge.kind import CodeKind
from kiosk.errors import UsageError
from kiosk.registry import CodeElsewhere, CodeState

#: The columns read, and what is taken where `kind` and `upn` are left out.
COLUMNS: Final = ("user_id", "upn", "code_id", "kind", "start", "expire")
_NEEDED: Final = ("user_id", "code_id", "start", "expire")
_CONTENT_NAMES: Final = ("content", "raw", "secret", "image", "binary", "pin", "payload")
_CONTENT: Final = ("ms-qrpin:", "bxmtcxjwaw46")  # the latter is the former in base64, in lower case
_MOST_LINES_NAMED: Final = 10


class ImportRefusedError(UsageError):
    """The file is not taken, not even in part. The words name lines and never say what is in them."""


def read(file: Path, *, at: datetime) -> list[CodeElsewhere]:
    """Every row of a CSV file in UTF-8 with a head. Raises ImportRefusedError for the whole file if any is wrong."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as wrong:
        raise ImportRefusedError(f"{file}: {wrong.strerror}") from None
    except UnicodeDecodeError:
        raise ImportRefusedError(f"{file}: not UTF-8 text") from None
    return parse(text.splitlines(), file.name, at=at)


def parse(lines: Iterable[str], source: str, *, at: datetime) -> list[CodeElsewhere]:
    """See `read`."""
    rows = csv.DictReader(lines, strict=True)
    codes: list[CodeElsewhere] = []
    wrong: list[str] = []
    try:
        _require_head([name.strip().lower() for name in rows.fieldnames or ()])
        for row in rows:
            cells = {str(name).strip().lower(): value for name, value in row.items()}
            try:
                codes.append(_code(cells, source, at))
            except ValueError as error:
                wrong.append(f"line {rows.line_num}: {error}")
    except csv.Error:
        raise ImportRefusedError(f"line {rows.line_num}: not CSV", hint="nothing was imported") from None
    counted = Counter(code.code_id for code in codes)
    wrong += [f"code {code_id} is named {number} times" for code_id, number in counted.items() if number > 1]
    if wrong:
        more = f"; and {len(wrong) - _MOST_LINES_NAMED} more" if len(wrong) > _MOST_LINES_NAMED else ""
        raise ImportRefusedError("; ".join(wrong[:_MOST_LINES_NAMED]) + more, hint="nothing was imported")
    return codes


def _require_head(names: list[str]) -> None:
    for name in names:
        if any(word in name.replace("_", "") for word in _CONTENT_NAMES):
            raise ImportRefusedError(
                f"column {name!r} looks like content or a PIN, which is never imported",
                hint="destroy that file, and revoke the codes in it: whoever has read it has the badges",
            )
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise ImportRefusedError(
            f"there is no column {', '.join(missing)}", hint=f"the columns are {', '.join(COLUMNS)}"
        )


def _code(row: Mapping[str, str | None], source: str, at: datetime) -> CodeElsewhere:
    cells = {name: value.strip() if isinstance(value, str) else "" for name, value in row.items()}
    if "none" in row:
        raise ValueError("it has more cells than the head")
    if any(mark in cell.lower() for cell in cells.values() for mark in _CONTENT):
        raise ValueError("it holds what a code says, which is never imported")
    for name in _NEEDED:
        if not cells[name]:
            raise ValueError(f"{name} is empty")
    kind = cells.get("kind") or CodeKind.STANDARD
    if kind not in list(CodeKind):
        raise ValueError("kind is neither standard nor temporary")
    start, expire = _time(cells["start"], "start"), _time(cells["expire"], "expire")
    if expire <= start:
        raise ValueError("it expires before it starts")
    return CodeElsewhere(
        code_id=cells["code_id"],
        user_id=cells["user_id"],
        upn=cells.get("upn", ""),
        kind=CodeKind(kind),
        start_at=start,
        expire_at=expire,
        state=CodeState.EXPIRED if expire <= at else CodeState.CREATED,
        source=source,
        noted_at=at,
    )


def _time(text: str, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name} is no ISO 8601 time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
