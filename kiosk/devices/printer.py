"""A printer, as the station uses it: how it is, and the two phases of a print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.wire.messages import (
    Cancel,
    Commit,
    Error,
    FromDriver,
    Health,
    Outcome,
    Page,
    Prepare,
    Prepared,
    State,
)
from drivers.wire.options import Options
from drivers.wire.profiles import profiles
from kiosk.badge.page import Printer as Paper
from kiosk.devices.link import DeviceAbsentError, DeviceError
from kiosk.devices.stock import Stock
from kiosk.devices.supervisor import Supervisor

_PREPARE_SECONDS: Final = 20.0
#: Longer than any printer's own time-out: the driver's word, even "unknown", is worth more than our impatience.
_COMMIT_SECONDS: Final = 90.0


def paper_of(options: Options) -> Paper:
    """What a page must know of a printer with these options. A profile of labels names their height too."""
    profile = profiles().get(getattr(options, "profile", ""))
    height = getattr(options, "height", None) or (profile.height if profile else None)
    return Paper(width=getattr(options, "width", 576), dpi=getattr(options, "dpi", 203), height=height)


class Printer:
    """One printer behind its driver. `stock` counts the labels it uses; None where nobody does."""

    def __init__(self, supervisor: Supervisor, stock: Stock | None = None) -> None:
        self._supervisor = supervisor
        self._stock = stock

    @property
    def name(self) -> str:
        """Its name in the configuration."""
        return self._supervisor.name

    @property
    def paper(self) -> Paper:
        """What a page must know of it."""
        return paper_of(self._supervisor.device.options)

    async def health(self) -> Health:
        """How it is, asked now."""
        health = await self._supervisor.ask_health()
        if self._stock is None:
            return health
        await self._stock.look()
        return self._stock.tell(health)

    async def require_fit(self, *, accept_unknown: bool) -> State:
        """Raises DeviceError unless it is fit to print; `accept_unknown`: one that cannot say so is, too."""
        health = await self.health()
        if health.state == "ok" or (health.state == "unknown" and accept_unknown):
            return health.state
        raise DeviceError(f"printer {self.name}: {health.reason or health.state}", hint=health.hint)

    async def prepare(self, job: str, page: Page) -> Prepared:
        """Hand over a page; gives what the driver reads in it. Raises DeviceError."""
        answer = await self._supervisor.ask(Prepare(job=job, page=page), _about(job, Prepared), _PREPARE_SECONDS)
        if isinstance(answer, Error):
            raise DeviceError(f"{self.name}: {answer.reason}", hint=answer.hint)
        assert isinstance(answer, Prepared)
        return answer

    async def commit(self, job: str) -> Outcome:
        """Print the prepared page. A driver that dies or says nothing leaves the outcome unknown."""
        outcome = await self._outcome(job)
        if self._stock:
            await self._stock.use(outcome)
        return outcome

    async def _outcome(self, job: str) -> Outcome:
        try:
            answer = await self._supervisor.ask(Commit(job=job), _about(job, Outcome), _COMMIT_SECONDS)
        except DeviceAbsentError as wrong:
            return Outcome(job=job, result="failed", reason=str(wrong), evidence="nothing was sent")
        except DeviceError as wrong:
            return Outcome(job=job, result="unknown", reason=str(wrong), evidence="no outcome from the driver")
        if isinstance(answer, Outcome):
            return answer
        reason = answer.reason if isinstance(answer, Error) else ""
        return Outcome(job=job, result="unknown", reason=reason, evidence="an error from the driver, and no outcome")

    async def cancel(self, job: str) -> None:
        """Have the driver forget the page. Raises DeviceError."""
        await self._supervisor.tell(Cancel(job=job))


def _about(job: str, answer: type[Prepared | Outcome]) -> Callable[[FromDriver], bool]:
    def answers(message: FromDriver) -> bool:
        if isinstance(message, Error):
            return message.about == job
        return isinstance(message, answer) and message.job == job

    return answers
