"""receiptio, a client that was not written for it, finds the simulated printer as it finds a real one."""

from __future__ import annotations

import pytest

from kiosk.harness.printer_server import SimulatedPrinter
from tests.referees import node


def _receiptio(printer: SimulatedPrinter, options: str, receipt: bytes = b"") -> str:
    port = printer.address.rpartition(":")[2]
    return node.run("receiptio", "ask_receiptio.cjs", port, options, stdin=receipt).decode()


@pytest.mark.parametrize(
    ("fault", "says"), [("", "online"), ("cover_open", "coveropen"), ("paper_out", "paperempty")]
)
def test_it_asks_how_the_printer_is(fault: str, says: str) -> None:
    with SimulatedPrinter() as printer:
        if fault:
            printer.fault(fault)
        assert _receiptio(printer, "-q") == says


def test_it_prints_and_is_told_when_that_is_done() -> None:
    with SimulatedPrinter() as printer:
        assert _receiptio(printer, "-t 10", b"badge\n") == "success"
        assert not printer.wait_for_sheet().blank


def test_it_is_told_of_paper_that_ends_in_the_middle() -> None:
    with SimulatedPrinter() as printer:
        printer.fault("paper_out", after_rows=10)
        assert _receiptio(printer, "-t 10", b"badge\n" * 20) == "paperempty"
