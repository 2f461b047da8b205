"""Motion JPEG through a FIFO: whoever reads it sees the newest frame, and nobody makes it wait."""

from __future__ import annotations

import array
import contextlib
import fcntl
import os
import stat
import termios
from collections.abc import Callable
from pathlib import Path

from kiosk.errors import KioskError


class FrameStream:
    """The writing end. Readers come and go; a frame that was begun is finished, the next ones are dropped meanwhile.

    A reader that opens the FIFO in the moment another leaves it may find a piece of a frame before the first whole
    one: a FIFO keeps what lies in it while somebody holds an end.

    Raises KioskError when `path` is something else, or cannot be made. A FIFO that is there already is taken over.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None
        self._unsent = b""
        try:
            os.mkfifo(path, 0o600)
        except FileExistsError:
            if not stat.S_ISFIFO(path.lstat().st_mode):
                raise KioskError(f"{path} is there and is no FIFO", hint="name another path for the camera") from None
        except OSError as error:
            raise KioskError(f"cannot make the FIFO {path}: {error.strerror}") from None

    @property
    def unsent(self) -> int | None:
        """The descriptor to wait on before `push`, while a frame is half sent; else None."""
        return self._fd if self._unsent else None

    def offer(self, make: Callable[[], bytes]) -> bool:
        """Send the frame that `make` gives, if somebody is there who has read the last one. Whether it began."""
        if self._fd is None:
            self._open()
        if self._fd is None or self._unsent or self._unread(self._fd):
            return False
        self._unsent = make()
        self.push()
        return True

    def push(self) -> None:
        """Send on what is left of the frame, as far as the reader has room."""
        while self._fd is not None and self._unsent:
            try:
                self._unsent = self._unsent[os.write(self._fd, self._unsent) :]
            except BlockingIOError:
                return
            except BrokenPipeError:
                self._hang_up()

    def close(self) -> None:
        """Take the FIFO away."""
        self._hang_up()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    def _open(self) -> None:
        # ENXIO, while nobody reads; ENOENT, when somebody has removed it.
        with contextlib.suppress(OSError):
            self._fd = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def _hang_up(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
        self._fd = None
        self._unsent = b""

    def _unread(self, fd: int) -> int:
        """Bytes that lie in the FIFO. A reader that has left is noticed by the next write."""
        size = array.array("i", [0])
        fcntl.ioctl(fd, termios.FIONREAD, size)
        return size[0]
