"""Everything one running tenant holds, in one value that the routes share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from drivers.wire.secret import Secret
from kiosk.clock import Clock
from kiosk.tenant.application import Application, digest_of_secret
from kiosk.tenant.keys import TenantKeys
from kiosk.tenant.seed import DOMAIN, TENANT_ID
from kiosk.tenant.snapshots import Snapshots, State
from kiosk.tenant.tokens import GRAPH, GRAPH_APP_ID, TokenMint

VERSIONS: Final = ("v1.0", "beta")


class Box:
    """The tenant's state, the keys it signs with, and the address (`url`) it is reached at.

    `versions`: those of Graph's two versions in which this tenant knows `qrCodePinMethod`; public sources disagree
    about v1.0. `poll_seconds`: how long a client is told to wait between two looks at a device code. `drafts`:
    whether it knows the method behind a hardware OATH device, as drafts of February 2025 have it and no live tenant.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        keys: TenantKeys,
        client_secret: Secret,
        *,
        versions: Iterable[str] = VERSIONS,
        poll_seconds: int = 5,
        drafts: bool = True,
    ) -> None:
        self.url = url
        self.clock = clock
        self.keys = keys
        self.versions = frozenset(versions)
        self.poll_seconds = poll_seconds
        self.drafts = drafts
        self.registered = Application(digest_of_secret(client_secret.reveal_text()), keys.certificate)
        self.mint = TokenMint(keys.signing, f"{url}/{TENANT_ID}/v2.0", TENANT_ID, clock)
        self.audiences = frozenset({GRAPH, GRAPH_APP_ID, url})
        self._snapshots = Snapshots()
        self.reset()

    def reset(self) -> None:
        """Back to the seeded state. Keys and access tokens given out stay good, and snapshots are kept."""
        self._put(State.at_the_start(self.registered, self.clock))

    def snapshot(self) -> str:
        """Take down the whole state, in memory; the name to restore it by. The last hundred are kept."""
        return self._snapshots.take(State(self.app, self.tenant, self.phone, self.grants, self.faults, self.journal))

    def restore(self, snapshot: str) -> None:
        """Back to a snapshot, as often as one likes; the clock goes on. Raises KeyError for one that is not kept."""
        self._put(self._snapshots.give(snapshot))

    def _put(self, state: State) -> None:
        self.app = state.app
        self.tenant = state.tenant
        self.phone = state.phone
        self.grants = state.grants
        self.faults = state.faults
        self.journal = state.journal

    @property
    def authority(self) -> str:
        """The sign-in authority of this tenant."""
        return f"{self.url}/{TENANT_ID}"

    def is_named(self, tenant: str) -> bool:
        """Whether `tenant`, from a sign-in address, means this tenant."""
        return tenant.casefold() in {TENANT_ID, DOMAIN, "organizations", "common"}
