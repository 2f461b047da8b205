"""Looks for secrets where none may be: files, processes, texts, in every form a program is likely to write them."""

from __future__ import annotations

import base64
import gc
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote_from_bytes

from drivers.decode import engine
from drivers.wire.content import badge_content
from drivers.wire.secret import ForgottenError, Secret

#: Bytes below which a find would be chance.
SHORTEST = 8


def forms(secret: bytes) -> Iterator[bytes]:
    """The secret as itself, hex, base64 at each of its three alignments, JSON escapes, and URL escapes."""
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    for skip in range(3):
        whole = len(secret[skip:]) // 3 * 3
        encoded = base64.b64encode(secret[skip : skip + whole])
        if len(encoded) >= SHORTEST:
            yield encoded
            yield encoded.replace(b"+", b"-").replace(b"/", b"_")
    text = secret.decode("latin-1")
    yield json.dumps(text)[1:-1].encode()
    yield quote_from_bytes(secret).encode()


@dataclass
class Leaks:
    """Collects the secrets that exist while something runs, then looks for them."""

    known: set[bytes] = field(default_factory=set)
    #: Alive before it began: other tests' secrets.
    foreign: set[bytes] = field(default_factory=set)

    def collect(self) -> None:
        """Take note of every Secret alive in this process."""
        for thing in gc.get_objects():
            if type(thing) is Secret:
                try:
                    self.add(thing)
                except ForgottenError:
                    continue

    def add(self, secret: Secret) -> None:
        """Take note of one more."""
        if len(value := secret.reveal()) >= SHORTEST and value not in self.foreign:
            self.known.add(value)

    def begin(self) -> None:
        """Take whatever is alive now for somebody else's."""
        self.collect()
        self.foreign, self.known = self.known, set()

    def found_in(self, data: bytes) -> bool:
        """Whether `data` holds any of them, in any form."""
        return any(form in data for secret in self.known for form in _forms(secret))

    def in_files(self, folder: Path) -> list[str]:
        """The files under `folder` that hold one, and the pictures that show a badge."""
        return [
            str(file)
            for file in folder.rglob("*")
            if file.is_file() and (self.found_in(data := file.read_bytes()) or shows_a_badge(data))
        ]

    def in_processes(self) -> list[str]:
        """The processes whose command line or environment holds one."""
        return [
            str(part)
            for part in (*Path("/proc").glob("[0-9]*/cmdline"), *Path("/proc").glob("[0-9]*/environ"))
            if self.found_in(_read(part))
        ]


@lru_cache(4096)
def _forms(secret: bytes) -> frozenset[bytes]:
    return frozenset(forms(secret))


def shows_a_badge(data: bytes) -> bool:
    """Whether the bytes are a picture on which a badge can be read."""
    try:
        image = engine.unpack(data)
    except engine.NotAPictureError:
        return False
    return any(badge_content(reading.content) for reading in engine.read(image, every=True))


def _read(part: Path) -> bytes:
    try:
        return part.read_bytes()
    except OSError:
        return b""  # it ended meanwhile
