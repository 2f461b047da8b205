"""Why a device cannot be used, and what a person can do about it."""

from __future__ import annotations

import errno
import grp
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from drivers.wire.messages import Health

PROCESSES: Final = Path("/proc")
_ABSENT: Final = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO, errno.ENOTDIR})
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM})
_BUSY: Final = frozenset({errno.EBUSY, errno.EWOULDBLOCK})
#: Programs that open serial ports and keyboards nobody gave them, and how to keep them off.
_INTRUDERS: Final = {
    "ModemManager": 'ModemManager probes serial ports: ENV{ID_MM_DEVICE_IGNORE}="1" in a udev rule keeps it off',
    "brltty": "brltty takes USB serial adapters for Braille displays: remove it where it is not needed",
}


class DeviceTroubleError(Exception):
    """A device that cannot be used now. `health` is what to say of it."""

    def __init__(self, health: Health) -> None:
        super().__init__(health.reason)
        self.health = health


def explain(
    path: str, number: int | None, *, group: str, said: str = "", processes: Path = PROCESSES
) -> DeviceTroubleError:
    """The trouble that error `number` on opening `path` stands for.

    `group` owns such devices where the node itself cannot be asked; `said`: the library's own words, where there is
    no number. A device that is not there is `absent`; one that is there and cannot be had is a `fault`.
    """
    evidence = f"opening {path}: {os.strerror(number) if number else said}"
    if number in _ABSENT:
        hint = _intruder(processes, only="brltty") or "is it plugged in?"
        return DeviceTroubleError(Health(state="absent", reason=f"there is no {path}", hint=hint, evidence=evidence))
    if number in _DENIED:
        hint = f"its user must be in group {_group(path) or group}; systemd/udev/60-kiosk.rules gives it to kiosk-hw"
        return DeviceTroubleError(
            Health(state="fault", reason=f"{path} may not be opened", hint=hint, evidence=evidence)
        )
    if number in _BUSY:
        return _busy(path, evidence, processes)
    reason = f"{path}: {os.strerror(number) if number else said}"
    return DeviceTroubleError(
        Health(state="fault", reason=reason, hint="is this the right device?", evidence=evidence)
    )


def lost(path: str, why: str) -> DeviceTroubleError:
    """The trouble of a device that was there and went."""
    return DeviceTroubleError(
        Health(state="absent", reason=f"{path} was lost", hint="is it plugged in?", evidence=f"reading it: {why}")
    )


def holders(path: str, processes: Path = PROCESSES) -> list[tuple[str, str]]:
    """Process id and name of every other program that has the device at `path` open, as far as /proc may be read."""
    try:
        device = Path(path).stat().st_rdev
    except OSError:
        return []
    own = str(os.getpid())
    return [(pid, _name(processes / pid)) for pid in _pids(processes) if pid != own and _has(processes / pid, device)]


def _busy(path: str, evidence: str, processes: Path) -> DeviceTroubleError:
    found = holders(path, processes)
    held = ", ".join(f"{name} (process {pid})" for pid, name in found)
    hint = next((_INTRUDERS[name] for _, name in found if name in _INTRUDERS), "") or _intruder(processes)
    return DeviceTroubleError(
        Health(
            state="fault",
            reason=f"{path} is busy: held by {held or 'another program'}",
            hint=hint or "stop the other program",
            evidence=evidence,
        )
    )


def _intruder(processes: Path, only: str = "") -> str:
    running = {_name(processes / pid) for pid in _pids(processes)}
    return next((hint for name, hint in _INTRUDERS.items() if name in running and only in ("", name)), "")


def _pids(processes: Path) -> Iterator[str]:
    with suppress(OSError):
        yield from (entry.name for entry in processes.iterdir() if entry.name.isdigit())


def _name(process: Path) -> str:
    with suppress(OSError):
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    return "?"


def _has(process: Path, device: int) -> bool:
    try:
        descriptors = list((process / "fd").iterdir())
    except OSError:
        return False
    for descriptor in descriptors:
        with suppress(OSError):
            if descriptor.stat().st_rdev == device:
                return True
    return False


def _group(path: str) -> str:
    try:
        group = grp.getgrgid(Path(path).stat().st_gid).gr_name
    except (OSError, KeyError):
        return ""
    return "" if group == "root" else group
