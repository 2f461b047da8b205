"""Everything a replacement works with, real but for the person: tenant, registry file, printer driver, paper."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import socket
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zxingcpp

from drivers.conversation import Conversation
from drivers.wire.options import EscposOptions
from drivers.wire.secret import ForgottenError, Secret
from kiosk.badge.content import digest, parse
from kiosk.badge.kind import CodeKind
from kiosk.clock import ManualClock, SystemClock
from kiosk.config import Device, Policy, Station
from kiosk.devices.printer import Printer
from kiosk.devices.supervisor import Supervisor
from kiosk.graph.client import GraphClient
from kiosk.harness.paper import Sheet
from kiosk.harness.printer_server import SimulatedPrinter
from kiosk.registry import CodeState, IssuedCode, Registry
from kiosk.replace.assignment import Assignment
from kiosk.replace.attendant import Choice, PrintSlip, Progress, Trouble
from kiosk.replace.carry_out import Replacement, Result
from kiosk.replace.facilities import Facilities
from kiosk.replace.issuer import GraphIssuer, NewCode
from kiosk.replace.issuer import Person as Found
from kiosk.replace.plan import Plan, Reason, Step, plan
from kiosk.stationery import Stationery
from kiosk.tenant.faults import Fault, Match, Rule
from kiosk.tenant.people import User
from kiosk.tenant.seed import LAYLA
from kiosk.tenant.serve import RunningTenant

PIN, OWN_PIN = "09599786", "56745799"
#: Seconds the printer may stay silent about a page; enough on a busy machine for one that answers.
SILENCE = 1.0


class DriverSocket:
    """Printer drivers in this process, one for each connection to a unix socket, as systemd would start them."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.conversations: list[Conversation] = []
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def hang_up(self) -> None:
        """End the driver that runs, as a crash would."""
        self._connections[-1].shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Wait for every driver to leave."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        for thread in self._threads:
            thread.join()

    @property
    def pages_held(self) -> int:
        """Pages that drivers were handed and have not forgotten."""
        drivers: list[Any] = [conversation._driver for conversation in self.conversations]
        return sum(len(driver._prepared) for driver in drivers if driver)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                thread = threading.Thread(target=self._converse, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _converse(self, connection: socket.socket) -> None:
        with connection:
            conversation = Conversation("print", connection.fileno(), connection.fileno(), expected="escpos")
            self.conversations.append(conversation)
            with suppress(OSError):
                conversation.run()


class WatchedIssuer(GraphIssuer):
    """The real issuer, which keeps a look at every secret it was given, and can be made to break."""

    def __init__(self, graph: GraphClient) -> None:
        super().__init__(graph)
        self.received: list[NewCode] = []
        self.all_received: list[NewCode] = []
        self.contents: list[bytes] = []
        self.pins: list[bytes] = []
        self.after_delete: Callable[[], None] = lambda: None
        self.before_create: Callable[[], None] = lambda: None
        self.after_create: Callable[[], None] = lambda: None

    async def delete_code(self, user_id: str, kind: CodeKind, *, request_id: str) -> None:
        await super().delete_code(user_id, kind, request_id=request_id)
        if kind is CodeKind.STANDARD:
            self.after_delete()

    async def create_code(
        self, user_id: str, kind: CodeKind, *, start: datetime, expire: datetime, request_id: str
    ) -> NewCode:
        if kind is CodeKind.STANDARD:
            self.before_create()
        return self._seen(
            await super().create_code(user_id, kind, start=start, expire=expire, request_id=request_id),
            kind,
        )

    async def create_method(
        self, user_id: str, *, start: datetime, expire: datetime, pin: Secret, request_id: str
    ) -> NewCode:
        self.pins.append(pin.reveal())
        return self._seen(
            await super().create_method(user_id, start=start, expire=expire, pin=pin, request_id=request_id),
            CodeKind.STANDARD,
        )

    async def reset_pin(self, user_id: str, *, request_id: str) -> Secret:
        pin = await super().reset_pin(user_id, request_id=request_id)
        self.pins.append(pin.reveal())
        return pin

    def _seen(self, code: NewCode, kind: CodeKind) -> NewCode:
        self.all_received.append(code)
        self.contents.append(code.content.reveal())
        if kind is CodeKind.STANDARD:
            self.received.append(code)
            self.after_create()
        return code


Act = Callable[[], Awaitable[None] | None]


@dataclass
class Person:
    """Who stands at the station: answers trouble from a script, and holds the newest paper to the scanner.

    `at` is done when a step begins. Each entry of `answers` is the step that is expected to be in trouble, the
    choice, and what the person does before choosing. `misses` is how often the new badge is not held up in time.
    """

    paper: SimulatedPrinter
    answers: Sequence[tuple[Step, Choice, Act | None]]
    at: dict[Step, Act] = field(default_factory=dict)
    misses: int = 0
    shown: list[tuple[Step, Progress, str]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    asked_to_scan: Callable[[], None] = lambda: None
    told: list[str] = field(default_factory=list)
    looks_away: int = 0

    def show(self, step: Step, progress: Progress, detail: str = "") -> None:
        self.shown.append((step, progress, detail))
        if progress is Progress.DOING and step in self.at:
            assert self.at.pop(step)() is None

    async def trouble(self, trouble: Trouble) -> Choice:
        self.troubles.append(trouble)
        assert self.answers, f"unexpected trouble at {trouble.step}: {trouble.message}"
        (step, choice, act), *self.answers = self.answers
        assert trouble.step is step, trouble
        assert choice in trouble.choices, trouble
        doing = act() if act else None
        if doing is not None:
            await doing
        return choice

    async def scan_back(self, digest_wanted: bytes) -> bool:
        self.asked_to_scan()
        if self.misses:
            self.misses -= 1
            return False
        return [digest(content) for content in read(self.paper.sheets[-1])] == [digest_wanted]

    async def tell(self, pin: Secret, slip: PrintSlip | None) -> bool:
        if self.looks_away:
            self.looks_away -= 1
            return False
        self.told.append(pin.reveal_text())
        return True


def read(sheet: Sheet) -> list[bytes]:
    """What a decoder that is not the driver's code path reads on a sheet."""
    picture = np.asarray(sheet.image().convert("L"))
    framed = np.pad(picture, 40, constant_values=255)
    # QR codes alone: the modules of one can, once in thousands, be taken for another kind's bars.
    codes = zxingcpp.read_barcodes(framed, formats=zxingcpp.BarcodeFormat.QRCodeModel2)
    return [bytes(found.bytes) for found in codes]


@dataclass
class Entry:
    """A row of the journal."""

    step: str
    phase: str
    result: str | None
    details: dict[str, Any]


@dataclass
class Bench:
    """See the module. `old` is the content of the badge Layla has; her PIN is OWN_PIN."""

    tenant: RunningTenant
    issuer: WatchedIssuer
    registry: Registry
    file: Path
    paper: SimulatedPrinter
    drivers: DriverSocket
    use: Facilities
    clock: ManualClock
    supervisor: Supervisor
    old: bytes = b""
    old_id: str = ""
    result: Result | None = None
    person: Person | None = None

    # Arranging

    async def enrol(self) -> None:
        """Layla has had a badge for a month, issued by this station."""
        model, now = self.tenant.tenant, datetime.now(UTC).replace(microsecond=0)
        made = model.create_method(LAYLA.id, now - timedelta(days=30), now + timedelta(days=60), PIN)
        model.change_pin(LAYLA.id, PIN, OWN_PIN)
        self.old, self.old_id = made.code.content.reveal(), made.code.code.id
        badge = parse(Secret(self.old))
        await self.registry.add_code(
            IssuedCode(
                code_id=self.old_id,
                user_id=LAYLA.id,
                upn=LAYLA.user_principal_name,
                display_name=LAYLA.display_name,
                kind=CodeKind.STANDARD,
                digest=badge.digest,  # type: ignore[union-attr]
                issued_at=now,
                start_at=made.code.code.start,
                expire_at=made.code.code.expire,
                station="till-3",
                changed_at=now,
                state=CodeState.SCANNED,
            )
        )

    def fail(self, method: str, path: str, *, times: int | None = 1, **fault: Any) -> None:
        """Arm a fault of the tenant."""
        self.tenant.box.faults.add(Rule(Fault(**fault), Match(method, path), times))

    def heal(self) -> None:
        """Disarm all of them."""
        self.tenant.box.faults.clear()

    def somebody_replaces(self) -> None:
        """An administrator deletes Layla's code and issues another."""
        with suppress(Exception):
            self.tenant.tenant.delete_code(LAYLA.id, CodeKind.STANDARD)
        self.somebody_creates()

    def somebody_creates(self) -> None:
        """An administrator issues a code."""
        now = datetime.now(UTC)
        self.tenant.tenant.create_code(LAYLA.id, CodeKind.STANDARD, now, now + timedelta(days=9))

    @contextmanager
    def _locked(self) -> Any:
        other = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False)
        try:
            other.execute("BEGIN IMMEDIATE")
            yield
        finally:
            other.close()

    def lock(self) -> None:
        """Another process writes to the registry, and goes on to."""
        self._lock = self._locked()
        self._lock.__enter__()

    def unlock(self) -> None:
        """It is done."""
        self._lock.__exit__(None, None, None)

    # Doing

    async def planned(self, user: User, reason: Reason) -> tuple[Plan, Found]:
        """The plan as a visit would make it, and who it is for."""
        person = await self.issuer.person(user.id)
        made = plan(person.user_id, reason, person.account, enrolled=person.enrolled, now=self.clock.now())
        assert isinstance(made, Plan)
        return made, person

    async def carry_out(self, planned: tuple[Plan, Found], person: Person) -> Result:
        """Do it."""
        self.person = person
        replacement = Replacement(Assignment(*planned, self.use, person))
        self.result = await replacement.run()
        assert not person.answers, "trouble that was expected did not come"
        return self.result

    # Looking

    def standing(self, user: User = LAYLA) -> str | None:
        """The id of the standard code the tenant has now."""
        method = self.tenant.tenant.methods.get(user.id)
        return method.standard.id if method and method.standard else None

    def sign_in(self, content: bytes, pin: str = OWN_PIN, new_pin: str | None = None) -> str:
        """What the phone's sign-in says to a badge."""
        return str(self.tenant.box.phone.sign_in(content, pin, new_pin).result)

    def badges(self) -> list[bytes]:
        """The contents that can be read on all the paper that came out, sheet by sheet."""
        return [content for sheet in self.paper.sheets for content in read(sheet)]

    def journal(self) -> list[Entry]:
        """All of it, in order."""
        query = "SELECT step, phase, result, details FROM journal ORDER BY seq"
        return [Entry(a, b, c, json.loads(d)) for a, b, c, d in self._rows(query)]

    def journal_result(self) -> str | None:
        """How the last replacement was closed; None while it is open."""
        rows = self._rows("SELECT result FROM replacements ORDER BY rowid")
        result: str | None = rows[-1][0]
        return result

    def did(self, method: str, path: str) -> int:
        """How many such requests reached the tenant."""
        entries = self.tenant.box.journal.entries
        return sum(entry.method == method and entry.path.lower().endswith(path) for entry in entries)

    def _rows(self, query: str) -> list[Any]:
        with self._reading() as connection:
            rows: list[Any] = connection.execute(query).fetchall()
            return rows

    @contextmanager
    def _reading(self) -> Any:
        connection = sqlite3.connect(self.file)
        try:
            yield connection
        finally:
            connection.close()

    def check_journal(self) -> None:
        """Each intent is followed by the outcome of its step, or the replacement is open.

        An outcome that could not be written leaves its intent alone; then the same step was intended again.
        """
        waiting: list[str] = []
        for entry in self.journal():
            if entry.step == "preflight" and entry.phase == "intent":
                waiting.clear()  # taken up again: what was broken off has no outcome
            if entry.phase == "intent":
                waiting.append(entry.step)
            else:
                assert set(waiting) == {entry.step}, (waiting, entry)
                waiting.clear()
        assert not waiting or self.journal_result() is None, waiting

    def check_secrets(self, logged: list[Any], texts: str) -> None:
        """What was secret is forgotten, and stands nowhere."""
        for code in self.issuer.all_received:
            for secret in (code.content, code.image):
                with pytest.raises(ForgottenError):
                    secret.reveal()
        told = repr(logged) + texts + json.dumps([entry.details for entry in self.journal()])
        assert self.person is not None
        told += repr(self.person.shown) + repr(self.person.troubles)
        disk = b"".join(file.read_bytes() for file in self.file.parent.iterdir() if file.is_file())
        for kept in [*self.issuer.contents, *self.issuer.pins, self.old, OWN_PIN.encode()]:
            for form in filter(None, (kept, base64.b64encode(kept), kept.hex().encode())):
                assert form not in told.encode()
                assert form not in disk


@asynccontextmanager
async def bench(
    tenant: RunningTenant, graph: GraphClient, clock: ManualClock, folder: Path, empty: Path
) -> AsyncIterator[Bench]:
    """A bench in `folder`, its printer on and its driver there. `empty` is a registry file to begin with."""
    file = folder / "state" / "registry.db"
    file.parent.mkdir()
    shutil.copy(empty, file)
    drivers = DriverSocket(folder / "printer.sock")
    issuer = WatchedIssuer(graph)
    try:
        with SimulatedPrinter() as paper:
            options = EscposOptions(to=paper.address, timeout=SILENCE)
            device = Device("escpos", options, socket=drivers.path)
            supervisor = Supervisor("print", "receipt", device, SystemClock(), lambda _: None)
            running = asyncio.create_task(supervisor.run())
            try:
                await supervisor.ready(20)
                async with Registry.open(file, busy_ms=50) as registry:
                    use = Facilities(
                        issuer, registry, Printer(supervisor), clock, Stationery(Station(name="till-3")), Policy()
                    )
                    made = Bench(tenant, issuer, registry, file, paper, drivers, use, clock, supervisor)
                    await made.enrol()
                    yield made
                    # Answered in turn: what was said before it has been done.
                    paper.repair()
                    await supervisor.ask_health()
                    assert drivers.pages_held == 0, "a driver still holds a page"
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
    finally:
        drivers.close()
