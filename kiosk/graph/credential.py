"""The port by which calls get their token."""

from __future__ import annotations

from typing import Protocol

from drivers.wire.secret import Secret


class Credential(Protocol):
    """Somebody who is signed in, or can sign in: an app, or a supervisor."""

    async def token(self, *, refused: Secret | None = None) -> Secret:
        """An access token for Graph. `refused` is one that Graph did not take: another is fetched, once for all
        who hold that one.

        Raises SignInFailed, and ServiceUnavailable when the sign-in authority cannot be reached.
        """
