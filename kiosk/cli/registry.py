"""`kiosk registry`: what was issued, as this machine knows it."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from kiosk.cli.administration import Ways, ways
from kiosk.cli.local import Local, NotRightError, local

if TYPE_CHECKING:
    from kiosk.administration.session import Session
    from kiosk.registry import Registry

_COLUMNS: Final = ("code_id", "user_id", "upn", "kind", "state", "start", "expire", "changed", "reason", "source")


@click.group()
def registry() -> None:
    """The codes issued here, and those known of: ids, names, dates and states. Never what a code says."""


@registry.command("show")
@click.argument("user", required=False)
@local
def _show(*, user: str | None, local: Local) -> None:
    """How many codes are in which state; with USER (object id or UPN), their codes and what became of each."""

    async def work(registry: Registry) -> None:
        if user is None:
            counts = {str(state): number for state, number in (await registry.counts()).items()}
            others, unfinished = len(await registry.codes_elsewhere()), len(await registry.unfinished())
            row = {"path": str(local.config.registry_path), "codes": counts, "elsewhere": others}
            lines = [f"{number:8} {state}" for state, number in counts.items() if number]
            lines += [f"{others:8} issued elsewhere", f"{unfinished:8} replacements not finished"]
            local.say({**row, "unfinished": unfinished}, lines)
            return
        rows = [row async for row in _rows_of(registry, user)]
        local.say({"codes": rows}, [_line(row) for row in rows] or ["No code of this person is known here."])

    local.run(work, read_only=True)


@registry.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@local
def _import(*, file: Path, local: Local) -> None:
    """Take what other tools issued: a CSV with user_id, code_id, start, expire, and upn and kind where known.

    All of it or nothing. A column that looks like content is refused.
    """

    async def work(registry: Registry) -> None:
        from kiosk.administration.registry_import import read
        from kiosk.clock import SystemClock

        now = SystemClock().now()
        codes = read(file, at=now)
        own = [code for code in codes if await registry.code(code.code_id)]
        changed = await registry.keep_elsewhere([code for code in codes if code not in own], at=now)
        row = {"rows": len(codes), "changed": changed, "issuedHere": len(own)}
        local.say(row, [f"{len(codes)} rows read; {changed} new or different; {len(own)} were issued here."])

    local.run(work, read_only=False)


@registry.command("export")
@local
def _export(*, local: Local) -> None:
    """Every code known, as CSV, or with --json as one JSON object. No digests, no secrets."""

    async def work(registry: Registry) -> None:
        rows = await _all_rows(registry)
        if local.as_json:
            local.say({"codes": rows}, [])
            return
        writer = csv.DictWriter(sys.stdout, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)

    local.run(work, read_only=True)


@registry.command("verify")
@local
def _verify(*, local: Local) -> None:
    """Whether the registry agrees with itself and with its audit. Leaves with 1 when it does not."""

    async def work(registry: Registry) -> None:
        found = await registry.verify()
        problems = [*await registry.problems(), *([f"the audit: {found.broken}"] if found.broken else [])]
        local.say({"ok": not problems, "problems": problems}, problems or ["The registry and its audit agree."])
        if problems:
            raise NotRightError(
                f"{len(problems)} things do not fit", hint="keep a copy of the file before anything else"
            )

    local.run(work, read_only=True)


@registry.command("sync")
@ways
def _sync(*, ways: Ways) -> None:
    """Ask Graph about the codes of everyone known, and note what was revoked, extended, used or issued elsewhere."""

    async def work(session: Session) -> None:
        from kiosk.administration.registry_sync import sync
        from kiosk.registry import Registry

        config = ways.config
        async with Registry.open(config.registry_path, station=config.station.name, syslog=config.syslog) as registry:
            done = await sync(session, registry)
        ways.say(vars(done), [f"{number:6} {name}" for name, number in vars(done).items()])
        if done.failed:
            raise NotRightError(f"Graph did not answer for {done.failed} people", hint="run it again later")

    ways.run(work)


async def _rows_of(registry: Registry, user: str) -> Any:
    for row in await _all_rows(registry):
        if user.lower() in {row["user_id"].lower(), row["upn"].lower()}:
            changes = [
                f"{each.at:%Y-%m-%d} {each.state} ({each.reason})"
                for each in await registry.changes_of(row["code_id"])
            ]
            yield {**row, "changes": changes}


async def _all_rows(registry: Registry) -> list[dict[str, Any]]:
    from kiosk.cli.shapes import time

    rows = [
        {
            "code_id": code.code_id,
            "user_id": code.user_id,
            "upn": code.upn,
            "kind": str(code.kind),
            "state": str(code.state),
            "start": time(code.start_at),
            "expire": time(code.expire_at),
            "changed": time(code.changed_at),
            "reason": code.reason,
            "source": code.station,
        }
        for code in await registry.codes()
    ]
    return rows + [
        {
            "code_id": code.code_id,
            "user_id": code.user_id,
            "upn": code.upn,
            "kind": str(code.kind),
            "state": str(code.state),
            "start": time(code.start_at),
            "expire": time(code.expire_at),
            "changed": time(code.noted_at),
            "reason": "",
            "source": code.source,
        }
        for code in await registry.codes_elsewhere()
    ]


def _cell(value: Any) -> Any:
    """A spreadsheet takes a cell that begins like this for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _line(row: dict[str, Any]) -> str:
    from kiosk.cli.shapes import printable

    words = f"{row['code_id']} {row['kind']} {row['state']} until {row['expire']} ({row['source']})"
    return printable("; ".join([words, *row["changes"]]))
