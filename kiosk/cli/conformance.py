"""`kiosk conformance`: whether a real tenant answers as the client and the tenant in a box expect."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from kiosk.cli.administration import consent, require_consent, yes_option
from kiosk.cli.options import config_option
from kiosk.config import Config
from kiosk.errors import UsageError

if TYPE_CHECKING:
    from kiosk.administration.conformance.stepping import Outcome
    from kiosk.administration.conformance.walk import Walk
    from kiosk.administration.session import Session
    from kiosk.graph.models import User
    from kiosk.graph.settings import GraphSettings


@click.command()
@click.option("--test-user", required=True, metavar="USER", help="A throw-away person: UPN or object id.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")
@click.option(
    "--transcript",
    type=click.Path(path_type=Path, dir_okay=False, resolve_path=True),
    metavar="FILE",
    help="Write what was asked and answered to a new file, without secrets and names.",
)
@click.option(
    "--pause",
    type=click.FloatRange(min=0, max=60),
    default=2.0,
    show_default=True,
    help="Seconds to wait after each change, until all of Entra has seen it.",
)
@click.option("--unit", metavar="ID", default="", help="An administrative unit, to list its people.")
@click.option("--group", metavar="ID", default="", help="A group, to list its people.")
@click.option("--oath-device", metavar="ID", default="", help="A hardware OATH device assigned to the test user.")
@click.option("--device-code", is_flag=True, help="Sign in as a person with a phone, not as the app.")
@click.option("--delete-existing", is_flag=True, help="Take a person who has a method, and delete it first.")
@click.option("--even-with-role", is_flag=True, help="Take a person who holds a directory role.")
@yes_option
@config_option
def conformance(
    *,
    test_user: str,
    as_json: bool,
    transcript: Path | None,
    pause: float,
    unit: str,
    group: str,
    oath_device: str,
    device_code: bool,
    delete_existing: bool,
    even_with_role: bool,
    yes: bool,
    config: Config,
) -> None:
    """Walk through every operation on the configured tenant, and name each answer that is not as expected.

    Codes and PINs are made and deleted for the test user, who has no method afterwards. Leaves with 1 when
    anything differed.
    """
    require_consent(yes=yes)
    _require_new(transcript)
    places = {"unit": unit, "group": group, "oath_device": oath_device}
    asked = _Asked(test_user, even_with_role, delete_existing, pause, transcript, as_json, yes, places)
    walk = asyncio.run(_walk(config, asked, device_code=device_code))
    differ = sum(bool(outcome.differences) for outcome in walk.outcomes)
    skipped = sum(bool(outcome.skipped) for outcome in walk.outcomes)
    if as_json:
        click.echo(json.dumps(_summary(walk), ensure_ascii=False))
    else:
        taken = len(walk.outcomes) - skipped
        click.echo(f"{taken} steps, {differ} differ, {skipped} skipped; the test user has no method now.")
    sys.exit(1 if differ else 0)


@dataclass(frozen=True)
class _Asked:
    whom: str
    even_with_role: bool
    delete_existing: bool
    pause: float
    transcript: Path | None
    as_json: bool
    yes: bool
    places: dict[str, str]


async def _walk(config: Config, asked: _Asked, *, device_code: bool) -> Walk:
    from kiosk.administration.conformance.looking import Places
    from kiosk.administration.conformance.transcript import Recording
    from kiosk.administration.conformance.walk import Walk
    from kiosk.administration.session import open_session
    from kiosk.cli.administration import prompt
    from kiosk.clock import SystemClock

    recordings: list[Recording] = []

    def record(settings: GraphSettings) -> Recording:
        recordings.append(Recording(settings))
        return recordings[-1]

    async with open_session(config, SystemClock(), prompt if device_code else None, record) as session:
        user = await _subject(session, asked)
        tell = _silent if asked.as_json else _aloud
        places = Places(**asked.places)
        walk = Walk(session, recordings[0], user, pause=asked.pause, tell=tell, places=places)
        try:
            await walk.run()
        finally:
            if asked.transcript:
                _write(asked.transcript, walk)
        return walk


async def _subject(session: Session, asked: _Asked) -> User:
    """Whom to walk on, without a method. Raises UsageError, DeclinedError."""
    from kiosk.administration.conformance import subject
    from kiosk.cli.shapes import named

    user = await session.graph.get_user(asked.whom)
    await subject.require_no_role(session, user, accepted=asked.even_with_role)
    there = await subject.existing_method(session, user, accepted=asked.delete_existing)
    session.require_right_clock()
    first = "Their QR code + PIN method is deleted, for good. " if there else ""
    consent(
        f"Make and delete codes and PINs for {named(user)}? {first}They have no method afterwards.", yes=asked.yes
    )
    await subject.clear(session, user, there)
    return user


def _require_new(file: Path | None) -> None:
    if file and (file.exists() or not file.parent.is_dir()):
        what = "is there already" if file.exists() else "is in no folder that exists"
        raise UsageError(f"{file} {what}", hint="name a new file")


def _write(file: Path, walk: Walk) -> None:
    steps = walk.mask([msgspec.to_builtins(outcome) for outcome in walk.outcomes])
    told = {"version": walk.version, "steps": steps}
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump(told, out, indent=2, ensure_ascii=False)
        out.write("\n")


def _summary(walk: Walk) -> dict[str, Any]:
    steps = [
        {
            "name": outcome.name,
            "expected": outcome.expected,
            "got": outcome.got,
            "differences": list(outcome.differences),
            "notes": list(outcome.notes),
            "skipped": outcome.skipped,
        }
        for outcome in walk.outcomes
    ]
    agrees = not any(outcome.differences for outcome in walk.outcomes)
    masked: dict[str, Any] = walk.mask({"agrees": agrees, "version": walk.version, "steps": steps})
    return masked


def _silent(outcome: Outcome) -> None:
    """Said at the end, all at once."""


def _aloud(outcome: Outcome) -> None:
    if outcome.skipped:
        click.echo(f"skipped  {outcome.name}: {outcome.skipped}")
        return
    click.echo(f"{'DIFFERS' if outcome.differences else 'ok     '}  {outcome.name}: {outcome.got}")
    for difference in outcome.differences:
        click.echo(f"           {difference}")
    for note in outcome.notes:
        click.echo(f"         note: {note}")
