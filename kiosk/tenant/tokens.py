"""Access and identity tokens: RS256 JWTs with the claims of Entra's v1 Graph tokens that matter here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from kiosk.clock import Clock
from kiosk.tenant.application import Application
from kiosk.tenant.people import User

GRAPH: Final = "https://graph.microsoft.com"
GRAPH_APP_ID: Final = "00000003-0000-0000-c000-000000000000"
LIFETIME: Final = timedelta(seconds=3600)


class BadTokenError(Exception):
    """A token that is not to be trusted; `str` is what Graph says of it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a good access token speaks for. `user_id` is None where the application speaks for itself."""

    roles: frozenset[str]
    scopes: frozenset[str]
    user_id: str | None = None


class TokenMint:
    """Signs tokens with the tenant's key and reads them back. Times are the injected clock's."""

    def __init__(self, key: rsa.RSAPrivateKey, issuer: str, tenant_id: str, clock: Clock) -> None:
        self._key = key
        self._issuer = issuer
        self._tenant_id = tenant_id
        self._clock = clock
        self._key_id = "kiosk-tenant-1"

    def jwks(self) -> dict[str, Any]:
        """The signing key as a JSON Web Key Set."""
        public = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**public, "use": "sig", "kid": self._key_id, "x5t": self._key_id, "issuer": self._issuer}]}

    def for_application(self, app: Application, audience: str) -> str:
        """An access token with application permissions (`roles`)."""
        return self._sign(
            {
                "aud": audience,
                "appid": app.client_id,
                "app_displayname": app.display_name,
                "idtyp": "app",
                "oid": app.object_id,
                "sub": app.object_id,
                "roles": sorted(app.roles),
            }
        )

    def for_user(self, app: Application, user: User, scopes: frozenset[str], audience: str) -> str:
        """An access token with delegated permissions (`scp`) on behalf of `user`."""
        return self._sign(
            {
                "aud": audience,
                "appid": app.client_id,
                "idtyp": "user",
                "oid": user.id,
                "sub": user.id,
                "upn": user.user_principal_name,
                "name": user.display_name,
                "scp": " ".join(sorted(scopes)),
                "wids": [assignment.role for assignment in user.roles if assignment.unit is None],
            }
        )

    def identity(self, app: Application, user: User) -> str:
        """An OpenID Connect identity token."""
        return self._sign(
            {
                "aud": app.client_id,
                "oid": user.id,
                "sub": user.id,
                "name": user.display_name,
                "preferred_username": user.user_principal_name,
            }
        )

    def _sign(self, claims: dict[str, Any]) -> str:
        now = self._clock.now()
        times = {"iat": now, "nbf": now, "exp": now + LIFETIME}
        whole = {"iss": self._issuer, "tid": self._tenant_id, "uti": uuid4().hex, "ver": "1.0", **times, **claims}
        return jwt.encode(whole, self._key, algorithm="RS256", headers={"kid": self._key_id})

    def caller(self, token: str, audiences: frozenset[str]) -> Caller:
        """Who `token` speaks for. Raises BadTokenError when it is forged, expired or meant for somebody else."""
        claims = self._verified(token)
        if claims.get("aud") not in audiences:
            raise BadTokenError("Access token validation failure. Invalid audience.")
        if not int(claims["nbf"]) <= self._clock.now().timestamp() < int(claims["exp"]):
            raise BadTokenError("Lifetime validation failed, the token is expired.")
        scopes = frozenset(str(claims.get("scp", "")).split())
        user_id = str(claims["oid"]) if claims.get("idtyp") == "user" else None
        return Caller(frozenset(claims.get("roles", ())), scopes, user_id)

    def _verified(self, token: str) -> dict[str, Any]:
        # Times are checked against the injected clock, and the audience by the caller above.
        options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
        try:
            return jwt.decode(token, self._key.public_key(), ["RS256"], options=options, issuer=self._issuer)
        except jwt.PyJWTError:
            raise BadTokenError("Access token validation failure. Invalid signature.") from None


def when(moment: datetime) -> str:
    """A time as Entra's error texts write it: 2026-01-31 08:00:00Z."""
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")
