"""The simulated network camera as a process: a badge of nobody's is held up before it, again and again."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final, get_args

from kiosk.errors import UsageError
from kiosk.harness.badge_views.film import FPS, Film
from kiosk.harness.badge_views.view import Kind, views
from kiosk.harness.desk_process import say
from kiosk.harness.desk_words import Ready, Refused
from kiosk.harness.http_camera import Fault, HttpCamera
from kiosk.harness.leaving import open_to_signals, until_signalled
from kiosk.harness.texture import jpeg

#: Seconds for which a badge is held up, and for which there is none.
_HELD: Final = 4.0
_BETWEEN: Final = 3.0
#: Badges held up one after the other.
_BADGES: Final = 5
_FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)


def run(kind: Kind, seed: int, fps: float) -> None:
    """Serve frames until a signal, or until standard input ends; a line of it is a fault, or `well`."""
    with until_signalled() as stack:
        camera = stack.enter_context(HttpCamera(scenes(kind, seed, fps), fps=fps))
        open_to_signals()
        say(Ready(camera=camera.url))
        for line in sys.stdin:
            try:
                camera.fault = fault(line.strip())
            except UsageError as wrong:
                say(Refused(str(wrong), wrong.hint))


def fault(word: str) -> Fault:
    """The fault that a line of standard input stands for. Raises UsageError."""
    if word in ("", "well"):
        return ""
    found = next((one for one in _FAULTS if one == word), None)
    if found is None:
        raise UsageError(f"no fault {word!r}", hint=f"there are: {', '.join(filter(None, _FAULTS))}; or say well")
    return found


def scenes(kind: Kind, seed: int, fps: float) -> Callable[[], bytes]:
    """A maker of JPEGs, one for each frame: an empty desk, a badge, an empty desk, another badge."""
    films = [Film(view) for view in views(kind, _BADGES, seed)]
    count = -1

    def make() -> bytes:
        nonlocal count
        count += 1
        rounds, time = divmod(count / fps, _BETWEEN + _HELD)
        film = films[int(rounds) % len(films)]
        number = round(max(0.0, time - _BETWEEN) * FPS)
        return jpeg(film.frame(number) if time >= _BETWEEN else film.empty(count))

    return make
