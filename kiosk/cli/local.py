"""What the commands on this machine's own registry share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from kiosk.cli.options import config_option
from kiosk.config import Config
from kiosk.errors import KioskError

if TYPE_CHECKING:
    from kiosk.registry import Registry

Command = Callable[..., Any]


@dataclass(frozen=True)
class Local:
    """How a command was asked to work."""

    config: Config
    as_json: bool

    def run(self, work: Callable[[Registry], Awaitable[None]], *, read_only: bool) -> None:
        """Open the registry, do `work`, close it. Raises KioskError."""
        asyncio.run(self._run(work, read_only=read_only))

    async def _run(self, work: Callable[[Registry], Awaitable[None]], *, read_only: bool) -> None:
        from kiosk.registry import Registry

        config = self.config
        async with Registry.open(
            config.registry_path, read_only=read_only, station=config.station.name, syslog=config.syslog
        ) as registry:
            await work(registry)

    def say(self, row: dict[str, Any], lines: list[str]) -> None:
        """The answer, for a program or for a person."""
        click.echo(json.dumps(row, ensure_ascii=False) if self.as_json else "\n".join(lines))


class NotRightError(KioskError):
    """A check found something wrong, and it has been said."""


def local(command: Command) -> Command:
    """`--config` and `--json`, handed on together as `local`."""

    def called(*, config: Config, as_json: bool, **words: Any) -> None:
        command(local=Local(config, as_json), **words)

    called.__name__, called.__doc__ = command.__name__, command.__doc__
    called.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    json_option = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
    decorated: Command = json_option(config_option(called))
    return decorated
