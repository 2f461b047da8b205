"""How Graph says no."""

from __future__ import annotations


class GraphError(Exception):
    """A request refused, in Graph's terms: HTTP `status`, error `code`, `message`. None of them holds a secret.

    Where Microsoft documents no code (a weak PIN, a lifetime that is too short, a user outside the policy), `code`
    is `badRequest`, which is what the other authentication methods answer with.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


def bad_request(message: str) -> GraphError:
    """400 `badRequest`: what was sent breaks a rule that has no code of its own."""
    return GraphError(400, "badRequest", message)


def unreadable(message: str) -> GraphError:
    """400 `BadRequest`: the request was not understood by the OData layer."""
    return GraphError(400, "BadRequest", message)


def unknown_segment(segment: str) -> GraphError:
    """400: this version of Graph has no such path. Clients probe for a version by it."""
    return unreadable(f"Resource not found for the segment '{segment}'.")


def no_such_object(reference: str) -> GraphError:
    """404: the directory has no such object."""
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{reference}' does not exist or one of its queried reference-property objects are not present.",
    )


def no_method(what: str) -> GraphError:
    """404: the user exists and has no such method, code or PIN."""
    return GraphError(404, "resourceNotFound", f"The user has no {what}.")


def unauthenticated(message: str) -> GraphError:
    """401: no token, or one that is not good (any more)."""
    return GraphError(401, "InvalidAuthenticationToken", message)


def insufficient_privileges() -> GraphError:
    """403: a good token that does not allow this."""
    return GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
