"""What can be done about the badge just judged, or why nothing can."""

from __future__ import annotations

from typing import Final

from kiosk.checking import Checked
from kiosk.graph.errors import InsufficientPermissions
from kiosk.replace.facilities import Facilities
from kiosk.replace.plan import Reason, Refusal
from kiosk.replace.policy import may_replace
from kiosk.state import SupervisorView

#: Reasons for which a badge that was just read can be replaced: who has lost theirs has none to show.
_OFFERED: Final = (Reason.WORN,)


def offers(
    facilities: Facilities | None, checked: Checked, supervisor: SupervisorView | None
) -> tuple[tuple[Reason, ...], Refusal | None]:
    """The reasons a replacement can be asked for, or the refusal. `facilities` is None where nothing is replaced."""
    if facilities is None:
        return (), Refusal("replacement_off")
    refusal = may_replace(
        facilities.policy,
        checked.judgement,
        owner=checked.person.user_id if checked.person else None,
        supervisor=supervisor.user_id if supervisor else None,
    )
    if refusal is None and checked.person is None:
        forbidden = isinstance(checked.offline, InsufficientPermissions)
        refusal = Refusal("out_of_reach") if forbidden else Refusal("graph_unreachable")
    return ((), refusal) if refusal else (_OFFERED, None)
