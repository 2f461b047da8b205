"""`kiosk check`: the verdict on pictures of badges."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import click

from drivers.wire.messages import Error, Scan
from kiosk.badge.content import short_id
from kiosk.badge.verdict import Judgement, Severity, Verdict
from kiosk.checking import Checked, Checker
from kiosk.cli.options import config_option, files_argument
from kiosk.clock import SystemClock
from kiosk.config import Config
from kiosk.i18n import words


@click.command()
@files_argument
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@config_option
def check(*, files: tuple[str, ...], as_json: bool, config: Config) -> None:
    """Say of each picture whether it shows a badge that works.

    Judged against the configured registry, and by Microsoft Graph where `[graph]` is set and can be asked. Leaves
    with 0 when every picture shows a badge that works (worn and expiring ones do).
    """
    sys.exit(asyncio.run(_check(files, config, as_json=as_json)))


async def _check(files: tuple[str, ...], config: Config, *, as_json: bool) -> int:
    from kiosk.devices.pictures import read

    good = True
    async with _checker(config) as checker:
        async for said in read(files, every=True):
            row = await _row(said, checker)
            good = good and row["works"]
            if as_json:
                click.echo(json.dumps(row, ensure_ascii=False))
            else:
                click.echo(_line(row), err="error" in row)
    return 0 if good else 1


@asynccontextmanager
async def _checker(config: Config) -> AsyncIterator[Checker]:
    from kiosk.registry import Registry
    from kiosk.station import open_issuer

    clock = SystemClock()
    async with open_issuer(config, clock) as issuer:
        if not config.registry_path.exists():
            click.echo(f"kiosk: no registry at {config.registry_path}: nothing was issued here yet", err=True)
            yield Checker(None, issuer, clock, config.graph.domains)
            return
        async with Registry.open(config.registry_path, read_only=True) as registry:
            yield Checker(registry, issuer, clock, config.graph.domains)


async def _row(said: Scan | Error, checker: Checker) -> dict[str, Any]:
    if isinstance(said, Error):
        return {"file": said.about, "works": False, "error": said.reason, "hint": said.hint}
    if not said.codes:
        hint = "take it closer, flat and in better light; or it shows no code"
        return {"file": said.source, "works": False, "error": "no code was read in it", "hint": hint}
    checked = await checker.check(said.codes)
    judgement = checked.judgement
    return {
        "file": said.source,
        "works": judgement.verdict.severity is Severity.GOOD or judgement.verdict in (Verdict.WORN, Verdict.EXPIRING),
        "verdict": judgement.verdict,
        "basis": judgement.basis,
        "as_of": judgement.as_of.isoformat(),
        "reasons": list(judgement.reasons),
        "codes": len(said.codes),
        **_whose(judgement, checked),
    }


def _whose(judgement: Judgement, checked: Checked) -> dict[str, Any]:
    if judgement.badge is None:
        return {}
    return {
        "code": short_id(judgement.badge.code_id),
        "name": checked.name,
        **({"expire": checked.issued.expire_at.isoformat()} if checked.issued else {}),
        **({"offline": str(checked.offline)} if checked.offline else {}),
    }


def _line(row: dict[str, Any]) -> str:
    if "error" in row:
        return f"{row['file']}: {row['error']}" + (f"\n  {row['hint']}" if row["hint"] else "")
    whose = f" ({row['name']}, code {row['code']})" if row.get("name") else ""
    rests = f"{row['basis']}, as of {row['as_of'][:16]}"
    title, following = words(f"verdict.{row['verdict']}.title"), words(f"verdict.{row['verdict']}.next")
    offline = f"\n  {row['offline']}" if row.get("offline") else ""
    return f"{row['file']}: {row['verdict']}{whose}: {title}. {following} [{rests}]{offline}"
