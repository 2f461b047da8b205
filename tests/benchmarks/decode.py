"""How many pictures and how fast: zxing-cpp, pyzbar, OpenCV and ours on the same pictures, in the same run.

usage: python -m tests.benchmarks.decode FOLDER [BUDGET_MS]

Every picture of FOLDER is read by every decoder, one after the other. A picture counts as read when any code is found
in it, so a folder of pictures without codes counts what is found wrongly. The pictures are split in halves by the
SHA-256 of their names: a ladder tuned on one half shows it by doing worse on the other. Milliseconds are of this
thread's CPU, which other work on the machine moves less than wall time; the budget is wall time.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from drivers.decode import engine, zxing
from drivers.decode.reading import Image

Decoder: TypeAlias = Callable[[Image], bool]


def main() -> None:
    """Print the table."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder, budget = Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 33.0
    pictures = list(_pictures(folder))
    load = os.getloadavg()[0]
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}, load {load:.1f}; ", end=""
    )
    print(f"{len(pictures)} pictures, {sum(half for _, half in pictures)} of them in the second half\n")
    print("| decoder | read | first half | second half | ms median | ms 95th percentile |\n|---|---|---|---|---|---|")
    for name, decoder in _decoders(budget):
        print(f"| {name} | {_row(decoder, pictures)} |", flush=True)


def _pictures(folder: Path) -> Iterator[tuple[Image, int]]:
    for file in sorted(folder.iterdir()):
        try:
            image = engine.unpack(file.read_bytes())
        except engine.NotAPictureError:
            continue
        yield image, hashlib.sha256(file.name.encode()).digest()[-1] & 1


def _decoders(budget: float) -> Iterator[tuple[str, Decoder]]:
    yield f"zxing-cpp {version('zxing-cpp')}", lambda image: bool(zxing.read(image))
    yield f"pyzbar {version('pyzbar')}", _pyzbar()
    yield f"cv2.QRCodeDetector {cv2.__version__}", _opencv()
    yield f"ours, {budget:g} ms", lambda image: bool(engine.read(image, budget_ms=budget))
    yield "ours, no limit", lambda image: bool(engine.read(image))


def _pyzbar() -> Decoder:
    from pyzbar.pyzbar import ZBarSymbol, decode  # noqa: PLC0415 - raises without libzbar0

    def read(image: Image) -> bool:
        try:
            return bool(decode(image, symbols=[ZBarSymbol.QRCODE]))
        except ValueError:
            # What it says to structured append.
            return False

    return read


def _opencv() -> Decoder:
    detector = cv2.QRCodeDetector()

    def read(image: Image) -> bool:
        try:
            return bool(detector.detectAndDecode(image)[0])
        except UnicodeDecodeError:
            # It read one, whose bytes it cannot hand out.
            return True
        except cv2.error:
            # What it says to modes it does not know.
            return False

    return read


def _row(decoder: Decoder, pictures: list[tuple[Image, int]]) -> str:
    read = np.zeros(len(pictures), dtype=np.bool_)
    spent = np.zeros(len(pictures))
    halves = np.array([half for _, half in pictures])
    for place, (image, _) in enumerate(pictures):
        began = time.thread_time()
        read[place] = decoder(image)
        spent[place] = (time.thread_time() - began) * 1000
    shares = " | ".join(
        f"{part.mean():.1%}" if len(part) else "-" for part in (read, read[halves == 0], read[halves == 1])
    )
    return f"{shares} | {np.median(spent):.1f} | {np.percentile(spent, 95):.1f}"


if __name__ == "__main__":
    main()
