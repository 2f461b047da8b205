"""Codes that mean harm, from a real scanner driver to the board: each is a verdict, and none gets any further."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog

from drivers.wire.messages import Error, FromDriver
from kiosk import config
from kiosk.badge.verdict import Basis, Verdict
from kiosk.board import Board
from kiosk.harness.serial_scanner import PtyPlug, SimulatedScanner
from kiosk.state import Phase, State
from kiosk.station import Station, open_station

pytestmark = pytest.mark.anyio

ID = b"11111111-2222-3333-4444-555555555555"
BADGE = b"ms-qrpin:v1|ada@contoso.example|" + ID + b"|key"


@asynccontextmanager
async def gate(folder: Path) -> AsyncIterator[tuple[Station, SimulatedScanner]]:
    """A station with a serial scanner, whose driver is a process."""
    with SimulatedScanner(PtyPlug(folder / "gun")) as scanner:
        settings = {
            "station": {"state_directory": str(folder)},
            "scanners": {"gun": {"kind": "serial", "device": scanner.address, "gap_ms": 50}},
        }
        async with open_station(config.parse(settings, None)) as station, asyncio.timeout(40):
            await shown(station.visit.board, lambda state: any(one.health.state == "ok" for one in state.devices))
            yield station, scanner


async def shown(board: Board, right: object) -> State:
    async for state in board.states():
        if right(state):  # type: ignore[operator]
            return state
    raise AssertionError


async def verdict(station: Station, scanner: SimulatedScanner, sent: bytes) -> State:
    station.visit.dismiss()
    scanner.send(sent)
    return await shown(station.visit.board, lambda state: state.phase is Phase.VERDICT)


async def test_each_is_a_verdict_and_none_reaches_a_log(tmp_path: Path) -> None:
    hostile = {
        b"\x1b[2J\x1b]0;owned\x07": (Verdict.NOT_A_BADGE, ()),
        b"\x9b31m" + "\u202egnp.exe".encode(): (Verdict.NOT_A_BADGE, ()),
        b"$(reboot)`reboot`;reboot|'\"\\": (Verdict.NOT_A_BADGE, ()),
        b"\x00" * 64: (Verdict.NOT_A_BADGE, ()),
        b"{{7*7}}%n%s{name}": (Verdict.NOT_A_BADGE, ()),
        b"ms-qrpin:" + b"A" * 7000: (Verdict.NOT_A_BADGE, ()),
        b"ms-qrpin:v9|x": (Verdict.UNKNOWN, ("unknown_version",)),
        BADGE.replace(b"ada", b"a\x1b[31mda"): (Verdict.UNKNOWN, ("malformed",)),
        BADGE.replace(b"ada", b"a" * 400): (Verdict.UNKNOWN, ("malformed",)),
        BADGE.replace(b"ada", "a\u202eda".encode()): (Verdict.UNKNOWN, ("malformed",)),
        BADGE.replace(b"ada", b"a\xff\xfeda"): (Verdict.UNKNOWN, ("malformed",)),
    }
    with structlog.testing.capture_logs() as logged:
        async with gate(tmp_path) as (station, scanner):
            for sent, (expected, reasons) in hostile.items():
                judgement = (await verdict(station, scanner, sent + b"\r")).judgement
                assert judgement
                assert (judgement.verdict, judgement.reasons) == (expected, reasons), sent
    for mark in ("reboot", "owned", "7*7", "contoso", "\\x1b", "\x1b", "AAAA"):
        assert mark not in repr(logged), mark


@pytest.mark.parametrize("sent", [b"ms-qrpin:v1|half a ba", b"x" * 9000 + b"\r", bytes(1 << 20)])
async def test_what_did_not_come_whole_is_a_verdict_too(sent: bytes, tmp_path: Path) -> None:
    """Cut off, too long, a megabyte without an end: the screen reacts, and the next badge is read."""
    async with gate(tmp_path) as (station, scanner):
        judgement = (await verdict(station, scanner, sent)).judgement
        assert judgement
        assert (judgement.verdict, judgement.basis, judgement.reasons) == (Verdict.UNKNOWN, Basis.SCAN, ("misread",))
        scanner.send(b"\r")
        judgement = (await verdict(station, scanner, BADGE + b"\r")).judgement
        assert judgement
        assert (judgement.verdict, judgement.reasons) == (Verdict.UNKNOWN, ())


async def test_a_verdict_is_not_pushed_off_by_a_piece_of_noise(tmp_path: Path) -> None:
    """As where a scanner ends its scans with one byte more than it is configured to."""
    async with gate(tmp_path) as (station, scanner):
        await verdict(station, scanner, BADGE + b"\rxx")
        before = station.visit.board.state
        misread = asyncio.Event()
        gun = station.devices[0][1]
        listening = gun._hear

        def hear(message: FromDriver) -> None:
            listening(message)
            if isinstance(message, Error):
                misread.set()

        gun._hear = hear
        scanner.send(b"yy")
        await misread.wait()
        assert station.visit.board.state.judgement == before.judgement
