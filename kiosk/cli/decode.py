"""`kiosk decode`: what is in pictures of codes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import sys
from typing import Any

import click

from drivers.wire.content import badge_content
from drivers.wire.messages import Code, Scan
from kiosk.cli.options import files_argument
from kiosk.errors import UsageError


@click.command()
@files_argument
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line; the default when not on a terminal.")
@click.option("--reveal", is_flag=True, help="Show the content of badges too; only on a terminal.")
@click.option(
    "--all", "every", is_flag=True, help="Look on for more when a code is found, however hard they are to read."
)
@click.option("--budget-ms", type=click.FloatRange(min=0, min_open=True), help="Milliseconds a picture may take.")
def decode(*, files: tuple[str, ...], as_json: bool, reveal: bool, every: bool, budget_ms: float | None) -> None:
    """Read the QR codes in pictures (PNG, JPEG, WebP, BMP, TIFF) or folders of them.

    The content of a badge is a secret and is shown as its SHA-256 alone. Leaves with 1 when a file could not be
    read; a picture without a code is no error.
    """
    if reveal and not sys.stdout.isatty():
        raise UsageError("--reveal shows secrets", hint="only to a terminal, not into a file or pipe")
    as_json = as_json or not sys.stdout.isatty()
    sys.exit(asyncio.run(_decode(files, as_json=as_json, reveal=reveal, every=every, budget_ms=budget_ms)))


async def _decode(
    files: tuple[str, ...], *, as_json: bool, reveal: bool, every: bool, budget_ms: float | None
) -> int:
    from kiosk.devices.pictures import read

    failed = False
    async for said in read(files, every=every, budget_ms=budget_ms):
        if isinstance(said, Scan):
            row = {"file": said.source, "codes": [_code(code, reveal=reveal) for code in said.codes], "ms": said.ms}
            click.echo(json.dumps(row) if as_json else _line(row))
        else:
            failed = True
            click.echo(f"kiosk: {said.about}: {said.reason}", err=True)
    return int(failed)


def _code(code: Code, *, reveal: bool) -> dict[str, Any]:
    content = code.content.reveal()
    shown: dict[str, Any] = {"sha256": hashlib.sha256(content).hexdigest()}
    if reveal or badge_content(content) is None:
        shown["content_base64"] = base64.b64encode(content).decode()
    shown |= {"corners": list(code.corners), "engine": code.engine, "step": code.step}
    return {**shown, "version": code.version, "level": code.level, "grade": _letter(code)}


def _letter(code: Code) -> str | None:
    from kiosk.badge.grade import grade

    return grade(code.quality).letter if code.quality else None


def _line(row: dict[str, Any]) -> str:
    codes = row["codes"]
    found = "no code" if not codes else "; ".join(_readable(code) for code in codes)
    return f"{row['file']}: {found} ({row['ms']:.0f} ms)"


def _readable(code: dict[str, Any]) -> str:
    if "content_base64" not in code:
        return f"a badge, sha256 {code['sha256'][:16]}…"
    text = base64.b64decode(code["content_base64"]).decode(errors="replace")
    # A terminal obeys control characters; a code can hold any.
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
