"""Everything one running tenant holds, in one value that the routes share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from drivers.wire.secret import Secret
from kiosk.clock import Clock
from kiosk.tenant.application import Application, digest_of_secret
from kiosk.tenant.device_flow import Grants
from kiosk.tenant.faults import Faults
from kiosk.tenant.journal import Journal
from kiosk.tenant.keys import TenantKeys
from kiosk.tenant.phone import Phone
from kiosk.tenant.seed import DOMAIN, TENANT_ID, seeded
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
        self.app = Application(digest_of_secret(client_secret.reveal_text()), keys.certificate)
        self.mint = TokenMint(keys.signing, f"{url}/{TENANT_ID}/v2.0", TENANT_ID, clock)
        self.audiences = frozenset({GRAPH, GRAPH_APP_ID, url})
        self.reset()

    def reset(self) -> None:
        """Back to the seeded state. Keys and the registered application stay; so do access tokens given out."""
        self.tenant = seeded(self.clock)
        self.phone = Phone(self.tenant)
        self.grants = Grants(self.clock)
        self.faults = Faults()
        self.journal = Journal()

    @property
    def authority(self) -> str:
        """The sign-in authority of this tenant."""
        return f"{self.url}/{TENANT_ID}"

    def is_named(self, tenant: str) -> bool:
        """Whether `tenant`, from a sign-in address, means this tenant."""
        return tenant.casefold() in {TENANT_ID, DOMAIN, "organizations", "common"}
