"""Where Graph and sign-in are, and how long to wait for them."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

import msgspec

from kiosk.errors import UsageError

Version = Literal["v1.0", "beta"]

#: Graph and sign-in of the sovereign clouds. The method's reference pages say it is not there, and its permissions
#: exist in the public cloud only.
NATIONAL_CLOUDS = frozenset(
    {
        "graph.microsoft.us",
        "dod-graph.microsoft.us",
        "microsoftgraph.chinacloudapi.cn",
        "login.microsoftonline.us",
        "login.chinacloudapi.cn",
        "login.partner.microsoftonline.cn",
    }
)


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds. Graph itself gives up on authentication-method calls after 60."""

    connect: float = 5.0
    #: Between one piece of an answer and the next.
    read: float = 30.0
    #: For one request and its whole answer.
    answer: float = 70.0
    #: For a read with all its repetitions, the waits between them included.
    read_budget: float = 90.0
    #: For one exchange with the sign-in authority.
    sign_in: float = 45.0


class GraphSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant, as one app sees it. Nothing here is a secret.

    `version` `auto` finds out by a read whether v1.0 has the method, and uses beta where it has not. `ca_file` is a
    PEM file that replaces the public authorities. `resource` is whom a token is asked for; it stays Microsoft's name
    when `base_url` is another host. `proxy` is an `http://host:port` without a password: settings are shown.
    Raises UsageError for an address that is not https, and for a national cloud.
    """

    tenant_id: str
    client_id: str
    base_url: str = "https://graph.microsoft.com"
    authority: str = "https://login.microsoftonline.com"
    resource: str = "https://graph.microsoft.com"
    ca_file: str | None = None
    proxy: str | None = None
    version: Literal["v1.0", "beta", "auto"] = "auto"
    timeouts: Timeouts = Timeouts()

    def __post_init__(self) -> None:
        for key, url in (("base_url", self.base_url), ("authority", self.authority)):
            _check_address(key, url)
        if self.proxy is not None and "@" in self.proxy:
            raise UsageError("graph.proxy holds a name or password", hint="Use a proxy that needs none.")

    @property
    def scope(self) -> str:
        """All permissions the app was granted for Graph."""
        return f"{self.resource.rstrip('/')}/.default"

    @property
    def tenant_authority(self) -> str:
        """The sign-in address of this tenant: `authority`, with the tenant behind it unless it is there already."""
        address = self.authority.rstrip("/")
        return address if urlsplit(address).path else f"{address}/{self.tenant_id}"


def _check_address(key: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        raise UsageError(f"graph.{key} is not an address", hint="Write it as https://host.") from None
    if parts.scheme != "https" or not host or parts.username or parts.query or parts.fragment:
        raise UsageError(
            f"graph.{key} must be https://host, without name, password or query",
            hint="Tokens travel there, so plain http is refused.",
        )
    if host in NATIONAL_CLOUDS:
        raise UsageError(
            f"graph.{key} is {host}, a national cloud, which has no QR code + PIN method",
            hint="Microsoft offers the method in the global cloud only (GCC tenants use that one too).",
        )
