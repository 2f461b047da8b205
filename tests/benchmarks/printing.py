"""What a badge costs to send: bytes, seconds on each line, and the host's milliseconds. `make bench-print`.

The page is tests/referees/reference.py's: a name of 20 characters, two more lines, a version 10 symbol, no photo, on
80 mm at 203 dpi. KB = 1024. Seconds are bytes * 10 / baud; USB is taken for 1 MB/s, somewhat less than full speed's
most. The host's time is from content to last byte handed over (symbol, page, encoding, a socket to a printer of this
machine that takes everything), the median of RUNS with Pillow warm.
"""

from __future__ import annotations

import base64
import binascii
import io
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout

import numpy as np
from PIL import Image

from drivers.printers import escpos, zpl
from drivers.printers.page import Dots
from drivers.transports import address
from kiosk.harness.printer_server import SimulatedPrinter
from tests.referees import reference

RUNS = 30
LINES = (("9600", 960.0), ("19200", 1920.0), ("115200", 11_520.0), ("USB", 1_000_000.0))


def _escpos(page: Dots) -> bytes:
    return escpos.job(escpos.page(page, width=reference.WIDTH, double=True), escpos.process_id(1))


def _single(page: Dots) -> bytes:
    return escpos.job(escpos.page(page, width=reference.WIDTH, double=False), escpos.process_id(1))


def _zpl(page: Dots) -> bytes:
    return zpl.label(page, width=reference.WIDTH)


def _plain_zpl(page: Dots) -> bytes:
    data = np.packbits(page, axis=1)
    field = b"^GFA,%d,%d,%d,%s" % (data.size, data.size, data.shape[1], binascii.hexlify(data.tobytes()))
    return b"^XA^PW%d^LL%d^FO0,0%s^FS^XZ" % (reference.WIDTH, page.shape[0], field)


def _b64_zpl(page: Dots) -> bytes:
    data = np.packbits(page, axis=1)
    text = base64.b64encode(data.tobytes())
    field = b"^GFA,%d,%d,%d,:B64:%s:%04X" % (data.size, data.size, data.shape[1], text, binascii.crc_hqx(text, 0))
    return b"^XA^PW%d^LL%d^FO0,0%s^FS^XZ" % (reference.WIDTH, page.shape[0], field)


def _python_escpos(page: Dots) -> bytes:
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        from escpos.printer import Dummy  # noqa: PLC0415

        printer = Dummy()
        printer.image(Image.fromarray(~page), fragment_height=10_000)
        printer.cut()
    return bytes(printer.output)


def _python_escpos_native(_: Dots) -> bytes:
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        from escpos.printer import Dummy  # noqa: PLC0415

        printer = Dummy()
        printer.text(reference.NAME + "\n")
        printer.qr(reference.CONTENT.decode(), native=True, size=4)
        printer.text("\n".join(reference.LINES).replace("·", "-") + "\n")
        printer.cut()
    return bytes(printer.output)


SENDERS: dict[str, Callable[[Dots], bytes]] = {
    "escpos, double size": _escpos,
    "escpos, `double = false`": _single,
    "python-escpos `image()`": _python_escpos,
    "python-escpos text and `qr(native=True)`": _python_escpos_native,
    "zpl (:Z64:)": _zpl,
    "ZPL, `^GF` in base64": _b64_zpl,
    "ZPL, `^GF` in hexadecimal": _plain_zpl,
}


def main() -> None:
    """Print both tables."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    print("| symbol | sent by | bytes | KB |", " | ".join(name for name, _ in LINES), "|")
    print("|---|---|---:|---:|" + "---:|" * len(LINES))
    for module in (4, 6):
        page = reference.badge(module)
        for name, send in SENDERS.items():
            size = len(send(page))
            seconds = " | ".join(f"{size / rate:.2f} s" for _, rate in LINES)
            print(f"| {module} dots | {name} | {size} | {size / 1024:.1f} | {seconds} |")
    print()
    print("| from content to last byte | median | slowest | of it at work, median |")
    print("|---|---:|---:|---:|")
    for name, send in (("escpos", _escpos), ("zpl", _zpl)):
        spent, worked = _host(send, runs)
        median = statistics.median(worked)
        print(f"| {name}, 6 dots | {statistics.median(spent):.1f} ms | {max(spent):.1f} ms | {median:.1f} ms |")


def _host(send: Callable[[Dots], bytes], runs: int) -> tuple[list[float], list[float]]:
    """Milliseconds a badge took, and those of them this thread had a processor."""
    spent, worked = [], []
    with SimulatedPrinter() as printer:
        printer.fault("dead")
        stream = address.connect(printer.address, baud=9600, seconds=5)
        for run in range(runs + 1):
            began, idle = time.perf_counter(), time.thread_time()
            content = reference.CONTENT[:-4] + b"%04d" % run
            stream.write(send(reference.badge(6, content=content)), 5)
            spent.append((time.perf_counter() - began) * 1000)
            worked.append((time.thread_time() - idle) * 1000)
        stream.close()
    return spent[1:], worked[1:]


if __name__ == "__main__":
    main()
