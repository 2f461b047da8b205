"""The two phases of printing: read the page that is to be printed, say what it says, print it when told to."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from drivers.decode import engine
from drivers.loop import Loop
from drivers.printers import page as pages
from drivers.wire import messages
from drivers.wire.messages import (
    Cancel,
    Commit,
    Error,
    Health,
    Outcome,
    Page,
    Ping,
    Prepare,
    Prepared,
    Result,
    Status,
)
from drivers.wire.secret import Secret

#: Pages held at once, prepared and neither committed nor cancelled.
MAX_PREPARED = 4


class Printer(Protocol):
    """A device that prints pages."""

    identity: str
    #: Whether the driver leaves with its device: a sandbox lets it open only the node that was there at its start.
    leaves: bool

    def health(self) -> Health:
        """How it is, asked now."""

    def check(self, page: Page) -> None:
        """Raises ValueError when it cannot print this page."""

    def print(self, page: Page) -> tuple[Result, str, str]:
        """Print it: result, reason, evidence. Never raises for what a device does."""


class PrinterDriver:
    """The driver around any printer."""

    def __init__(self, loop: Loop, kind: str, printer: Printer) -> None:
        self._loop = loop
        self._kind = kind
        self._printer = printer
        self._prepared: dict[str, Page] = {}

    def hello(self) -> messages.Hello:
        return messages.Hello(
            version=messages.VERSION, kind=self._kind, identity=self._printer.identity, capabilities=("print",)
        )

    def start(self) -> None:
        health = self._printer.health()
        self._loop.say(health)
        if health.state == "absent" and self._printer.leaves:
            self._loop.stop()

    def handle(self, message: messages.FromStation) -> None:
        match message:
            case Ping() | Status():
                self._loop.say(self._printer.health())
            case Prepare():
                self._prepare(message)
            case Commit():
                self._commit(message.job)
            case Cancel():
                self._forget(message.job)

    def close(self) -> None:
        for job in list(self._prepared):
            self._forget(job)

    def _prepare(self, asked: Prepare) -> None:
        if len(self._prepared) >= MAX_PREPARED:
            self._loop.say(Error(reason="too many pages are waiting; commit or cancel one", about=asked.job))
            return
        try:
            self._printer.check(asked.page)
            read = _read(asked.page)
        except ValueError as wrong:
            self._loop.say(Error(reason=str(wrong), about=asked.job))
            return
        self._prepared[asked.job] = asked.page
        self._loop.say(Prepared(job=asked.job, read=read))

    def _commit(self, job: str) -> None:
        page = self._prepared.get(job)
        if page is None:
            self._loop.say(Outcome(job=job, result="failed", reason="no such page was prepared, or it was printed"))
            return
        result, reason, evidence = self._printer.print(page)
        self._forget(job)
        self._loop.say(Outcome(job=job, result=result, reason=reason, evidence=evidence))

    def _forget(self, job: str) -> None:
        page = self._prepared.pop(job, None)
        if page is not None:
            page.rows.forget()


def _read(page: Page) -> tuple[Secret, ...]:
    image = np.where(pages.unpack(page), 0, 255).astype(np.uint8)
    return tuple(Secret(reading.content) for reading in engine.read(image, every=False))
