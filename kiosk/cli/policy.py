"""`kiosk policy`: what the tenant allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kiosk.cli.administration import Ways, ways

if TYPE_CHECKING:
    from kiosk.administration.session import Session
    from kiosk.graph.models import Policy, PolicyTarget


@click.group()
def policy() -> None:
    """The tenant's policy for the QR code + PIN method."""


@policy.command("show")
@ways
def _show(*, ways: Ways) -> None:
    """Whether the method is enabled, for whom, and what codes and PINs may be. It is changed in Entra alone."""

    async def work(session: Session) -> None:
        from kiosk.cli import shapes

        found = await session.graph.get_policy()
        ways.say(shapes.policy(found), _lines(found))

    ways.run(work)


def _lines(found: Policy) -> list[str]:
    return [
        f"The QR code + PIN method is {'enabled' if found.enabled else 'DISABLED'}.",
        f"  for      {_targets(found.include_targets)}",
        f"  not for  {_targets(found.exclude_targets)}",
        f"  standard codes live {found.standard_lifetime_days} days unless asked otherwise (1 to 395)",
        f"  PINs have at least {found.pin_length} digits (8 to 20)",
    ]


def _targets(targets: tuple[PolicyTarget, ...]) -> str:
    names = ["everybody" if each.id == "all_users" else f"{each.target_type} {each.id}" for each in targets]
    return ", ".join(names) or "nobody"
