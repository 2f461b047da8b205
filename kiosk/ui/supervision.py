"""Who is signed in, in words."""

from __future__ import annotations

from kiosk.badge.content import short_id
from kiosk.i18n import words
from kiosk.state import SupervisorView


def reach(supervisor: SupervisorView) -> str:
    """`Authentication Administrator, in the unit 5A1D3C7E`."""
    return ", ".join([*supervisor.roles, extent(supervisor)])


def extent(supervisor: SupervisorView) -> str:
    """Where those roles are held."""
    if supervisor.whole_tenant:
        return words("supervisor.whole_tenant")
    if not supervisor.units:
        return words("supervisor.not_known")
    # What a person reads out to an administrator; Graph has no name for them here.
    units = ", ".join(map(short_id, supervisor.units))
    return words("supervisor.unit" if len(supervisor.units) == 1 else "supervisor.units", name=units)
