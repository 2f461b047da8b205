"""`kiosk config`: what the station would do with its settings."""

from __future__ import annotations

import json
from typing import Any

import click

from kiosk.cli.options import config_option
from kiosk.config import Config, shown
from kiosk.named_files import missing


@click.group()
def config() -> None:
    """Show and check the configuration."""


@config.command("show")
@config_option
def _show(config: Config) -> None:
    """The whole configuration, defaults included, as JSON. It holds no secrets, only the names of their files."""
    click.echo(json.dumps(shown(config), indent=2, ensure_ascii=False))


@config.command("check")
@config_option
def _check(config: Config) -> None:
    """Say whether the configuration can be used; what is wrong is named by file, key and nearest right key.

    Templates and the logo are read. Other files and devices that are not there are said and are no error here: a
    credential or a printer may come later. Nothing is opened, and nobody on the network is asked; kiosk doctor does.
    """
    from kiosk.stationery import Stationery

    Stationery.open(config)
    click.echo(f"{config.file or 'no file: the defaults'}: ok")
    for line in _remarks(config):
        click.echo(f"  {line}")


def _remarks(config: Config) -> list[str]:
    remarks: dict[str, Any] = {
        "no [scanners]: nothing reads badges": not config.scanners,
        "no [printers]: no badge can be printed": not config.printers,
        "no graph.tenant_id: verdicts rest on the registry alone": not config.graph.tenant_id,
        'policy.replacement is "nobody": badges are checked and not replaced': config.policy.replacement == "nobody",
    }
    return [*missing(config), *(remark for remark, holds in remarks.items() if holds)]
