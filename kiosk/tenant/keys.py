"""The key pairs of a tenant: the one it signs tokens with, and the one its registered application signs in with."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_BITS: Final = 2048
_VALID_FOR: Final = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class TenantKeys:
    """Making these takes a few tenths of a second, so tests make them once and hand them to every tenant."""

    signing: rsa.RSAPrivateKey = field(repr=False)
    client: rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate

    @classmethod
    def generate(cls) -> Self:
        """New keys, and a self-signed certificate for the client's."""
        signing, client = (rsa.generate_private_key(public_exponent=65537, key_size=_BITS) for _ in range(2))
        return cls(signing, client, _self_signed(client, datetime.now(UTC)))  # as trustme's: TLS time is real time

    def client_pem(self) -> bytes:
        """The application's private key and certificate, PEM, as a site would install them."""
        key = self.client.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return key + self.certificate.public_bytes(serialization.Encoding.PEM)


def _self_signed(key: rsa.RSAPrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "badge-station")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID_FOR)
        .sign(key, hashes.SHA256())
    )


def thumbprints(certificate: x509.Certificate) -> dict[str, str]:
    """The two JWT headers by which a certificate is named: `x5t` (SHA-1) and `x5t#S256`, base64url unpadded."""
    return {
        "x5t": _unpadded(certificate.fingerprint(hashes.SHA1())),  # noqa: S303 - the name RFC 7515 gives it
        "x5t#S256": _unpadded(certificate.fingerprint(hashes.SHA256())),
    }


def _unpadded(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
