"""A simulated part of the world in a process of its own, spoken to in JSON lines."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from kiosk.errors import KioskError

_LEAVE_SECONDS: Final = 5.0
#: Bytes a line may have: a picture goes by as base64.
_LINE: Final = 32 << 20


class ChildError(KioskError):
    """The process did not start, or left before its time."""


class Child:
    """Tell it something and take its answers in order. Make one with `start`."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.process = process
        self._complaints: deque[str] = deque(maxlen=20)
        self._listening = asyncio.create_task(self._listen())

    async def tell(self, message: dict[str, Any]) -> None:
        """Say one line."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        await self.process.stdin.drain()

    async def line(self, seconds: float) -> dict[str, Any]:
        """Its next line. Raises ChildError when it says nothing for `seconds`, or leaves."""
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(seconds):
                line = await self.process.stdout.readline()
        except TimeoutError:
            raise ChildError(f"{self.name} said nothing for {seconds:g} s") from None
        if not line:
            await self._listening
            raise ChildError(f"{self.name} left: {' '.join(self._complaints) or 'without a word'}")
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer

    async def close(self) -> None:
        """Hang up; it then leaves, or is made to."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        # Not asyncio.timeout, which up to Python 3.11.2 fails in a task that is being cancelled.
        leaving = asyncio.ensure_future(self.process.wait())
        if not (await asyncio.wait({leaving}, timeout=_LEAVE_SECONDS))[0]:
            self.process.kill()
        await leaving
        await self._listening

    async def _listen(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self._complaints.append(line.decode(errors="replace").strip())


@asynccontextmanager
async def start(name: str, *words: str) -> AsyncIterator[Child]:
    """`python WORDS` as a child, ended with the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LINE,
        # A Ctrl-C at the terminal is for the demo, which then ends its children in order.
        start_new_session=True,
    )
    child = Child(name, process)
    try:
        yield child
    finally:
        await child.close()
