"""A receipt printer over TCP: what it says is believed, what it does not say is unknown."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Literal

import numpy as np
import pytest

from drivers.loop import Loop
from drivers.printers import verdict
from drivers.printers.driver import MAX_PREPARED, PrinterDriver
from drivers.printers.page import pack
from drivers.printers.receipt import ReceiptPrinter
from drivers.wire.messages import Cancel, Commit, Error, FromDriver, Health, Outcome, Page, Ping, Prepare, Prepared
from drivers.wire.options import PRINTERS, EscposOptions, OptionError, read
from kiosk.harness.printer_server import SimulatedPrinter
from tests.drivers.symbols import BADGE, picture


@pytest.fixture
def simulated() -> Iterator[SimulatedPrinter]:
    with SimulatedPrinter() as printer:
        yield printer


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here a printer answers from this machine, or never."""
    monkeypatch.setattr(verdict, "STATUS_SECONDS", 0.4)


def _page(content: bytes = BADGE) -> Page:
    return pack(picture(content, scale=6) < 128, 203)


def _printer(simulated: SimulatedPrinter, timeout: float = 1.0) -> ReceiptPrinter:
    return ReceiptPrinter(EscposOptions(to=simulated.address, timeout=timeout))


def test_a_good_printer_is_ok_and_prints(simulated: SimulatedPrinter) -> None:
    printer = _printer(simulated)

    assert printer.health().state == "ok"
    told = printer.print(_page())
    assert (told.result, "GS ( H" in told.evidence) == ("printed", True)
    assert len(simulated.sheets) == 1
    assert simulated.faults == []


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        ("paper_out", "fault", "paper out"),
        ("cover_open", "fault", "cover open"),
        ("paper_near_end", "ok", "near its end"),
        ("silent", "unknown", "does not answer"),
        ("dead", "unknown", "does not answer"),
        ("garbage_answers", "unknown", "no ESC/POS printer"),
        ("wrong_answers", "unknown", "no ESC/POS printer"),
    ],
)
def test_health_has_three_values_and_its_evidence(
    simulated: SimulatedPrinter, fault: str, state: str, reason: str
) -> None:
    simulated.fault(fault)

    health = _printer(simulated).health()

    assert health.state == state
    assert reason in health.reason
    assert "DLE EOT" in health.evidence


def test_a_fault_before_the_first_byte_is_a_failure_and_sends_none(simulated: SimulatedPrinter) -> None:
    simulated.fault("cover_open")

    told = _printer(simulated).print(_page())

    assert (told.result, told.reason, bool(told.labels)) == ("failed", "cover open", False)
    assert "nothing was sent" in told.evidence
    assert simulated.sheets == []


def test_paper_that_ends_in_the_middle_is_a_failure(simulated: SimulatedPrinter) -> None:
    simulated.fault("paper_out", after_rows=40)

    told = _printer(simulated).print(_page())

    assert (told.result, told.reason) == ("failed", "paper out")
    assert "the rest is cleared" in told.evidence


def test_a_cutter_that_jams_is_a_failure(simulated: SimulatedPrinter) -> None:
    simulated.fault("cutter_error")

    told = _printer(simulated).print(_page())

    assert (told.result, told.reason) == ("failed", "cutter error")
    assert "while printing" in told.evidence
    assert _printer(simulated).health().reason == "cutter error"


def test_silence_after_the_page_is_unknown(simulated: SimulatedPrinter) -> None:
    simulated.fault("silent")

    assert _printer(simulated, timeout=0.2).print(_page()).result == "unknown"


def test_a_connection_lost_in_the_middle_is_unknown(simulated: SimulatedPrinter) -> None:
    simulated.fault("disconnect_at_byte", byte=2000)

    told = _printer(simulated, timeout=1).print(_page())

    assert (told.result, bool(told.labels)) == ("unknown", True)
    assert told.reason


def test_half_a_badge_is_cut_off_before_the_next_one(simulated: SimulatedPrinter) -> None:
    printer = _printer(simulated, timeout=1)
    simulated.fault("disconnect_at_byte", byte=2000)
    printer.print(_page())

    assert printer.print(_page()).result == "printed"

    half, whole = simulated.sheets
    assert (half.blank, half.height < whole.height) == (False, True)
    assert simulated.faults == []


def test_a_raster_somebody_else_left_half_sent_swallows_nothing_of_a_badge(simulated: SimulatedPrinter) -> None:
    """What an earlier process left: the first page of a driver begins with a question in order."""
    kind, host, port = simulated.address.split(":")
    with socket.create_connection((host, int(port))) as other:
        other.sendall(b"\x1dv0\x00\x48\x00\x40\x00" + b"\xff" * 300)

    assert kind == "tcp"
    assert _printer(simulated).print(_page()).result == "printed"
    assert simulated.faults == []


