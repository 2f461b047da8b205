"""`kiosk code`: one of a person's two QR codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kiosk.badge.kind import CodeKind
from kiosk.cli.administration import (
    Ways,
    consent,
    kind_option,
    require_consent,
    ways,
    yes_option,
)
from kiosk.cli.making import give_or_take_back, life_of, make, making
from kiosk.errors import UsageError

if TYPE_CHECKING:
    from kiosk.administration.lifetime import Lifetime
    from kiosk.administration.session import Session
    from kiosk.cli.hand_over import HandOver


@click.group()
def code() -> None:
    """A person's standard or temporary QR code.

    USER is a user principal name or an object id.
    """


@code.command("show")
@click.argument("user")
@kind_option
@ways
def _show(*, user: str, kind: str, ways: Ways) -> None:
    """A code's life. Its content cannot be had again. Leaves with 1 when there is none."""

    async def work(session: Session) -> None:
        from kiosk.cli import shapes
        from kiosk.graph.paths import MethodOwner

        person, which = await session.user(user), CodeKind(kind)
        found = await session.graph.get_code(MethodOwner.user(person.id), which)
        now = session.clock.now()
        line = f"{shapes.named(person)}: {shapes.code_line(which, found, now, ways.config.zone)}"
        ways.say({"user": shapes.user(person), "code": shapes.code(which, found, now)}, [line])

    ways.run(work)


@code.command("create")
@click.argument("user")
@kind_option
@making
@click.option("--hours", type=float, help="Hours a temporary code lives, 1 to 12; 3 if left out.")
@ways
def _create(
    *,
    user: str,
    kind: str,
    days: int | None,
    hours: float | None,
    start: str | None,
    expire: str | None,
    to_printer: bool,
    reveal: bool,
    ways: Ways,
) -> None:
    """Create a code in a slot that is free. The person keeps their PIN.

    Its content comes this once, so it goes to the printer (--print) or to the terminal (--reveal).
    """
    from kiosk.administration.lifetime import Asked
    from kiosk.cli.hand_over import require_way

    require_way(to_printer=to_printer, reveal=reveal, as_json=ways.as_json)
    life = life_of(ways, CodeKind(kind), Asked(days=days, hours=hours, start=start, expire=expire))

    async def work(session: Session, hand_over: HandOver) -> None:
        await _issue(session, user, CodeKind(kind), life, hand_over)

    make(ways, work, to_printer=to_printer, reveal=reveal)


async def _issue(session: Session, whom: str, kind: CodeKind, life: Lifetime, hand_over: HandOver) -> None:
    from kiosk.administration.creating import create_code
    from kiosk.administration.deleting import delete_code
    from kiosk.cli import shapes
    from kiosk.graph.paths import MethodOwner

    person = await session.user(whom)
    owner = MethodOwner.user(person.id)
    session.require_right_clock()
    await hand_over.ready(person, kind)
    made = await create_code(session.graph, owner, kind, life, session.clock)

    async def take_back() -> None:
        await delete_code(session.graph, owner, kind, made.id)

    await give_or_take_back(hand_over, person, kind, made, take_back=take_back, what="code")
    now = session.clock.now()
    row = {"user": shapes.user(person), "created": True, "code": shapes.code(kind, made, now)}
    line = f"Created for {shapes.named(person)}: {shapes.code_line(kind, made, now, hand_over.ways.config.zone)}"
    hand_over.ways.say({**row, **hand_over.secrets(made)}, [line])
    hand_over.show(made)


@code.command("extend")
@click.argument("user")
@kind_option
@click.option("--days", type=int, help="Days from now until it ends.")
@click.option("--expire", metavar="TIME", help="When it is to end; a date alone means its last second.")
@ways
def _extend(*, user: str, kind: str, days: int | None, expire: str | None, ways: Ways) -> None:
    """Give an active standard code another expiry, at most 395 days after its start. The badge stays the same.

    A code that has expired is never extended: Graph would make a new one instead, which nobody would have.
    """
    from kiosk.administration.lifetime import Asked, require_expiry
    from kiosk.clock import SystemClock

    if CodeKind(kind) is CodeKind.TEMPORARY:
        raise UsageError("a temporary code cannot be changed", hint="delete it and create another")
    asked = Asked(days=days, expire=expire)
    require_expiry(asked, zone=ways.config.zone, now=SystemClock().now())

    async def work(session: Session) -> None:
        from kiosk.administration.creating import extend_code
        from kiosk.administration.lifetime import new_expiry
        from kiosk.cli import shapes
        from kiosk.graph.paths import MethodOwner

        person = await session.user(user)
        owner, now, zone = MethodOwner.user(person.id), session.clock.now(), ways.config.zone
        before = await session.graph.get_code(owner, CodeKind.STANDARD)
        until = new_expiry(asked, start=before.start, zone=zone, now=now)
        after = await extend_code(session.graph, owner, before, until, session.clock)
        row = {"user": shapes.user(person), "extended": True, "code": shapes.code(CodeKind.STANDARD, after, now)}
        line = f"{shapes.named(person)}: {shapes.code_line(CodeKind.STANDARD, after, now, zone)}"
        ways.say({**row, "before": shapes.time(before.expire)}, [line])

    ways.run(work)


@code.command("delete")
@click.argument("user")
@kind_option
@yes_option
@ways
def _delete(*, user: str, kind: str, yes: bool, ways: Ways) -> None:
    """Revoke a code at once and for good. The other code and the PIN stay."""
    require_consent(yes=yes)

    async def work(session: Session) -> None:
        from kiosk.administration.deleting import delete_code
        from kiosk.administration.noting import note_revoked
        from kiosk.badge.content import short_id
        from kiosk.cli import shapes
        from kiosk.graph.paths import MethodOwner

        person, which = await session.user(user), CodeKind(kind)
        owner = MethodOwner.user(person.id)
        found = await session.graph.get_code(owner, which)
        what = f"the {kind} code {short_id(found.id)} of {shapes.named(person)}"
        consent(f"Delete {what}? Its badge stops working at once, for good.", yes=yes)
        await delete_code(session.graph, owner, which, found.id)
        await note_revoked(ways.config, [found.id], at=session.clock.now())
        row = {"user": shapes.user(person), "deleted": True, "code": shapes.code(which, found, session.clock.now())}
        ways.say(row, [f"Deleted: {what}."])

    ways.run(work)
