"""How a call is made: its token, its repetitions, and what a lost answer means.

Reads are repeated; whatever changes something is sent once, since a second create or delete could hit another code.
The one exception is a token Graph does not take (401): that request was turned away at the door.

The loop is our own and no library's: it sleeps on the clock handed in, so that a test sees the waits, and it passes
nothing on that could be logged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.graph.answer import Answer
from kiosk.graph.backoff import ATTEMPTS, wait_before
from kiosk.graph.errors import GraphError, OutcomeUnknown, ServiceUnavailable, Throttled, Trace
from kiosk.graph.exchange import Exchange, Lost, Request
from kiosk.graph.refusals import refusal

if TYPE_CHECKING:
    from datetime import datetime

    from drivers.wire.secret import Secret
    from kiosk.clock import Clock
    from kiosk.graph.credential import Credential
    from kiosk.graph.operations import Operation

UNAUTHORIZED = 401


class Calls:
    """Calls on behalf of one credential."""

    def __init__(self, exchange: Exchange, credential: Credential, clock: Clock, *, read_budget: float) -> None:
        self._exchange = exchange
        self._credential = credential
        self._clock = clock
        self._read_budget = read_budget
        #: Graph's time at its last answer, and the monotonic time of that moment.
        self._heard: tuple[datetime, float] | None = None

    @property
    def last_date_skew(self) -> float | None:
        """Our clock minus Graph's in seconds, by its last answer; None before there was one.

        A clock that was set since shows at once: from that answer on, Graph's time is counted by the monotonic clock.
        """
        if self._heard is None:
            return None
        date, at = self._heard
        return (self._clock.now() - date).total_seconds() - (self._clock.monotonic() - at)

    async def call(self, operation: Operation, request: Request) -> Answer:
        """An answer that says it was done. Raises GraphError: everything but UnexpectedCodeCreated and
        ExistingCodeEdited, which only the caller can tell.
        """
        end = self._clock.monotonic() + self._read_budget
        attempt = 1
        while True:
            result = await self._attempt(operation, request)
            if isinstance(result, Answer):
                return result
            attempt += 1
            wait = self._wait(operation, result, attempt)
            if wait is None or self._clock.monotonic() + wait > end:
                raise result
            await self._clock.sleep(wait)

    async def token(self) -> Secret:
        """The token the next call would use."""
        return await self._credential.token()

    async def renew(self) -> None:
        """Ask for another token: a part of a batch said that the present one is not taken. Raises GraphError."""
        await self._credential.token(refused=await self._credential.token())

    def _wait(self, operation: Operation, fault: GraphError, attempt: int) -> float | None:
        """Seconds before this attempt, or None where there must be none."""
        if operation.writes or attempt > ATTEMPTS or not isinstance(fault, Throttled | ServiceUnavailable):
            return None
        return wait_before(attempt, asked=fault.retry_after)

    async def _attempt(self, operation: Operation, request: Request) -> Answer | GraphError:
        answer = await self._authorised(request)
        if isinstance(answer, Lost):
            return _lost(operation, answer)
        return answer if answer.ok else refusal(answer, operation, self._clock.now())

    async def _authorised(self, request: Request) -> Answer | Lost:
        token = await self._credential.token()
        answer = await self._send(request, token)
        if isinstance(answer, Answer) and answer.status == UNAUTHORIZED:
            answer = await self._send(request, await self._credential.token(refused=token))
        return answer

    async def _send(self, request: Request, token: Secret) -> Answer | Lost:
        answer = await self._exchange.send(request, token)
        if isinstance(answer, Answer) and answer.date is not None:
            self._heard = answer.date, self._clock.monotonic()
        return answer


def _lost(operation: Operation, lost: Lost) -> GraphError:
    trace = Trace(client_request_id=lost.client_request_id)
    if lost.sent and operation.writes:
        return OutcomeUnknown(f"no usable answer ({lost.reason}): it may or may not have happened", trace=trace)
    return ServiceUnavailable(f"Graph cannot be reached ({lost.reason})", trace=trace)
