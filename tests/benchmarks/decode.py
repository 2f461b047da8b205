"""How many pictures and how fast: zxing-cpp, pyzbar, OpenCV, WeChat's and ours on the same pictures, in the same run.

usage: python -m tests.benchmarks.decode FOLDER

Every picture of FOLDER is read by every decoder, one after the other. A picture counts as read when any code is found
in it, so a folder of pictures without codes counts what is found wrongly. Where `expected.json` lies beside or above
FOLDER (rows of `file`, `symbols`, `corners`), symbols are counted too. The pictures are split in halves by the
SHA-256 of their names: a ladder tuned on one half shows it by doing worse on the other. Milliseconds are of this
thread's CPU, and so are ours to keep within a budget: other work on the machine moves that less than wall time.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np

from drivers.decode import engine, zxing
from drivers.decode.reading import Image
from tests.benchmarks.loops import pyzbar_centres

#: The middles of the codes found, x and y in pixels.
Centres: TypeAlias = list[tuple[float, float]]
Decoder: TypeAlias = Callable[[Image], Centres]
#: Milliseconds a picture may take: between two frames of a camera, and when a person waits.
LIVE, STILL = 33.0, 300.0


@dataclass(frozen=True)
class Picture:
    """One picture. `half`: 0 or 1. `symbols`: how many it holds, 0 if nobody said; `corners`: eight numbers each."""

    image: Image
    half: int
    symbols: int
    corners: list[list[float]]

    def found(self, centres: Centres) -> int:
        """How many of its symbols these are the middles of."""
        if not self.corners:
            return min(len(centres), self.symbols, 1)
        outlines = [np.array(corners, dtype=np.float32).reshape(4, 2) for corners in self.corners]
        return sum(any(cv2.pointPolygonTest(one, at, measureDist=False) >= 0 for at in centres) for one in outlines)


def main() -> None:
    """Print the table."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    pictures = list(_pictures(Path(sys.argv[1])))
    load = os.getloadavg()[0]
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}, load {load:.1f}; ", end=""
    )
    print(f"{len(pictures)} pictures, {sum(one.half for one in pictures)} of them in the second half\n")
    print("| decoder | pictures | first half | second half | symbols | first half | second half | ms median | 95 % |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, decoder in _decoders():
        print(f"| {name} | {_row(decoder, pictures)} |", flush=True)


def _pictures(folder: Path) -> Iterator[Picture]:
    labels = _labels(folder)
    for file in sorted(folder.iterdir()):
        try:
            image = engine.unpack(file.read_bytes())
        except engine.NotAPictureError:
            continue
        label = labels.get(file.name, {})
        half = hashlib.sha256(file.name.encode()).digest()[-1] & 1
        yield Picture(image, half, label.get("symbols", 0), label.get("corners") or [])


def _labels(folder: Path) -> dict[str, dict[str, Any]]:
    for place in (folder, folder.parent):
        if (place / "expected.json").is_file():
            rows = json.loads((place / "expected.json").read_text(encoding="utf-8"))
            return {Path(row["file"]).name: row for row in rows}
    return {}


def _decoders() -> Iterator[tuple[str, Decoder]]:
    yield f"zxing-cpp {version('zxing-cpp')}", lambda image: [one.centre for one in zxing.read(image)]
    yield f"pyzbar {version('pyzbar')}", pyzbar_centres
    yield f"cv2.QRCodeDetector {cv2.__version__}", _opencv(cv2.QRCodeDetector())
    if hasattr(cv2, "wechat_qrcode_WeChatQRCode"):
        yield f"WeChat {cv2.__version__}", _opencv(cv2.wechat_qrcode_WeChatQRCode())
    yield f"ours, live ({LIVE:g} ms, the first)", _ours(every=False, budget_ms=LIVE)
    yield f"ours, still ({STILL:g} ms, all)", _ours(every=True, budget_ms=STILL)
    yield "ours, no limit, the first", _ours(every=False, budget_ms=None)


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


def _row(decoder: Decoder, pictures: list[Picture]) -> str:
    read, spent = np.zeros((2, len(pictures)))
    halves = np.array([one.half for one in pictures])
    symbols = np.array([one.symbols for one in pictures])
    found = np.zeros(len(pictures))
    for place, picture in enumerate(pictures):
        began = time.thread_time()
        centres = decoder(picture.image)
        spent[place] = (time.thread_time() - began) * 1000
        read[place], found[place] = bool(centres), picture.found(centres)
    parts = [np.ones(len(pictures), dtype=np.bool_), halves == 0, halves == 1]
    shares = [_share(read[part].sum(), part.sum()) for part in parts]
    shares += [_share(found[part].sum(), symbols[part].sum()) for part in parts]
    return " | ".join([*shares, f"{np.median(spent):.1f}", f"{np.percentile(spent, 95):.1f}"])


def _share(some: float, every: float) -> str:
    return f"{some / every:.1%}" if every else "-"


if __name__ == "__main__":
    main()
