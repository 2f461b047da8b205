"""`none`: a device that is configured away, so that nothing else has to ask whether there is one."""

from __future__ import annotations

from drivers.loop import Loop
from drivers.wire import messages
from drivers.wire.messages import Commit, FromStation, Health, Outcome, Ping, Prepare, Prepared, Status


class NullDriver:
    """Says `absent` and prints nothing."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop

    def hello(self) -> messages.Hello:
        return messages.Hello(version=messages.VERSION, kind="none", identity="none")

    def start(self) -> None:
        self._loop.say(_ABSENT)

    def handle(self, message: FromStation) -> None:
        if isinstance(message, Ping | Status):
            self._loop.say(_ABSENT)
        elif isinstance(message, Prepare):
            self._loop.say(Prepared(job=message.job, read=()))
        elif isinstance(message, Commit):
            self._loop.say(Outcome(job=message.job, result="failed", reason="there is no printer: its kind is none"))

    def close(self) -> None:
        pass


_ABSENT = Health(state="absent", reason="no device is configured", hint="set its kind in the configuration")
