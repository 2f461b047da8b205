"""Microsoft Graph's door: HTTP in, a `Call` to the routes, HTTP out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kiosk.tenant.box import VERSIONS, Box
from kiosk.tenant.front import graph_error, identifiers
from kiosk.tenant.graph_batch import answer_batch
from kiosk.tenant.graph_call import Answer, Call, segments_of
from kiosk.tenant.graph_routes import answer
from kiosk.tenant.refusal import GraphError, unauthenticated, unreadable
from kiosk.tenant.tokens import GRAPH_APP_ID, BadTokenError, Caller

_JSON: Final = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false"


def _caller(box: Box, request: Request) -> Caller:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not token:
        raise unauthenticated("Access token is empty.")
    try:
        caller = box.mint.caller(token.strip(), box.audiences)
    except BadTokenError as bad:
        raise unauthenticated(str(bad)) from None
    user = box.tenant.users.get(caller.user_id) if caller.user_id else None
    if caller.user_id and (user is None or not user.account_enabled):
        raise unauthenticated("The user account is disabled or does not exist.")
    return caller


def _segments(request: Request) -> tuple[str, ...]:
    """What is behind the version."""
    return segments_of(request.scope["raw_path"].decode("ascii"))[1:]


async def _call(box: Box, version: str, request: Request) -> Answer:
    call = Call(
        box,
        _caller(box, request),
        request.method,
        version,
        _segments(request),
        dict(request.query_params),
        {name.lower(): value for name, value in request.headers.items()},
        await request.body(),
    )
    return answer_batch(call) if call.segments == ("$batch",) else answer(call)


def _endpoint(box: Box, version: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return _response(await _call(box, version, request))
        except GraphError as refusal:
            return _refused(box, request, refusal)

    return endpoint


def _refused(box: Box, request: Request, refusal: GraphError) -> Response:
    body = graph_error(refusal, identifiers(request.scope), box.clock)
    challenge = (
        f'Bearer realm="", authorization_uri="{box.authority}/oauth2/v2.0/authorize", client_id="{GRAPH_APP_ID}"'
    )
    headers = {"WWW-Authenticate": challenge} if refusal.status == HTTPStatus.UNAUTHORIZED else None
    return JSONResponse(body, refusal.status, headers=headers)


def _elsewhere(box: Box) -> Callable[[Request], Awaitable[Response]]:
    """Whatever is neither Graph's nor the authority's, which a client that left the version out asks for."""

    async def endpoint(request: Request) -> Response:
        return _refused(box, request, unreadable("Invalid version."))

    return endpoint


class _AnyVerb(Route):
    """A route for all verbs: what a path does not take is refused in Graph's words and not in Starlette's."""

    def __init__(self, path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> None:
        super().__init__(path, endpoint)
        self.methods = set()


def routes(box: Box) -> list[Route]:
    """Graph's two versions."""
    return [_AnyVerb(f"/{version}/{{path:path}}", _endpoint(box, version)) for version in VERSIONS]


def elsewhere(box: Box) -> list[Route]:
    """What is left when nothing else fits."""
    return [_AnyVerb("/{path:path}", _elsewhere(box))]


def _response(answered: Answer) -> Response:
    headers = {"Cache-Control": "no-cache", **answered.headers}
    if answered.content is not None:
        return Response(answered.content, answered.status, headers)
    if answered.body is None:
        return Response(status_code=answered.status, headers=headers)
    return JSONResponse(answered.body, answered.status, headers, _JSON)
