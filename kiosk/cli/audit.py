"""`kiosk audit`: what was done at this station, and whether that record is whole."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from kiosk.cli.local import Local, NotRightError, local

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from kiosk.registry import Anchor, AuditEntry, Dropped, Erased, Registry, Stays


@click.group()
def audit() -> None:
    """What was done here, by whom and to whom: an append-only, hash-chained record."""


@audit.command("show")
@click.option("--last", type=click.IntRange(min=1), default=50, show_default=True, help="How many entries.")
@local
def _show(*, last: int, local: Local) -> None:
    """The newest entries, oldest first."""

    async def work(registry: Registry) -> None:
        entries = await registry.audit(limit=last)
        local.say({"entries": [_row(entry) for entry in entries]}, [_line(entry) for entry in entries])

    local.run(work, read_only=True)


@audit.command("export")
@local
def _export(*, local: Local) -> None:
    """Every entry as one JSON object a line, with its hash; and how often what was scanned."""

    async def work(registry: Registry) -> None:
        for entry in await registry.audit():
            click.echo(json.dumps(_row(entry), ensure_ascii=False))
        for day, verdict, number in await registry.scans():
            click.echo(json.dumps({"day": day, "verdict": verdict, "scans": number}))

    local.run(work, read_only=True)


@audit.command("verify")
@click.option(
    "--anchor",
    metavar="SEQ:HASH",
    help="An entry as the log or an auditor has it; CHAIN:SEQ:HASH for one of several chains.",
)
@local
def _verify(*, anchor: str | None, local: Local) -> None:
    """Whether every entry is as it was written. Leaves with 1 and names the first that is not.

    Without an anchor, entries cut off the end are not missed.
    """
    wanted = _anchor(anchor) if anchor else None

    async def work(registry: Registry) -> None:
        found = await registry.verify(wanted)
        heads = [{"chain": chain, "seq": seq, "hash": digest} for chain, seq, digest in found.heads]
        broken = found.broken
        row: dict[str, Any] = {"ok": broken is None, "entries": found.entries, "heads": heads}
        if broken is not None:
            wrong = {"chain": broken.chain, "seq": broken.seq, "what": broken.what}
            local.say({**row, "broken": wrong}, [f"{found.entries} entries hold."])
            raise NotRightError(f"the audit is broken at {broken}", hint="docs/audit.md says what that means")
        lines = [
            f"{found.entries} entries hold.",
            *(f"head {each['chain']} {each['seq']}:{each['hash']}" for each in heads),
        ]
        local.say(row, lines if wanted else [*lines, "No anchor was given: entries cut off the end are not missed."])

    local.run(work, read_only=True)


@audit.command("erase")
@click.argument("user")
@local
def _erase(*, user: str, local: Local) -> None:
    """Drop who USER (an object id, as entries show it) was, wherever nothing depends on it. The chain stays valid.

    Reaches the audit, codes that have ended, replacements and rows of work lists that are done. Leaves with 1, and
    names what stays and until when, where a badge may still be in their hand or something is not finished.
    """

    async def work(registry: Registry) -> None:
        from kiosk.clock import SystemClock

        erased = await registry.erase_person(user, at=SystemClock().now())
        stays = _stays(erased.stays, local.config.zone)
        aside = [each.name for each in registry.set_aside]
        if aside:
            stays.append(f"{', '.join(aside)}, set aside as damaged: look for them there, or destroy it")
        local.say(_erased_row(erased, stays), [_dropped(erased.dropped), *(f"Stays: {what}." for what in stays)])
        if stays:
            raise NotRightError("not all of it could be erased yet", hint="see what stays, then do it again")

    local.run(work, read_only=False)


def _erased_row(erased: Erased, stays: list[str]) -> dict[str, Any]:
    from kiosk.cli.shapes import time

    left = erased.stays
    return {
        **asdict(erased.dropped),
        "stays": {**asdict(left), "until": time(left.until) if left.until else None},
        "because": stays,
    }


def _dropped(dropped: Dropped) -> str:
    counted = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in asdict(dropped).items() if number)
    return f"Dropped who it was from {counted}." if counted else "Dropped nothing."


def _stays(left: Stays, zone: ZoneInfo) -> list[str]:
    """What still names them, and what ends that."""
    day = f"{left.until.astimezone(zone):%Y-%m-%d}" if left.until else ""
    said = {
        f"{left.codes} codes, as a badge may be in their hand: until {day}, or until revoked and noted": left.codes,
        f"{left.open} replacements that are not finished: kiosk recover": left.open,
        f"{left.recent} approvals of the last 24 hours, by which the policy goes": left.recent,
        f"{left.list_rows} rows of work lists that are not done: kiosk work-list show": left.list_rows,
        "a PIN to approve with: kiosk supervisor remove": left.supervisor,
    }
    return [what for what, holds in said.items() if holds]


def _anchor(text: str) -> Anchor:
    from kiosk.registry import Anchor

    found = re.fullmatch(r"(?:(.*):)?(\d{1,18}):([0-9a-fA-F]{64})", text)
    if found is None:
        raise click.BadParameter("it is like 17:9f86…, a number and 64 hex digits", param_hint="--anchor")
    return Anchor(int(found[2]), found[3].lower(), found[1] or "")


def _row(entry: AuditEntry) -> dict[str, Any]:
    return {**vars(entry), "at": entry.at.isoformat(), "details": dict(entry.details)}


def _line(entry: AuditEntry) -> str:
    from kiosk.cli.shapes import printable

    who = " ".join(f"{name} {value}" for name, value in (("by", entry.actor), ("on", entry.subject)) if value)
    details = " ".join(f"{name}={value}" for name, value in entry.details.items() if value not in {None, ""})
    words = f"{entry.chain} {entry.seq} {entry.at:%Y-%m-%d %H:%M:%S}Z {entry.action} {who} {details}"
    return printable(" ".join(words.split()) + (" (erased)" if entry.erased else ""))
