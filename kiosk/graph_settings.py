"""From the configuration's `[graph]` to what `kiosk.graph` signs in with."""

from __future__ import annotations

from pathlib import Path

from drivers.wire.secret import Secret
from kiosk.clock import Clock
from kiosk.config import Config
from kiosk.errors import UsageError
from kiosk.graph.auth import AppSignIn, MachineSignIn
from kiosk.graph.certificate import CertificateFiles
from kiosk.graph.credential import Credential
from kiosk.graph.settings import GraphSettings


def graph_settings(config: Config) -> GraphSettings:
    """Where Graph is and which app asks. Raises UsageError when the configuration names no tenant."""
    if not config.graph.tenant_id:
        raise UsageError(
            "graph: no tenant is configured",
            hint="set graph.tenant_id and graph.client_id in the file --config names; see docs/administration.md",
        )
    return GraphSettings(
        tenant_id=config.graph.tenant_id,
        client_id=config.graph.client_id,
        base_url=config.graph.base_url,
        authority=config.graph.authority,
        ca_file=config.graph.ca_file or None,
        version=config.graph.version,
    )


def app_credential(config: Config, settings: GraphSettings, clock: Clock) -> Credential:
    """What the station itself signs in with. Raises UsageError when there is nothing readable."""
    if config.graph.managed_identity:
        return MachineSignIn(settings, clock=clock)
    return AppSignIn(settings, _proof(config), clock=clock)


def _proof(config: Config) -> Path | CertificateFiles | Secret:
    graph = config.graph
    if graph.certificate_file:
        _read("certificate_file", graph.certificate_file)
        key = Path(graph.certificate_file)
        if not (graph.certificate_chain_file or graph.certificate_thumbprint):
            return key
        chain = Path(graph.certificate_chain_file) if graph.certificate_chain_file else None
        return CertificateFiles(key, chain, graph.certificate_thumbprint)
    if graph.client_secret_file:
        return Secret(_read("client_secret_file", graph.client_secret_file))
    hint = "set graph.certificate_file to a PEM file with its key and certificate, or sign in with --device-code"
    raise UsageError("graph: there is a tenant and nothing to sign in with", hint=hint)


def _read(key: str, file: str) -> bytes:
    # kiosk.service hands over a blank credential where none was installed, so that the station can say so.
    try:
        content = Path(file).read_bytes().strip()
    except OSError as wrong:
        raise UsageError(f"graph.{key}: {file}: {wrong.strerror}") from None
    if not content:
        raise UsageError(f"graph.{key}: {file} is empty", hint="install the app's credential; see docs/systemd.md")
    return content
