"""The whole state of a box, and the copies of it that are kept to return to. In memory, and nowhere else."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Final, Self
from uuid import uuid4

from kiosk.clock import Clock
from kiosk.tenant.application import Application
from kiosk.tenant.device_flow import Grants
from kiosk.tenant.faults import Faults
from kiosk.tenant.journal import Journal
from kiosk.tenant.model import Tenant
from kiosk.tenant.phone import Phone
from kiosk.tenant.seed import seeded

#: Snapshots kept; the oldest goes when there is one more.
KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class State:
    """All of a box that changes while it runs: `reset` begins it anew, and a snapshot is a copy of it.

    `tenant` has the people, their roles, methods, codes and PINs, the policy, devices and photos; `app` the
    permissions; `phone` the wrong PINs that were typed; `grants` device codes and refresh tokens; `faults` those
    still to come, with the effects that were put off; `journal` what was asked. Secrets are in it as digests alone.
    """

    app: Application
    tenant: Tenant
    phone: Phone
    grants: Grants
    faults: Faults
    journal: Journal

    @classmethod
    def at_the_start(cls, app: Application, clock: Clock) -> Self:
        """The seeded site."""
        tenant = seeded(clock)
        return cls(app, tenant, Phone(tenant), Grants(clock), Faults(), Journal())

    def copy(self) -> Self:
        """A copy that shares nothing that changes, but for the clock: time is not put back."""
        clock = self.tenant.clock
        return deepcopy(self, {id(clock): clock, id(self.app): self.app})


@dataclass(slots=True)
class Snapshots:
    """Copies of the state by their names. They outlive a reset, and end with the box."""

    _kept: dict[str, State] = field(default_factory=dict)

    def take(self, state: State) -> str:
        """Keep a copy of `state`; its name."""
        name = str(uuid4())
        self._kept[name] = state.copy()
        if len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return name

    def give(self, name: str) -> State:
        """The state as it was when the snapshot `name` was taken, as often as one likes. Raises KeyError."""
        return self._kept[name].copy()
