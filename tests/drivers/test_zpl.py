"""ZPL says exactly the page, and what a label printer answers means what Zebra says it means."""

from __future__ import annotations

import base64
import binascii
import re
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from drivers.printers import zpl
from drivers.printers.page import Dots
from kiosk.harness.zpl_printer import ZplPrinter

pages = arrays(np.bool_, st.tuples(st.integers(1, 300), st.integers(1, 576)))
GOOD = b"\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"


@settings(max_examples=60, deadline=None)
@given(pages)
def test_what_a_printer_draws_is_the_page(page: Dots) -> None:
    printer = ZplPrinter(576)
    printer.receive(zpl.label(page, width=576, height=400, darkness=-3, speed=4))
    printer.work()

    assert printer.faults == []
    (sheet,) = printer.sheets
    drawn = ~np.asarray(sheet.image(), dtype=np.bool_)
    expected = np.zeros((400, 576), dtype=np.bool_)
    expected[: page.shape[0], : page.shape[1]] = page
    assert (drawn == expected).all()


@given(st.binary(min_size=1))
def test_z64_is_zlib_in_base64_with_its_check_sum(data: bytes) -> None:
    match = re.fullmatch(rb":Z64:([A-Za-z0-9+/=]+):([0-9A-F]{4})", zpl.z64(data))

    assert match
    assert zlib.decompress(base64.b64decode(match[1], validate=True)) == data
    assert int(match[2], 16) == binascii.crc_hqx(match[1], 0)


def test_the_settings_are_said_only_when_they_were_made() -> None:
    page = np.ones((10, 10), dtype=np.bool_)

    plain = zpl.label(page, width=576)
    assert b"^PW576^LL10^LH0,0^FO0,0^GFA,20,20,2,:Z64:" in plain
    assert b"^MD" not in plain
    assert b"^PR" not in plain
    assert b"^PR6^MD-12" in zpl.label(page, width=576, darkness=-12, speed=6)


def test_a_fault_never_makes_a_second_copy_of_a_badge() -> None:
    assert b"^JZN" in zpl.label(np.ones((1, 1), dtype=np.bool_), width=8)


@pytest.mark.parametrize(("shape", "height"), [((10, 577), None), ((401, 10), 400)])
def test_a_page_larger_than_the_label_is_refused(shape: tuple[int, int], height: int | None) -> None:
    with pytest.raises(ValueError, match="the label 576 by"):
        zpl.label(np.ones(shape, dtype=np.bool_), width=576, height=height)


def test_a_page_without_a_dot_is_a_label_without_a_graphic() -> None:
    label = zpl.label(np.zeros((10, 10), dtype=np.bool_), width=576)

    assert label == b"^XA^JZN^PW576^LL10^LH0,0^XZ\r\n"


def _status(data: bytes) -> zpl.HostStatus | None:
    reply = zpl.Reply()
    reply.feed(data)
    return reply.status


def test_a_good_printer_is_idle() -> None:
    status = _status(GOOD)

    assert status is not None
    assert (status.faults, status.idle, status.formats, status.labels) == ([], True, 0, 0)


@pytest.mark.parametrize(
    ("string", "field", "value", "faults", "idle"),
    [
        (0, 1, "1", ["paper out"], False),
        (0, 2, "1", ["paused"], False),
        (0, 4, "002", [], False),
        (0, 5, "1", [], True),
        (0, 10, "1", ["too cold"], False),
        (0, 11, "1", ["too hot"], False),
        (1, 2, "1", ["head open"], False),
        (1, 3, "1", ["ribbon out"], False),
        (1, 8, "00000003", [], False),
    ],
)
def test_each_field_means_what_zebra_says(
    string: int, field: int, value: str, faults: list[str], *, idle: bool
) -> None:
    strings = [part.strip(b"\r\n\x02").split(b",") for part in GOOD.split(b"\x03")[:-1]]
    strings[string][field] = value.encode()
    status = _status(b"".join(b"\x02" + b",".join(fields) + b"\x03\r\n" for fields in strings))

    assert status is not None
    assert (status.faults, status.idle) == (faults, idle)


@given(st.lists(st.integers(0, len(GOOD)), max_size=8), st.binary(max_size=40).filter(lambda noise: 2 not in noise))
def test_an_answer_is_found_however_it_is_split_and_whatever_comes_before(cuts: list[int], noise: bytes) -> None:
    edges = [0, *sorted(cuts), len(GOOD)]
    reply = zpl.Reply()
    reply.feed(noise)
    for start, end in zip(edges, edges[1:], strict=False):  # noqa: RUF007
        reply.feed(GOOD[start:end])

    assert reply.status == _status(GOOD)


@given(st.binary(max_size=300))
def test_no_answer_does_harm(data: bytes) -> None:
    reply = zpl.Reply()
    reply.feed(data)

    assert reply.status is None or reply.status.formats >= 0
    assert reply.odometer is None or reply.odometer >= 0


@pytest.mark.parametrize(
    ("data", "number"),
    [(b'"8128"', 8128), (b'"0"\r\n', 0), (b'"?"', None), (b'"81', None), (b"", None), (b'8128"', None)],
)
def test_the_odometer_is_the_number_in_quotes(data: bytes, number: int | None) -> None:
    reply = zpl.Reply()
    reply.feed(data)

    assert reply.odometer == number


@pytest.mark.parametrize(
    "broken", [GOOD[:40], GOOD.replace(b"030,", b""), GOOD.replace(b",0,", b",x,"), b"HTTP/1.1 400"]
)
def test_an_answer_that_is_none_is_not_taken_for_one(broken: bytes) -> None:
    assert _status(broken) is None
