"""Faults on demand: which request is to meet which trouble, how many times."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

import msgspec

_Status = Annotated[int, msgspec.Meta(ge=400, le=599)]
_Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=600_000)]

#: What Graph calls a failing status when it is not the request's own fault.
GRAPH_CODES: Final = {
    401: ("InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."),
    403: ("Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
    429: ("TooManyRequests", "Too many requests."),
    500: ("InternalServerError", "An internal server error occurred."),
    502: ("badGateway", "The gateway got no good answer."),
    503: ("serviceNotAvailable", "The service is not available."),
    504: ("gatewayTimeout", "The gateway got no answer in time."),
}


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which requests: `method` exactly, `path` as a part of theirs; both in any case, empty for any."""

    method: str = ""
    path: str = ""

    def fits(self, method: str, path: str) -> bool:
        """Whether a request is meant."""
        return self.method.upper() in ("", method.upper()) and self.path.casefold() in path.casefold()


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes wrong; several fields may be set at once.

    `status`: answered instead, with `retry_after` seconds where given; the request has no effect unless `after`.
    `drop`: the connection closes without an answer, before or after the request took effect.
    `delay_ms`: real milliseconds before the request is looked at. `skew_seconds`: how far off the Date header is.
    `late`: the request is answered 204 at once and takes effect only after so many further requests.
    """

    status: _Status | None = None
    retry_after: float | None = None
    after: bool = False
    drop: Literal["before", "after"] | None = None
    delay_ms: _Milliseconds = 0
    skew_seconds: int = 0
    late: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault for the next `times` requests that match, or with None for all of them."""

    fault: Fault
    match: Match = Match()
    times: Annotated[int, msgspec.Meta(ge=1)] | None = 1


@dataclass(slots=True)
class Faults:
    """The faults still to come. The oldest rule that fits a request wins."""

    _rules: list[tuple[Rule, int | None]] = field(default_factory=list)
    _postponed: list[tuple[int, Callable[[], Awaitable[object]]]] = field(default_factory=list)

    def add(self, rule: Rule) -> None:
        """Arm a rule."""
        self._rules.append((rule, rule.times))

    def clear(self) -> None:
        """Disarm all."""
        self._rules.clear()

    def postpone(self, requests: int, run: Callable[[], Awaitable[object]]) -> None:
        """Have `run` take effect only before the `requests`-th request after this one is passed on."""
        self._postponed.append((requests, run))

    def due(self) -> list[Callable[[], Awaitable[object]]]:
        """Count one more request; what has to take effect before the next one is looked at."""
        due = [run for left, run in self._postponed if left == 0]
        self._postponed = [(left - 1, run) for left, run in self._postponed if left]
        return due

    def armed(self) -> list[dict[str, Any]]:
        """The rules with what is left of their `times`, for the door."""
        return [msgspec.to_builtins(rule) | {"times": left} for rule, left in self._rules]

    def take(self, method: str, path: str) -> Fault:
        """The fault this request meets; one without any trouble where no rule fits. Uses the rule up once."""
        for index, (rule, left) in enumerate(self._rules):
            if rule.match.fits(method, path):
                self._use(index, rule, left)
                return rule.fault
        return Fault()

    def _use(self, index: int, rule: Rule, left: int | None) -> None:
        if left == 1:
            del self._rules[index]
        elif left is not None:
            self._rules[index] = (rule, left - 1)
