"""`$batch`: up to twenty calls in one request, each answered as if it had come alone."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import msgspec

from kiosk.tenant import bodies
from kiosk.tenant.faults import GRAPH_CODES, Fault
from kiosk.tenant.front import Identifiers, graph_error
from kiosk.tenant.graph_call import Answer, Call, segments_of
from kiosk.tenant.graph_routes import answer
from kiosk.tenant.refusal import GraphError, unreadable

MOST: Final = 20
_FAILED: Final = 400


class Part(msgspec.Struct, frozen=True, rename="camel"):
    """One request of a batch; `url` is relative to the version."""

    id: str
    method: str
    url: str
    headers: dict[str, str] = {}
    body: msgspec.Raw = msgspec.Raw()
    depends_on: tuple[str, ...] = ()


class Batch(msgspec.Struct, frozen=True):
    """The body of a batch."""

    requests: tuple[Part, ...]


def answer_batch(call: Call) -> Answer:
    """Answer every part, in order. Raises GraphError 400 for the batch as a whole.

    A part whose `dependsOn` failed is not tried: 424. Status faults strike single parts, as throttling does.
    """
    parts = bodies.read(call.body, Batch).requests
    if call.method != "POST" or not parts or len(parts) > MOST:
        raise unreadable(f"A batch is posted and has 1 to {MOST} requests.")
    if len({part.id for part in parts}) != len(parts):
        raise unreadable("The request ids of a batch have to be unique.")
    return Answer(200, {"responses": list(_responses(call, parts))})


def _responses(call: Call, parts: Iterable[Part]) -> Iterable[dict[str, Any]]:
    failed: set[str] = set()
    for part in parts:
        answered = _dependency_failed(call) if failed.intersection(part.depends_on) else _one(call, part)
        if answered.status >= _FAILED:
            failed.add(part.id)
        yield _response(part, answered)


def _response(part: Part, answered: Answer) -> dict[str, Any]:
    response: dict[str, Any] = {"id": part.id, "status": answered.status}
    headers = {"Cache-Control": "no-cache", **answered.headers}
    if answered.content is not None:
        response["body"] = base64.b64encode(answered.content).decode()
    if answered.body is not None:
        headers["Content-Type"] = "application/json"
        response["body"] = answered.body
    return response | {"headers": headers}


def _one(call: Call, part: Part) -> Answer:
    target = urlsplit(part.url)
    alone = replace(
        call,
        method=part.method.upper(),
        segments=segments_of(target.path),
        query=dict(parse_qsl(target.query)),
        headers={name.lower(): value for name, value in part.headers.items()},
        body=bytes(part.body),
    )
    fault = call.box.faults.take(alone.method, f"/{call.version}/{target.path.lstrip('/')}")
    try:
        if fault.status is not None:
            return _faulty(call, fault)
        return answer(alone)
    except GraphError as refusal:
        return _refused(call, refusal)


def _dependency_failed(call: Call) -> Answer:
    return _refused(call, GraphError(424, "FailedDependency", "A request this one depends on failed."))


def _faulty(call: Call, fault: Fault) -> Answer:
    assert fault.status is not None
    refused = _refused(call, GraphError(fault.status, *GRAPH_CODES.get(fault.status, ("UnknownError", ""))))
    return (
        refused if fault.retry_after is None else replace(refused, headers={"Retry-After": f"{fault.retry_after:g}"})
    )


def _refused(call: Call, refusal: GraphError) -> Answer:
    ids = Identifiers(str(uuid4()), call.headers.get("client-request-id"))
    return Answer(refusal.status, graph_error(refusal, ids, call.box.clock))
