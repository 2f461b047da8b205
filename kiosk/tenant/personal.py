"""What may be done at the address of one person, and who may do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.tenant.graph_call import Answer, Call
from kiosk.tenant.people import User

Permit = Callable[[Call, User | None], None]
Handler = Callable[[Call, User], Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """`permit` raises GraphError 403 for a caller who may not do it to this person.

    It comes first, and for nobody (None) where the address names no one: who is in the directory is told only to
    those who may ask.
    """

    permit: Permit
    carry_out: Handler


def permitted(permit: Permit) -> Callable[[Handler], Operation]:
    """Make a handler an operation that `permit` guards."""
    return lambda handler: Operation(permit, handler)
