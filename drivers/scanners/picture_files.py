"""Which files the paths given to `pictures` stand for, and which of them are new."""

from __future__ import annotations

import glob
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".pbm", ".pgm", ".ppm"})
VIDEOS: Final = frozenset({".mp4", ".mkv", ".avi", ".mov", ".webm", ".mjpeg", ".mjpg"})
#: What tells a file from a later one of the same name: its time of change in nanoseconds, and its bytes.
_State: TypeAlias = tuple[int, int]


def expand(paths: tuple[str, ...]) -> Iterator[str]:
    """The files, in the order given; those of a folder or a pattern by name.

    What comes to no file, a path that is not there, a pattern that nothing fits, an empty folder, stands for itself.
    """
    for path in paths:
        if Path(path).is_dir():
            files = (str(file) for file in Path(path).iterdir() if file.suffix.lower() in PICTURES)
            yield from sorted(files) or [path]
        elif glob.has_magic(path) and not Path(path).exists():
            yield from sorted(glob.glob(path)) or [path]  # noqa: PTH207 - a pattern may be absolute
        else:
            yield path


class Newcomers:
    """Looks again and again at paths; a file that stands still between two looks and was not told of yet is new."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self._paths = paths
        self._told: dict[str, _State] = {}
        self._growing: dict[str, _State] = {}

    def look(self) -> list[str]:
        """What is new, by name. A file that was changed is new again; one still being written is waited for."""
        now = {path: state for path in expand(self._paths) if (state := _state(path))}
        new = sorted(path for path, state in now.items() if self._told.get(path) != state == self._growing.get(path))
        # What was removed may come back.
        self._told = {path: state for path, state in self._told.items() if path in now}
        self._told |= {path: now[path] for path in new}
        self._growing = now
        return new


def _state(path: str) -> _State | None:
    try:
        about = Path(path).stat()
    except OSError:
        return None
    return None if stat.S_ISDIR(about.st_mode) else (about.st_mtime_ns, about.st_size)
