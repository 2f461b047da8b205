"""`kiosk print`: what badges look like, and whether the printer prints."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kiosk.cli.options import config_option
from kiosk.errors import KioskError, UsageError

if TYPE_CHECKING:
    from kiosk.administration.sample import Tried
    from kiosk.badge.page import Drawn, Printer
    from kiosk.badge.template import Template
    from kiosk.config import Config

_json_option = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")


class PreviewError(KioskError):
    """The page cannot be drawn or written."""


@click.group("print")
def command() -> None:
    """Badges on paper: how they look, and whether the printer prints."""


@command.command("preview")
@click.option("--template", "name", metavar="T", help="A packaged template, one of your own, or a .toml file.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The PNG to write.")
@click.option("--name", "holder", default="Ada Okafor", show_default=True, help="The name on it.")
@click.option("--role", default="", help="The role on it.")
@click.option("--language", default="", help="Of the words and the date, such as de-AT.")
@click.option("--temporary", is_flag=True, help="A temporary badge.")
@click.option("--printer", "profile", metavar="PROFILE", help="A printer's profile; else the configured printer's.")
@_json_option
@config_option
def _preview(
    *,
    name: str | None,
    out: Path,
    holder: str,
    role: str,
    language: str,
    temporary: bool,
    profile: str | None,
    as_json: bool,
    config: Config,
) -> None:
    """Draw a badge of nobody's code into a PNG, one pixel a dot. Says what was missing or had no room.

    A slip's template is drawn with a PIN of zeros.
    """
    from kiosk.administration.sample import sample
    from kiosk.stationery import Holder

    drawn = sample(
        config,
        Holder(holder, role, language),
        template=_template(name, config) if name else None,
        printer=_printer(config, name, profile),
        life=timedelta(hours=8) if temporary else None,
    )
    _write(drawn, out)
    row = {
        "file": str(out),
        "width": drawn.page.width,
        "height": drawn.page.height,
        "dpi": drawn.page.dpi,
        "module": drawn.module,
        "missing": drawn.missing,
        "left_out": list(drawn.left_out),
    }
    click.echo(json.dumps(row, ensure_ascii=False) if as_json else _preview_line(row))


def _preview_line(row: dict[str, Any]) -> str:
    size = f"{row['width']} x {row['height']} dots at {row['dpi']} dpi"
    said = [f"{row['file']}: {size}" + (f", {row['module']} dots a module" if row["module"] else "")]
    if row["missing"]:
        said.append(f"no font here has {row['missing']}: install fonts-noto-core, or fonts-noto-cjk")
    if row["left_out"]:
        said.append(f"left out: {', '.join(row['left_out'])}")
    return "\n  ".join(said)


def _template(name: str, config: Config) -> Template:
    from kiosk.badge.template import TemplateError
    from kiosk.stationery import template_named

    try:
        return template_named(name, config.badge.template_directory)
    except TemplateError as wrong:
        raise UsageError(str(wrong)) from None


def _printer(config: Config, template: str | None, profile: str | None) -> Printer | None:
    """The printer to draw for; None for the configured one."""
    from drivers.wire.options import nearest
    from drivers.wire.profiles import profiles
    from kiosk.badge.page import Printer

    if profile is None and template in profiles() and not config.printers:
        profile = template
    if profile is None:
        return None
    if profile not in profiles():
        raise UsageError(f"no printer's profile {profile!r}; {nearest(profile, list(profiles()))}")
    named = profiles()[profile]
    return Printer(named.width, named.dpi, named.height)


def _write(drawn: Drawn, out: Path) -> None:
    from kiosk.badge.page import picture_of

    try:
        picture_of(drawn.page).save(out, "PNG", optimize=True)
    except (OSError, ValueError) as wrong:
        raise PreviewError(f"{out}: {getattr(wrong, 'strerror', None) or wrong}") from None


@command.command("test")
@_json_option
@config_option
def _test(*, as_json: bool, config: Config) -> None:
    """Print a page with nobody's code on the configured printer, and say what became of it.

    Leaves with 0 when it was printed, and with 1 when it failed or nobody knows.
    """
    from kiosk.administration.sample import print_test
    from kiosk.clock import SystemClock

    tried = asyncio.run(print_test(config, SystemClock()))
    click.echo(json.dumps(tried.row(), ensure_ascii=False) if as_json else _test_line(tried))
    sys.exit(tried.outcome.result != "printed")


def _test_line(tried: Tried) -> str:
    outcome = tried.outcome
    lines = [f"{tried.printer}: {outcome.result}" + (f": {outcome.reason}" if outcome.reason else "")]
    lines += [f"evidence: {outcome.evidence}"] if outcome.evidence else []
    if outcome.result == "unknown":
        lines.append("look whether a page came out; if so, policy.accept_unknown_printer = true is what it takes")
    return "\n  ".join(lines)


@command.command("stock")
@click.option("--printer", "name", metavar="NAME", default="", help="Which; else the first whose labels are counted.")
@click.option("--new-roll", is_flag=True, help="A full roll is in it now.")
@click.option("--left", "labels", type=click.IntRange(min=0), metavar="N", help="So many labels are in it now.")
@_json_option
@config_option
def _stock(*, name: str, new_roll: bool, labels: int | None, as_json: bool, config: Config) -> None:
    """How many labels are left in each printer, or how many there are from now on.

    The count begins at `stock` of [printers.NAME], a full roll, and survives restarts of driver and station.
    """
    from kiosk.administration import stocktaking
    from kiosk.clock import SystemClock

    if new_roll and labels is not None:
        raise UsageError("--new-roll and --left exclude each other", hint="--left N is for a roll that is not full")
    if new_roll or labels is not None:
        found = [asyncio.run(stocktaking.put(config, SystemClock(), name, labels))]
    else:
        found = [each for each in asyncio.run(stocktaking.counted(config)) if name in ("", each.printer)]
        if not found:
            raise UsageError(f"nobody counts the labels of a printer {name!r}", hint="set its stock = N")
    for each in found:
        low = "; that is low" if each.low else ""
        line = f"{each.printer}: {each.left} of {each.full} labels left{low}"
        click.echo(json.dumps(each.row(), ensure_ascii=False) if as_json else line)
