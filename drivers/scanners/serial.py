"""`serial`: a hand-held or mounted scanner on a serial port."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from drivers.loop import Loop
from drivers.scanners import family
from drivers.scanners.delivery import Delivery, shape
from drivers.scanners.framing import Framer
from drivers.scanners.port import BlockedError, LocalPort, Port
from drivers.scanners.remote import SCHEMES, RemotePort
from drivers.scanners.trouble import DeviceTroubleError
from drivers.wire import messages
from drivers.wire.messages import Error, Health, Ping, Signal, Trigger
from drivers.wire.options import OptionError, SerialOptions

#: Seconds until a port that is there and cannot be had, or one on the network, is tried again.
_RETRY: Final = 1.0
#: Seconds a triggered scanner may look for a code before it is told to stop.
_LOOK: Final = 10.0
_SUFFIXES: Final[dict[str, tuple[bytes, ...]]] = {
    "line": (b"\r", b"\n"),
    "CR": (b"\r",),
    "LF": (b"\n",),
    "CRLF": (b"\r\n",),
    "TAB": (b"\t",),
    "ETX": (b"\x03",),
    "none": (),
}


class SerialScanner:
    """The driver. It leaves with its device; for one it may not open, or on the network, it waits."""

    def __init__(self, loop: Loop, options: SerialOptions, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises OptionError."""
        self._loop = loop
        self._options = options
        self._family = family.load(options.family)
        self._remote = options.device.startswith(SCHEMES)
        self._shape = shape(options, _suffixes(options.suffix), self._family.answers)
        self._framer = Framer(self._shape)
        self._delivery = Delivery(loop, "serial", clock)
        self._health = Health(state="unknown", reason="not opened yet")
        self._port: Port | None = None
        self._triggered = 0
        self._looking = False

    def hello(self) -> messages.Hello:
        able = {"trigger": self._family.trigger, "signal": self._family.good}
        return messages.Hello(
            version=messages.VERSION,
            kind="serial",
            identity=self._options.device,
            capabilities=("scan", *(name for name, command in able.items() if command)),
        )

    def start(self) -> None:
        self._open()

    def handle(self, message: messages.FromStation) -> None:
        if isinstance(message, Ping):
            self._loop.say(self._health)
        elif isinstance(message, Trigger):
            self._trigger()
        elif isinstance(message, Signal):
            self._send(self._family.good if message.signal == "good" else self._family.bad, "signal")

    def close(self) -> None:
        if self._looking:
            self._release()
        if self._port:
            self._port.close()

    def _open(self) -> None:
        try:
            self._port = RemotePort(self._options) if self._remote else LocalPort(self._options)
        except DeviceTroubleError as wrong:
            self._lack(wrong.health)
            return
        self._framer = Framer(self._shape)
        self._loop.watch(self._port.descriptor, self._pour)
        if self._port.ready:
            self._is(Health(state="ok", evidence=f"opened {self._options.device}"))

    def _pour(self) -> None:
        assert self._port
        try:
            data = self._port.read()
        except DeviceTroubleError as wrong:
            self._lose(wrong.health)
            return
        self._is(Health(state="ok", evidence=f"opened {self._options.device}"))
        if self._delivery.say(self._framer.feed(data, self._delivery.now())) and self._looking:
            self._release()
        self._delivery.await_silence(self._framer)

    def _lose(self, health: Health) -> None:
        assert self._port
        self._loop.unwatch(self._port.descriptor)
        self._port.close()
        self._port = None
        self._looking = False
        self._lack(health)

    def _lack(self, health: Health) -> None:
        self._is(health)
        if health.state == "absent" and not self._remote:
            # Its sandbox lets it open only what was there when it started, so it leaves with its scanner.
            self._loop.stop()
        else:
            self._loop.later(_RETRY, self._open)

    def _is(self, health: Health) -> None:
        if (health.state, health.reason) != (self._health.state, self._health.reason):
            self._loop.say(health)
        self._health = health

    def _trigger(self) -> None:
        if self._send(self._family.trigger, "trigger") and self._family.release:
            self._looking = True
            self._triggered += 1
            number = self._triggered
            self._loop.later(_LOOK, lambda: self._give_up(number))

    def _give_up(self, number: int) -> None:
        if self._looking and number == self._triggered:
            self._release()

    def _release(self) -> None:
        self._looking = False
        self._send(self._family.release, "trigger")

    def _send(self, command: bytes, about: str) -> bool:
        if not command:
            return False
        if self._port is None or self._health.state != "ok":
            self._loop.say(Error(reason="the scanner is away", about=about))
            return False
        try:
            self._port.write(command)
        except BlockedError:
            hint = "XOFF or CTS stopped it: is its flow control that of the configuration?"
            self._loop.say(Error(reason="the scanner takes no bytes", hint=hint, about=about))
            return False
        except DeviceTroubleError as wrong:
            self._lose(wrong.health)
            return False
        return True


def _suffixes(text: str) -> tuple[bytes, ...]:
    if text in _SUFFIXES:
        return _SUFFIXES[text]
    try:
        return (text.encode("latin-1"),) if text else ()
    except UnicodeEncodeError:
        raise OptionError(f"suffix {text!r} is not bytes; it is one of {', '.join(_SUFFIXES)}, or bytes") from None
