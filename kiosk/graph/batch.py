"""`$batch`: many people at once. What may stand in one, and how its parts travel.

A create cannot be asked for here: its answer carries a secret that must be journaled step by step. A deletion names
the code that was reviewed, and one of another id is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

import msgspec

from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.graph import operations as op
from kiosk.graph.answer import Answer
from kiosk.graph.errors import GraphError, OutcomeUnknown, UnexpectedAnswer
from kiosk.graph.models import QrCode, QrCodePinMethod, User
from kiosk.graph.operations import Operation
from kiosk.graph.paths import USER_FIELDS, MethodOwner
from kiosk.graph.reading import read_code, read_method, read_user
from kiosk.graph.writing import expiry_body, extended_code

#: Requests in one batch (Graph documentation, "JSON batching").
MOST_PARTS: Final = 20

PartResult: TypeAlias = QrCodePinMethod | QrCode | User | GraphError | None


@dataclass(frozen=True, slots=True)
class ReadMethod:
    """Answered with the method, or None where the person has none."""

    owner: MethodOwner


@dataclass(frozen=True, slots=True)
class ReadCode:
    """Answered with the code in a slot, or None where it is empty."""

    owner: MethodOwner
    kind: CodeKind


@dataclass(frozen=True, slots=True)
class ReadUser:
    """Answered with the person, by id or user principal name."""

    id_or_upn: str

    @property
    def owner(self) -> MethodOwner:
        """The person's address."""
        return MethodOwner.user(self.id_or_upn)


@dataclass(frozen=True, slots=True)
class ExtendCode:
    """Answered with the standard code as edited; None where Graph only says that it was."""

    owner: MethodOwner
    expire: datetime


@dataclass(frozen=True, slots=True)
class DeleteCode:
    """Answered with None once the reviewed code is gone, also where it was gone already."""

    owner: MethodOwner
    kind: CodeKind
    code_id: str


@dataclass(frozen=True, slots=True)
class DeleteMethod:
    """Answered with None once the reviewed method is gone, also where it was gone already."""

    owner: MethodOwner
    method_id: str


Read: TypeAlias = ReadMethod | ReadCode | ReadUser
Part: TypeAlias = Read | ExtendCode | DeleteCode | DeleteMethod
READS: Final = (ReadMethod, ReadCode, ReadUser)
PARTS: Final = (*READS, ExtendCode, DeleteCode, DeleteMethod)


@dataclass(frozen=True, slots=True)
class Line:
    """One request of a batch. `path` is relative to the version."""

    operation: Operation
    verb: str
    path: str
    body: Secret | None = field(default=None, repr=False)


class _Said(msgspec.Struct):
    id: str
    status: int
    headers: dict[str, Any] | None = None
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Responses(msgspec.Struct):
    responses: list[_Said]


def line_of(part: Part) -> Line:
    """The request for a part. Of a deletion it is the request itself: what it names was compared before."""
    match part:
        case ReadMethod(owner):
            return Line(op.GET_METHOD, "GET", owner.method)
        case ReadCode(owner, kind):
            return Line(op.GET_CODE, "GET", owner.code(kind))
        case ReadUser():
            return Line(op.GET_USER, "GET", f"{part.owner.path}?$select={USER_FIELDS}")
        case ExtendCode(owner, expire):
            return Line(op.EXTEND_CODE, "PATCH", owner.code(CodeKind.STANDARD), expiry_body(expire))
        case DeleteCode(owner, kind, _):
            return Line(op.DELETE_CODE, "DELETE", owner.code(kind))
        case DeleteMethod(owner, _):
            return Line(op.DELETE_METHOD, "DELETE", owner.method)


def review_of(part: DeleteCode | DeleteMethod) -> Read:
    """The read that shows whether what is there is still what was reviewed."""
    return ReadCode(part.owner, part.kind) if isinstance(part, DeleteCode) else ReadMethod(part.owner)


def still_there(part: DeleteCode | DeleteMethod, found: PartResult) -> bool:
    """Whether what was found is what the deletion names."""
    named = part.code_id if isinstance(part, DeleteCode) else part.method_id
    return isinstance(found, QrCode | QrCodePinMethod) and found.id == named.lower()


def result_of(part: Part, answer: Answer) -> PartResult:
    """What an answer of success says. Raises GraphError."""
    match part:
        case ReadMethod():
            return read_method(answer)
        case ReadCode():
            return read_code(answer)
        case ReadUser():
            return read_user(answer)
        case ExtendCode():
            return extended_code(answer)
        case DeleteCode() | DeleteMethod():
            return None


def batch_body(lines: Mapping[int, Line]) -> Secret:
    """The batch. Its ids are the positions; no part waits for another."""
    return Secret(msgspec.json.encode({"requests": [_written(number, line) for number, line in lines.items()]}))


def _written(number: int, line: Line) -> dict[str, Any]:
    plain: dict[str, Any] = {"id": str(number), "method": line.verb, "url": line.path}
    if line.body is not None:
        plain["headers"] = {"Content-Type": "application/json"}
        plain["body"] = msgspec.Raw(line.body.reveal())
    return plain


def batch_answers(lines: Mapping[int, Line], envelope: Answer) -> dict[int, Answer | GraphError]:
    """Each part's own answer, in whatever order they came. A part that is not among them is unknown, or unread."""
    try:
        said = msgspec.json.decode(envelope.body.reveal(), type=_Responses).responses
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        said = []
    answers = {each.id: _answer(each, envelope) for each in said}
    return {number: answers.get(str(number)) or _absent(line, envelope) for number, line in lines.items()}


def _answer(said: _Said, envelope: Answer) -> Answer:
    headers = {name.lower(): str(value) for name, value in (said.headers or {}).items()}
    return Answer(said.status, {"date": envelope.headers.get("date", ""), **headers}, Secret(bytes(said.body)))


def _absent(line: Line, envelope: Answer) -> GraphError:
    told = "the batch's answer has nothing for this part"
    if line.operation.writes:
        return OutcomeUnknown(told, trace=envelope.trace)
    return UnexpectedAnswer(told, trace=envelope.trace)
