"""`kiosk recover`: finish what was begun and broken off, at the station's own scanner and printer."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from kiosk.cli.administration import yes_option
from kiosk.cli.options import config_option
from kiosk.config import Config
from kiosk.errors import KioskError, UsageError

if TYPE_CHECKING:
    from kiosk.cli.keyboard import Keyboard
    from kiosk.replace.reconcile import Unfinished
    from kiosk.station import Station

#: Seconds a driver has to start.
_DEVICE_SECONDS: Final = 30.0


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say who it is about, since when, and what would be done.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")
@yes_option
@config_option
def recover(*, config: Config, dry_run: bool, as_json: bool, yes: bool) -> None:
    """Finish the replacements that a crash or a power cut broke off.

    Asks before each person. New badges come out of the station's printer and are held to its scanner; where the
    policy wants a supervisor, one signs in with a phone first. Leaves with 0 when nothing is left open, else with 1.
    """
    if not config.registry_path.exists():
        raise UsageError(f"{config.registry_path}: no such registry", hint="nothing was issued at this station yet")
    if not dry_run:
        from kiosk.cli.keyboard import require_keyboard

        require_keyboard(yes=yes)
    sys.exit(asyncio.run(_look(config, as_json) if dry_run else _recover(config, as_json=as_json, yes=yes)))


async def _look(config: Config, as_json: bool) -> int:  # noqa: FBT001
    from kiosk.clock import SystemClock
    from kiosk.station import look_at_station

    async with look_at_station(config, SystemClock()) as station:
        if config.only_supervisors:
            await _sign_in(station)
        found = await _found(station)
        _report(station, found, [], as_json=as_json)
    return 1 if found else 0


async def _recover(config: Config, *, as_json: bool, yes: bool) -> int:
    from kiosk.cli.at_the_terminal import AtTheTerminal
    from kiosk.cli.keyboard import Keyboard, at_hand
    from kiosk.station import open_station

    async with open_station(config) as station:
        visit = station.visit
        if not await station.registry.unfinished():
            _report(station, (), [], as_json=as_json)
            return 0
        for _, device in station.devices:
            await device.ready(_DEVICE_SECONDS)
        if config.policy.replacement == "supervisor":
            await _sign_in(station)
        before = await _found(station)
        keyboard = Keyboard() if at_hand() else None
        asks = None if yes else keyboard
        chosen = [each.id for each, _ in visit.recovering.ready if await _agreed(station, each, asks)]
        if chosen:
            visit.finish(chosen)
            await AtTheTerminal(visit, keyboard).follow()
        left = await _found(station)
        done = [each for each in before if each.id not in {other.id for other in left}]
        _report(station, left, done, as_json=as_json)
        return 1 if left else 0


async def _sign_in(station: Station) -> None:
    """Raises KioskError when nobody did."""
    from kiosk.state import Phase

    station.visit.sign_in()
    shown = False
    async for state in station.visit.board.states():
        if state.phase is Phase.SIGNED_IN and state.supervisor:
            return
        sign_in = state.sign_in
        if sign_in and sign_in.error:
            raise KioskError(sign_in.error, hint=sign_in.hint)
        if sign_in and sign_in.user_code and not shown:
            shown = True
            click.echo(f"To sign in, open {sign_in.verification_uri} and enter {sign_in.user_code}", err=True)


async def _found(station: Station) -> tuple[Unfinished, ...]:
    recovering = station.visit.recovering
    await recovering.list()
    await recovering.look(station.visit.issuer)
    return recovering.found


async def _agreed(station: Station, each: Unfinished, keyboard: Keyboard | None) -> bool:
    for line in _lines(station, each):
        click.echo(line, err=True)
    return keyboard is None or (await keyboard.ask("Finish it now? [y/N] ") or "").lower() in {"y", "yes"}


def _report(station: Station, left: tuple[Unfinished, ...], done: list[Unfinished], *, as_json: bool) -> None:
    if as_json:
        row = {
            "finished": [_row(station, each) for each in done],
            "unfinished": [_row(station, each) for each in left],
        }
        click.echo(json.dumps(row, ensure_ascii=False))
        return
    for each in left:
        click.echo("\n".join(_lines(station, each)))
    click.echo(f"{len(done)} finished, {len(left)} left open." if left or done else "Nothing is left open.")


def _row(station: Station, each: Unfinished) -> dict[str, Any]:
    from kiosk.cli import shapes

    view = next((view for view in station.visit.board.state.unfinished if view.id == each.id), None)
    return {
        "id": each.id,
        "userId": each.user_id,
        "displayName": view.name if view else each.name,
        "reason": each.reason,
        "openedAt": shapes.time(each.opened_at),
        "situation": view.situation if view else None,
        "refusal": view.refusal.key if view and view.refusal else None,
        "withoutBadge": view.without_badge if view else each.without_badge,
        "until": shapes.time(view.until) if view else None,
        "steps": list(_steps(each)),
    }


def _steps(each: Unfinished) -> tuple[str, ...]:
    plan = getattr(each.found, "plan", None)
    return tuple(step.value for step in plan.steps) if plan else ()


def _lines(station: Station, each: Unfinished) -> list[str]:
    from kiosk.cli import shapes
    from kiosk.i18n import words

    row = _row(station, each)
    since = each.opened_at.astimezone(station.config.zone)
    name = shapes.printable(row["displayName"])
    if row["situation"]:
        where = words(f"situation.{row['situation']}", name=name)
    elif row["refusal"]:
        where = words("idle.stays", name=name, why=words(f"refusal.{row['refusal']}"))
    else:
        where = words("idle.not_known", name=name)
    lines = [f"{since:%Y-%m-%d %H:%M}  {each.reason}  {where}"]
    if each.error:
        lines.append(f"    {each.error}")
    if row["steps"]:
        lines.append(f"    to do: {', '.join(step.replace('_', ' ') for step in row['steps'])}")
    return lines
