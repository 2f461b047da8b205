"""The command, as a demo starts it and stops it."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from kiosk.cli.tenant import tenant
from kiosk.errors import KioskError
from kiosk.tenant.keys import TenantKeys
from kiosk.tenant.seed import USERS
from kiosk.tenant.serve import RunningTenant

COMMAND = [sys.executable, "-c", "from kiosk.cli.tenant import tenant; tenant()", "serve"]
DEADLINE = 20


@contextmanager
def served(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """The command as a process, gone at the end whatever happened."""
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        **options,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def announced(process: subprocess.Popen[str]) -> Any:
    """The one line it says."""
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_and_stop(number: signal.Signals, tmp_path: Path) -> None:
    """One JSON line, a working tenant, and on a signal a clean exit that leaves no file behind."""
    with served("--json", env={**os.environ, "TMPDIR": str(tmp_path)}) as process:
        about = announced(process)
        files = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
        assert files == ["ca.pem", "client.pem"]
        assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")} == {0o700, 0o600}
        trust = ssl.create_default_context(cafile=about["ca_file"])
        with httpx.Client(verify=trust, trust_env=False) as client:
            form = {
                "grant_type": "client_credentials",
                "client_id": about["client_id"],
                "client_secret": about["authenticate"]["client_secret"],
                "scope": "https://graph.microsoft.com/.default",
            }
            token = client.post(f"{about['authority']}/oauth2/v2.0/token", data=form).json()["access_token"]
            users = client.get(f"{about['graph_url']}/v1.0/users", headers={"Authorization": f"Bearer {token}"})
            process.send_signal(number)
            rest, errors = process.communicate(timeout=DEADLINE)
        assert {each["id"] for each in users.json()["value"]} == {each["id"] for each in about["users"]}
        assert about["authenticate"]["device_code"]["approve"].endswith("/_tenant/device/approve")
        assert (process.returncode, rest, errors) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_it_never_outlives_its_parent() -> None:
    """With --until-stdin-closes the end of standard input stops it."""
    with served("--json", "--until-stdin-closes") as process:
        announced(process)
        process.communicate(timeout=DEADLINE)
        assert process.returncode == 0


def test_without_json_it_is_for_people() -> None:
    """Where it is, how to sign in, who is there."""
    with served("--until-stdin-closes") as process:
        text, _ = process.communicate(timeout=DEADLINE)
        assert "https://127.0.0.1:" in text
        assert all(user.display_name in text for user in USERS)


def test_a_port_in_use() -> None:
    """One clear error that says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(tenant, ["serve", "--port", str(port)])
    assert isinstance(result.exception, KioskError)
    assert str(port) in str(result.exception)
    assert "--port" in result.exception.hint


def test_two_tenants_are_strangers(keys: TenantKeys) -> None:
    """Each has its own port, CA and secret; another's CA is not trusted; nothing is left when they close."""
    with RunningTenant(keys=keys) as one:
        with RunningTenant(keys=keys) as two:
            assert one.url != two.url
            assert one.client_secret != two.client_secret
            trust = ssl.create_default_context(cafile=str(one.ca_file))
            with httpx.Client(verify=trust, trust_env=False) as client:
                with pytest.raises(httpx.ConnectError):
                    client.get(two.url)
                assert client.get(f"{one.url}/_tenant/requests").status_code == 200
        gone = two.ca_file.parent
        assert not gone.exists()
        assert one.ca_file.exists()


def test_closing_does_not_wait_for_idle_clients(keys: TenantKeys) -> None:
    """A client that keeps its connection open does not hold the tenant up."""
    with httpx.Client(verify=False, trust_env=False) as client:  # noqa: S501 - loopback
        with RunningTenant(keys=keys) as running:
            assert client.get(f"{running.url}/_tenant/requests").status_code == 200
        with pytest.raises(httpx.TransportError):
            client.get(f"{running.url}/_tenant/requests")
