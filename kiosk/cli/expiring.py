"""`kiosk expiring`: who is due for a new badge."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from kiosk.cli.local import Local, local

if TYPE_CHECKING:
    from kiosk.registry import Registry


@click.command()
@click.option("--within", type=click.IntRange(1, 395), default=30, show_default=True, metavar="DAYS")
@local
def expiring(*, within: int, local: Local) -> None:
    """People whose standard code expires within DAYS, soonest first, so that they can be asked in."""

    async def work(registry: Registry) -> None:
        from kiosk.administration.registry_due import due
        from kiosk.cli import shapes
        from kiosk.clock import SystemClock

        now = SystemClock().now()
        found = await due(registry, at=now, until=now + timedelta(days=within))
        rows = [
            {
                "userId": each.user_id,
                "userPrincipalName": each.upn,
                "codeId": each.code_id,
                "expires": shapes.time(each.expire_at),
            }
            for each in found
        ]
        lines = [
            f"{each.expire_at.astimezone(local.config.zone):%Y-%m-%d}  {shapes.printable(each.upn)}" for each in found
        ]
        local.say({"within": within, "expiring": rows}, lines or [f"Nobody's badge expires within {within} days."])

    local.run(work, read_only=True)
