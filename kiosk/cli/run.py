"""`kiosk run`: the station."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import click

from kiosk.cli.options import config_option
from kiosk.config import Config
from kiosk.errors import UsageError


@click.command()
@click.option("--may-quit", is_flag=True, help="Let the key q leave; without it only SIGTERM ends the station.")
@config_option
def run(*, config: Config, may_quit: bool) -> None:
    """Run the station on this terminal, with the devices of its configuration."""
    if not config.scanners:
        raise UsageError(
            f"{config.file or 'the defaults'}: no [scanners]: nothing would read badges",
            hint="name a configuration with --config FILE; README shows one",
        )
    if not sys.stdin.isatty():
        raise UsageError(
            "kiosk run needs a terminal for its screen", hint="start it from one, or through kiosk.service"
        )
    sys.exit(asyncio.run(_run(config, may_quit=may_quit)))


async def _run(config: Config, *, may_quit: bool) -> int:
    from kiosk.alive import keep_alive
    from kiosk.log import write_to
    from kiosk.station import open_station
    from kiosk.ui.app import run_screen

    log = _log_file(config)
    write_to(log)
    async with open_station(config) as station, keep_alive():
        return await run_screen(
            station.visit,
            log_file=log,
            viewfinder=station.viewfinder,
            may_quit=may_quit,
            title=config.station.name,
            zone=config.zone,
        )


def _log_file(config: Config) -> Path:
    folder = os.environ.get("LOGS_DIRECTORY", "").partition(":")[0]
    return (Path(folder) if folder else config.state_directory) / "kiosk.log"
