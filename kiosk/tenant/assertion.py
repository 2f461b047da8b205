"""Checking a client assertion: a JWT the application signed with its certificate's key (RFC 7523)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from kiosk.tenant.application import Application
from kiosk.tenant.entra_error import EntraError
from kiosk.tenant.keys import thumbprints
from kiosk.tenant.tokens import when

TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SKEW: Final = timedelta(minutes=5)


def check_assertion(assertion: str, app: Application, audiences: frozenset[str], now: datetime) -> None:
    """Raise EntraError unless `assertion` is signed by the registered certificate, for us, and timely.

    The certificate is named by `x5t` or `x5t#S256`; RS256 and PS256 are taken, as by Entra. Five minutes of clock
    skew are forgiven.
    """
    _check_thumbprint(assertion, app)
    claims = _verified(assertion, app)
    if claims.get("iss") != app.client_id or claims.get("sub") != app.client_id:
        raise EntraError(700016, str(claims.get("iss", "")))
    if claims.get("aud") not in audiences:
        raise EntraError(700023)
    _check_times(claims, now)


def _check_thumbprint(assertion: str, app: Application) -> None:
    try:
        header = jwt.get_unverified_header(assertion)
    except jwt.PyJWTError:
        raise EntraError(700027, "The assertion is not a JWT.") from None
    # MSAL leaves base64's padding on, against RFC 7515, and Entra does not mind.
    named = {name: str(value).rstrip("=") for name, value in header.items() if name in {"x5t", "x5t#S256"}}
    registered = thumbprints(app.certificate)
    if not named or any(registered[name] != value for name, value in named.items()):
        raise EntraError(700027, "The key was not found.")


def _verified(assertion: str, app: Application) -> dict[str, Any]:
    key = app.certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    # Entra's own words for audience and times, so they are checked above and not by the library.
    options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
    try:
        return jwt.decode(assertion, key, ["RS256", "PS256"], options=options)
    except jwt.PyJWTError:
        raise EntraError(700027, "The provided signature value did not match the expected signature value.") from None


def _check_times(claims: dict[str, Any], now: datetime) -> None:
    try:
        not_before = datetime.fromtimestamp(int(claims.get("nbf", claims.get("iat", 0))), UTC)
        expires = datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        raise EntraError(700024, "The assertion does not say until when it is valid.") from None
    if not not_before - _SKEW <= now < expires + _SKEW:
        raise EntraError(
            700024,
            f"Current time: {when(now)}, assertion valid from {when(not_before)}, "
            f"expiry time of assertion {when(expires)}.",
        )
