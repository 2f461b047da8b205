"""Where a running tenant is: its port, the files a client needs, and how it introduces itself."""

from __future__ import annotations

import shutil
import socket
import tempfile
from pathlib import Path
from typing import Any, Final

from drivers.wire.secret import Secret
from kiosk.errors import KioskError
from kiosk.tenant.box import Box
from kiosk.tenant.front import DOORS
from kiosk.tenant.model import Tenant
from kiosk.tenant.people import User
from kiosk.tenant.seed import TENANT_ID
from kiosk.tenant.tls import ThrowAwayAuthority

HOST: Final = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 is any free one. Raises KioskError."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as refused:
        listener.close()
        raise KioskError(
            f"port {port} of {HOST} cannot be used: {refused.strerror}",
            hint="choose another with --port, or leave it out for any free one",
        ) from refused
    return listener


class Site:
    """A tenant bound to a port, with what a client needs to reach it. `directory` is private and goes with it."""

    def __init__(self, box: Box, listener: socket.socket, authority: ThrowAwayAuthority, secret: Secret) -> None:
        self.box = box
        self.listener = listener
        self.client_secret = secret
        self.directory = Path(tempfile.mkdtemp(prefix="kiosk-tenant-"))
        self.ca_file = self._write("ca.pem", authority.pem())
        self.certificate_file = self._write("client.pem", box.keys.client_pem())

    def _write(self, name: str, content: bytes) -> Path:
        path = self.directory / name
        path.touch(mode=0o600)
        path.write_bytes(content)
        return path

    def close(self) -> None:
        """Give the port back and remove the directory."""
        self.listener.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def announcement(self) -> dict[str, Any]:
        """What `kiosk tenant serve` prints. The client secret in it is a simulated tenant's."""
        return {
            "graph_url": self.box.url,
            "authority": self.box.authority,
            "ca_file": str(self.ca_file),
            "tenant_id": TENANT_ID,
            "client_id": self.box.app.client_id,
            "authenticate": {
                "client_secret": self.client_secret.reveal_text(),
                "certificate_file": str(self.certificate_file),
                "device_code": {"approve": f"{self.box.url}{DOORS}/device/approve"},
            },
            "users": [_introduce(user, self.box.tenant) for user in self.box.tenant.users.values()],
        }


def _introduce(user: User, tenant: Tenant) -> dict[str, Any]:
    return {
        "id": user.id,
        "userPrincipalName": user.user_principal_name,
        "displayName": user.display_name,
        "jobTitle": user.job_title,
        "employeeId": user.employee_id,
        "accountEnabled": user.account_enabled,
        "hasMethod": user.id in tenant.methods,
    }
