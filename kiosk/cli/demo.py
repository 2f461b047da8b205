"""`kiosk demo`: the whole job on simulated devices and a tenant in a box."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kiosk.errors import KioskError, UsageError

if TYPE_CHECKING:
    from kiosk.harness.assistant import Assistant
    from kiosk.harness.stage import Stage
    from kiosk.harness.story import Story, Told


#: Seconds to read the last line before the screen covers it.
_READ_SECONDS = 4.0


@click.command()
@click.option("--headless", is_flag=True, help="Tell the story line by line; the default when not on a terminal.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object: each step, its outcome, its time.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    metavar="DIR",
    help="Keep the pictures (what was printed, what the camera saw), the registry and the configuration in DIR.",
)
def demo(*, headless: bool, as_json: bool, keep: Path | None) -> None:
    """Show the station do its job, with nothing to buy and nobody's secrets.

    A badge is issued and printed, wears out, is photographed, read, checked, revoked, reissued, printed and read
    back. Leaves with 0 only if the new badge then signs in on a simulated phone and the old one does not.
    """
    headless = headless or as_json or not (sys.stdin.isatty() and sys.stdout.isatty())
    if keep and keep.exists() and any(keep.iterdir()):
        raise UsageError(f"{keep} is not empty", hint="name a new folder to keep the demo's pictures in")
    sys.exit(asyncio.run(_headless(keep, as_json=as_json) if headless else _on_screen(keep)))


async def _headless(keep: Path | None, *, as_json: bool) -> int:
    say = _silent if as_json else _aloud
    steps: list[Told] = []
    error: KioskError | None = None
    from kiosk.harness.stage import set_stage

    try:
        async with set_stage(keep) as stage:
            story = _story(stage, say)
            steps = story.told
            await story.make_the_first_badge()
            await story.replace_it()
            await story.prove_it()
    except KioskError as wrong:
        error = wrong
    click.echo(
        json.dumps(_summary(steps, error, keep), ensure_ascii=False) if as_json else _ending(steps, error, keep)
    )
    return 1 if error else 0


async def _on_screen(keep: Path | None) -> int:
    from kiosk.harness.stage import set_stage
    from kiosk.ui.app import run_screen

    click.echo("Setting the scene: a tenant in a box, a printer, a camera, and a worker's first badge …")
    async with set_stage(keep, "supervisor") as stage:
        story = _story(stage, _aloud)
        await story.make_the_first_badge()
        click.echo(
            f"Now you are the supervisor, {stage.supervisor['displayName']}: wait for the worn badge, and press 1 to "
            "sign in.\nYour simulated phone types the code in a moment. Then press 1 and Enter, and q to leave."
        )
        await asyncio.sleep(_READ_SECONDS)
        await stage.hand.remove()
        visit = stage.station.visit
        visit.dismiss()
        enrolled = visit.result
        helping = asyncio.create_task(_assistant(stage).help())
        code = await run_screen(visit, log_file=None, may_quit=True, title="demo")
        helping.cancel()
        result = visit.result
        if code == 0 and result and result.finished and result is not enrolled:
            await story.prove_it()
    click.echo(f"That was it. {_program()} demo --headless --keep DIR leaves the pictures to look at.")
    return code


def _program() -> str:
    """How this command was called, so that what is printed can be pasted."""
    return sys.argv[0] if Path(sys.argv[0]).name == "kiosk" else f"{sys.executable} -m kiosk"


def _story(stage: Stage, say: Any) -> Story:
    from kiosk.harness.story import Story

    return Story(stage.station, stage.hand, stage.phone, stage.worker, say)


def _assistant(stage: Stage) -> Assistant:
    from kiosk.harness.assistant import Assistant

    return Assistant(stage.station.visit.board, stage.hand, stage.phone, stage.supervisor["userPrincipalName"])


def _silent(told: Told) -> None:
    """Said at the end, all at once."""


def _aloud(told: Told) -> None:
    click.echo(f"{told.ms:8.0f} ms  {told.name}: {told.outcome}")


def _summary(steps: list[Told], error: KioskError | None, keep: Path | None) -> dict[str, Any]:
    failure = {"error": str(error), "hint": error.hint} if error else {}
    kept = {"kept": str(keep)} if keep else {}
    return {"ok": error is None, "steps": [asdict(told) for told in steps], **failure, **kept}


def _ending(steps: list[Told], error: KioskError | None, keep: Path | None) -> str:
    if error:
        return f"It did not work: {error}" + (f"\n  {error.hint}" if error.hint else "")
    kept = ""
    if keep:
        kept = f"\nKept in {keep}. To judge its pictures: {_program()} check --config {keep}/kiosk.toml {keep}/*.png"
    return f"All {len(steps)} steps came out: the new badge signs in, the old one does not.{kept}"
