"""One user of a device at a time, whichever process it is: flock(2), which the kernel lifts when its holder dies."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from drivers.transports.stream import TransportError

#: Seconds a device may be held by another, a question about its health for one, before it is called busy.
PATIENCE: Final = 2.0
_POLL: Final = 0.02
_LOCKS: Final = Path("/proc/locks")


def take(descriptor: int, name: str, seconds: float | None = None) -> None:
    """Lock what `descriptor` is open on, until it is closed, waiting at most `seconds` (PATIENCE) for it.

    Raises TransportError that says who holds it.
    """
    deadline = time.monotonic() + (PATIENCE if seconds is None else seconds)
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise busy(name, holder(descriptor)) from None
            time.sleep(_POLL)
        else:
            return


def for_address(address: str, seconds: float | None = None) -> Callable[[], None]:
    """Lock an address that has no node of its own; call what is given to let go. Raises TransportError.

    The lock file lies in $RUNTIME_DIRECTORY or $XDG_RUNTIME_DIR, else among the temporary files.
    """
    folder = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0] or os.environ.get("XDG_RUNTIME_DIR")
    name = "".join(char if char.isalnum() or char in ".-" else "_" for char in address)
    path = Path(folder or tempfile.gettempdir()) / f"kiosk-printer-{os.getuid()}-{name}.lock"
    descriptor = _open(path, address)
    try:
        take(descriptor, address, seconds)
    except TransportError:
        os.close(descriptor)
        raise
    if not _is_still(descriptor, path):
        # Whoever held it took the file away in the meantime, and somebody else may have made it anew.
        os.close(descriptor)
        return for_address(address, seconds)

    def release() -> None:
        path.unlink(missing_ok=True)
        os.close(descriptor)

    return release


def _open(path: Path, address: str) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as wrong:
        hint = "name a folder it may write in with XDG_RUNTIME_DIR"
        raise TransportError(f"no lock for {address}: {path}: {wrong.strerror}", hint=hint) from None


def _is_still(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def busy(name: str, held_by: str = "") -> TransportError:
    """What to raise about a device that another program holds."""
    return TransportError(f"{name} is busy: held by {held_by or 'another program'}", hint="stop the other program")


def holder(descriptor: int) -> str:
    """`process 123 (name)` of whoever has the flock on this file; empty when the kernel does not tell."""
    status = os.fstat(descriptor)
    file = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    try:
        rows = [line.split() for line in _LOCKS.read_text(encoding="ascii").splitlines()]
        pids = [row[4] for row in rows if row[1:2] == ["FLOCK"] and row[5] == file]
        return f"process {pids[0]} ({_program(pids[0])})" if pids else ""
    except (OSError, IndexError):
        return ""


def _program(pid: str) -> str:
    return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
