"""The app proves itself by a certificate, however its files lie."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from kiosk.clock import ManualClock
from kiosk.graph.auth import AppSignIn
from kiosk.graph.certificate import CertificateFiles
from kiosk.graph.errors import SignInFailed
from kiosk.graph.settings import GraphSettings
from kiosk.tenant.serve import RunningTenant

pytestmark = pytest.mark.anyio

KEY_FIRST = "-----BEGIN CERTIFICATE-----"


@pytest.fixture
def apart(tenant: RunningTenant, tmp_path: Path) -> tuple[Path, Path]:
    """The key and the chain, each in a file of its own."""
    text = tenant.certificate_file.read_text()
    start = text.index(KEY_FIRST)
    end = text.index("-----END CERTIFICATE-----") + len("-----END CERTIFICATE-----\n")
    key, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
    key.write_text(text[:start] + text[end:])
    chain.write_text(text[start:end])
    return key, chain


def thumbprint(chain: Path) -> str:
    return x509.load_pem_x509_certificate(chain.read_bytes()).fingerprint(hashes.SHA1()).hex()  # noqa: S303


@pytest.mark.parametrize("how", ["chain", "thumbprint", "both", "spaced"])
async def test_the_app_signs_in(
    apart: tuple[Path, Path], tenant_settings: GraphSettings, wall_clock: ManualClock, how: str
) -> None:
    key, chain = apart
    print_ = thumbprint(chain)
    files = {
        "chain": CertificateFiles(key, chain),
        "thumbprint": CertificateFiles(key, thumbprint=print_),
        "both": CertificateFiles(key, chain, print_),
        "spaced": CertificateFiles(key, thumbprint=print_.upper() + "\n"),
    }[how]
    if how == "spaced":
        pairs = ":".join(print_[n : n + 2] for n in range(0, 40, 2))
        files = CertificateFiles(key, thumbprint=pairs)
    assert await AppSignIn(tenant_settings, files, clock=wall_clock).token()


async def test_another_certificates_thumbprint(
    apart: tuple[Path, Path], tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    with pytest.raises(SignInFailed) as caught:
        await AppSignIn(tenant_settings, CertificateFiles(apart[0], thumbprint="ab" * 20), clock=wall_clock).token()
    assert caught.value.aadsts == 700027


@pytest.mark.parametrize("wrong", ["nonsense", "ab" * 19, "ab" * 32, "é" * 40])
async def test_what_is_no_thumbprint(
    apart: tuple[Path, Path], tenant_settings: GraphSettings, wall_clock: ManualClock, wrong: str
) -> None:
    with pytest.raises(SignInFailed, match="40 hexadecimal"):
        await AppSignIn(tenant_settings, CertificateFiles(apart[0], thumbprint=wrong), clock=wall_clock).token()


async def test_a_key_alone_names_nothing(
    apart: tuple[Path, Path], tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    with pytest.raises(SignInFailed, match="certificate file"):
        await AppSignIn(tenant_settings, CertificateFiles(apart[0]), clock=wall_clock).token()


async def test_a_chain_that_is_none(
    apart: tuple[Path, Path], tenant_settings: GraphSettings, wall_clock: ManualClock
) -> None:
    key, chain = apart
    with pytest.raises(SignInFailed, match="certificate file"):
        await AppSignIn(tenant_settings, CertificateFiles(key, key, thumbprint(chain)), clock=wall_clock).token()
