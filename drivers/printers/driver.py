"""The two phases of printing: read the page that is to be printed, say what it says, print it when told to."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from drivers.decode import engine, quality
from drivers.loop import Loop
from drivers.printers import page as pages
from drivers.printers.verdict import Verdict
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
    Quality,
    Status,
)
from drivers.wire.secret import Secret

#: Pages held at once, prepared and neither committed nor cancelled.
MAX_PREPARED = 4
#: Outcomes remembered, so that a question asked twice is answered twice and printed once.
_REMEMBERED = 64


class Printer(Protocol):
    """A device that prints pages."""

    identity: str
    #: Whether the driver leaves with its device: a sandbox lets it open only the node that was there at its start.
    leaves: bool

    def health(self) -> Health:
        """How it is, asked now."""

    def check(self, page: Page) -> None:
        """Raises ValueError when it cannot print this page."""

    def print(self, page: Page) -> Verdict:
        """Print it. Never raises for what a device does."""


class PrinterDriver:
    """The driver around any printer."""

    def __init__(self, loop: Loop, kind: str, printer: Printer) -> None:
        self._loop = loop
        self._kind = kind
        self._printer = printer
        self._prepared: dict[str, Page] = {}
        self._outcomes: dict[str, Outcome] = {}

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
        self._forget(asked.job)
        if len(self._prepared) >= MAX_PREPARED:
            self._loop.say(Error(reason="too many pages are waiting; commit or cancel one", about=asked.job))
            return
        try:
            self._printer.check(asked.page)
            found = _read(asked.page)
        except ValueError as wrong:
            self._loop.say(Error(reason=str(wrong), about=asked.job))
            return
        self._outcomes.pop(asked.job, None)
        self._prepared[asked.job] = asked.page
        graded = found[0][1] if len(found) == 1 else None
        self._loop.say(Prepared(job=asked.job, read=tuple(content for content, _ in found), quality=graded))

    def _commit(self, job: str) -> None:
        page = self._prepared.get(job)
        if page is None:
            none = Outcome(job=job, result="failed", reason="no such page was prepared", evidence="nothing was sent")
            self._loop.say(self._outcomes.get(job, none))
            return
        told = self._printer.print(page)
        self._forget(job)
        self._remember(Outcome(job=job, **told._asdict()))

    def _remember(self, outcome: Outcome) -> None:
        self._outcomes[outcome.job] = outcome
        if len(self._outcomes) > _REMEMBERED:
            del self._outcomes[next(iter(self._outcomes))]
        self._loop.say(outcome)

    def _forget(self, job: str) -> None:
        page = self._prepared.pop(job, None)
        if page is not None:
            page.rows.forget()


def _read(page: Page) -> list[tuple[Secret, Quality | None]]:
    image = np.where(pages.unpack(page), 0, 255).astype(np.uint8)
    return [(Secret(reading.content), quality.of(image, reading)) for reading in engine.read(image, every=False)]
