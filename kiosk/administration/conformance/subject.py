"""Who may be walked on: a throw-away person, without a method and without a role."""

from __future__ import annotations

from kiosk.administration.deleting import delete_method
from kiosk.administration.session import Session
from kiosk.errors import UsageError
from kiosk.graph.errors import InsufficientPermissions, MethodNotFound
from kiosk.graph.models import QrCodePinMethod, User
from kiosk.graph.paths import MethodOwner


async def require_no_role(session: Session, user: User, *, accepted: bool) -> None:
    """Raises UsageError for somebody who holds a directory role, or of whom that cannot be told."""
    if accepted:
        return
    try:
        roles = await session.graph.directory_roles(user.id)
    except InsufficientPermissions:
        raise UsageError(
            "which directory roles this person holds may not be read",
            hint="grant User.Read.All, or give --even-with-role if you know that they hold none",
        ) from None
    if roles:
        raise UsageError(
            f"this person holds a directory role: {', '.join(role.name for role in roles)}",
            hint="take a throw-away user, or give --even-with-role",
        )


async def existing_method(session: Session, user: User, *, accepted: bool) -> QrCodePinMethod | None:
    """The method that would be deleted first. Raises UsageError where there is one and that was not accepted."""
    try:
        method = await session.graph.get_method(MethodOwner.user(user.id))
    except MethodNotFound:
        return None
    if not accepted:
        raise UsageError(
            "this person has a QR code + PIN method, which the walk would delete",
            hint="take a throw-away user, or give --delete-existing if the badge is not needed",
        )
    return method


async def clear(session: Session, user: User, method: QrCodePinMethod | None) -> None:
    """Delete the method that was there before, if there was one. Raises ChangedMeanwhileError, GraphError."""
    if method:
        await delete_method(session.graph, MethodOwner.user(user.id), method)
