"""`kiosk pin`: a person's PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from drivers.wire.secret import Secret
from kiosk.cli.administration import (
    Ways,
    consent,
    require_consent,
    require_terminal,
    reveal_option,
    slip_option,
    ways,
    yes_option,
)
from kiosk.cli.making import make
from kiosk.errors import UsageError

if TYPE_CHECKING:
    from kiosk.administration.session import Session
    from kiosk.cli.hand_over import HandOver


@click.group()
def pin() -> None:
    """A person's PIN, which both their codes share."""


@pin.command("reset")
@click.argument("user")
@reveal_option
@slip_option
@yes_option
@ways
def _reset(*, user: str, reveal: bool, slip: bool, yes: bool, ways: Ways) -> None:
    """Have Entra make a new PIN, shown once on the terminal (--reveal) or printed on a slip of its own (--slip).

    USER is a user principal name or an object id. The old PIN stops working at once. The person has to change the
    new one at the next sign-in.
    """
    if not reveal and not slip:
        raise UsageError(
            "Entra gives the new PIN once, and it would be lost: nothing was changed",
            hint="give --reveal to see it, on a terminal, or --slip to have it printed",
        )
    require_terminal(reveal=reveal)
    require_consent(yes=yes)

    async def work(session: Session, hand_over: HandOver) -> None:
        await _anew(session, user, hand_over, yes=yes)

    make(ways, work, to_printer=False, reveal=reveal, slip=slip)


async def _anew(session: Session, whom: str, hand_over: HandOver, *, yes: bool) -> None:
    from kiosk.cli import shapes
    from kiosk.graph.paths import MethodOwner
    from kiosk.graph.pin import PIN_MOST_DIGITS

    person = await session.user(whom)
    owner = MethodOwner.user(person.id)
    await session.graph.get_pin(owner)
    policy = await session.policy()
    await hand_over.ready_for_pin(person, policy.pin_length if policy else PIN_MOST_DIGITS)
    consent(f"Reset the PIN of {shapes.named(person)}? The old one stops working at once, for good.", yes=yes)
    new = await session.graph.reset_pin(owner)
    assert new.code is not None, "the client raises for a reset without its PIN"
    slip = await hand_over.give_pin(person, new.code)
    row = {"user": shapes.user(person), "reset": True, "pin": shapes.pin(new)} | ({"slip": slip} if slip else {})
    lines = [f"{shapes.named(person)}: the PIN was reset."]
    _say(hand_over, row, lines, new.code)
    hand_over.require_told(person, slip)


def _say(hand_over: HandOver, row: dict[str, Any], lines: list[str], pin: Secret) -> None:
    from kiosk.cli.hand_over import wipe_when_told

    ways = hand_over.ways
    if not hand_over.reveal:
        ways.say(row, lines)
        return
    said = pin.reveal_text()
    ways.say({**row, "code": said}, [*lines, f"PIN: {said}   (once)"])
    if not ways.as_json:
        wipe_when_told()
