"""The printer at its port: one sender at a time, answers in time, and connections that end when they should."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.clock import ManualClock
from kiosk.harness.escpos_printer import EscposPrinter
from kiosk.harness.printer_server import SimulatedPrinter

LINE = b"\x1dv0\x00\x01\x00\x01\x00\xff"
CUT = b"\x1dVB\x00"
DONE = b"\x1d(H\x06\x0000job1"
WAIT = 10.0


def connect(printer: SimulatedPrinter) -> socket.socket:
    kind, host, port = printer.address.split(":")
    assert (kind, host) == ("tcp", "127.0.0.1")
    return socket.create_connection((host, int(port)), timeout=WAIT)


def receive(sender: socket.socket, size: int) -> bytes:
    """Exactly so many bytes, or fewer when the printer hangs up."""
    answer = b""
    while len(answer) < size and (more := sender.recv(size - len(answer))):
        answer += more
    return answer


def hung_up(sender: socket.socket) -> bool:
    try:
        return sender.recv(1) == b""
    except ConnectionError:
        return True


def test_a_badge_sent_over_tcp_comes_out_and_is_acknowledged(
    badge_bytes: Callable[..., bytes], content: Callable[[int], bytes], reader: Callable[[object], list[bytes]]
) -> None:
    with SimulatedPrinter() as printer:
        with connect(printer) as sender:
            sender.sendall(badge_bytes(3) + DONE)
            assert receive(sender, 7) == b"\x37\x22job1\x00"
        assert reader(printer.wait_for_sheet().image().convert("L")) == [content(3)]
        assert printer.faults == []


def test_status_is_answered_though_the_printer_is_off_line() -> None:
    with SimulatedPrinter() as printer, connect(printer) as sender:
        printer.fault("paper_out")
        sender.sendall(LINE * 100 + b"\x10\x04\x01\x10\x04\x04")
        assert receive(sender, 2) == b"\x1a\x7e"


def test_automatic_status_comes_when_something_changes() -> None:
    with SimulatedPrinter() as printer, connect(printer) as sender:
        sender.sendall(b"\x1da\xff")
        assert receive(sender, 4) == b"\x10\x00\x00\x00"
        printer.fault("cover_open")
        assert receive(sender, 4) == b"\x38\x00\x00\x00"
        printer.repair()
        assert receive(sender, 4) == b"\x10\x00\x00\x00"


def test_paper_that_ends_in_the_middle_keeps_the_answer_back_until_there_is_more() -> None:
    with SimulatedPrinter() as printer, connect(printer) as sender:
        printer.fault("paper_out", after_rows=5)
        sender.sendall(b"\x1da\x08" + LINE * 10 + CUT + DONE)
        assert receive(sender, 8) == b"\x10\x00\x00\x00" + b"\x18\x00\x0f\x00"
        printer.repair()
        assert receive(sender, 11) == b"\x10\x00\x00\x00" + b"\x37\x22job1\x00"
        assert [sheet.torn for sheet in printer.sheets] == [True, False]


def test_a_second_sender_waits_for_the_first_to_go() -> None:
    with SimulatedPrinter() as printer, connect(printer) as first, connect(printer) as second:
        second.sendall(b"\x10\x04\x01")
        first.sendall(b"\x10\x04\x04")
        assert receive(first, 1) == b"\x12"
        second.setblocking(False)
        with pytest.raises(BlockingIOError):
            second.recv(1)
        second.settimeout(WAIT)
        first.close()
        assert receive(second, 1) == b"\x12"


def test_the_connection_ends_at_the_byte_it_was_told_to_and_the_next_one_is_sound() -> None:
    with SimulatedPrinter() as printer:
        printer.fault("disconnect_at_byte", byte=2 * len(LINE))
        with connect(printer) as sender:
            sender.sendall(LINE * 4)
            assert hung_up(sender)
        with connect(printer) as sender:
            sender.sendall(CUT + DONE)
            assert receive(sender, 7) == b"\x37\x22job1\x00"
        [sheet] = printer.sheets
        assert sum(map(int.bit_count, sheet.rows)) == 2 * 8


def test_a_silent_printer_says_nothing_and_prints() -> None:
    with SimulatedPrinter() as printer, connect(printer) as sender:
        printer.fault("silent")
        sender.sendall(b"\x10\x04\x01" + LINE + CUT)
        printer.wait_for_sheet()
        sender.shutdown(socket.SHUT_WR)
        assert receive(sender, 1) == b""


def test_a_dead_printer_takes_everything_and_does_nothing() -> None:
    with SimulatedPrinter() as printer, connect(printer) as sender:
        printer.fault("dead")
        sender.sendall(LINE * 50_000 + CUT + DONE)
        sender.shutdown(socket.SHUT_WR)
        assert receive(sender, 1) == b""
        assert printer.sheets == []


def test_a_slow_printer_prints_at_its_pace_and_still_answers_at_once() -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    with SimulatedPrinter(clock=clock) as printer, connect(printer) as sender:
        printer.fault("slow", rows_per_second=100)
        sender.sendall(LINE * 50 + b"\x1bJ\x32" + CUT + DONE + b"\x10\x04\x01")
        assert receive(sender, 1) == b"\x12"
        assert printer.sheets == []
        clock.advance(60)
        assert receive(sender, 7) == b"\x37\x22job1\x00"
        assert len(printer.sheets) == 1


def test_a_switched_off_printer_hangs_up() -> None:
    with SimulatedPrinter() as printer, connect(printer) as sender:
        sender.sendall(b"\x10\x04\x01")
        assert receive(sender, 1) == b"\x12"
        printer.fault("restart")
        assert hung_up(sender)


def test_more_than_the_buffer_holds_makes_the_sender_wait() -> None:
    """Off line, with its buffer full, the printer leaves the rest to TCP; nothing of it is lost."""
    with SimulatedPrinter() as printer, connect(printer) as sender:
        printer.fault("cover_open")
        feeds = b"\x1bJ\x01" * 100_000
        sending = threading.Thread(target=sender.sendall, args=(feeds + CUT + DONE,))
        sending.start()
        with printer._changed:
            assert printer._changed.wait_for(lambda: printer._printer.room == 0, WAIT)
        printer.repair()
        assert receive(sender, 7) == b"\x37\x22job1\x00"
        sending.join(WAIT)
        assert printer.sheets[0].height == 100_000 + 96


def test_stopping_does_not_wait_for_senders() -> None:
    with SimulatedPrinter() as printer:
        sender = connect(printer)
        sender.sendall(LINE)
    assert hung_up(sender)
    sender.close()
    printer.fault("silent")
    assert not [thread for thread in threading.enumerate() if thread.name == "simulated printer"]


def test_waiting_for_a_sheet_that_does_not_come_ends() -> None:
    with SimulatedPrinter() as printer, pytest.raises(TimeoutError, match="no sheet 1"):
        printer.wait_for_sheet(timeout=0.01)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=300), max_size=8))
def test_arbitrary_bytes_leave_it_serving(chunks: list[bytes]) -> None:
    with SimulatedPrinter() as printer:
        with connect(printer) as sender:
            for chunk in chunks:
                sender.sendall(chunk)
            sender.shutdown(socket.SHUT_WR)
            while sender.recv(4096):
                pass
        alone = EscposPrinter()
        alone.receive(b"".join(chunks))
        assert printer.faults == alone.faults
        printer.fault("restart")
        with connect(printer) as sender:
            sender.sendall(b"\x10\x04\x01")
            assert receive(sender, 1) == b"\x12"
