"""`kiosk sign-in`: whether a supervisor can sign in with a phone, and what they may then do."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import click

from kiosk.cli.options import config_option
from kiosk.config import Config

if TYPE_CHECKING:
    from kiosk.graph.auth import DevicePrompt
    from kiosk.graph.reach import Reach


@click.command("sign-in")
@click.option("--json", "as_json", is_flag=True, help="Two lines of JSON: what to enter where, then who signed in.")
@config_option
def sign_in(*, as_json: bool, config: Config) -> None:
    """Sign a supervisor in with their own phone, and say what they may do here.

    Nothing is kept: the session ends with the command. Leaves with 1 when nobody signed in, or Entra refused.
    """
    asyncio.run(_sign_in(config, as_json=as_json))


async def _sign_in(config: Config, *, as_json: bool) -> None:
    from kiosk.administration.reach import to_json
    from kiosk.administration.session import open_session
    from kiosk.clock import SystemClock

    show = _tell_program if as_json else _tell_person
    async with open_session(config, SystemClock(), show) as session:
        reach = await session.graph.reach()
    click.echo(json.dumps(to_json(reach), ensure_ascii=False) if as_json else "\n".join(_lines(reach)))


def _tell_program(prompt: DevicePrompt) -> None:
    shown = {
        "user_code": prompt.user_code,
        "verification_uri": prompt.verification_uri,
        "expires": prompt.expires.isoformat(),
    }
    click.echo(json.dumps(shown))


def _tell_person(prompt: DevicePrompt) -> None:
    from kiosk.cli.symbol import show_address

    if sys.stdout.isatty():
        show_address(prompt.verification_uri)
    click.echo(f"Open   {prompt.verification_uri}\nEnter  {prompt.user_code}")
    click.echo(f"Waiting until {prompt.expires.astimezone():%H:%M} …")


def _lines(reach: Reach) -> list[str]:
    from kiosk.administration.reach import extent, lacks
    from kiosk.cli.shapes import printable

    roles = [role.name + (f" in unit {role.unit}" if role.unit else "") for role in reach.roles]
    missing = lacks(reach)
    return [
        f"Signed in: {printable(reach.claims.name)}",
        f"  permissions  {', '.join(sorted(reach.claims.permissions)) or 'none'}",
        f"  roles        {', '.join(roles) or 'none'}",
        f"  reach        {extent(reach)}",
        *(f"  missing      {lack}" for lack in missing),
        "Signed out.",
    ]
