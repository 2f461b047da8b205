"""The `kiosk` command: one file per group of commands, each imported only when it is the one that runs."""

from __future__ import annotations

import importlib
import logging
import sys
from importlib.metadata import version
from typing import Final

import click

from kiosk import log
from kiosk.errors import KioskError

#: Command, the module it is in, and its line in `kiosk --help`, which must not import them all.
_COMMANDS: Final = {
    "audit": "what was done here and by whom: show, export, verify, erase",
    "check": "verdict on pictures of badges",
    "code": "a person's standard or temporary code: show, create, extend, delete",
    "config": "show and check the configuration",
    "conformance": "whether a real tenant answers as expected, on a throw-away user",
    "decode": "what is in pictures of codes",
    "demo": "the whole job on simulated devices and a tenant in a box",
    "doctor": "every part of the station: ok, fault or unknown, and what to do",
    "expiring": "whose badge expires soon",
    "method": "a person's QR code + PIN method: show, create, delete",
    "people": "find people in the tenant",
    "pin": "a person's PIN: reset",
    "policy": "what the tenant allows",
    "print": "how badges look, and whether the printer prints",
    "recover": "finish what was begun and broken off: who may have no badge that works",
    "registry": "what was issued: show, import, export, verify, sync",
    "run": "the station",
    "sign-in": "sign a supervisor in with a phone, and say what they may do",
    "supervisor": "who may approve with a badge and a station PIN: add, list, remove",
    "tenant": "an Entra tenant in a box",
    "work-list": "many people's badges: enrol, extend, reissue, show, run",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"kiosk.cli.{cmd_name.replace('-', '_')}")
        # Python's own names, such as print, are not taken from it.
        command = getattr(module, "command", None) or getattr(module, cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("kiosk"), prog_name="kiosk", message="%(prog)s %(version)s")
def _kiosk() -> None:
    """A badge station for Microsoft Entra's QR code + PIN sign-in.

    New here? Run `kiosk demo`: it shows the whole job on simulated devices. `kiosk run` is the station itself;
    `kiosk doctor` says what it is missing.
    """


def main() -> None:
    """Run one command. Leaves with 0; 1 when the job could not be done; 2 when it makes no sense as asked."""
    log.write_to(None, logging.ERROR)
    try:
        _kiosk(prog_name="kiosk")
    except KioskError as wrong:
        click.echo(f"kiosk: {wrong}" + (f"\n  {wrong.hint}" if wrong.hint else ""), err=True)
        sys.exit(wrong.exit_code)
