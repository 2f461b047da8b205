"""`kiosk method`: one person's QR code + PIN method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.cli.administration import (
    Ways,
    consent,
    require_consent,
    slip_option,
    ways,
    yes_option,
)
from kiosk.cli.making import give_or_take_back, life_of, make, making
from kiosk.errors import UsageError

if TYPE_CHECKING:
    from kiosk.administration.lifetime import Lifetime
    from kiosk.administration.session import Session
    from kiosk.cli.hand_over import HandOver
    from kiosk.graph.models import QrCodePinMethod, User
    from kiosk.graph.paths import MethodOwner


@click.group()
def method() -> None:
    """A person's QR code + PIN method: what is in it, enrolling, taking it away.

    USER is a user principal name or an object id.
    """


@method.command("show")
@click.argument("user")
@ways
def _show(*, user: str, ways: Ways) -> None:
    """The method's codes and PIN state. Leaves with 1 when the person has none."""

    async def work(session: Session) -> None:
        from kiosk.cli import shapes
        from kiosk.graph.paths import MethodOwner

        person = await session.user(user)
        found, now = await session.graph.get_method(MethodOwner.user(person.id)), session.clock.now()
        row = {"user": shapes.user(person), "method": shapes.method(found, now)}
        ways.say(row, shapes.method_lines(person, found, now, ways.config.zone))

    ways.run(work)


@method.command("create")
@click.argument("user")
@making
@click.option("--ask-pin", is_flag=True, help="Type the PIN instead of having one made.")
@slip_option
@ways
def _create(
    *,
    user: str,
    days: int | None,
    start: str | None,
    expire: str | None,
    to_printer: bool,
    ask_pin: bool,
    slip: bool,
    reveal: bool,
    ways: Ways,
) -> None:
    """Enrol a person: a method with a standard code, and a PIN to be changed at the first sign-in.

    The code goes to the printer (--print) or the terminal (--reveal); a PIN made here is shown on the terminal
    (--reveal), or printed on a slip of its own (--slip), never on the badge.
    """
    from kiosk.administration.lifetime import Asked
    from kiosk.cli.hand_over import require_way

    require_way(to_printer=to_printer, reveal=reveal, as_json=ways.as_json)
    _require_pin_known(known=ask_pin or reveal or slip)
    life = life_of(ways, CodeKind.STANDARD, Asked(days=days, start=start, expire=expire))
    typed = _typed_pin() if ask_pin else None

    async def work(session: Session, hand_over: HandOver) -> None:
        await _enrol(session, user, life, typed, hand_over)

    make(ways, work, to_printer=to_printer, reveal=reveal, slip=slip)


def _require_pin_known(*, known: bool) -> None:
    if not known:
        raise UsageError(
            "the PIN would be known to nobody: nothing was created",
            hint="give --reveal to see it on a terminal, --slip to have it printed, or --ask-pin to type one",
        )


def _typed_pin() -> Secret:
    import sys

    from kiosk.graph.pin import check_pin

    if not sys.stdin.isatty():
        raise UsageError("--ask-pin needs a terminal to type at", hint="use --reveal on a terminal instead")
    pin = Secret(click.prompt("PIN", hide_input=True, confirmation_prompt=True, err=True))
    check_pin(pin)
    return pin


async def _enrol(session: Session, whom: str, life: Lifetime, typed: Secret | None, hand_over: HandOver) -> None:
    from kiosk.administration.creating import create_method
    from kiosk.administration.deleting import delete_method
    from kiosk.cli import shapes
    from kiosk.graph.paths import MethodOwner

    person = await session.user(whom)
    owner = MethodOwner.user(person.id)
    await _require_no_method(session, owner)
    session.require_right_clock()
    pin = await _pin(session, typed)
    await hand_over.ready(person, CodeKind.STANDARD)
    await hand_over.ready_for_pin(person, len(pin.reveal()))
    made = await create_method(session.graph, owner, life, pin)
    assert made.standard is not None, "the client raises for a created method without its code"

    async def take_back() -> None:
        await delete_method(session.graph, owner, made)

    await give_or_take_back(hand_over, person, CodeKind.STANDARD, made.standard, take_back=take_back, what="method")
    slip = await hand_over.give_pin(person, pin)
    now = session.clock.now()
    shown: dict[str, Any] = hand_over.secrets(made.standard, None if typed else pin)
    shown |= {"slip": slip} if slip else {}
    row = {"user": shapes.user(person), "created": True, "method": shapes.method(made, now), **shown}
    hand_over.ways.say(row, ["Created.", *shapes.method_lines(person, made, now, hand_over.ways.config.zone)])
    hand_over.show(made.standard, None if typed else pin)
    hand_over.require_told(person, None if typed else slip)


async def _require_no_method(session: Session, owner: MethodOwner) -> None:
    from kiosk.graph.errors import MethodExists, MethodNotFound

    now = session.clock.now()
    try:
        there = await session.graph.get_method(owner)
    except MethodNotFound:
        return
    if any(code and code.expire > now for code in (there.standard, there.temporary)):
        raise MethodExists


async def _pin(session: Session, typed: Secret | None) -> Secret:
    from kiosk.graph.pin import PIN_LEAST_DIGITS, check_pin, generate_pin

    policy = await session.policy()
    length = policy.pin_length if policy else PIN_LEAST_DIGITS
    if typed is None:
        return generate_pin(length)
    check_pin(typed, least=length)
    return typed


@method.command("delete")
@click.argument("user")
@yes_option
@ways
def _delete(*, user: str, yes: bool, ways: Ways) -> None:
    """Take the method away: both codes and the PIN, at once and for good."""
    require_consent(yes=yes)

    async def work(session: Session) -> None:
        from kiosk.administration.deleting import delete_method
        from kiosk.administration.noting import note_revoked
        from kiosk.cli import shapes
        from kiosk.graph.paths import MethodOwner

        person = await session.user(user)
        owner = MethodOwner.user(person.id)
        found = await session.graph.get_method(owner)
        consent(_question(person, found), yes=yes)
        await delete_method(session.graph, owner, found)
        codes = [code.id for _, code in _slots(found) if code]
        await note_revoked(ways.config, codes, at=session.clock.now())
        row = {"user": shapes.user(person), "deleted": True, "method": shapes.method(found, session.clock.now())}
        ways.say(row, [f"Deleted: {shapes.named(person)} has no QR code + PIN method any more."])

    ways.run(work)


def _question(person: User, found: QrCodePinMethod) -> str:
    from kiosk.badge.content import short_id
    from kiosk.cli import shapes

    codes = [f"{kind} code {short_id(code.id)}" for kind, code in _slots(found) if code]
    what = ", ".join([*codes, "PIN"])
    return f"Delete the method of {shapes.named(person)} ({what})? Its badges stop working at once, for good."


def _slots(found: QrCodePinMethod) -> tuple[tuple[CodeKind, Any], ...]:
    return (CodeKind.STANDARD, found.standard), (CodeKind.TEMPORARY, found.temporary)
