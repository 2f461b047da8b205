"""The words after `python -m drivers`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from drivers import by_hand
from drivers.conversation import converse
from drivers.wire.options import PRINTERS, SCANNERS, OptionError, Options, from_text

_WIRE = click.option("--wire", metavar="stdio|listen|fd:N", help="Speak with the station instead of a person.")
_OPTION = click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="Any option of this kind.")


def main() -> None:
    """Run one driver; leaves with 0, 1 when the job could not be done, 2 when it makes no sense as asked."""
    try:
        _drivers(prog_name="python -m drivers")
    except BrokenPipeError:
        pass
    finally:
        _flush()


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output left; what is still unsent must not be complained about at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def _drivers() -> None:
    """One device driver of the badge station."""


@_drivers.command("scan")
@click.argument("kind", required=False)
@click.argument("where", nargs=-1)
@click.option("--reveal", is_flag=True, help="Show the content of badges too; only to a terminal.")
@_OPTION
@_WIRE
def _scan(
    kind: str | None, where: tuple[str, ...], options: tuple[str, ...], *, reveal: bool, wire: str | None
) -> None:
    """Read codes and print them as JSON lines.

    KIND is pictures, camera, serial, keyboard or none. WHERE: for pictures, files, folders, a video, a named pipe
    or -; for the others, their device.
    """
    _run(
        "scan", kind, wire, lambda name: by_hand.scan(name, _read(name, options, _where(name, where)), reveal=reveal)
    )


@_drivers.command("print")
@click.argument("kind", required=False)
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--to",
    metavar="WHERE",
    help="tcp:HOST:PORT, serial:/dev/…, usb:SN=…, a device such as /dev/usb/lp0, file:PATH, or a folder.",
)
@_OPTION
@_WIRE
def _print(kind: str | None, file: Path | None, to: str | None, options: tuple[str, ...], wire: str | None) -> None:
    """Print FILE, a picture with one pixel a dot, as a page.

    KIND is escpos, zpl, picture (files in a folder) or none.
    """
    given = {"to": to} if to else {}
    _run("print", kind, wire, lambda name: by_hand.print_file(name, _read(name, options, given), file))


@_drivers.command("list")
@click.option("--json", "as_json", is_flag=True, help="For a program.")
def _list(*, as_json: bool) -> None:
    """Show what is plugged in, and the configuration that uses it."""
    from drivers.plugged import listing

    print(listing.as_json() if as_json else listing.as_text())


def _where(kind: str, where: tuple[str, ...]) -> dict[str, Any]:
    if kind == "pictures":
        return {"paths": list(where)}
    if kind in SCANNERS and len(where) > 1:
        raise OptionError(f"{kind} reads one device, not {len(where)}: {' '.join(where)}")
    return {"device": where[0]} if where and "device" in _names(kind) else {}


def _names(kind: str) -> set[str]:
    shape = SCANNERS.get(kind)
    return set(shape.__struct_fields__) if shape else set()


def _run(role: Any, kind: str | None, wire: str | None, act: Callable[[str], int]) -> None:
    try:
        if wire:
            converse(role, wire, kind)
            return
        if kind is None:
            raise OptionError(f"name a KIND: {', '.join(SCANNERS if role == 'scan' else PRINTERS)}")
        sys.exit(act(kind))
    except OptionError as wrong:
        raise click.UsageError(str(wrong)) from None


def _read(kind: str, pairs: tuple[str, ...], given: dict[str, Any]) -> dict[str, Any]:
    shape = {**SCANNERS, **PRINTERS}.get(kind, Options)
    options = dict(given)
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise OptionError(f"--option is NAME=VALUE, not {pair!r}")
        options[name] = from_text(name, value, shape)
    return options
