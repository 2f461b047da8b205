"""`kiosk doctor`: what works, what does not, and what to do."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict

import click

from kiosk.cli.options import config_option
from kiosk.clock import SystemClock
from kiosk.config import Config

_SIGNS = {"ok": "ok     ", "fault": "FAULT  ", "unknown": "unknown"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@config_option
def doctor(*, as_json: bool, config: Config) -> None:
    """Ask every part of the station how it is. Leaves with 1 when one has a fault."""
    sys.exit(asyncio.run(_doctor(config, as_json=as_json)))


async def _doctor(config: Config, *, as_json: bool) -> int:
    from kiosk.doctor import examine

    faults = 0
    async for finding in examine(config, SystemClock()):
        faults += finding.state == "fault"
        if as_json:
            click.echo(json.dumps(asdict(finding), ensure_ascii=False))
            continue
        click.echo(f"{_SIGNS[finding.state]}  {finding.part}: {finding.answer}  ({finding.asked})")
        if finding.todo:
            click.echo(f"         do: {finding.todo}")
    return 1 if faults else 0
