"""A tenant in a box as its command serves it, for Microsoft's own clients in an environment of their own."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

#: The station's command, of the environment it is installed in.
KIOSK = os.environ.get("KIOSK", ".venv/bin/kiosk")


@pytest.fixture(scope="session")
def about() -> Iterator[dict[str, Any]]:
    """What `kiosk tenant serve` says of itself, while it serves."""
    command = [KIOSK, "tenant", "serve", "--json", "--until-stdin-closes"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.communicate(timeout=20)


@pytest.fixture
def doors(about: dict[str, Any]) -> Iterator[httpx.Client]:
    """The box's own doors, with nothing in the box but the seeds."""
    trust = ssl.create_default_context(cafile=about["ca_file"])
    with httpx.Client(base_url=f"{about['graph_url']}/_tenant", verify=trust, trust_env=False) as client:
        assert client.post("/reset").status_code == 204
        yield client


@pytest.fixture
def people(about: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Everybody by the first part of their name at work."""
    return {user["userPrincipalName"].split(".")[0]: user for user in about["users"]}


@pytest.fixture
def span() -> Callable[..., tuple[datetime, datetime]]:
    """The two times of a code that begins now."""

    def made(**life: float) -> tuple[datetime, datetime]:
        now = datetime.now(UTC).replace(microsecond=0)
        return now, now + timedelta(**life)

    return made


@pytest.fixture
async def graph(about: dict[str, Any], doors: httpx.Client) -> Any:
    """Microsoft's client with all its middleware, signed in as the application through azure-identity."""
    from tests.sdk import microsoft  # noqa: PLC0415 - it is installed only where these tests run

    async with microsoft.signed_in(about) as client:
        yield client
