"""The ASGI application of a tenant: sign-in, Graph and the doors behind one front."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.types import ASGIApp

from kiosk.tenant import authority, doors, graph
from kiosk.tenant.box import Box
from kiosk.tenant.front import Front


def application(box: Box) -> ASGIApp:
    """What uvicorn serves. Graph comes before the authority, whose first segment may be any tenant's name."""
    inner = Starlette(routes=[*doors.routes(box), *graph.routes(box), *authority.routes(box), *graph.elsewhere(box)])
    inner.router.redirect_slashes = False
    return Front(inner, box)
