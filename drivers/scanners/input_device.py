"""An input device that nobody else hears while we do, and a recording that plays one."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from evdev import InputDevice, ecodes

from drivers.scanners import trouble

_READ: Final = 24 * 256


class Source(Protocol):
    """Where key events come from."""

    descriptor: int

    def read(self) -> bytes:
        """What has come; empty when nothing has. Raises DeviceTroubleError when it is gone, EOFError at an end."""

    def held(self) -> list[int]:
        """The codes of the keys held now."""

    def caps_lock(self) -> bool:
        """Whether Caps Lock is on."""

    def close(self) -> None:
        """Let go."""


class GrabbedDevice:
    """A device of the kernel, held exclusively (EVIOCGRAB): no terminal and no other program gets its keys."""

    def __init__(self, path: str) -> None:
        """Raises DeviceTroubleError, also when it cannot be had for ourselves alone."""
        self._path = path
        try:
            self._device = InputDevice(path)
        except OSError as wrong:
            raise trouble.explain(path, wrong.errno, group="input") from None
        self.descriptor: int = self._device.fd
        try:
            os.set_blocking(self.descriptor, False)
            self._device.grab()
        except OSError as wrong:
            self._device.close()
            raise trouble.explain(path, wrong.errno, group="input") from None

    def read(self) -> bytes:
        return _read(self.descriptor, self._path)

    def held(self) -> list[int]:
        with suppress(OSError):
            return list(self._device.active_keys())
        return []

    def caps_lock(self) -> bool:
        with suppress(OSError):
            return ecodes.LED_CAPSL in self._device.leds()
        return False

    def close(self) -> None:
        with suppress(OSError):
            self._device.ungrab()
        self._device.close()


class Recording:
    """A file, pipe or socket of a keyboard's records. It is nobody's keyboard, so there is nothing to grab."""

    def __init__(self, descriptor: int, name: str) -> None:
        self.descriptor = descriptor
        self._name = name
        os.set_blocking(descriptor, False)

    def read(self) -> bytes:
        return _read(self.descriptor, self._name)

    def held(self) -> list[int]:
        return []

    def caps_lock(self) -> bool:
        return False

    def close(self) -> None:
        with suppress(OSError):
            os.close(self.descriptor)


def open_source(path: str) -> Source:
    """The device at `path`, grabbed; or the recording. Raises DeviceTroubleError."""
    try:
        mode = Path(path).stat().st_mode
        if stat.S_ISFIFO(mode) or stat.S_ISREG(mode):
            # A pipe read and write, so that a writer that goes away and comes back is not an end of file.
            way = os.O_RDWR if stat.S_ISFIFO(mode) else os.O_RDONLY
            return Recording(os.open(path, way | os.O_NONBLOCK | os.O_CLOEXEC), path)
    except OSError as wrong:
        raise trouble.explain(path, wrong.errno, group="input") from None
    return GrabbedDevice(path)


def _read(descriptor: int, name: str) -> bytes:
    try:
        data = os.read(descriptor, _READ)
    except BlockingIOError:
        return b""
    except OSError as wrong:
        raise trouble.lost(name, os.strerror(wrong.errno or errno.ENODEV)) from None
    if not data:
        raise EOFError
    return data
