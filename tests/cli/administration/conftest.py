"""A tenant, a configuration that names it, and the commands: in this process, or on a terminal of their own."""

from __future__ import annotations

import json
import os
import pty
import socket
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from drivers.wire.secret import Secret
from kiosk.cli import main
from kiosk.harness.printer_server import SimulatedPrinter
from kiosk.tenant import method, model
from kiosk.tenant.content import new_content
from kiosk.tenant.serve import RunningTenant
from tests.system.leaks import forms

#: Seconds within which a command on a terminal has to come to its end.
_PATIENCE = 50


@pytest.fixture(scope="session")
def running_tenant() -> Iterator[RunningTenant]:
    with RunningTenant(poll_seconds=0) as tenant:
        # Accepted connections inherit it: without it each answer waits 40 ms for an acknowledgement.
        tenant._site.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield tenant


@pytest.fixture
def tenant(running_tenant: RunningTenant) -> Iterator[RunningTenant]:
    """The tenant as it was born, and an app with the permissions it was born with."""
    app = running_tenant.box.app
    running_tenant.box.reset()
    yield running_tenant
    running_tenant.box.app = app


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every content and every PIN the tenant makes or is given."""
    secrets: list[bytes] = []
    digest = method._digest

    def content(upn: str, code_id: str) -> Secret:
        new = new_content(upn, code_id)
        secrets.append(new.reveal())
        return new

    def digested(salt: bytes, pin: str) -> bytes:
        secrets.append(pin.encode())
        return digest(salt, pin)

    monkeypatch.setattr(model, "new_content", content)
    monkeypatch.setattr(method, "_digest", digested)
    return secrets


@dataclass
class Configured:
    """A configuration file for the tenant, and what a test adds to it."""

    file: Path
    sections: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, section: str, **values: Any) -> None:
        """Set keys of a section."""
        self.sections.setdefault(section, {}).update(values)
        lines = []
        for name, keys in self.sections.items():
            lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]
        self.file.write_text("\n".join(lines))


@pytest.fixture
def configured(tenant: RunningTenant, tmp_path: Path) -> Configured:
    config = Configured(tmp_path / "kiosk.toml")
    config.add("station", name="desk 1", organisation="Contoso", state_directory=str(tmp_path / "state"))
    config.add(
        "graph",
        tenant_id=tenant.tenant_id,
        client_id=tenant.client_id,
        certificate_file=str(tenant.certificate_file),
        base_url=tenant.graph_url,
        authority=tenant.authority,
        ca_file=str(tenant.ca_file),
    )
    return config


@pytest.fixture
def printer(configured: Configured) -> Iterator[SimulatedPrinter]:
    """A receipt printer, and the configuration that names it."""
    with SimulatedPrinter() as printer:
        configured.add("printers.receipt", kind="escpos", to=printer.address)
        yield printer


@dataclass(frozen=True)
class Done:
    """What a command said, and what it left with."""

    code: int
    out: str
    err: str = ""

    @property
    def json(self) -> Any:
        """The one JSON object it answered with."""
        return json.loads(self.out)


Administer = Callable[..., Done]
Answer = str | Callable[[str], str | None]


@pytest.fixture
def kiosk(
    configured: Configured, made: list[bytes], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Administer]:
    """`kiosk WORDS…` on no terminal, in this process. Nothing it ever says may hold a secret the tenant made."""
    said = []

    def run(*words: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["kiosk", *map(str, words), "--config", str(configured.file)])
        with pytest.raises(SystemExit) as left:
            main()
        shown = capsys.readouterr()
        said.append(shown.out + shown.err)
        assert isinstance(left.value.code, int)
        return Done(left.value.code, shown.out, shown.err)

    yield run
    everything = "\n".join(said).encode()
    assert [secret for secret in made if any(form in everything for form in forms(secret))] == []
    assert "Traceback" not in "\n".join(said)


@pytest.fixture
def on_terminal(configured: Configured, tmp_path: Path) -> Administer:
    """`kiosk WORDS…` on a terminal of 100 columns; `answers` gives what to type once a text has appeared.

    An answer may be made of all that has been shown by then; None, and it is asked again when there is more. The
    process is killed as soon as `kill_at` appears. With `aside` its standard error is no terminal, and is in `err`.
    """

    def run(
        *words: str, answers: dict[str, Answer] | None = None, kill_at: str | None = None, aside: bool = False
    ) -> Done:
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (50, 100))
        process = subprocess.Popen(
            [sys.executable, "-m", "kiosk", *words, "--config", str(configured.file)],
            stdin=theirs,
            stdout=theirs,
            stderr=subprocess.PIPE if aside else theirs,
            env={**os.environ, "HOME": str(tmp_path), "TERM": "xterm-256color"},
        )
        os.close(theirs)
        try:

            def killed(_: str) -> str:
                process.kill()
                return ""

            shown = _converse(ours, {**(answers or {}), **({kill_at: killed} if kill_at else {})})
            err = process.stderr.read().decode() if process.stderr else ""
            return Done(process.wait(_PATIENCE), shown, err)
        finally:
            process.kill()
            process.wait()
            os.close(ours)
            if process.stderr:
                process.stderr.close()

    return run


def _converse(terminal: int, answers: dict[str, Answer]) -> str:
    shown, left = b"", dict(answers)
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # how Linux says that nobody has the other end any more
            piece = b""
        if not piece:
            return shown.decode(errors="replace")  # the echo of a key may stand within a letter
        shown += piece
        for text in [text for text in left if text in shown.decode(errors="replace")]:
            typed = answer if isinstance(answer := left[text], str) else answer(shown.decode(errors="replace"))
            if typed is not None:
                del left[text]
                os.write(terminal, typed.encode() + b"\n")
