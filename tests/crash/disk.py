"""What a disk holds after the power went: every write that was not followed by a sync of its file is lost.

The writes are those the kernel was asked for, from a trace of a process's system calls.
"""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.crash.points import MARK

#: Bytes that reach a disk whole or not at all.
SECTOR: Final = 512
_CALLS: Final = "pwrite64,write,ftruncate,fsync,fdatasync,unlink,unlinkat,?access,?faccessat,?faccessat2"
_CALL = re.compile(r"^(?P<pid>\d+)\s+(?P<name>\w+)\((?P<rest>.*)$")
_RESUMED = re.compile(r"^(?P<pid>\d+)\s+<\.\.\. \w+ resumed>(?P<rest>.*)$")
_ON_FILE = re.compile(r'^\d+<(?P<path>[^>]*)>(?:, "(?P<data>[^"]*)", \d+(?:, (?P<offset>\d+))?|, (?P<size>\d+))?')
_NAMED = re.compile(r'(?:AT_FDCWD(?:<[^>]*>)?, )?"(?P<path>[^"]*)"')


@dataclass(frozen=True)
class Event:
    """`kind` is write, truncate, sync, unlink or mark; `at` an offset, a length or the number of a mark."""

    kind: str
    file: str
    at: int = 0
    data: bytes = b""


def tracing(pid: int, output: Path) -> subprocess.Popen[str]:
    """strace, when it has taken hold of the process."""
    command = [
        "strace",
        "-f",
        "-y",
        "-xx",
        "-s",
        "2000000",
        "-e",
        f"trace={_CALLS}",
        "-o",
        str(output),
        "-p",
        str(pid),
    ]
    started = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert started.stderr is not None
    said = started.stderr.readline()
    assert "attached" in said, said
    return started


def events(trace: Iterable[str], begins: str) -> Iterator[Event]:
    """What was done to files whose names begin so, and the marks, in order."""
    for name, rest in _whole(trace):
        found = _event(name, rest)
        if found and (found.kind == "mark" or found.file.startswith(begins)):
            yield found


def after(
    initial: dict[str, bytes], done: Iterable[Event], surviving: random.Random | None = None
) -> dict[str, bytes]:
    """The files when the power goes after these events.

    Nothing that was not synced is there; with `surviving`, of each such write some sectors are, chosen by it.
    """
    durable = {name: bytearray(content) for name, content in initial.items()}
    pending: dict[str, list[Event]] = {}
    for event in done:
        match event.kind:
            case "sync":
                for each in pending.pop(event.file, ()):
                    _put(durable, each)
                durable.setdefault(event.file, bytearray())
            case "unlink":
                pending.pop(event.file, None)
                durable.pop(event.file, None)
            case "write" | "truncate":
                pending.setdefault(event.file, []).append(event)
    if surviving:
        for each in (event for late in pending.values() for event in late):
            _put_some(durable, each, surviving)
    return {name: bytes(content) for name, content in durable.items()}


def _put(files: dict[str, bytearray], event: Event) -> None:
    content = files.setdefault(event.file, bytearray())
    if event.kind == "truncate":
        del content[event.at :]
        return
    content.extend(bytes(max(0, event.at - len(content))))
    content[event.at : event.at + len(event.data)] = event.data


def _put_some(files: dict[str, bytearray], event: Event, chosen: random.Random) -> None:
    if event.kind == "truncate":
        if chosen.random() < 0.5:
            _put(files, event)
        return
    for start in range(0, len(event.data), SECTOR):
        if chosen.random() < 0.5:
            _put(files, Event("write", event.file, event.at + start, event.data[start : start + SECTOR]))


def _whole(trace: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Name and rest of each call, where it ended; one that another thread's interrupted in the trace is joined."""
    begun: dict[str, tuple[str, str]] = {}
    for line in trace:
        if resumed := _RESUMED.match(line):
            name, rest = begun.pop(resumed["pid"], ("", ""))
            rest += resumed["rest"]
        elif call := _CALL.match(line):
            name, rest = call["name"], call["rest"]
            if rest.rstrip().endswith("<unfinished ...>"):
                begun[call["pid"]] = name, rest.rstrip().removesuffix("<unfinished ...>")
                continue
        else:
            continue
        yield name, rest


def _event(name: str, rest: str) -> Event | None:
    if "access" in name:
        path = _named(rest)
        return Event("mark", "", int(path.removeprefix(MARK))) if path.startswith(MARK) else None
    if rest.rpartition(") = ")[2].startswith("-1"):
        return None  # it failed, and did nothing
    if name.startswith("unlink"):
        return Event("unlink", Path(_named(rest)).name)
    on = _ON_FILE.match(rest)
    return _on_file(name, on) if on else None


def _on_file(name: str, on: re.Match[str]) -> Event | None:
    file = Path(_text(on["path"])).name
    if name in ("fsync", "fdatasync"):
        return Event("sync", file)
    if name == "ftruncate":
        return Event("truncate", file, int(on["size"]))
    # A write without an offset is one to a pipe, a socket or a log.
    return Event("write", file, int(on["offset"]), _bytes(on["data"])) if on["offset"] else None


def _named(rest: str) -> str:
    named = _NAMED.match(rest)
    return _text(named["path"]) if named else ""


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


def _text(path: str) -> str:
    return _bytes(path).decode() if path.startswith("\\x") else path
