"""`kiosk people`: who is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kiosk.cli.administration import Ways, ways

if TYPE_CHECKING:
    from kiosk.administration.session import Session
    from kiosk.graph.models import User


@click.group()
def people() -> None:
    """The tenant's people."""


@people.command("find")
@click.argument("text")
@click.option("--unit", metavar="ID", help="Only people of this administrative unit.")
@click.option("--most", type=click.IntRange(1, 999), default=50, show_default=True, help="People to list at most.")
@ways
def _find(*, text: str, unit: str | None, most: int, ways: Ways) -> None:
    """Find people by the beginning of a name or user principal name, or by employee id.

    Leaves with 1 when nobody is found.
    """

    async def work(session: Session) -> None:
        from kiosk.cli import shapes
        from kiosk.graph.errors import UserNotFound

        found = await session.graph.find_people(text, unit=unit, most=most)
        rows = [{**shapes.user(person), "employeeId": person.employee_id} for person in found.people]
        more = [f"… and others: --most {most} are shown"] if found.more else []
        ways.say({"people": rows, "more": found.more}, [*map(_line, found.people), *more] or ["nobody"])
        if not rows:
            raise UserNotFound("nobody was found", hint="type the beginning of a name, or a whole employee id")

    ways.run(work)


def _line(person: User) -> str:
    from kiosk.cli import shapes

    notes = [
        *([f"employee {shapes.printable(person.employee_id)}"] if person.employee_id else []),
        *(["account disabled"] if person.account_enabled is False else []),
    ]
    return f"{shapes.named(person)}{', ' if notes else ''}{', '.join(notes)}  {person.id}"
