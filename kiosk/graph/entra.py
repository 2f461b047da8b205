"""Entra's sign-in through msal: blocking, and without a trace of what it answers.

An application object is made for each sign-in and dropped after it: msal keeps tokens in it in the clear, and keeps
refusals for a minute after they have been mended. Everything here raises SignInFailed or ServiceUnavailable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msal
import requests
from msal.exceptions import MsalError

from drivers.wire.secret import Secret
from kiosk.graph.certificate import CertificateFiles, certificate
from kiosk.graph.errors import GraphError, ServiceUnavailable, SignInFailed
from kiosk.graph.settings import GraphSettings
from kiosk.graph.sign_in_refusals import number_in, sign_in_refusal

T = TypeVar("T")

_NO_IDENTITY = (
    "Connect the machine to Azure Arc and let the station's account into the group himds, or sign in with a "
    "certificate. The identity also needs the app permissions, granted to it by an administrator."
)


class Grant(NamedTuple):
    """An access token and the seconds it is good for."""

    token: Secret
    seconds: float


class DeviceFlow:
    """A device code sign-in that has begun: what to show, and the means to ask whether it was completed.

    No refresh token is asked for: the sign-in ends with its access token, after about an hour at the latest.
    """

    def __init__(self, settings: GraphSettings) -> None:
        self._session = _Session(settings)
        self._app, self._flow = _guarded(lambda: _begin(settings, self._session))
        self.user_code = str(self._flow["user_code"])
        self.verification_uri = str(self._flow["verification_uri"])
        self.seconds = float(self._flow["expires_in"])

    @property
    def interval(self) -> float:
        """Seconds to wait before each `poll`; Entra may make it longer on the way."""
        return float(self._flow["interval"])

    def poll(self) -> Grant | None:
        """Ask once. None while it has not been completed."""
        # msal would warn of haste by its own clock; the caller waits by the one it was given.
        self._flow["latest_attempt_at"] = 0
        said = _guarded(self._ask)
        if said.get("error") in {"authorization_pending", "slow_down"}:
            return None
        return _grant(said)

    def _ask(self) -> Mapping[str, Any]:
        with self._session:  # closes its connections; the session opens others when it is used again
            said: Mapping[str, Any] = self._app.acquire_token_by_device_flow(
                self._flow, exit_condition=lambda _: True
            )
            return said


def app_grant(settings: GraphSettings, proof: Path | CertificateFiles | Secret) -> Grant:
    """A token for the app alone, by its key and certificate (one PEM file, or apart), or by its client secret."""
    return _grant(_guarded(lambda: _ask_for_app(settings, proof)))


def machine_grant(settings: GraphSettings) -> Grant:
    """A token for the machine's managed identity (system-assigned). Raises SignInFailed where there is none."""
    try:
        with _Session(settings) as session:
            client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=session)
            said: Mapping[str, Any] = client.acquire_token_for_client(resource=settings.resource)
        if "access_token" in said:
            return _grant(said)
        refused = f"its identity service gave no token ({sign_in_refusal(said).code or 'without a reason'})"
    except Exception as fault:  # noqa: BLE001 - msal lets through whatever its parts raise
        refused = f"its identity service does not answer ({type(fault).__name__})"
    raise SignInFailed(f"this machine has no managed identity: {refused}", hint=_NO_IDENTITY)


def _ask_for_app(settings: GraphSettings, proof: Path | CertificateFiles | Secret) -> Mapping[str, Any]:
    with _Session(settings) as session:
        app = msal.ConfidentialClientApplication(
            settings.client_id,
            # In no variable of ours: those of a failed call's frames may be shown.
            client_credential=proof.reveal_text() if isinstance(proof, Secret) else certificate(proof),
            authority=settings.tenant_authority,
            http_client=session,
            instance_discovery=False,
            azure_region=False,  # or msal asks the environment for one
        )
        said: Mapping[str, Any] = app.acquire_token_for_client([settings.scope])
        return said


def _begin(settings: GraphSettings, session: _Session) -> tuple[Any, dict[str, Any]]:
    with session:
        app = msal.PublicClientApplication(
            settings.client_id,
            authority=settings.tenant_authority,
            http_client=session,
            instance_discovery=False,
            exclude_scopes=["offline_access"],
        )
        flow = app.initiate_device_flow([settings.scope])
    if "user_code" not in flow:
        raise sign_in_refusal(flow)
    return app, flow


class _Session(requests.Session):
    """A session with an end to every wait, that asks the environment nothing (`REQUESTS_CA_BUNDLE`, `.netrc`)."""

    def __init__(self, settings: GraphSettings) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = settings.ca_file or True
        self.proxies = {"https": settings.proxy} if settings.proxy else {}
        self._waits = (settings.timeouts.connect, settings.timeouts.read)

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """As the base, but it neither waits for ever nor takes a secret to where it is redirected."""
        kwargs["timeout"] = kwargs.get("timeout") or self._waits
        kwargs["allow_redirects"] = False
        return super().request(method, url, *args, **kwargs)


def _grant(said: Mapping[str, Any]) -> Grant:
    token = said.get("access_token")
    if not isinstance(token, str) or not token.isascii():
        raise sign_in_refusal(said)
    seconds = said.get("expires_in")
    return Grant(Secret(token), float(seconds) if isinstance(seconds, int | float) else 0.0)


def _guarded(work: Callable[[], T]) -> T:
    try:
        return work()
    except GraphError:
        raise
    except (requests.RequestException, MsalError) as fault:
        error: GraphError = ServiceUnavailable(
            f"the sign-in authority cannot be reached ({type(fault).__name__})",
            hint="Check the network, the proxy, graph.authority and graph.ca_file.",
        )
    except Exception as fault:  # noqa: BLE001 - msal lets through whatever its parts raise
        number = number_in(f"{fault} {fault.__context__}")
        error = sign_in_refusal({"error_codes": [number]}) if number else _unusable(type(fault).__name__)
    # Raised out here: msal's own exceptions may quote what was sent and what came back.
    raise error


def _unusable(reason: str) -> SignInFailed:
    return SignInFailed(
        f"signing in came to nothing ({reason})",
        hint="Check graph.authority, tenant_id, and that the certificate file's key and certificate are whole.",
    )
