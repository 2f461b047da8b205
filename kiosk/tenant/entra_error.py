"""How Entra's token endpoint says no: an OAuth error, and an AADSTS number in its description."""

from __future__ import annotations

from typing import Any, Final

#: AADSTS number: OAuth error, HTTP status, text. Texts are Entra's; `{}` is filled in.
_KNOWN: Final[dict[int, tuple[str, int, str]]] = {
    50057: ("invalid_grant", 400, "The user account is disabled."),
    53003: (
        "invalid_grant",
        400,
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    ),
    65001: (
        "invalid_grant",
        400,
        (
            "The user or administrator has not consented to use the application with ID '{}'. Send an interactive "
            "authorization request for this user and resource."
        ),
    ),
    70000: ("invalid_grant", 400, "Provided grant is invalid or malformed."),
    70003: ("unsupported_grant_type", 400, "The app requested an unsupported grant type '{}'."),
    70011: (
        "invalid_scope",
        400,
        (
            "The provided request must include a 'scope' input parameter. The provided value for the input parameter "
            "'scope' is not valid. The scope {} is not valid."
        ),
    ),
    70016: (
        "authorization_pending",
        400,
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
    ),
    70018: ("bad_verification_code", 400, "Invalid verification code due to user typing in wrong user code."),
    70020: (
        "expired_token",
        400,
        "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
    ),
    70021: ("authorization_declined", 400, "The end user has denied the authorization request."),
    90002: (
        "invalid_tenant",
        400,
        (
            "Tenant '{}' not found. Check to make sure you have the correct tenant ID and are signing into the "
            "correct cloud."
        ),
    ),
    90033: ("temporarily_unavailable", 503, "A transient error has occurred. Please try again."),
    700016: (
        "unauthorized_client",
        400,
        "Application with identifier '{}' was not found in the directory.",
    ),
    700023: ("invalid_client", 401, "Client assertion audience claim does not match Realm issuer."),
    700024: ("invalid_client", 401, "Client assertion is not within its valid time range. {}"),
    700027: ("invalid_client", 401, "Client assertion contains an invalid signature. [Reason - {}]"),
    900144: ("invalid_request", 400, "The request body must contain the following parameter: '{}'."),
    1002012: (
        "invalid_scope",
        400,
        (
            "The provided value for scope {} is not valid. Client credential flows must have a scope value with "
            "/.default suffixed to the resource identifier (application ID URI)."
        ),
    ),
    7000215: (
        "invalid_client",
        401,
        (
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
            "not the client secret ID, for a secret added to app '{}'."
        ),
    ),
    7000218: (
        "invalid_client",
        401,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
}


class EntraError(Exception):
    """A sign-in refused. `number` is the AADSTS number; `about` fills in its text and is never a secret."""

    def __init__(self, number: int, about: str = "") -> None:
        self.number = number
        self.error, self.status, text = _KNOWN[number]
        self.text = f"AADSTS{number}: {text.format(about)}"
        super().__init__(self.text)

    def body(self, trace_id: str, correlation_id: str, timestamp: str) -> dict[str, Any]:
        """The JSON of the answer, with the identifiers Entra repeats inside the description."""
        return {
            "error": self.error,
            "error_description": (
                f"{self.text} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}"
            ),
            "error_codes": [self.number],
            "timestamp": timestamp,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.number}",
        }
