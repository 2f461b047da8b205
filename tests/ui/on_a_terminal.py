"""A program that shows the screen on its terminal; test_terminal runs it in one. Its argument says what happens."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sys
import termios
from pathlib import Path

from kiosk.badge.verdict import Basis, Judgement, Verdict
from kiosk.replace.plan import Refusal
from kiosk.state import Phase
from kiosk.ui.app import run_screen
from tests.ui.conftest import NOW
from tests.ui.stage import Recorder


async def _then(what: str, visit: Recorder) -> None:
    """What happens once Enter has been pressed on the screen of a failure."""
    async for state in visit.board.states():
        if state.phase is Phase.FAILED and visit.sent:
            break
    if what == "crash":
        # A local variable of the frames that the exception passes through holds a name.
        refusal = Refusal("there-are-no-words-for-this")
        visit.board.change(phase=Phase.VERDICT, name="Secretname-4711", refusal=refusal)
    if what == "noise":
        os.write(1, b"noise of a C library on stdout\n")
        os.write(2, b"noise of a C library on stderr\n")
        print("noise of print")  # noqa: T201
        print("noise of print to stderr", file=sys.stderr)  # noqa: T201
        judgement = Judgement(Verdict.ACTIVE, Basis.GRAPH, NOW)
        visit.board.change(phase=Phase.VERDICT, judgement=judgement, name="Nina Fischer")


class _Answering(Recorder):
    def dismiss(self) -> None:
        super().dismiss()
        self.board.change(hint="dismissed")


async def _main(what: str, log_file: Path | None) -> int:
    visit = _Answering()
    visit.board.change(phase=Phase.FAILED, error="press enter")
    async with asyncio.TaskGroup() as group:
        then = group.create_task(_then(what, visit))
        code = await run_screen(visit, log_file=log_file, may_quit=True, title="Gate 3")
        then.cancel()
    return code


if __name__ == "__main__":
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    returned = asyncio.run(_main(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else None))
    print(f"left with {returned}")  # noqa: T201
    sys.exit(returned)
