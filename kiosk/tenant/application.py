"""The application registered in the tenant, as which a station signs in."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509

#: What a station needs of Graph, for itself and on behalf of a supervisor.
STATION_PERMISSIONS: Final = frozenset(
    {
        "UserAuthMethod-QR.ReadWrite.All",
        "User.Read.All",
        "Policy.Read.AuthenticationMethod",
        "AdministrativeUnit.Read.All",
        "GroupMember.Read.All",
        "RoleManagement.Read.Directory",
    }
)
CLIENT_ID: Final = "4b7e9d30-1c2f-4e58-a6d4-7f30b8e1c925"
SERVICE_PRINCIPAL_ID: Final = "d2a4f6c8-3b51-4790-8e1d-0c6a9f5b7e34"


@dataclass(frozen=True, slots=True)
class Application:
    """An app registration with admin consent. Of the client secret only a digest is kept, as in Entra.

    `roles` are its application permissions, `scopes` the delegated ones people may grant it. It allows public
    client flows, without which Entra refuses the device code.
    """

    secret_digest: bytes = field(repr=False)
    certificate: x509.Certificate
    client_id: str = CLIENT_ID
    object_id: str = SERVICE_PRINCIPAL_ID
    display_name: str = "Badge station"
    roles: frozenset[str] = STATION_PERMISSIONS
    scopes: frozenset[str] = STATION_PERMISSIONS | {"User.Read", "Directory.AccessAsUser.All"}

    def knows_secret(self, secret: str) -> bool:
        """Whether `secret` is the registered client secret."""
        return hmac.compare_digest(self.secret_digest, digest_of_secret(secret))


def digest_of_secret(secret: str) -> bytes:
    """What is kept of a client secret. It is long and random, so a plain SHA-256 does."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
