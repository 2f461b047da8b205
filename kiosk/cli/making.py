"""What the commands that make a code have in common: how long it is to live, and where it goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import click

from kiosk.badge.kind import CodeKind
from kiosk.cli.administration import Command, Ways, print_option, reveal_option

if TYPE_CHECKING:
    from kiosk.administration.lifetime import Asked, Lifetime
    from kiosk.administration.session import Session
    from kiosk.cli.hand_over import HandOver
    from kiosk.graph.models import QrCode, User

_OPTIONS: Final = (
    click.option("--days", type=int, help="Days a standard code lives, 1 to 395; else policy.standard_days."),
    click.option("--start", metavar="TIME", help="When it begins, ISO 8601; now if left out."),
    click.option("--expire", metavar="TIME", help="When it ends; a date alone means its last second."),
    print_option,
    reveal_option,
)


def making(command: Command) -> Command:
    """`--days`, `--start`, `--expire`, `--print` and `--reveal`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def life_of(ways: Ways, kind: CodeKind, asked: Asked) -> Lifetime:
    """When the code begins and ends, by the site's own time and defaults. Raises UsageError."""
    from kiosk.administration.lifetime import lifetime
    from kiosk.clock import SystemClock

    config = ways.config
    days = config.policy.standard_days
    return lifetime(kind, asked, default_days=days, zone=config.zone, now=SystemClock().now())


def make(
    ways: Ways,
    work: Callable[[Session, HandOver], Awaitable[None]],
    *,
    to_printer: bool,
    reveal: bool,
    slip: bool = False,
) -> None:
    """Sign in and `work`, with a way at hand for what is made to reach somebody. Raises UsageError first."""
    from kiosk.administration.printing import require_slips
    from kiosk.cli.hand_over import open_hand_over

    if slip:
        require_slips(ways.config)

    async def whole(session: Session) -> None:
        async with open_hand_over(ways, session, to_printer=to_printer, reveal=reveal, slip=slip) as hand_over:
            await work(session, hand_over)

    ways.run(whole)


async def give_or_take_back(
    hand_over: HandOver,
    person: User,
    kind: CodeKind,
    code: QrCode,
    *,
    take_back: Callable[[], Awaitable[None]],
    what: str,
) -> None:
    """Hand the code over; where it reaches nobody, take back `what` was made. Raises NotHandedOverError."""
    from kiosk.cli.hand_over import NotHandedOverError

    if await hand_over.give(person, kind, code):
        return
    await take_back()
    await hand_over.taken_back(code)
    raise NotHandedOverError(f"no badge was printed; the {what} was deleted again", hint="see to the printer")
