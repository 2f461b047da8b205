"""What several commands take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kiosk import config as configuration


def config_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--config FILE`, handed on as a Config."""
    return click.option(
        "--config",
        metavar="FILE",
        callback=_load,
        help="The configuration; else $KIOSK_CONFIG, else /etc/kiosk/kiosk.toml, else the defaults.",
    )(command)


def files_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """FILE…: pictures, or folders of them, by name."""
    return click.argument("files", nargs=-1, required=True, metavar="FILE…", callback=_named)(command)


def _named(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG001
    for file in value:
        if file in ("", "-"):
            raise click.BadParameter(f"{file!r} is no file: pictures are read by name, not from standard input")
    return value


def _load(context: click.Context, parameter: click.Parameter, value: str | None) -> configuration.Config:  # noqa: ARG001
    return configuration.load(Path(value) if value else configuration.find())
