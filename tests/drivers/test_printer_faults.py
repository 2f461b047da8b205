"""Each fault, on each driver, gives its stated outcome; and whatever happened, the next badge comes out whole.

docs/printing.md has this table in words.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from drivers.decode import engine
from drivers.printers import label, verdict
from drivers.printers.driver import Printer
from drivers.printers.label import LabelPrinter
from drivers.printers.page import pack
from drivers.printers.receipt import ReceiptPrinter
from drivers.transports import lock
from drivers.wire.messages import Page
from drivers.wire.options import EscposOptions, ZplOptions
from kiosk.harness.paper import Sheet
from kiosk.harness.printer_file import printed
from kiosk.harness.printer_model import Language
from kiosk.harness.printer_server import SimulatedPrinter
from kiosk.harness.printer_wires import Pty
from tests.drivers.symbols import BADGE, picture

#: Seconds a printer on this machine may take to answer; one that does not answer costs it.
SILENCE = 0.3


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "STATUS_SECONDS", SILENCE)
    monkeypatch.setattr(label, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(lock, "PATIENCE", 0.05)


def page(content: bytes = BADGE) -> Page:
    return pack(picture(content, scale=4) < 128, 203)


def driver(language: Language, to: str, **options: Any) -> Printer:
    said = {"to": to, "timeout": SILENCE, "flow": "xon_xoff", **options}
    return LabelPrinter(ZplOptions(**said)) if language == "zpl" else ReceiptPrinter(EscposOptions(**said))


def read(sheet: Sheet) -> list[bytes]:
    image = np.asarray(sheet.image().convert("L"))
    return [reading.content for reading in engine.read(image, every=False)]


@dataclass(frozen=True)
class Case:
    """A fault and what comes of a page: result, a word of its reason, whether anything may have been sent."""

    language: Language
    fault: str
    result: Literal["printed", "failed", "unknown"]
    reason: str = ""
    began: bool = True
    arguments: dict[str, Any] = field(default_factory=dict)
    wire: Literal["tcp", "serial"] = "tcp"

    def __str__(self) -> str:
        return "-".join((self.language, self.wire, self.fault, *map(str, self.arguments.values())))


CASES = [
    Case("escpos", "paper_out", "failed", "paper out", began=False),
    Case("escpos", "paper_out", "failed", "paper out", arguments={"after_rows": 40}),
    Case("escpos", "paper_out", "failed", "paper out", arguments={"after_rows": 40}, wire="serial"),
    Case("escpos", "paper_near_end", "printed"),
    Case("escpos", "cover_open", "failed", "cover open", began=False),
    Case("escpos", "cutter_error", "failed", "cutter error"),
    Case("escpos", "slow", "unknown", "not said what became", arguments={"rows_per_second": 100}),
    Case("escpos", "silent", "unknown", "not said what became"),
    Case("escpos", "dead", "unknown", "not said what became"),
    Case("escpos", "xoff", "unknown", "not said what became"),
    Case("escpos", "xoff", "failed", "took no bytes", began=False, wire="serial"),
    Case("escpos", "disconnect_at_byte", "unknown", "", arguments={"byte": 900}),
    Case("escpos", "garbage_answers", "failed", "no ESC/POS printer", began=False),
    Case("escpos", "wrong_answers", "failed", "no ESC/POS printer", began=False),
    Case("escpos", "duplicate_print", "printed"),
    Case("zpl", "paper_out", "failed", "does not answer", began=False),
    Case("zpl", "paper_out", "unknown", "stopped answering", arguments={"after_rows": 40}),
    Case("zpl", "paper_out", "unknown", "stopped answering", arguments={"after_rows": 40}, wire="serial"),
    Case("zpl", "head_open", "failed", "does not answer", began=False),
    Case("zpl", "ribbon_out", "failed", "does not answer", began=False),
    Case("zpl", "slow", "unknown", "has not printed", arguments={"rows_per_second": 100}),
    Case("zpl", "silent", "failed", "does not answer", began=False),
    Case("zpl", "dead", "failed", "does not answer", began=False),
    Case("zpl", "xoff", "failed", "does not answer", began=False),
    Case("zpl", "disconnect_at_byte", "unknown", "", arguments={"byte": 500}),
    Case("zpl", "garbage_answers", "failed", "no ZPL printer", began=False),
    Case("zpl", "wrong_answers", "failed", "no ZPL printer", began=False),
    Case("zpl", "duplicate_print", "printed", "2 labels came out"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_fault_has_its_outcome_and_leaves_the_printer_clean(case: Case) -> None:
    wire = Pty() if case.wire == "serial" else None
    with SimulatedPrinter(language=case.language, wire=wire) as printer:
        unlucky = driver(case.language, printer.address)
        printer.fault(case.fault, **case.arguments)

        told = unlucky.print(page())

        assert (told.result, bool(told.labels)) == (case.result, case.began), told
        assert case.reason in told.reason, told
        assert told.evidence

        printer.repair()
        before = len(printer.sheets)
        again = unlucky.print(page(b"the next one"))
        assert again.result == "printed", again
        out = printer.sheets[before:]
        assert read(out[-1]) == [b"the next one"]
        if case.result == "failed" and case.fault != "cutter_error":
            badges = [content for sheet in printer.sheets for content in read(sheet) if content == BADGE]
            assert badges == [], "a page that failed does not come out after all"
        if case.fault != "disconnect_at_byte":
            assert printer.faults == []


@pytest.mark.parametrize("language", ["escpos", "zpl"])
@pytest.mark.parametrize("wire", [None, Pty])
def test_a_good_printer_prints_on_every_wire(language: Language, wire: Callable[[], Pty] | None) -> None:
    with SimulatedPrinter(language=language, wire=wire() if wire else None) as printer:
        good = driver(language, printer.address)

        assert good.health().state == "ok"
        assert [good.print(page()).result for _ in range(2)] == ["printed"] * 2
        assert [read(sheet) for sheet in printer.sheets] == [[BADGE], [BADGE]]
        assert printer.faults == []


@pytest.mark.parametrize("language", ["escpos", "zpl"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_driver_that_is_killed_half_way_leaves_nothing_to_the_next_ones_badge(
    language: Language, share: float, tmp_path: Path
) -> None:
    """Another driver knows nothing of the page before it; half of that is in the printer, and half on its paper."""
    whole = tmp_path / "page.bin"
    driver(language, f"file:{whole}", content_on_disk=True).print(page())
    data = whole.read_bytes()
    with SimulatedPrinter(language=language) as printer:
        _, host, port = printer.address.split(":")
        with socket.create_connection((host, int(port))) as killed:
            killed.sendall(data[: int(len(data) * share)])

        assert driver(language, printer.address).print(page(b"the next one")).result == "printed"

        assert read(printer.sheets[-1]) == [b"the next one"]
        assert [content for sheet in printer.sheets[:-1] for content in read(sheet)] == []
        assert [sheet.height for sheet in printer.sheets[-1:]] == [alone(language)], "no half badge hangs on it"
        assert all("format begins" not in fault.what for fault in printer.faults)


def alone(language: Language) -> int:
    """How long the next badge is when nothing went before it."""
    with SimulatedPrinter(language=language) as printer:
        driver(language, printer.address).print(page(b"the next one"))
        return printer.sheets[-1].height


@pytest.mark.parametrize("language", ["escpos", "zpl"])
def test_a_printer_that_is_held_by_another_is_busy_and_gets_nothing(language: Language) -> None:
    with SimulatedPrinter(language=language, wire=Pty()) as printer:
        waiting = driver(language, printer.address)
        holder = waiting._connect()  # type: ignore[attr-defined]

        told = waiting.print(page())

        assert (told.result, bool(told.labels)) == ("failed", False)
        assert "is busy: held by" in told.reason
        assert (waiting.health().state, "is busy" in waiting.health().reason) == ("fault", True)
        holder.close()
        assert waiting.print(page()).result == "printed"


@pytest.mark.parametrize("language", ["escpos", "zpl"])
def test_a_device_that_is_gone_is_absent_and_gets_nothing(language: Language) -> None:
    gone = driver(language, "/dev/usb/lp99")

    assert gone.health().state == "absent"
    told = gone.print(page())
    assert (told.result, bool(told.labels)) == ("failed", False)


def test_a_label_printer_that_cannot_answer_is_unknown_when_that_was_said() -> None:
    with SimulatedPrinter(language="zpl") as printer:
        mute = driver("zpl", printer.address, answers=False)
        printer.fault("silent")

        assert mute.health().state == "unknown"
        assert mute.print(page()).result == "unknown"
        assert read(printer.wait_for_sheet()) == [BADGE]


@pytest.mark.parametrize("language", ["escpos", "zpl"])
def test_a_file_gets_the_bytes_and_nobody_knows_more(language: Language, tmp_path: Any) -> None:
    file = tmp_path / "page.bin"
    blind = driver(language, f"file:{file}", content_on_disk=True)

    assert blind.health().state == "unknown"
    assert blind.print(page()).result == "unknown"
    paper = printed(file.read_bytes(), language, 576, 203)
    assert [read(sheet) for sheet in paper.sheets] == [[BADGE]]
    assert paper.faults == []
