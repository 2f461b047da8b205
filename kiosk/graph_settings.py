"""From the configuration's `[graph]` to what `kiosk.graph` signs in with."""

from __future__ import annotations

from pathlib import Path

from drivers.wire.secret import Secret
from kiosk.config import Config
from kiosk.errors import UsageError
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


def proof(config: Config) -> Path | Secret:
    """What the app signs in with: a PEM file, or its secret. Raises UsageError when there is nothing readable."""
    if config.graph.certificate_file:
        _read("certificate_file", config.graph.certificate_file)
        return Path(config.graph.certificate_file)
    if config.graph.client_secret_file:
        return Secret(_read("client_secret_file", config.graph.client_secret_file))
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
