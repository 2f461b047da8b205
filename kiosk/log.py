"""The log: one JSON object a line, scrubbed of what looks like a secret before it is written."""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final

import structlog

_REDACTED: Final = "[redacted]"
#: A badge's content, as itself or as base64, and a JSON Web Token. Nobody should hand one to the log; if somebody
#: does, through an exception's words or a driver's output, it stops here.
_SECRETS: Final = re.compile(r"ms-qrpin:\S*|bXMtcXJwaW46[\w+/=-]*|eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?", re.IGNORECASE)
_BYTES: Final = 4 << 20


def scrub(value: Any) -> Any:
    """`value` with secrets taken out of every text in it."""
    if isinstance(value, str):
        return _SECRETS.sub(_REDACTED, value)
    if isinstance(value, dict):
        return {key: scrub(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [scrub(inner) for inner in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return _REDACTED
    return value


def write_to(file: Path | None, level: int = logging.INFO) -> None:
    """Log to `file`, two of 4 MiB at most; to standard error when there is none. Raises OSError."""
    if file:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler: logging.Handler = RotatingFileHandler(file, maxBytes=_BYTES, backupCount=1, encoding="utf-8")
        file.chmod(0o600)
    else:
        handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_PROCESSORS,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _scrub_event, _TO_JSON],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # httpx logs every address it asks, with the UPN in it; msal's debugging shows tokens; alembic says nothing new.
    for name in ("httpx", "httpcore", "msal", "urllib3", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _scrub_event(logger: Any, method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    return {key: scrub(value) for key, value in event.items()}


_TO_JSON: Final = structlog.processors.JSONRenderer(default=repr)
_PROCESSORS: Final[list[Any]] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    # The plain traceback: without the local variables, among which secrets are.
    structlog.processors.format_exc_info,
]
