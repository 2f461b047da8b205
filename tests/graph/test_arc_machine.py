"""A machine of Azure Arc proves itself by a file that only its agent's group may read, at a path that msal fixes.

The path is under /var/opt, so these run in a mount namespace of their own, where nothing of the machine is touched.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

TOKENS = Path("/var/opt/azcmagent/tokens")
PRIVATE = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /var/opt && exec "$@"', "sh"]
PROGRAM = """
import asyncio, sys
from pathlib import Path
from kiosk.graph.auth import MachineSignIn
from kiosk.graph.errors import SignInFailed
from kiosk.graph.settings import GraphSettings

path, size = Path(sys.argv[1]), int(sys.argv[2])
path.parent.mkdir(parents=True)
if size:
    path.write_bytes(sys.stdin.buffer.read().ljust(size, b"x"))
settings = GraphSettings(tenant_id="contoso", client_id="app")
try:
    token = asyncio.run(MachineSignIn(settings).token())
    print(len(token.reveal_text()))
except SignInFailed as failed:
    print(f"SignInFailed: {failed} | {failed.hint}")
"""


def _is_possible() -> bool:
    tools = shutil.which("unshare") is not None and Path("/var/opt").is_dir()
    return tools and subprocess.run([*PRIVATE, "true"], capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not _is_possible(), reason="a mount namespace of one's own needs root and unshare")


@dataclass
class Agent:
    """The Arc agent: it names a file, and gives a token to whoever knows what is in it."""

    url: str = ""
    file: Path = TOKENS / "challenge.key"
    secret: bytes = b"only the group himds reads this"
    asked: list[bool] = field(default_factory=list)


@pytest.fixture
def agent() -> Iterator[Agent]:
    """On loopback, where the environment says it is."""
    agent = Agent()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            proof = self.headers.get("Authorization", "")
            agent.asked.append(bool(proof))
            right = proof == f"Basic {agent.secret.decode()}"
            body = json.dumps({"access_token": "t" * 33, "expires_in": "3599"} if right else {"error": "x"}).encode()
            self.send_response(200 if right else 401)
            if not right:
                self.send_header("WWW-Authenticate", f"Basic realm={agent.file}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        agent.url = f"http://127.0.0.1:{server.server_port}/metadata/identity/oauth2/token"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield agent
        server.shutdown()
        thread.join()


def signed_in(agent: Agent, size: int | None = None) -> str:
    """What a station on such a machine says, where the agent's file has `size` bytes; 0 for no file."""
    environment = {**os.environ, "IDENTITY_ENDPOINT": agent.url, "IMDS_ENDPOINT": agent.url}
    command = [*PRIVATE, sys.executable, "-c", PROGRAM, str(agent.file)]
    answer = subprocess.run(
        [*command, str(len(agent.secret) if size is None else size)],
        input=agent.secret,
        env=environment,
        capture_output=True,
        check=True,
        timeout=30,
    )
    return answer.stdout.decode()


def test_the_machine_shows_what_is_in_the_file(agent: Agent) -> None:
    """Refused once, with the file's name; then let in."""
    assert signed_in(agent) == "33\n"
    assert agent.asked == [False, True]


@pytest.mark.parametrize("file", [Path("/var/opt/elsewhere/challenge.key"), TOKENS / "challenge.txt"])
def test_a_file_an_agent_would_not_name(agent: Agent, file: Path) -> None:
    """Whoever answers in the agent's place gets to read no other file."""
    agent.file = file
    assert signed_in(agent).startswith("SignInFailed: ")
    assert agent.asked == [False]


@pytest.mark.parametrize("size", [0, 5000])
def test_a_file_that_is_not_there_or_too_large(agent: Agent, size: int) -> None:
    """As where the station's account is not in the agent's group: told what it needs."""
    said = signed_in(agent, size)
    assert said.startswith("SignInFailed: ")
    assert "himds" in said
    assert agent.asked == [False]


def test_a_secret_that_is_no_longer_good(agent: Agent) -> None:
    """The second refusal is the last: the file has more in it than the agent takes."""
    assert signed_in(agent, len(agent.secret) + 1).startswith("SignInFailed: ")
    assert agent.asked == [False, True]
