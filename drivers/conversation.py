"""A driver and the station on one connection: first `configure`, then whatever the driver does."""

from __future__ import annotations

import os

from drivers.kinds import Role, make
from drivers.loop import Driver, Ear, Loop, speak
from drivers.wire.listen import NotActivatedError, activation_sockets
from drivers.wire.messages import Commit, Configure, Decode, Error, FromStation, Prepare
from drivers.wire.notify import Notifier
from drivers.wire.options import OptionError


class Conversation:
    """Turns into the driver that `configure` names; everything said before that is refused."""

    def __init__(self, role: Role, incoming: int, outgoing: int, *, expected: str | None = None) -> None:
        self._role: Role = role
        self._expected = expected
        self._driver: Driver | None = None
        self._able: tuple[str, ...] = ()
        self._loop = Loop(speak(outgoing), Notifier.from_environment())
        self._ear = Ear(incoming, self._loop, self._handle)

    def run(self) -> None:
        """Until the station hangs up or the driver has nothing left to do."""
        self._ear.listen()
        try:
            self._loop.run()
        finally:
            if self._driver:
                self._driver.close()

    def _handle(self, message: FromStation) -> None:
        if self._driver:
            self._pass_on(message, self._driver)
        elif isinstance(message, Configure):
            self._configure(message)
        else:
            self._loop.say(Error(reason="the first message must be configure"))

    def _pass_on(self, message: FromStation, driver: Driver) -> None:
        """To the driver; what is to be answered and it cannot do, is refused, or the station would wait."""
        if isinstance(message, Configure):
            self._loop.say(
                Error(reason="it is configured already; another begins in a new process", about="configure")
            )
        elif isinstance(message, Decode) and "decode" not in self._able:
            self._loop.say(Error(reason="this driver decodes no pictures", about=message.request))
        elif isinstance(message, Prepare | Commit) and self._role == "scan":
            self._loop.say(Error(reason="a scanner prints nothing", about=message.job))
        else:
            driver.handle(message)

    def _configure(self, asked: Configure) -> None:
        if self._expected and asked.kind != self._expected:
            self._leave(f"this is driver {self._expected!r}, not {asked.kind!r}")
            return
        try:
            driver = make(self._role, asked.kind, asked.options, self._loop)
        except OptionError as wrong:
            self._leave(str(wrong))
            return
        self._driver = driver
        hello = driver.hello()
        self._able = hello.capabilities
        self._loop.say(hello)
        driver.start()

    def _leave(self, reason: str) -> None:
        self._loop.say(Error(reason=reason, about="configure", fatal=True))
        self._loop.stop()


def converse(role: Role, wire: str, expected: str | None) -> None:
    """Speak on `wire`: `stdio`, `fd:N`, or `listen` (systemd's socket). Raises OptionError for another word."""
    if wire == "stdio":
        Conversation(role, 0, 1, expected=expected).run()
    elif wire == "listen":
        _accept(role, expected)
    elif wire.startswith("fd:") and wire[3:].isdigit():
        descriptor = int(wire[3:])
        try:
            os.set_inheritable(descriptor, False)
        except OSError as wrong:
            raise OptionError(f"--wire {wire}: {wrong.strerror}") from None
        Conversation(role, descriptor, descriptor, expected=expected).run()
    else:
        raise OptionError(f"--wire is stdio, listen or fd:N, not {wire!r}")


def _accept(role: Role, expected: str | None) -> None:
    try:
        listener = activation_sockets()[0]
    except NotActivatedError as wrong:
        raise OptionError(f"--wire listen: {wrong}") from None
    connection, _ = listener.accept()
    with connection:
        Conversation(role, connection.fileno(), connection.fileno(), expected=expected).run()
