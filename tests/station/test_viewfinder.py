"""When a camera is asked for pictures, and what is shown of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers.wire.messages import Frame, Motion, Preview, Sight
from drivers.wire.secret import Secret
from kiosk import config
from kiosk.devices.link import DeviceAbsentError
from kiosk.harness.http_camera import HttpCamera
from kiosk.station import open_station
from kiosk.viewfinder import LINGER, NOTHING, Glimpse, Viewfinder
from tests.devices.rogue import HeldClock
from tests.drivers.noisy import frames

pytestmark = pytest.mark.anyio


def picture(shade: int, width: int = 16, height: int = 9) -> Frame:
    return Frame(width=width, height=height, pixels=Secret(bytes([shade]) * (width * height)))


class Scene:
    """A viewfinder with a screen before it; `asked` is what the cameras were asked."""

    def __init__(self) -> None:
        self.clock = HeldClock()
        self.aiming = True
        self.asked: list[tuple[str, bool]] = []
        self.glimpse = NOTHING
        self.away = False
        self.finder = Viewfinder(self.clock, lambda: self.aiming, self._ask)

    async def _ask(self, scanner: str, on: bool) -> None:  # noqa: FBT001
        self.asked.append((scanner, on))
        if self.away:
            raise DeviceAbsentError("front: its driver left")

    async def look(self) -> None:
        """As a screen does."""
        async for glimpse in self.finder.glimpses():
            self.glimpse = glimpse

    async def settle(self) -> None:
        """Let what is under way come to rest."""
        for _ in range(10):
            await asyncio.sleep(0)

    async def hear(self, *messages: Motion | Sight | Frame, scanner: str = "front") -> None:
        for message in messages:
            self.finder.heard(scanner, message)
            await self.settle()

    async def pass_by(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await self.settle()


@asynccontextmanager
async def watched() -> AsyncIterator[Scene]:
    scene = Scene()
    screen = asyncio.create_task(scene.look())
    await scene.settle()
    yield scene
    screen.cancel()
    await asyncio.gather(screen, return_exceptions=True)
    await scene.finder.close()


async def test_pictures_come_while_something_moves_and_no_longer() -> None:
    async with watched() as scene:
        await scene.hear(picture(1))
        assert (scene.asked, scene.glimpse) == ([], NOTHING), "unasked, it is not shown"
        await scene.hear(Motion(), picture(2))
        assert (scene.asked, scene.glimpse) == ([("front", True)], Glimpse(picture(2)))
        await scene.pass_by(LINGER - 1)
        await scene.hear(Motion(), picture(3))
        await scene.pass_by(LINGER - 1)
        await scene.hear(picture(4))
        assert (scene.asked, scene.glimpse) == ([("front", True)], Glimpse(picture(4))), "it still moves"
        await scene.pass_by(LINGER)
        assert scene.asked == [("front", True), ("front", False)]
        assert scene.glimpse == NOTHING
        await scene.hear(picture(5))
        assert scene.glimpse == NOTHING, "what was on the way is not shown"
        await scene.hear(Motion())
        assert scene.asked[-1] == ("front", True), "and again"


async def test_a_hint_is_shown_for_as_long_as_it_is_true() -> None:
    """At once, with or without a picture; it goes when the camera says it no more."""
    async with watched() as scene:
        await scene.hear(Sight(hint="glare"))
        assert scene.glimpse == Glimpse(None, "glare")
        await scene.hear(picture(1))
        assert scene.glimpse == Glimpse(picture(1), "glare")
        await scene.pass_by(1)
        await scene.hear(Sight(hint="closer"), picture(2))
        assert scene.glimpse == Glimpse(picture(2), "closer")
        await scene.pass_by(2)
        await scene.hear(picture(3))
        assert scene.glimpse == Glimpse(picture(3), None)


async def test_nothing_is_asked_where_no_badge_is_awaited_or_nobody_looks() -> None:
    scene = Scene()
    await scene.hear(Motion(), Sight(hint="dark"))
    assert scene.asked == [], "there is no screen"
    async with watched() as scene:
        scene.aiming = False
        await scene.hear(Motion(), Sight(hint="dark"))
        assert (scene.asked, scene.glimpse) == ([], NOTHING)
        scene.aiming = True
        await scene.hear(Motion())
        scene.aiming = False
        await scene.hear(picture(1), Motion())
        assert scene.glimpse == NOTHING, "a badge was read meanwhile"
        await scene.pass_by(LINGER)
        assert scene.asked == [("front", True), ("front", False)]


async def test_one_camera_at_a_time() -> None:
    async with watched() as scene:
        await scene.hear(Motion(), picture(1))
        await scene.hear(Motion(), Sight(hint="closer"), picture(2), scanner="back")
        assert (scene.asked, scene.glimpse) == ([("front", True)], Glimpse(picture(1)))
        await scene.pass_by(LINGER)
        await scene.hear(Motion(), picture(2), scanner="back")
        assert (scene.asked[2:], scene.glimpse) == ([("back", True)], Glimpse(picture(2)))


async def test_a_camera_that_is_away_ends_it_and_is_tried_again() -> None:
    """It is told to stop as well: its supervisor would else ask the next driver for pictures."""
    async with watched() as scene:
        scene.away = True
        await scene.hear(Motion())
        assert (scene.asked, scene.glimpse) == ([("front", True), ("front", False)], NOTHING)
        scene.away = False
        await scene.hear(Motion(), picture(1))
        assert scene.glimpse == Glimpse(picture(1))


@pytest.mark.parametrize(
    "broken",
    [
        Frame(width=16, height=9, pixels=Secret(b"short")),
        Frame(width=0, height=0, pixels=Secret(b"")),
        Frame(width=-1, height=-1, pixels=Secret(b"x")),
        picture(1, width=161, height=1),
    ],
)
async def test_a_picture_that_is_none_is_passed_over(broken: Frame) -> None:
    async with watched() as scene:
        await scene.hear(Motion(), picture(1), broken)
        assert scene.glimpse == Glimpse(picture(1))


async def _until(station: Any, true: Callable[[Glimpse], bool]) -> Glimpse:
    async with asyncio.timeout(30):
        async for glimpse in station.viewfinder.glimpses():
            if true(glimpse):
                return glimpse
    raise AssertionError


async def test_a_station_asks_a_real_camera_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something moves: pictures come over the wire. It stops: they end, and the driver was told so."""
    monkeypatch.setattr("kiosk.viewfinder.LINGER", 0.3)
    stripes = np.zeros((240, 320), dtype=np.uint8)
    stripes[:, ::40] = 255
    with HttpCamera(frames(stripes)) as camera:
        scanners = {"front": {"kind": "camera", "device": camera.url}, "hand": {"kind": "none"}}
        settings = {"station": {"state_directory": str(tmp_path)}, "scanners": scanners}
        async with open_station(config.parse(settings, None)) as station:
            seen = await _until(station, lambda glimpse: glimpse.frame is not None)
            assert seen.frame
            assert (seen.frame.width, seen.frame.height) == (160, 120)
            await _until(station, lambda glimpse: glimpse == NOTHING)
            front = next(device for _, device in station.devices if device.name == "front")
            assert front._preview == Preview(on=False)
