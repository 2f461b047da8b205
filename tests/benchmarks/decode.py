"""How many pictures and how fast: zxing-cpp, pyzbar, OpenCV, WeChat's and ours on the same pictures, in the same run.

usage: python -m tests.benchmarks.decode FOLDER

Every picture of FOLDER is read by every decoder, one after the other. A picture counts as read when any code is found
in it, so a folder of pictures without codes counts what is found wrongly. Where `expected.json` lies beside or above
FOLDER (rows of `file`, `symbols`, `corners`), symbols are counted too. The pictures are split in halves by the
SHA-256 of their names: a ladder tuned on one half shows it by doing worse on the other. Turned and made smaller they
are pictures that no ladder was tuned on, though of the same things. Milliseconds are of this
thread's CPU, and so are ours to keep within a budget: other work on the machine moves that less than wall time.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np

from drivers.decode import engine, zxing
from drivers.decode.reading import Image
from tests.benchmarks.loops import pyzbar_centres
from tests.benchmarks.pictures import Centres, Picture, pictures

Decoder: TypeAlias = Callable[[Image], Centres]
#: Milliseconds a picture may take: between two frames of a camera, and when a person waits.
LIVE, STILL = 33.0, 300.0
#: What is done to the pictures besides: in words, degrees, times as large.
CHANGES = (("turned by 13 degrees", 13.0, 1.0), ("turned by 200 degrees and 0.8 times as large", 200.0, 0.8))


def main() -> None:
    """Print the table."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    originals = list(pictures(Path(sys.argv[1])))
    load = os.getloadavg()[0]
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}, load {load:.1f}; ", end=""
    )
    print(f"{len(originals)} pictures, {sum(one.half for one in originals)} of them in the second half")
    _table(originals, _decoders())
    for name, degrees, scale in CHANGES:
        print(f"\nThe same pictures {name}")
        _table([one.changed(degrees, scale) for one in originals], _few_decoders())


def _table(chosen: list[Picture], decoders: Iterator[tuple[str, Decoder]]) -> None:
    print(
        "\n| decoder | pictures | first half | second half | symbols | first half | second half | ms median | 95 % |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name, decoder in decoders:
        print(f"| {name} | {_row(decoder, chosen)} |", flush=True)


def _decoders() -> Iterator[tuple[str, Decoder]]:
    yield f"zxing-cpp {version('zxing-cpp')}", lambda image: [one.centre for one in zxing.read(image)]
    yield f"pyzbar {version('pyzbar')}", pyzbar_centres
    yield f"cv2.QRCodeDetector {cv2.__version__}", _opencv(cv2.QRCodeDetector())
    if hasattr(cv2, "wechat_qrcode_WeChatQRCode"):
        yield f"WeChat {cv2.__version__}", _opencv(cv2.wechat_qrcode_WeChatQRCode())
    yield f"ours, live ({LIVE:g} ms, the first)", _ours(every=False, budget_ms=LIVE)
    yield f"ours, still ({STILL:g} ms, all)", _ours(every=True, budget_ms=STILL)
    yield "ours, no limit, the first", _ours(every=False, budget_ms=None)


def _few_decoders() -> Iterator[tuple[str, Decoder]]:
    yield from (
        (name, decoder) for name, decoder in _decoders() if name.startswith(("zxing", "ours, live", "ours, still"))
    )


def _ours(*, every: bool, budget_ms: float | None) -> Decoder:
    def read(image: Image) -> Centres:
        found = engine.read(image, every=every, budget_ms=budget_ms, clock=time.thread_time)
        return [one.centre for one in found]

    return read


def _opencv(detector: Any) -> Decoder:
    def read(image: Image) -> Centres:
        try:
            text, points, *_ = detector.detectAndDecode(image)
        except UnicodeDecodeError:
            # It read one, whose bytes it cannot hand out.
            return [(0.0, 0.0)]
        except cv2.error:
            # What it says to modes it does not know.
            return []
        return [tuple(np.reshape(points, (-1, 2))[:4].mean(axis=0).tolist())] if text else []

    return read


def _row(decoder: Decoder, chosen: list[Picture]) -> str:
    read, spent = np.zeros((2, len(chosen)))
    halves = np.array([one.half for one in chosen])
    symbols = np.array([one.symbols for one in chosen])
    found = np.zeros(len(chosen))
    for place, picture in enumerate(chosen):
        began = time.thread_time()
        centres = decoder(picture.image)
        spent[place] = (time.thread_time() - began) * 1000
        read[place], found[place] = bool(centres), picture.found(centres)
    parts = [np.ones(len(chosen), dtype=np.bool_), halves == 0, halves == 1]
    shares = [_share(read[part].sum(), part.sum()) for part in parts]
    shares += [_share(found[part].sum(), symbols[part].sum()) for part in parts]
    return " | ".join([*shares, f"{np.median(spent):.1f}", f"{np.percentile(spent, 95):.1f}"])


def _share(some: float, every: float) -> str:
    return f"{some / every:.1%}" if every else "-"


if __name__ == "__main__":
    main()
