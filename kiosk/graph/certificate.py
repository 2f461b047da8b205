"""The app's certificate, from files to msal's form. Read at each sign-in: a renewed one is taken up at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from drivers.wire.secret import Secret
from kiosk.graph.errors import SignInFailed

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_THUMBPRINT = re.compile(r"(?:[0-9A-Fa-f]{2}[: ]?){20}")


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """A private key, and how Entra is told which certificate is meant.

    `key`: PEM, unencrypted. `chain`: PEM, the app's certificate first. `thumbprint`: the certificate's SHA-1 in hex,
    as the app registration shows it. One of the two is needed; with both, the chain is sent along with the
    thumbprint's name.
    """

    key: Path
    chain: Path | None = None
    thumbprint: str = ""


def certificate(proof: Path | CertificateFiles) -> dict[str, str]:
    """In msal's form. Raises SignInFailed."""
    files = CertificateFiles(proof, proof) if isinstance(proof, Path) else proof
    keys, certificates = _pem(files.key)[0], [] if files.chain is None else _pem(files.chain)[1]
    if not keys or (not certificates and (files.chain is not None or not files.thumbprint)):
        raise SignInFailed(
            "the certificate file cannot be read, or lacks a private key or a certificate",
            hint="A PEM file with the unencrypted private key and the certificate, which the station may read.",
        )
    named = {"private_key": keys[0].reveal_text()}
    if certificates:
        named["public_certificate"] = "\n".join(certificates)
    if files.thumbprint:
        named["thumbprint"] = _thumbprint(files.thumbprint)
    return named


def _thumbprint(said: str) -> str:
    """Without the separators that certificate viewers put in."""
    if _THUMBPRINT.fullmatch(said.strip()) is None:
        raise SignInFailed(
            "the certificate's thumbprint is not 40 hexadecimal digits",
            hint="Copy the thumbprint (SHA-1) from Certificates & secrets of the app registration.",
        )
    return re.sub(r"[: ]", "", said.strip()).upper()


def _pem(path: Path) -> tuple[list[Secret], list[str]]:
    """The private keys and the certificates in a file; none where it cannot be read."""
    try:
        blocks = list(_BLOCK.finditer(path.read_text(encoding="ascii")))
    except (OSError, ValueError):
        return [], []
    keys = [found[0] for found in blocks if found[1].endswith("PRIVATE KEY") and not found[1].startswith("ENCRYPTED")]
    return [Secret(key) for key in keys], [found[0] for found in blocks if found[1] == "CERTIFICATE"]