@pytest.mark.parametrize("completion", ["auto", "ordered"])
def test_a_printer_without_process_ids_is_asked_in_order_and_prints_no_text(
    simulated: SimulatedPrinter, completion: Literal["auto", "ordered"]
) -> None:
    """Trying GS ( H out on one that takes it for text moves no paper and leaves nothing on the badge."""
    simulated.fault("clone")
    alone = EscposOptions(to=simulated.address, completion=completion)

    told = ReceiptPrinter(alone).print(_page())

    assert (told.result, "GS r 1" in told.evidence) == ("printed", True)
    with SimulatedPrinter() as good:
        ReceiptPrinter(EscposOptions(to=good.address)).print(_page())
        assert simulated.sheets[0].rows == good.sheets[0].rows


def test_what_it_answers_is_found_out_once(simulated: SimulatedPrinter) -> None:
    printer = _printer(simulated)
    printer.print(_page())
    simulated.fault("clone")

    told = printer.print(_page())

    assert (told.result, "no answer to GS ( H" in told.evidence) == ("unknown", True)


def test_a_printer_that_is_not_to_be_asked_is_not(simulated: SimulatedPrinter) -> None:
    told = ReceiptPrinter(EscposOptions(to=simulated.address, completion="none")).print(_page())

    assert told.result == "unknown"
    assert simulated.wait_for_sheet().number == 1


def test_nobody_at_the_address_is_absent_with_a_hint() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        printer = ReceiptPrinter(EscposOptions(to=f"tcp:127.0.0.1:{closed.getsockname()[1]}"))

    health = printer.health()
    assert health.state == "absent"
    assert "switched on" in health.hint
    assert printer.print(_page()).result == "failed"


@pytest.mark.parametrize(
    "to", ["", "printer", "tcp:host", "tcp::9100", "tcp:h:port", "tcp:h:99999", "serial:x", "usb:1"]
)
def test_an_address_that_is_none_is_named(to: str) -> None:
    with pytest.raises(OptionError, match="address"):
        read("escpos", {"to": to}, PRINTERS)


class _Said(list[FromDriver]):
    """What a driver said, and the driver."""

    def __init__(self, simulated: SimulatedPrinter) -> None:
        super().__init__()
        self.driver = PrinterDriver(Loop(self.append), "escpos", _printer(simulated))


def test_a_page_is_read_before_and_printed_once_after_commit(simulated: SimulatedPrinter) -> None:
    said = _Said(simulated)

    said.driver.handle(Prepare(job="a", page=_page()))
    assert isinstance(said[-1], Prepared)
    assert [content.reveal() for content in said[-1].read] == [BADGE]
    assert simulated.sheets == []

    said.driver.handle(Commit(job="a"))
    assert isinstance(said[-1], Outcome)
    assert said[-1].result == "printed"

    said.driver.handle(Commit(job="a"))
    assert said[-1] == said[-2], "asked twice, printed once, answered twice"
    assert len(simulated.sheets) == 1


def test_a_cancelled_page_is_forgotten(simulated: SimulatedPrinter) -> None:
    said, page = _Said(simulated), _page()
    said.driver.handle(Prepare(job="a", page=page))

    said.driver.handle(Cancel(job="a"))
    said.driver.handle(Commit(job="a"))

    assert isinstance(said[-1], Outcome)
    assert said[-1].result == "failed"
    with pytest.raises(RuntimeError, match="forgotten"):
        page.rows.reveal()


def test_a_page_too_wide_is_refused_by_name(simulated: SimulatedPrinter) -> None:
    said = _Said(simulated)

    said.driver.handle(Prepare(job="a", page=pack(np.zeros((8, 600), dtype=np.bool_), 203)))

    assert isinstance(said[-1], Error)
    assert said[-1].about == "a"


def test_it_holds_few_pages_at_once(simulated: SimulatedPrinter) -> None:
    said = _Said(simulated)

    for job in range(MAX_PREPARED + 1):
        said.driver.handle(Prepare(job=str(job), page=_page()))

    assert [type(one) for one in said] == [Prepared] * MAX_PREPARED + [Error]


def test_ping_is_answered_with_health(simulated: SimulatedPrinter) -> None:
    said = _Said(simulated)

    said.driver.handle(Ping())

    assert isinstance(said[-1], Health)


def test_an_outcome_says_how_many_labels_it_used(simulated: SimulatedPrinter) -> None:
    """Each page that may have used one; a printer that got nothing used none."""
    said = _Said(simulated)

    def used(job: str) -> int:
        said.driver.handle(Prepare(job=job, page=_page()))
        said.driver.handle(Commit(job=job))
        assert isinstance(said[-1], Outcome)
        return said[-1].labels

    assert used("a") == 1
    simulated.fault("cover_open")
    assert used("b") == 0
    simulated.repair()
    assert used("c") == 1


def test_a_job_prepared_again_is_a_new_page(simulated: SimulatedPrinter) -> None:
    said, first = _Said(simulated), _page()
    for page in (first, _page()):
        said.driver.handle(Prepare(job="a", page=page))
    with pytest.raises(RuntimeError, match="forgotten"):
        first.rows.reveal()
    said.driver.handle(Commit(job="a"))
    said.driver.handle(Prepare(job="a", page=_page()))
    said.driver.handle(Commit(job="a"))

    assert [one.result for one in said if isinstance(one, Outcome)] == ["printed", "printed"]
    assert len(simulated.sheets) == 2
