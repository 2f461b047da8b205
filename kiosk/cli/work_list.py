"""`kiosk work-list`: many people's badges, one row each."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kiosk.cli.administration import Ways, ways, yes_option
from kiosk.cli.local import Local, NotRightError, local
from kiosk.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.administration.session import Session
    from kiosk.registry import Registry
    from kiosk.registry.work_lists import WorkList, WorkRow
    from kiosk.replace.clerk import Clerk
    from kiosk.replace.work_list import Ran
    from kiosk.state import SupervisorView
    from kiosk.work_station import WorkStation


@click.group("work-list")
def command() -> None:
    """Enrol, extend or reissue for many people, in their order, over as many days as it takes."""


_name_option = click.option("--name", metavar="LIST", help="What to call the list; by kind and time if left out.")
_expiring_option = click.option(
    "--from-expiring",
    type=click.IntRange(1, 395),
    metavar="DAYS",
    help="Instead of a file: whose code ends within DAYS, as the registry knows.",
)
_file_argument = click.argument("file", required=False, type=click.Path(path_type=Path))


@command.command("enrol")
@click.argument("file", type=click.Path(path_type=Path))
@_name_option
@ways
def _enrol(*, file: Path, name: str | None, ways: Ways) -> None:
    """Open a list of people who have no method yet: a method, a badge and a PIN for each.

    FILE is a CSV: an object id or a user principal name in each line, with or without a head. Everybody is looked up
    first; where any line is wrong, nothing is opened.
    """
    _open(ways, "enrol", file, name, None)


@command.command("extend")
@_file_argument
@_expiring_option
@_name_option
@ways
def _extend(*, file: Path | None, from_expiring: int | None, name: str | None, ways: Ways) -> None:
    """Open a list of people whose code is to last longer. They keep their badges. FILE as for enrol."""
    _open(ways, "extend", file, name, from_expiring)


@command.command("reissue")
@_file_argument
@_expiring_option
@_name_option
@ways
def _reissue(*, file: Path | None, from_expiring: int | None, name: str | None, ways: Ways) -> None:
    """Open a list of people who are to have a new badge. FILE as for enrol."""
    _open(ways, "reissue", file, name, from_expiring)


def _open(ways: Ways, kind: str, file: Path | None, name: str | None, days: int | None) -> None:
    if (file is None) == (days is None):
        raise UsageError("name a file of people, or give --from-expiring DAYS", hint="one of the two")

    async def work(session: Session) -> None:
        from kiosk.administration import list_opening
        from kiosk.cli.shapes import printable
        from kiosk.registry import ListKind, Registry
        from kiosk.replace.issuer import GraphIssuer

        config, now = ways.config, session.clock.now()
        async with Registry.open(config.registry_path, station=config.station.name, syslog=config.syslog) as registry:
            if file:
                entries = list_opening.read(file)
            else:
                entries = await list_opening.from_expiring(registry, days=days or 0, at=now)
            checked = await list_opening.check(GraphIssuer(session.graph), ListKind(kind), entries, now)
            if file:
                list_opening.require_right(checked.wrong)
            for left_out in checked.wrong:
                click.echo(printable(f"left out: {left_out}"), err=True)
            list_opening.require_right([] if checked.people else ["there is nobody to put on it"])
            list_id = name or f"{kind}-{now.astimezone(config.zone):%Y%m%d-%H%M%S}"
            by = (await session.graph.reach()).claims.principal_id
            await registry.lists.open(list_id, ListKind(kind), checked.people, at=now, by=by)
        row = {"list": list_id, "kind": kind, "rows": len(checked.people), "leftOut": len(checked.wrong)}
        ways.say(row, [f"{list_id}: {len(checked.people)} people. Next: kiosk work-list run {list_id}"])

    ways.run(work)


@command.command("show")
@click.argument("list_id", required=False, metavar="[LIST]")
@local
def _show(*, list_id: str | None, local: Local) -> None:
    """Every list, or each row of LIST with its state and the reason of it."""

    async def work(registry: Registry) -> None:
        from kiosk.replace.work_list import find_list

        if list_id is None:
            found = await registry.lists.all()
            local.say({"lists": [_json(each) for each in found]}, [_line(each) for each in found] or ["No lists."])
            return
        of, rows = await find_list(registry, list_id), await registry.lists.rows(list_id)
        local.say({"list": _json(of), "rows": [_row_json(row) for row in rows]}, [_line(of), *map(_row_line, rows)])

    local.run(work, read_only=True)


@command.command("run")
@click.argument("list_id", metavar="LIST")
@click.option("--again", is_flag=True, help="Try rows that were refused or have failed once more.")
@click.option("--second", is_flag=True, help="Have a second supervisor sign in, for what takes two.")
@yes_option
@local
def _run(*, list_id: str, again: bool, second: bool, yes: bool, local: Local) -> None:
    """Carry a list out, here: show it, and with your consent make each badge, print it, have it held to the scanner.

    May be stopped at any time with Ctrl-C; run it again to go on. With --yes nobody is asked anything: trouble in a
    row leaves that row, and enrolments are refused, as a PIN has to be told to a person.
    """
    import asyncio

    from kiosk.cli.keyboard import require_keyboard

    require_keyboard(yes=yes)
    asyncio.run(_carry_out(list_id, local, again=again, second=second, yes=yes))


async def _carry_out(list_id: str, local: Local, *, again: bool, second: bool, yes: bool) -> None:
    from kiosk.cli.work_list_terminal import AtTheTerminal, Unattended
    from kiosk.clock import SystemClock
    from kiosk.registry import ListKind, Registry
    from kiosk.replace.work_list import find_list
    from kiosk.work_station import open_work_station, require_fit

    config = local.config
    require_fit(config)
    async with Registry.open(config.registry_path, read_only=True) as registry:
        of, rows = await find_list(registry, list_id), await registry.lists.rows(list_id)
    if yes and of.kind is ListKind.ENROL:
        raise UsageError("a list of enrolments is not done unattended", hint="a PIN has to be told to a person")
    for line in (_line(of), *map(_row_line, rows)):
        click.echo(line, err=True)
    clerk = Unattended() if yes else AtTheTerminal(config.ui)
    paper = of.kind is not ListKind.EXTEND
    async with open_work_station(config, SystemClock(), unknown=_unknown, paper=paper) as station:
        people = await _signed_in(station, second=second)
        if isinstance(clerk, AtTheTerminal):
            await _consent(clerk, people)
        ran = await _done(of, station, clerk, people, again=again)
    _say_what_came_of_it(ran, local)


async def _signed_in(station: WorkStation, *, second: bool) -> Sequence[SupervisorView]:
    """Those on whose word it is done; nobody by name where the policy asks for none."""
    from kiosk.cli.shapes import printable
    from kiosk.cli.symbol import show_address

    people: list[SupervisorView] = []
    for who in ("To sign in", "A second supervisor")[: 1 + second if station.supervisors else 0]:
        assert station.supervisors is not None, "asked just before"
        asked = await station.supervisors.begin()
        click.echo(f"{who}: open {asked.verification_uri} and enter {asked.user_code}", err=True)
        if sys.stderr.isatty():
            show_address(asked.verification_uri, err=True)
        people.append(await station.supervisors.wait())
        click.echo(printable(f"{people[-1].name} has signed in."), err=True)
    if len({each.user_id.lower() for each in people}) < len(people):
        raise NotRightError(f"{people[0].name} has signed in twice", hint="the second supervisor is another person")
    return people


async def _consent(clerk: Any, people: Sequence[SupervisorView]) -> None:
    from kiosk.cli.administration import DeclinedError
    from kiosk.cli.shapes import printable

    word = " and ".join(each.name for each in people) or "whoever stands here"
    question = printable(f"On the word of {word}: Enter begins, n leaves it. ")
    if await clerk.keyboard.ask(question) != "":
        raise DeclinedError("nothing was changed")


async def _done(
    of: WorkList, station: WorkStation, clerk: Clerk, people: Sequence[SupervisorView], *, again: bool
) -> Ran:
    from kiosk.approving import Approving
    from kiosk.replace.list_attendant import Counter
    from kiosk.replace.work_list import ListRun, approve_rows
    from kiosk.work_station import WordOf

    use = station.use
    by = tuple(each.user_id for each in people)
    await approve_rows(use.registry, of.id, at=use.clock.now(), by=by[0] if by else None, again=again)
    counter = Counter(use.registry, use.clock, station.desk, clerk, station.scan_seconds)
    return await ListRun(of, use, counter, WordOf(Approving(use), people), by).run()


def _say_what_came_of_it(ran: Ran, local: Local) -> None:
    stopped = str(ran.stopped) if ran.stopped else None
    local.say({"list": _json(ran.list), "stopped": stopped}, [_line(ran.list)])
    if ran.stopped:
        raise NotRightError(f"stopped: {ran.stopped}", hint=ran.stopped.hint or "then run it again")
    wrong = sum(number for state, number in ran.list.states.items() if state != "done")
    if wrong:
        raise NotRightError(f"{wrong} rows are not done", hint=f"see: kiosk work-list show {ran.list.id}")


def _unknown() -> None:
    click.echo("      this badge is none of those waited for", err=True)


def _json(of: WorkList) -> dict[str, Any]:
    from kiosk.cli.shapes import time

    return {
        "id": of.id,
        "kind": str(of.kind),
        "openedAt": time(of.opened_at),
        "openedBy": of.opened_by,
        "open": of.open,
        "states": {str(state): number for state, number in of.states.items()},
    }


def _row_json(row: WorkRow) -> dict[str, Any]:
    from kiosk.cli.shapes import time

    return {
        "place": row.place,
        "userId": row.user_id,
        "userPrincipalName": row.upn,
        "state": str(row.state),
        "reason": row.reason,
        "replacement": row.replacement,
        "codeId": row.code_id,
        "changed": time(row.changed_at),
    }


def _line(of: WorkList) -> str:
    from kiosk.cli.shapes import printable

    states = ", ".join(f"{number} {state.replace('_', ' ')}" for state, number in of.states.items())
    return printable(f"{of.id}: {of.kind}, opened {of.opened_at:%Y-%m-%d}; {states}")


def _row_line(row: WorkRow) -> str:
    from kiosk.cli.shapes import printable

    why = f" ({row.reason.replace('_', ' ')})" if row.reason else ""
    return printable(f"{row.place:4}  {row.upn or '(erased)'}: {row.state.value.replace('_', ' ')}{why}")
