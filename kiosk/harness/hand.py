"""The hand at the simulated desk: takes paper from the printer and holds it before the camera."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, Literal

from kiosk.harness.child import Child, ChildError, start

_START_SECONDS: Final = 30.0
_ANSWER_SECONDS: Final = 20.0
#: A desk has nothing to say for as long as nobody prints.
_IDLE_SECONDS: Final = 86_400.0

Paper = int | Literal["newest", "first"]
Look = Literal["new", "worn"]


class Hand:
    """`printer` is the simulated printer's address, `camera` its camera's named pipe, `papers` how many came out."""

    def __init__(self, desk: Child, ready: dict[str, Any]) -> None:
        self.printer: str = ready["printer"]
        self.camera: str = ready["camera"]
        self._desk = desk
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.papers = 0
        self._came_out = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    async def hold(self, paper: Paper, look: Look) -> None:
        """Hold a paper before the camera, as it came out of the printer or after a year in a pocket."""
        await self._do({"do": "hold", "paper": paper, "as": look})

    async def next_paper(self, before: int) -> int:
        """The number of the newest paper once there are more than `before`."""
        async with asyncio.timeout(_ANSWER_SECONDS), self._came_out:
            await self._came_out.wait_for(lambda: self.papers > before)
        return self.papers

    async def remove(self) -> None:
        """Take it away."""
        await self._do({"do": "remove"})

    async def view(self) -> bytes:
        """What the camera sees now, as PNG."""
        return base64.b64decode((await self._do({"do": "view"}))["png_base64"])

    async def fault(self, name: str, **arguments: Any) -> None:
        """Give the printer a fault."""
        await self._do({"do": "fault", "name": name, **arguments})

    async def repair(self) -> None:
        """Take all its faults away."""
        await self._do({"do": "repair"})

    async def close(self) -> None:
        """Stop listening to the desk."""
        self._reading.cancel()
        with suppress(asyncio.CancelledError):
            await self._reading

    async def _do(self, message: dict[str, Any]) -> dict[str, Any]:
        await self._desk.tell(message)
        async with asyncio.timeout(_ANSWER_SECONDS):
            answer = await self._answers.get()
        if answer.get("event") == "error":
            raise ChildError(f"the desk cannot {message['do']}: {answer}")
        return answer

    async def _read(self) -> None:
        while True:
            said = await self._desk.line(_IDLE_SECONDS)
            if said.get("event") == "printed":
                async with self._came_out:
                    self.papers = said["paper"]
                    self._came_out.notify_all()
            else:
                self._answers.put_nowait(said)


@asynccontextmanager
async def open_desk(keep: str | None) -> AsyncIterator[Hand]:
    """A desk with a printer and a camera on it. `keep`: a folder for pictures of what was printed and seen."""
    words = ("-m", "kiosk.harness", "desk", *(("--keep", keep) if keep else ()))
    async with start("the simulated desk", *words) as desk:
        hand = Hand(desk, await desk.line(_START_SECONDS))
        try:
            yield hand
        finally:
            await hand.close()
