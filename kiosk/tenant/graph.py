"""Microsoft Graph's door: HTTP in, a `Call` to the routes, HTTP out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kiosk.tenant.box import VERSIONS, Box
from kiosk.tenant.front import graph_error, identifiers
from kiosk.tenant.graph_batch import answer_batch
from kiosk.tenant.graph_call import Answer, Call
from kiosk.tenant.graph_routes import answer
from kiosk.tenant.refusal import GraphError, unauthenticated
from kiosk.tenant.tokens import BadTokenError, Caller

_JSON: Final = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false"
_VERBS: Final = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"]


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
    """The decoded segments behind the version. Split before decoding: a UPN may hold an escaped slash."""
    raw = request.scope["raw_path"].decode("ascii").split("/")[2:]
    return tuple(unquote(segment) for segment in raw if segment)


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
    challenge = f'Bearer realm="", authorization_uri="{box.authority}/oauth2/v2.0/authorize"'
    headers = {"WWW-Authenticate": challenge} if refusal.status == HTTPStatus.UNAUTHORIZED else None
    return JSONResponse(body, refusal.status, headers=headers)


def routes(box: Box) -> list[Route]:
    """Graph's two versions."""
    return [Route(f"/{version}/{{path:path}}", _endpoint(box, version), methods=_VERBS) for version in VERSIONS]


def _response(answered: Answer) -> Response:
    if answered.picture is not None:
        return Response(answered.picture, answered.status, media_type="image/jpeg")
    if answered.body is None:
        return Response(status_code=answered.status)
    return JSONResponse(answered.body, answered.status, media_type=_JSON, headers={"Cache-Control": "no-cache"})
