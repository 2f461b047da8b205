"""A receipt printer over TCP: what it says is believed, what it does not say is unknown."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import numpy as np
import pytest

from drivers.loop import Loop
from drivers.printers.driver import MAX_PREPARED, PrinterDriver
from drivers.printers.page import pack
from drivers.printers.receipt import ReceiptPrinter
from drivers.wire.messages import Cancel, Commit, Error, FromDriver, Health, Outcome, Page, Ping, Prepare, Prepared
from drivers.wire.options import EscposOptions, OptionError
from kiosk.harness.printer_server import SimulatedPrinter
from tests.drivers.symbols import BADGE, picture


@pytest.fixture
def simulated() -> Iterator[SimulatedPrinter]:
    with SimulatedPrinter() as printer:
        yield printer


def _page(content: bytes = BADGE) -> Page:
    return pack(picture(content, scale=6) < 128, 203)


def _printer(simulated: SimulatedPrinter, timeout: float = 5.0) -> ReceiptPrinter:
    return ReceiptPrinter(EscposOptions(to=simulated.address, timeout=timeout))


def test_a_good_printer_is_ok_and_prints(simulated: SimulatedPrinter) -> None:
    printer = _printer(simulated)

    assert printer.health().state == "ok"
    result, _, evidence = printer.print(_page())
    assert (result, "GS ( H" in evidence) == ("printed", True)
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

    result, reason, evidence = _printer(simulated).print(_page())

    assert (result, reason) == ("failed", "cover open")
    assert "nothing was sent" in evidence
    assert simulated.sheets == []


def test_paper_that_ends_in_the_middle_is_a_failure(simulated: SimulatedPrinter) -> None:
    simulated.fault("paper_out", after_rows=40)

    result, reason, _ = _printer(simulated).print(_page())

    assert (result, reason) == ("failed", "paper out")


def test_a_cutter_that_jams_is_a_failure(simulated: SimulatedPrinter) -> None:
    simulated.fault("cutter_error")

    result, reason, evidence = _printer(simulated).print(_page())

    assert (result, reason) == ("failed", "cutter or printer error")
    assert "while printing" in evidence
    assert _printer(simulated).health().reason == "cutter error"


def test_silence_after_the_page_is_unknown(simulated: SimulatedPrinter) -> None:
    simulated.fault("silent")

    result, _, _ = _printer(simulated, timeout=0.2).print(_page())

    assert result == "unknown"


def test_a_connection_lost_in_the_middle_is_unknown(simulated: SimulatedPrinter) -> None:
    simulated.fault("disconnect_at_byte", byte=2000)

    result, reason, _ = _printer(simulated, timeout=1).print(_page())

    assert result == "unknown"
    assert reason


def test_nobody_at_the_address_is_absent_with_a_hint() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        printer = ReceiptPrinter(EscposOptions(to=f"tcp:127.0.0.1:{closed.getsockname()[1]}"))

    health = printer.health()
    assert health.state == "absent"
    assert "switched on" in health.hint
    assert printer.print(_page())[0] == "failed"


@pytest.mark.parametrize(
    "to", ["", "printer", "tcp:host", "tcp::9100", "tcp:h:port", "tcp:h:99999", "serial:x", "usb:1"]
)
def test_an_address_that_is_none_is_named(to: str) -> None:
    with pytest.raises(OptionError, match="address"):
        ReceiptPrinter(EscposOptions(to=to))


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
    assert isinstance(said[-1], Outcome)
    assert said[-1].result == "failed"
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
