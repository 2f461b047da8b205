"""`keyboard`: a scanner that types, heard by us alone.

Its characters become UTF-8, so a code whose bytes are UTF-8 text comes out byte for byte if the scanner types text; a
scanner that types each byte as a character of Windows-1252 is configured with that `encoding`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from evdev import ecodes

from drivers.loop import Loop
from drivers.plugged import keyboards
from drivers.scanners import keymap, keystrokes
from drivers.scanners.delivery import Delivery, shape
from drivers.scanners.framing import Dropped, Framer, Read
from drivers.scanners.input_device import Source, open_source
from drivers.scanners.input_events import Event, Events, Lost
from drivers.scanners.keystrokes import Ended, Typed, Unknown
from drivers.scanners.trouble import DeviceTroubleError
from drivers.wire import messages
from drivers.wire.messages import Health, Ping
from drivers.wire.options import KeyboardOptions

#: Seconds until a keyboard that is there and cannot be had for ourselves is tried again.
_RETRY: Final = 1.0
_ENTER: Final = frozenset({ecodes.KEY_ENTER, ecodes.KEY_KPENTER})
_SUFFIXES: Final = {
    "enter": _ENTER,
    "tab": frozenset({ecodes.KEY_TAB}),
    "any": _ENTER | {ecodes.KEY_TAB},
    "none": frozenset(),
}


class Keyboard:
    """The driver. It leaves with its device; one that it cannot have for itself alone it does not use, and waits."""

    def __init__(
        self,
        loop: Loop,
        options: KeyboardOptions,
        clock: Callable[[], float] = time.monotonic,
        open_source: Callable[[str], Source] = open_source,
    ) -> None:
        """Raises OptionError."""
        self._loop = loop
        self._options = options
        self._keymap = keymap.load(options.keymap)
        self._wanted = _wanted(options)
        self._shape = shape(options, (), by_key=options.suffix != "none")
        self._open_source = open_source
        self._delivery = Delivery(loop, "keyboard", clock)
        self._health = Health(state="unknown", reason="not opened yet")
        self._source: Source | None = None

    def hello(self) -> messages.Hello:
        told = ",".join(f"{name}={value}" for name, value in self._wanted.items())
        return messages.Hello(
            version=messages.VERSION, kind="keyboard", identity=self._options.device or told, capabilities=("scan",)
        )

    def start(self) -> None:
        self._open()

    def handle(self, message: messages.FromStation) -> None:
        if isinstance(message, Ping):
            self._loop.say(self._health)

    def close(self) -> None:
        if self._source:
            self._source.close()

    def _open(self) -> None:
        try:
            path = self._options.device or keyboards.node(self._wanted)
            self._source = self._open_source(path)
        except keyboards.NotOneError as wrong:
            state: messages.State = "fault" if wrong.several else "absent"
            self._lack(Health(state=state, reason=str(wrong), hint=wrong.hint, evidence="reading /sys/class/input"))
            return
        except DeviceTroubleError as wrong:
            self._lack(wrong.health)
            return
        self._events = Events()
        self._last = 0.0
        self._framer = Framer(self._shape)
        self._keys = keystrokes.Keyboard(
            self._keymap, _SUFFIXES[self._options.suffix], caps_lock=self._source.caps_lock()
        )
        self._loop.watch(self._source.descriptor, self._pour)
        self._is(Health(state="ok", evidence=f"opened {path} for ourselves alone"))

    def _pour(self) -> None:
        assert self._source
        try:
            data = self._source.read()
        except DeviceTroubleError as wrong:
            self._loop.unwatch(self._source.descriptor)
            self._lack(wrong.health)
            return
        except EOFError:
            self._loop.stop()
            return
        for event in self._events.feed(data):
            if isinstance(event, Lost):
                self._keys.resume(self._source.held(), caps_lock=self._source.caps_lock())
                self._delivery.say(self._void("the kernel dropped keystrokes of a scan"))
            else:
                self._delivery.say(self._take(event))
        self._delivery.await_silence(self._framer)

    def _take(self, event: Event) -> Iterator[Read | Dropped]:
        # By the kernel's time: that this process was slow to read them does not put two keystrokes apart.
        if event.at - self._last > self._shape.gap:
            self._keys.pause()
        self._last = event.at
        # A key that types nothing yet, Shift or a digit with Alt, is no silence either.
        yield from self._framer.feed(b"", self._delivery.now())
        for stroke in self._keys.key(event.code, event.value):
            yield from self._hear(stroke)

    def _hear(self, stroke: Typed | Ended | Unknown) -> Iterator[Read | Dropped]:
        match stroke:
            case Typed(character):
                content = _encode(character, self._options.encoding)
                if content is None:
                    yield from self._void("a character was typed that Windows-1252 does not have")
                else:
                    yield from self._framer.feed(content, self._delivery.now())
            case Ended():
                yield from self._framer.end()
            case Unknown(reason):
                yield from self._void(reason)

    def _void(self, reason: str) -> Iterator[Dropped]:
        return self._framer.void(reason, self._delivery.now())

    def _lack(self, health: Health) -> None:
        self._is(health)
        if health.state == "absent":
            # Its sandbox lets it open only what was there when it started, so it leaves with its scanner.
            self._loop.stop()
        else:
            self._loop.later(_RETRY, self._open)

    def _is(self, health: Health) -> None:
        if (health.state, health.reason) != (self._health.state, self._health.reason):
            self._loop.say(health)
        self._health = health


def _wanted(options: KeyboardOptions) -> dict[str, str]:
    wanted = {name: getattr(options, name) for name in ("vendor", "product", "serial", "phys")}
    return {name: value for name, value in wanted.items() if value}


def _encode(character: str, encoding: str) -> bytes | None:
    if encoding == "utf-8":
        return character.encode()
    try:
        return character.encode("windows-1252")
    except UnicodeEncodeError:
        # Bytes that Windows-1252 leaves free; what is beyond is no byte of a symbol.
        return character.encode("latin-1") if ord(character) <= 0xFF else None  # noqa: PLR2004
