"""A driver run by a person: its messages as JSON lines on standard output, without the content of badges."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from drivers.kinds import make
from drivers.loop import Loop
from drivers.wire import messages
from drivers.wire.content import badge_content
from drivers.wire.messages import Code, Commit, Error, FromDriver, Health, Outcome, Prepare, Prepared, Scan
from drivers.wire.options import OptionError
from drivers.wire.secret import Secret


def scan(kind: str, options: dict[str, Any], *, reveal: bool) -> int:
    """Print what the scanner says until it ends. Raises OptionError.

    Gives 1 when it said an error, or when its device was not to be had: nobody waits here for it to come. What is
    wrong is then said on standard error as well.
    """
    if reveal and not sys.stdout.isatty():
        raise OptionError("--reveal shows secrets: only to a terminal, not into a file or pipe")
    if kind == "pictures" and not options.get("paths"):
        raise OptionError("name the pictures, folders or videos to read, or - for standard input")
    terminal = _Terminal(kind, reveal=reveal)
    loop = Loop(terminal.say)
    terminal.leave = loop.stop
    driver = make("scan", kind, options, loop)
    try:
        driver.start()
        loop.run()
    finally:
        driver.close()
    return int(terminal.failed)


class _Terminal:
    """Shows what a scanner says. `failed`: whether it said an error, or its device is not to be had."""

    def __init__(self, kind: str, *, reveal: bool) -> None:
        self.failed = False
        self.leave: Callable[[], None] = _stay
        self._kind = kind
        self._reveal = reveal
        self._there = False

    def say(self, message: FromDriver) -> None:
        """Print one message."""
        print(_shown(message, reveal=self._reveal), flush=True)
        if isinstance(message, Error):
            self.failed = True
        elif isinstance(message, Health):
            self._health(message)

    def _health(self, health: Health) -> None:
        self._there = self._there or health.state == "ok"
        if health.state not in ("absent", "fault"):
            return
        print(f"{self._kind}: {health.reason}; {health.hint}", file=sys.stderr)
        if not self._there:
            self.leave()
        self.failed = self.failed or not self._there or health.state == "absent"


def _stay() -> None:
    """Before there is a loop to leave."""


def print_file(kind: str, options: dict[str, Any], file: Path | None) -> int:
    """Print a picture file as one page; 0 only when the printer says that it was printed. Raises OptionError."""
    from drivers.decode.engine import NotAPictureError

    if file is None:
        raise OptionError("name the FILE to print")
    said: list[FromDriver] = []
    driver = make("print", kind, options, Loop(said.append))
    try:
        driver.handle(Prepare(job="by-hand", page=_page(file, options.get("dpi", 203))))
    except (NotAPictureError, OSError) as wrong:
        raise OptionError(f"{file}: {wrong}") from None
    if isinstance(said[-1], Prepared):
        driver.handle(Commit(job="by-hand"))
    for message in said:
        print(_shown(message, reveal=False))
    last = said[-1]
    return 0 if isinstance(last, Outcome) and last.result == "printed" else 1


def _page(file: Path, dpi: int) -> messages.Page:
    from drivers.decode.engine import unpack
    from drivers.printers.page import pack

    return pack(unpack(file.read_bytes()) < 128, dpi=dpi)  # noqa: PLR2004


def _shown(message: FromDriver, *, reveal: bool) -> str:
    fields = msgspec.structs.asdict(message)
    if isinstance(message, Scan):
        fields["codes"] = [_code(code, reveal=reveal) for code in message.codes]
    if isinstance(message, Prepared):
        fields["read"] = [hashlib.sha256(content.reveal()).hexdigest() for content in message.read]
    shown = {name: value for name, value in fields.items() if value not in ("", ()) and not isinstance(value, Secret)}
    # Plain ASCII: a file's name, or a code's, may hold what would command the terminal or turn its text round.
    plain = msgspec.to_builtins({"type": message.__struct_config__.tag, **shown})
    return json.dumps(plain, separators=(",", ":")).replace("\x7f", "\\u007f")


def _code(code: Code, *, reveal: bool) -> dict[str, Any]:
    content = code.content.reveal()
    shown: dict[str, Any] = {"sha256": hashlib.sha256(content).hexdigest()}
    if reveal or badge_content(content) is None:
        shown["content_base64"] = base64.b64encode(content).decode()
    return {**shown, **{name: value for name, value in msgspec.structs.asdict(code).items() if name != "content"}}
