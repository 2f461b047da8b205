"""Sending batches: reads again where Graph asks for patience, changes once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from kiosk.clock import Clock
from kiosk.errors import UsageError
from kiosk.graph import operations as op
from kiosk.graph.answer import Answer
from kiosk.graph.backoff import ATTEMPTS, wait_before
from kiosk.graph.batch import (
    MOST_PARTS,
    PARTS,
    READS,
    DeleteCode,
    DeleteMethod,
    ExtendCode,
    Line,
    Part,
    PartResult,
    ReadCode,
    ReadMethod,
    ReadUser,
    batch_answers,
    batch_body,
    line_of,
    result_of,
    review_of,
    still_there,
)
from kiosk.graph.calls import UNAUTHORIZED, Calls
from kiosk.graph.errors import CodeNotFound, GraphError, MethodNotFound, ServiceUnavailable, Throttled
from kiosk.graph.exchange import Request
from kiosk.graph.paths import MethodOwner
from kiosk.graph.refusals import refusal

_GONE: Final = (CodeNotFound, MethodNotFound)


@dataclass(frozen=True, slots=True)
class Batches:
    """Batches in one version of Graph. `budget` is the seconds a read may take with all its repetitions."""

    calls: Calls
    clock: Clock
    version: str
    budget: float

    async def run(self, parts: Sequence[Part]) -> list[PartResult]:
        """A result for each part, in their order: a value, None, or the GraphError it came to. Raises UsageError for
        more than twenty parts, and for anything that is no part.
        """
        check_parts(parts)
        results: list[PartResult] = [None] * len(parts)
        await self._read({n: part for n, part in enumerate(parts) if isinstance(part, READS)}, results)
        changes = await self._reviewed({n: p for n, p in enumerate(parts) if not isinstance(p, READS)}, results)
        if changes:
            lines = {number: line_of(part) for number, part in changes.items()}
            for number, answer in (await self._send(op.BATCH_CHANGES, lines)).items():
                results[number] = self._result(changes[number], answer)
        return results

    async def _read(self, parts: dict[int, Part], results: list[PartResult]) -> None:
        """Until none is told to come again, or the budget is used up."""
        end, attempt, left = self.clock.monotonic() + self.budget, 1, dict(parts)
        while left:
            lines = {number: line_of(part) for number, part in left.items()}
            for number, answer in (await self._send(op.BATCH_READS, lines)).items():
                results[number] = self._result(left[number], answer)
            left = {number: part for number, part in left.items() if _again(results[number])}
            attempt += 1
            wait = wait_before(attempt, asked=_longest(results, left))
            if attempt > ATTEMPTS or self.clock.monotonic() + wait > end:
                return
            if left:
                await self.clock.sleep(wait)

    async def _reviewed(self, parts: dict[int, Part], results: list[PartResult]) -> dict[int, Part]:
        """Without the deletions of what is no longer there, or could not be looked at."""
        deletions = {n: part for n, part in parts.items() if isinstance(part, DeleteCode | DeleteMethod)}
        found: list[PartResult] = [None] * len(results)
        await self._read({number: review_of(part) for number, part in deletions.items()}, found)
        for number, part in deletions.items():
            if not still_there(part, found[number]):
                fault = found[number]
                results[number] = fault if isinstance(fault, GraphError) else None
                del parts[number]
        return parts

    async def _send(self, operation: op.Operation, lines: dict[int, Line]) -> dict[int, Answer | GraphError]:
        """Once; and once more, with another token, those parts whose token was not taken: they were turned away."""
        answers = await self._once(operation, lines)
        left = {number: lines[number] for number, answer in answers.items() if _turned_away(answer)}
        if not left:
            return answers
        try:
            await self.calls.renew()
        except GraphError as fault:
            return answers | dict.fromkeys(left, fault)
        return answers | await self._once(operation, left)

    async def _once(self, operation: op.Operation, lines: dict[int, Line]) -> dict[int, Answer | GraphError]:
        request = Request("POST", f"/{self.version}/$batch", batch_body(lines))
        try:
            envelope = await self.calls.call(operation, request)
        except GraphError as fault:
            return dict.fromkeys(lines, fault)
        return batch_answers(lines, envelope)

    def _result(self, part: Part, answer: Answer | GraphError) -> PartResult:
        if isinstance(answer, GraphError):
            return answer
        try:
            if not answer.ok:
                return _absent_is_none(part, refusal(answer, line_of(part).operation, self.clock.now()))
            return result_of(part, answer)
        except GraphError as fault:
            return fault


def check_parts(parts: Sequence[Part]) -> None:
    """Raises UsageError for too many, for anything that is no part, and for two changes of one person."""
    if len(parts) > MOST_PARTS:
        raise UsageError(f"a batch has at most {MOST_PARTS} parts", hint="Send them in several batches.")
    if not all(isinstance(part, PARTS) for part in parts):
        raise UsageError("that cannot stand in a batch", hint="Reads, extensions and reviewed deletions can.")
    changed = [part.owner for part in parts if isinstance(part, ExtendCode | DeleteCode | DeleteMethod)]
    if len(set(changed)) != len(changed):
        raise UsageError("two changes of one person cannot stand in one batch", hint="Their order is not kept.")


def addressed(part: Part, owner: MethodOwner) -> Part:
    """The same part for a person addressed in another way."""
    return part if isinstance(part, ReadUser) else replace(part, owner=owner)


def _absent_is_none(part: Part, fault: GraphError) -> PartResult:
    """What is not there was read, or is deleted; anything else is a fault."""
    forgiven = isinstance(part, ReadMethod | ReadCode | DeleteCode | DeleteMethod) and isinstance(fault, _GONE)
    return None if forgiven else fault


def _turned_away(answer: Answer | GraphError) -> bool:
    return isinstance(answer, Answer) and answer.status == UNAUTHORIZED


def _again(result: PartResult) -> bool:
    return isinstance(result, Throttled | ServiceUnavailable)


def _longest(results: Sequence[PartResult], left: dict[int, Part]) -> float | None:
    asked = [fault.retry_after for n in left if isinstance(fault := results[n], GraphError) and fault.retry_after]
    return max(asked, default=None)
