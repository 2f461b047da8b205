"""The whole job is done, and no secret that existed is in anything it left or showed."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from drivers.wire.secret import Secret
from kiosk import log
from kiosk.harness.stage import Stage, set_stage
from kiosk.harness.story import Story
from tests.system.leaks import Leaks, forms, shows_a_badge

pytestmark = [pytest.mark.anyio, pytest.mark.system]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds whatever anybody writes during the test."""
    for name in ("HOME", "TMPDIR", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


async def _collect_at_every_change(stage: Stage, leaks: Leaks) -> None:
    async for _ in stage.station.visit.board.states():
        leaks.collect()


async def test_no_secret_is_left_or_shown(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    leaks, processes = Leaks(), set[str]()
    leaks.begin()
    log.write_to(place / "kiosk.log", logging.DEBUG)
    try:
        async with set_stage(None, badge={"pin_slip": True}) as stage:
            collecting = asyncio.create_task(_collect_at_every_change(stage, leaks))
            story = Story(stage.station, stage.hand, stage.phone, stage.worker, lambda _: leaks.collect())
            await story.make_the_first_badge()
            await story.replace_it()
            processes.update(leaks.in_processes())
            await story.prove_it()
            collecting.cancel()
            leaks.collect()
            processes.update(leaks.in_processes())
            told = json.dumps([asdict(one) for one in story.told]).encode()
            running = leaks.in_files(place)
            papers = stage.hand.papers
    finally:
        log.write_to(None, logging.ERROR)

    kinds = {name: sum(is_one(secret) for secret in leaks.known) for name, is_one in KINDS.items()}
    assert papers == 3, "two badges, and between them the slip of a PIN"
    # Two badges, and the bridge between them.
    assert kinds == {"content": 3, "image": 3, "token": 1, "pin": 2}, "it knew what to look for"
    assert running == [], "while it ran"
    assert leaks.in_files(place) == [], "afterwards"
    assert sorted(processes) == []
    shown = capfd.readouterr()
    assert not leaks.found_in(told + shown.out.encode() + shown.err.encode())


#: How a secret of each kind is told: content, the image it came as, an access token, a PIN.
KINDS: dict[str, Callable[[bytes], bool]] = {
    "content": lambda secret: secret.startswith(b"ms-qrpin:v1|") and _NOBODY not in secret,
    "image": lambda secret: secret.startswith(b"<svg"),
    "token": lambda secret: secret.startswith(b"eyJ"),
    "pin": bytes.isdigit,
}
#: The code id on pages that are drawn for rehearsal alone.
_NOBODY = b"00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    "write",
    [
        lambda secret: b"before " + secret + b" after",
        lambda secret: json.dumps({"pin": secret.decode()}).encode(),
        lambda secret: base64.b64encode(b"x" + secret + b"yz"),
        lambda secret: base64.urlsafe_b64encode(b"xy" + secret),
        lambda secret: secret.hex().encode(),
        lambda secret: repr(secret).encode(),
    ],
)
async def test_the_search_finds_what_it_should(write: object, tmp_path: Path) -> None:
    """A search that cannot find proves nothing."""
    assert callable(write)
    leaks = Leaks()
    leaks.add(Secret(b"ms-qrpin:v1|ada@example.com|k"))
    (tmp_path / "file").write_bytes(write(b"ms-qrpin:v1|ada@example.com|k"))

    assert leaks.in_files(tmp_path) == [str(tmp_path / "file")]


async def test_every_form_is_another() -> None:
    assert len(set(forms(b"ms-qrpin:v1|a+b/c?d"))) >= 7


async def test_a_picture_of_a_badge_is_found_too() -> None:
    import cv2  # noqa: PLC0415

    from tests.drivers.symbols import BADGE, picture  # noqa: PLC0415

    assert shows_a_badge(bytes(cv2.imencode(".png", picture(BADGE))[1]))
    assert not shows_a_badge(bytes(cv2.imencode(".png", picture(b"https://example.com"))[1]))
