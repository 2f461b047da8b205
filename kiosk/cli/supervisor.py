"""`kiosk supervisor`: who may approve here with their badge and a station PIN."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from kiosk.cli.administration import Ways, ways
from kiosk.cli.local import Local, local
from kiosk.errors import UsageError

if TYPE_CHECKING:
    from drivers.wire.secret import Secret
    from kiosk.administration.session import Session
    from kiosk.registry import Registry


@click.group()
def supervisor() -> None:
    """Those who approve with a badge and a PIN of this station. Their account is read live at each approval."""


@supervisor.command("add")
@click.argument("user")
@ways
def _add(*, user: str, ways: Ways) -> None:
    """Let USER approve here. The PIN is asked twice on the terminal, and only a hash of it is kept."""
    if not sys.stdin.isatty():
        raise UsageError("a PIN is typed on a terminal", hint="it is never taken from a pipe or an argument")

    async def work(session: Session) -> None:
        from kiosk.administration.registry_supervisors import add_supervisor
        from kiosk.cli import shapes

        person = await session.user(user)
        await add_supervisor(ways.config, person, _asked(), at=session.clock.now())
        ways.say({"user": shapes.user(person), "added": True}, [f"{shapes.named(person)} may approve here."])

    ways.run(work)


@supervisor.command("list")
@local
def _list(*, local: Local) -> None:
    """Who they are."""

    async def work(registry: Registry) -> None:
        from kiosk.cli import shapes

        found = await registry.supervisors.all()
        rows = [
            {
                "userId": each.user_id,
                "userPrincipalName": each.upn,
                "failures": each.failures,
                "notBefore": shapes.time(each.not_before),
            }
            for each in found
        ]
        local.say({"supervisors": rows}, [shapes.printable(f"{each.upn} ({each.user_id})") for each in found])

    local.run(work, read_only=True)


@supervisor.command("remove")
@click.argument("user")
@local
def _remove(*, user: str, local: Local) -> None:
    """Let USER (object id or UPN, as listed) approve here no more."""

    async def work(registry: Registry) -> None:
        from kiosk.administration.registry_supervisors import remove_supervisor
        from kiosk.clock import SystemClock

        removed = await remove_supervisor(registry, user, at=SystemClock().now())
        local.say({"userId": removed.user_id, "removed": True}, [f"{removed.upn} may approve here no more."])

    local.run(work, read_only=False)


def _asked() -> Secret:
    from drivers.wire.secret import Secret
    from kiosk.administration.registry_supervisors import require_pin

    typed = click.prompt("PIN of this station", hide_input=True, confirmation_prompt=True, err=True)
    pin = Secret(typed)
    require_pin(pin)
    return pin
