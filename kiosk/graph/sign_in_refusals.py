"""From Entra's refusal to words an operator can act on, by the AADSTS number (Microsoft's error code reference)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kiosk.graph.errors import SignInFailed, Trace

_CREDENTIAL = "Under Certificates & secrets of the app registration, add a current one and give it to the station."
_CONDITIONAL_ACCESS = (
    "A Conditional Access policy stands in the way; device code sign-in is often blocked. It needs an exception for "
    "the supervisors at this site (docs/graph.md), or the station signs in with a certificate."
)
_CONSENT = "An administrator must grant consent to the app's permissions, under API permissions."

_ADVICE: dict[int, tuple[str, str]] = {
    7000215: ("the client secret is wrong", "Give the secret's value, not its id. " + _CREDENTIAL),
    7000222: ("the client secret has expired", _CREDENTIAL),
    700027: (
        "Entra does not accept the certificate",
        "Upload the certificate's public part to the app registration, and check the station's clock. " + _CREDENTIAL,
    ),
    700024: ("the signed request was too old or too new", "Set the station's clock: it signs with the time of day."),
    7000218: (
        "the app must prove itself, or may not sign people in",
        'For device code sign-in, set "Allow public client flows" to Yes in the app registration.',
    ),
    700016: ("this tenant does not know the app", "Check client_id and tenant_id against the app registration."),
    7000112: ("the app is disabled in this tenant", "Enable the enterprise application in Entra."),
    90002: ("there is no such tenant", "Check tenant_id."),
    900023: ("tenant_id is not the id or name of a tenant", "Check tenant_id."),
    500011: ("this tenant does not know the resource", "Check the setting graph.resource."),
    65001: ("nobody has consented to the app's permissions", _CONSENT),
    90094: ("an administrator's consent is missing", _CONSENT),
    50105: ("this person is not assigned to the app", "Assign the person to the enterprise application in Entra."),
    50057: ("this account is disabled", "Sign in with another account."),
    50055: ("this account's password has expired", "Change the password elsewhere, then sign in again."),
    50076: ("multifactor authentication is needed", "Sign in again and complete it."),
    50079: (
        "this account must first register for multifactor authentication",
        "Register at https://aka.ms/mfasetup.",
    ),
    53000: ("Conditional Access wants a compliant device", _CONDITIONAL_ACCESS),
    53001: ("Conditional Access wants a joined device", _CONDITIONAL_ACCESS),
    53003: ("Conditional Access blocks this sign-in", _CONDITIONAL_ACCESS),
    50097: ("Conditional Access wants to know the device", _CONDITIONAL_ACCESS),
    70020: ("the code to type has expired", "Start again and sign in within the time shown."),
    70021: ("the sign-in was declined", "Start again."),
    70019: ("the code to type has expired", "Start again and sign in within the time shown."),
    50196: ("Entra saw the same request too often", "Wait a minute and try again."),
}

_BY_ERROR: dict[str, tuple[str, str]] = {
    "authorization_declined": ("the sign-in was declined on the phone", "Start again."),
    "invalid_tenant": ("there is no such tenant", "Check tenant_id."),
    "expired_token": ("the code to type has expired", "Start again and sign in within the time shown."),
    "invalid_client": ("Entra does not accept the app's certificate or secret", _CREDENTIAL),
    "unauthorized_client": ("this tenant does not know the app", "Check client_id and tenant_id."),
}


def sign_in_refusal(said: Mapping[str, Any]) -> SignInFailed:
    """The error for msal's answer without a token. Entra's own text stays out of it: it may name people."""
    number = _number(said)
    error = _word(said.get("error"))
    message, hint = _ADVICE.get(number or 0) or _BY_ERROR.get(error) or ("", "")
    trace = Trace(code=f"AADSTS{number}" if number else error, request_id=_word(said.get("trace_id")))
    told = f"{message or SignInFailed.title}: {trace.code}" if trace.code else message
    return SignInFailed(told, hint=hint, trace=trace, aadsts=number)


def _number(said: Mapping[str, Any]) -> int | None:
    numbers = said.get("error_codes")
    if isinstance(numbers, list) and numbers and type(numbers[0]) is int:
        return numbers[0]
    return number_in(said.get("error_description"))


def number_in(text: object) -> int | None:
    """The first AADSTS number in Entra's prose, or None."""
    found = re.search(r"AADSTS([0-9]{4,9})", text) if isinstance(text, str) else None
    return int(found[1]) if found else None


def _word(said: object) -> str:
    return said if isinstance(said, str) and re.fullmatch(r"[A-Za-z0-9_.\-]{1,80}", said) else ""
