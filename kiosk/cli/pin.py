"""`kiosk pin`: a person's PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kiosk.cli.administration import (
    Ways,
    consent,
    require_consent,
    require_terminal,
    reveal_option,
    ways,
    yes_option,
)
from kiosk.errors import UsageError

if TYPE_CHECKING:
    from kiosk.administration.session import Session


@click.group()
def pin() -> None:
    """A person's PIN, which both their codes share."""


@pin.command("reset")
@click.argument("user")
@reveal_option
@yes_option
@ways
def _reset(*, user: str, reveal: bool, yes: bool, ways: Ways) -> None:
    """Have Entra make a new PIN, shown once on the terminal (--reveal). The old one stops working at once.

    USER is a user principal name or an object id. The person has to change the PIN at the next sign-in.
    """
    if not reveal:
        raise UsageError(
            "Entra gives the new PIN once, and it would be lost: nothing was changed",
            hint="give --reveal to see it, on a terminal",
        )
    require_terminal(reveal=reveal)
    require_consent(yes=yes)

    async def work(session: Session) -> None:
        from kiosk.cli import shapes
        from kiosk.cli.hand_over import wipe_when_told
        from kiosk.graph.paths import MethodOwner

        person = await session.user(user)
        owner = MethodOwner.user(person.id)
        await session.graph.get_pin(owner)
        consent(f"Reset the PIN of {shapes.named(person)}? The old one stops working at once, for good.", yes=yes)
        new = await session.graph.reset_pin(owner)
        assert new.code is not None, "the client raises for a reset without its PIN"
        row = {"user": shapes.user(person), "reset": True, "pin": {**(shapes.pin(new) or {})}}
        said = new.code.reveal_text()
        ways.say({**row, "code": said}, [f"{shapes.named(person)}: the PIN was reset.", f"PIN: {said}   (once)"])
        if not ways.as_json:
            wipe_when_told()

    ways.run(work)
