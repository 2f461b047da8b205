"""From Graph's refusal to the error that says what it means: by status and `error.code`, never by the message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.graph.errors import (
    ActiveCodeExists,
    CodeNotFound,
    GraphError,
    InsufficientPermissions,
    LifetimeExceeded,
    MethodExists,
    MethodNotFound,
    OutcomeUnknown,
    PinRejected,
    PolicyDisallows,
    SegmentNotFound,
    ServiceUnavailable,
    SignInFailed,
    StepUpRequired,
    Throttled,
    UnexpectedAnswer,
    UserNotFound,
)
from kiosk.graph.operations import (
    CREATE_CODE,
    CREATE_METHOD,
    GET_POLICY,
    RESET_PIN,
    UPDATE_OWN_PIN,
    Operation,
    Subject,
)

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.graph.answer import Answer

#: The codes of the v1.0 reference pages of January 2026, in lower case. All came with status 400.
_BAD_REQUEST: dict[str, type[GraphError]] = {
    "toomanyqrcodepinmethod": MethodExists,
    "activeqrcodeexisted": ActiveCodeExists,
    "pintooshort": PinRejected,
    "qrcodelifetimeexceedlimit": LifetimeExceeded,
}

#: The codes of a refusal for which Graph documents none: a weak PIN, a person outside the policy, no licence.
_WITHOUT_REASON = frozenset({"badrequest", "invalidrequest"})

#: What such a refusal means where lifetime and PIN were checked before the call, so that only this is left.
_LIKELY: dict[Operation, type[GraphError]] = {
    CREATE_METHOD: PolicyDisallows,
    CREATE_CODE: PolicyDisallows,
    RESET_PIN: PolicyDisallows,
    UPDATE_OWN_PIN: PinRejected,
}

_MISSING: dict[Subject, type[GraphError]] = {
    Subject.USER: UserNotFound,
    Subject.METHOD: MethodNotFound,
    Subject.CODE: CodeNotFound,
}

#: 4xx answers a gateway gives without knowing what became of the request.
_AMBIGUOUS = frozenset({408, 499})


def refusal(answer: Answer, operation: Operation, now: datetime) -> GraphError:
    """The error for an answer that is not a success."""
    trace, status = answer.trace, answer.status
    if status >= 500 or status in _AMBIGUOUS:  # noqa: PLR2004 - the server's errors
        later = answer.retry_after(now)
        if operation.writes:
            return OutcomeUnknown(trace=trace, retry_after=later)
        return ServiceUnavailable("Graph could not answer", trace=trace, retry_after=later)
    if status == 429:  # noqa: PLR2004 - Too Many Requests
        return Throttled(trace=trace, retry_after=answer.retry_after(now))
    if "insufficient_claims" in answer.error_codes or "claims=" in answer.headers.get("www-authenticate", ""):
        return StepUpRequired(trace=trace)
    return _by_status(answer, operation)


def _by_status(answer: Answer, operation: Operation) -> GraphError:
    trace = answer.trace
    match answer.status:
        case 401:
            return SignInFailed("Graph does not accept the token", trace=trace)
        case 403:
            return InsufficientPermissions(trace=trace, hint=_what_is_missing(operation))
        case 404:
            return _not_found(answer, operation)
        case 400:
            return _bad_request(answer, operation)
        case _:
            return UnexpectedAnswer(trace=trace)


def _not_found(answer: Answer, operation: Operation) -> GraphError:
    # Request_ResourceNotFound is the directory's code: the person is not there, whatever was asked of them.
    directory = "request_resourcenotfound" in answer.error_codes
    subject = Subject.USER if directory and operation is not GET_POLICY else operation.missing
    return _MISSING.get(subject, UnexpectedAnswer)(trace=answer.trace)


def _bad_request(answer: Answer, operation: Operation) -> GraphError:
    if answer.segment_not_found:
        return SegmentNotFound(trace=answer.trace)
    known = next((_BAD_REQUEST[code] for code in answer.error_codes if code in _BAD_REQUEST), None)
    if known is None and _WITHOUT_REASON.issuperset(answer.error_codes):
        known = _LIKELY.get(operation)
    return (known or UnexpectedAnswer)(trace=answer.trace)


def _what_is_missing(operation: Operation) -> str:
    needed = f"The app needs the permission {operation.permission}, with an administrator's consent"
    return f"{needed}; a signed-in person also needs the role {operation.role}." if operation.role else f"{needed}."
