"""How soon a badge held before a camera is read: zxing-cpp, pyzbar and ours on the same 30 frames a second.

usage: python -m tests.benchmarks.badges [VIEWS_PER_KIND [SEED [KIND ...]]]

Views are made by kiosk.harness.badge_views: a real page with a version 10 symbol of nobody's, printed at 203 or 300
dpi, before a 1280 x 720 camera of 65 degrees with a fixed focus at 20 cm. A view counts as readable when a phone app
could read it: zxing-cpp, pyzbar or OpenCV, any of them, given the very same frames for three seconds (OpenCV is asked
where the others read nothing, every sixth frame). Each decoder has the newest frame when it is done with the last, so
that a slow one sees fewer; its time is this thread's CPU, which other work on the machine moves least. Content must
be exact.

A hand that shakes gives frames that nobody reads, until it is still for a moment; when that is, no decoder decides.
So the last lines tell two shares: of all readable views, and of those that an app read within the same second.
Thirty views of each kind take about ten minutes of one core.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

import cv2
import numpy as np

from drivers.decode import zbar, zxing
from drivers.decode.reading import Image
from drivers.decode.watcher import Watcher
from kiosk.harness.badge_views.film import FPS, Film
from kiosk.harness.badge_views.view import KINDS, Kind, View, views
from tests.benchmarks.loops import pyzbar_contents

#: Seconds in which a badge ought to be read, and in which another decoder has to read it for that to be fair.
SOON: Final = 1.0
LONG: Final = 3.0

#: What is read in a frame: the contents.
Look: TypeAlias = Callable[[Image], list[bytes]]


@dataclass(frozen=True)
class Seen:
    """When each decoder read one view, in seconds; infinite if it did not. `readable`: any other than ours did.

    pyzbar is not waited for longer than SOON where zxing-cpp has read the view, nor ours where nobody has.
    """

    ours: float
    zxing: float
    pyzbar: float
    readable: bool

    @property
    def soon(self) -> bool:
        """Whether ours read it within the second."""
        return self.ours <= SOON

    @property
    def soon_by_others(self) -> bool:
        """Whether an app did."""
        return min(self.zxing, self.pyzbar) <= SOON


class VideoClock:
    """Seconds: those of the video up to the frame looked at, and those of CPU since."""

    def __init__(self) -> None:
        self._frame = 0.0
        self._began = time.thread_time()

    def at(self, seconds: float) -> None:
        """Another frame, taken at `seconds`, is there."""
        self._frame, self._began = seconds, time.thread_time()

    def __call__(self) -> float:
        return self._frame + time.thread_time() - self._began


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    kinds = [kind for kind in KINDS if kind in sys.argv[3:] or len(sys.argv) <= 3]
    print(
        f"{count} views of each kind, seed {seed}; share of the readable ones read within {SOON:g} s, median time\n"
    )
    print("| damage | readable | ours | zxing-cpp | pyzbar | ours alone reads |\n|---|---|---|---|---|---|")
    everything: list[Seen] = []
    for kind in kinds:
        seen = [_watched(view) for view in views(kind, count, seed)]
        everything += seen
        print(f"| {_row(kind, seen)} |", flush=True)
    print(f"| {_row('all', everything)} |\n")
    readable = [one for one in everything if one.readable]
    same = [one for one in readable if one.soon_by_others]
    print(f"Ours within {SOON:g} s: {_share(readable)} that an app read in {LONG:g} s;")
    print(f"{_share(same)} that an app read within that second.")


def _share(seen: list[Seen]) -> str:
    soon = sum(one.soon for one in seen)
    return f"{soon} of {len(seen)} views ({soon / len(seen):.1%})" if seen else "of no view"


def _row(kind: Kind | str, seen: list[Seen]) -> str:
    readable = [one for one in seen if one.readable]
    cells = [_cell([getattr(one, name) for one in readable]) for name in ("ours", "zxing", "pyzbar")]
    more = sum(one.soon and not one.readable for one in seen)
    return " | ".join([str(kind), f"{len(readable)} of {len(seen)}", *cells, str(more)])


def _cell(times: list[float]) -> str:
    if not times:
        return "-"
    median = float(np.median(times))
    words = f"{median * 1000:.0f} ms" if median <= SOON else f"over {SOON:g} s"
    return f"{np.mean([one <= SOON for one in times]):.0%}, {words}"


def _watched(view: View) -> Seen:
    film = Film(view)
    frame = cache(film.frame)
    clock = VideoClock()
    first = _read(film, frame, clock, lambda image: [one.content for one in zxing.read(image)], LONG)
    second = _read(film, frame, clock, pyzbar_contents, SOON if math.isfinite(first) else LONG)
    readable = math.isfinite(min(first, second)) or _other(film, frame)
    watcher = Watcher(clock=clock)
    look: Look = lambda image: [one.content for one in watcher.look(image)]  # noqa: E731
    ours = _read(film, frame, clock, look, LONG if readable else SOON)
    return Seen(ours, first, second, readable)


def _read(film: Film, frame: Callable[[int], Image], clock: VideoClock, look: Look, seconds: float) -> float:
    """When `look` read the film's content, having the newest frame whenever it was done; infinite if it did not."""
    number = 0
    while number < seconds * FPS:
        image = frame(number)
        clock.at(number / FPS)
        found = look(image)
        done = clock()
        if film.content in found:
            return done
        number = max(number + 1, math.ceil(done * FPS))
    return math.inf


def _other(film: Film, frame: Callable[[int], Image]) -> bool:
    detector = cv2.QRCodeDetector()
    for number in range(0, int(LONG * FPS), 6):
        try:
            if detector.detectAndDecode(frame(number))[0].encode() == film.content:
                return True
        except (cv2.error, UnicodeDecodeError):
            continue
    return any(one.content == film.content for one in zbar.read(frame(0)))


if __name__ == "__main__":
    main()
