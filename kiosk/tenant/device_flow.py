"""Device codes and refresh tokens: the sign-ins that outlive one request."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from kiosk.clock import Clock
from kiosk.tenant.entra_error import EntraError

DEVICE_CODE_LIFETIME: Final = timedelta(minutes=15)
REFRESH_TOKEN_LIFETIME: Final = timedelta(days=90)
_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ23456789"
_USER_CODE_LENGTH: Final = 9


class Decision(StrEnum):
    """What became of a device code at the sign-in page."""

    PENDING = "pending"
    APPROVED = "approve"
    DECLINED = "decline"
    BLOCKED = "block"  # by Conditional Access, as many tenants do with this flow


@dataclass(slots=True)
class _Flow:
    client_id: str
    scopes: frozenset[str]
    user_code: str
    expires: datetime
    decision: Decision = Decision.PENDING
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person has granted an application: `scopes` as asked for, in its own words."""

    client_id: str
    user_id: str
    scopes: frozenset[str]
    expires: datetime


@dataclass(slots=True)
class Grants:
    """Device codes and refresh tokens in force, each kept by its digest."""

    clock: Clock
    _flows: dict[bytes, _Flow] = field(default_factory=dict)
    _refresh: dict[bytes, Grant] = field(default_factory=dict)

    def start(self, client_id: str, scopes: frozenset[str]) -> tuple[str, str]:
        """Begin a flow; gives the device code and the short code to type."""
        device_code = secrets.token_urlsafe(96)
        user_code = "".join(secrets.choice(_LETTERS) for _ in range(_USER_CODE_LENGTH))
        self._flows[_digest(device_code)] = _Flow(
            client_id, scopes, user_code, self.clock.now() + DEVICE_CODE_LIFETIME
        )
        return device_code, user_code

    def decide(self, user_code: str, decision: Decision, user_id: str | None) -> bool:
        """Settle the pending flow with this short code; False where there is none."""
        for flow in self._flows.values():
            if flow.user_code == user_code.upper() and self._is_pending(flow):
                flow.decision, flow.user_id = decision, user_id
                return True
        return False

    def _is_pending(self, flow: _Flow) -> bool:
        return flow.decision is Decision.PENDING and self.clock.now() < flow.expires

    def redeem_device_code(self, device_code: str, client_id: str) -> Grant:
        """The grant behind an approved device code, once. Raises EntraError while pending, or when it never comes."""
        flow = self._flows.get(_digest(device_code))
        if flow is None or flow.client_id != client_id:
            raise EntraError(70018)
        if flow.decision is Decision.PENDING:
            raise EntraError(70016 if self._is_pending(flow) else 70020)
        del self._flows[_digest(device_code)]
        if flow.decision is not Decision.APPROVED or flow.user_id is None:
            raise EntraError(70021 if flow.decision is Decision.DECLINED else 53003)
        return Grant(flow.client_id, flow.user_id, flow.scopes, self.clock.now() + REFRESH_TOKEN_LIFETIME)

    def refresh_token(self, grant: Grant) -> str:
        """A refresh token for `grant`."""
        token = secrets.token_urlsafe(64)
        self._refresh[_digest(token)] = grant
        return token

    def redeem_refresh_token(self, token: str, client_id: str) -> Grant:
        """The grant behind a refresh token; it may be used again, as Entra's may. Raises EntraError."""
        grant = self._refresh.get(_digest(token))
        if grant is None or grant.client_id != client_id or grant.expires <= self.clock.now():
            raise EntraError(70000)
        return grant


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
