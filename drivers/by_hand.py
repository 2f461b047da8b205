"""A driver run by a person: its messages as JSON lines on standard output, without the content of badges."""

from __future__ import annotations

import base64
import hashlib
import sys
from pathlib import Path
from typing import Any

import msgspec

from drivers.kinds import make
from drivers.loop import Loop
from drivers.wire import messages
from drivers.wire.content import badge_content
from drivers.wire.messages import Code, Commit, Error, FromDriver, Outcome, Prepare, Prepared, Scan
from drivers.wire.options import OptionError
from drivers.wire.secret import Secret


def scan(kind: str, options: dict[str, Any], *, reveal: bool) -> int:
    """Print what the scanner says until it ends; 1 when it said an error. Raises OptionError."""
    if reveal and not sys.stdout.isatty():
        raise OptionError("--reveal shows secrets: only to a terminal, not into a file or pipe")
    failed = False

    def say(message: FromDriver) -> None:
        nonlocal failed
        failed = failed or isinstance(message, Error)
        print(_shown(message, reveal=reveal), flush=True)

    loop = Loop(say)
    driver = make("scan", kind, options, loop)
    try:
        driver.start()
        loop.run()
    finally:
        driver.close()
    return int(failed)


def print_file(kind: str, options: dict[str, Any], file: Path | None) -> int:
    """Print a picture file as one page; 0 only when the printer says that it was printed. Raises OptionError."""
    from drivers.decode.engine import NotAPictureError

    if file is None:
        raise OptionError("name the FILE to print")
    said: list[FromDriver] = []
    driver = make("print", kind, options, Loop(said.append))
    try:
        driver.handle(Prepare(job="by-hand", page=_page(file)))
    except (NotAPictureError, OSError) as wrong:
        raise OptionError(f"{file}: {wrong}") from None
    if isinstance(said[-1], Prepared):
        driver.handle(Commit(job="by-hand"))
    for message in said:
        print(_shown(message, reveal=False))
    last = said[-1]
    return 0 if isinstance(last, Outcome) and last.result == "printed" else 1


def _page(file: Path) -> messages.Page:
    from drivers.decode.engine import unpack
    from drivers.printers.page import pack

    return pack(unpack(file.read_bytes()) < 128, dpi=203)  # noqa: PLR2004


def _shown(message: FromDriver, *, reveal: bool) -> str:
    fields = msgspec.structs.asdict(message)
    if isinstance(message, Scan):
        fields["codes"] = [_code(code, reveal=reveal) for code in message.codes]
    if isinstance(message, Prepared):
        fields["read"] = [hashlib.sha256(content.reveal()).hexdigest() for content in message.read]
    shown = {name: value for name, value in fields.items() if value not in ("", ()) and not isinstance(value, Secret)}
    return msgspec.json.encode({"type": message.__struct_config__.tag, **shown}).decode()


def _code(code: Code, *, reveal: bool) -> dict[str, Any]:
    content = code.content.reveal()
    shown: dict[str, Any] = {"sha256": hashlib.sha256(content).hexdigest()}
    if reveal or badge_content(content) is None:
        shown["content_base64"] = base64.b64encode(content).decode()
    return {**shown, **{name: value for name, value in msgspec.structs.asdict(code).items() if name != "content"}}
