"""Deletes that hit what was meant: Graph's name no id, so what is there is read before each try."""

from __future__ import annotations

from typing import Final

from kiosk.badge.kind import CodeKind
from kiosk.errors import KioskError
from kiosk.graph.client import GraphClient
from kiosk.graph.errors import CodeNotFound, MethodNotFound, OutcomeUnknown
from kiosk.graph.models import QrCodePinMethod
from kiosk.graph.paths import MethodOwner

#: Tries at a delete whose answer was lost.
_TRIES: Final = 3


class ChangedMeanwhileError(KioskError):
    """Somebody else changed the person's method since it was looked at. Nothing was deleted."""


async def delete_code(graph: GraphClient, owner: MethodOwner, kind: CodeKind, code_id: str) -> None:
    """The code with this id is gone, by us or by somebody else. Raises GraphError."""
    for _ in range(_TRIES):
        try:
            if (await graph.get_code(owner, kind)).id != code_id:
                return
            await graph.delete_code(owner, kind)
        except (CodeNotFound, MethodNotFound):
            return
        except OutcomeUnknown:
            continue
        return
    raise OutcomeUnknown("the code may be deleted or not: Graph's answers were lost")


async def delete_method(graph: GraphClient, owner: MethodOwner, seen: QrCodePinMethod) -> None:
    """The method that was seen is gone, with its codes and PIN. Raises ChangedMeanwhileError, GraphError."""
    for _ in range(_TRIES):
        try:
            if _ids(await graph.get_method(owner)) != _ids(seen):
                raise ChangedMeanwhileError(
                    "somebody changed this person's method meanwhile; nothing was deleted",
                    hint="look at it again: kiosk method show",
                )
            await graph.delete_method(owner)
        except MethodNotFound:
            return
        except OutcomeUnknown:
            continue
        return
    raise OutcomeUnknown("the method may be deleted or not: Graph's answers were lost")


def _ids(method: QrCodePinMethod) -> tuple[str | None, ...]:
    return method.id, *(code.id if code else None for code in (method.standard, method.temporary))
