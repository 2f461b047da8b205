"""What the administrators' commands share: their options, the signed-in session, and the question before a change."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from kiosk.cli.options import config_option
from kiosk.config import Config
from kiosk.errors import KioskError, UsageError

if TYPE_CHECKING:
    from kiosk.administration.session import Session
    from kiosk.graph.auth import DevicePrompt

Command = Callable[..., Any]

yes_option: Final = click.option("--yes", is_flag=True, help="Do not ask; needed where there is no terminal.")
reveal_option: Final = click.option("--reveal", is_flag=True, help="Show the secrets made, once; only on a terminal.")
print_option: Final = click.option(
    "--print", "to_printer", is_flag=True, help="Print the badge on the configured printer."
)
slip_option: Final = click.option(
    "--slip", is_flag=True, help="Print the PIN on a slip of its own; only where badge.pin_slip is set."
)
kind_option: Final = click.option(
    "--kind", type=click.Choice(["standard", "temporary"]), required=True, help="Which of the person's two codes."
)


class DeclinedError(KioskError):
    """A person said no."""


@dataclass(frozen=True)
class Ways:
    """How a command was asked to work: which tenant, for whom to sign in, how to answer."""

    config: Config
    as_json: bool
    device_code: bool

    def run(self, work: Callable[[Session], Awaitable[None]]) -> None:
        """Sign in, do `work`, sign out."""
        asyncio.run(self._run(work))

    async def _run(self, work: Callable[[Session], Awaitable[None]]) -> None:
        from kiosk.administration.session import open_session
        from kiosk.clock import SystemClock

        shown = prompt if self.device_code else None
        async with open_session(self.config, SystemClock(), shown) as session:
            await work(session)

    def say(self, row: dict[str, Any], lines: list[str]) -> None:
        """The answer, for a program or for a person."""
        click.echo(json.dumps(row, ensure_ascii=False) if self.as_json else "\n".join(lines))


def ways(command: Command) -> Command:
    """`--config`, `--json` and `--device-code`, handed on together as `ways`."""

    def called(*, config: Config, as_json: bool, device_code: bool, **words: Any) -> None:
        command(ways=Ways(config, as_json, device_code), **words)

    called.__name__, called.__doc__ = command.__name__, command.__doc__
    called.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    options = (
        click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object."),
        click.option("--device-code", is_flag=True, help="Sign in as a person with a phone, not as the app."),
        config_option,
    )
    decorated: Command = called
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


def prompt(asked: DevicePrompt) -> None:
    """Tell a person where to sign in, beside what the command answers."""
    from kiosk.cli.symbol import show_address

    click.echo(f"To sign in, open {asked.verification_uri} and enter {asked.user_code}", err=True)
    if sys.stderr.isatty():
        show_address(asked.verification_uri, err=True)


def require_consent(*, yes: bool) -> None:
    """Raises UsageError where nobody can be asked and nobody has said yes beforehand."""
    if not yes and not sys.stdin.isatty():
        raise UsageError(
            "this cannot be undone, and there is no terminal to ask at",
            hint="give --yes to do it without being asked",
        )


def consent(question: str, *, yes: bool) -> None:
    """Ask before what cannot be undone. Raises DeclinedError unless the answer is yes."""
    if not yes and not click.confirm(question, err=True):
        raise DeclinedError("nothing was changed")


def require_terminal(*, reveal: bool) -> None:
    """Raises UsageError where secrets were asked for and would go into a file or a pipe."""
    if reveal and not sys.stdout.isatty():
        raise UsageError("--reveal shows secrets", hint="only to a terminal, not into a file or pipe")
