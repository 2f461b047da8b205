"""Where processes are killed: a tenant, a printer and its paper, a registry file; and what must hold afterwards."""

from __future__ import annotations

import json
import multiprocessing
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from drivers.wire.secret import Secret
from kiosk.badge.content import Badge, digest, parse
from kiosk.badge.kind import CodeKind
from kiosk.graph.settings import GraphSettings
from kiosk.harness.printer_server import SimulatedPrinter
from kiosk.registry import IssuedCode, RegistryError, consistency, recorded, verification
from kiosk.registry.audit import Writing
from kiosk.registry.connection import transaction
from kiosk.registry.opening import open_registry
from kiosk.registry.states import ENDED_CODES, CodeState
from kiosk.replace.plan import Reason
from kiosk.tenant import content as contents
from kiosk.tenant import model
from kiosk.tenant.people import User
from kiosk.tenant.seed import HINA, LAYLA
from kiosk.tenant.serve import RunningTenant
from kiosk.tenant.tokens import GRAPH
from tests.crash.child import Order, run
from tests.replace.bench import OWN_PIN, PIN, DriverSocket, read
from tests.system.leaks import Leaks

#: Seconds within which a recovery has to converge, Graph and printer being there.
CONVERGES: Final = 60.0
#: How often somebody says "try again" before they give up.
PATIENCE: Final = 2


@dataclass(frozen=True)
class Case:
    """One plan: the reason, and how many days ago the old code began and in how many it ends."""

    reason: Reason
    begun: int = 30
    left: int = 60


#: Every plan. Lost and renamed badges are replaced by the very steps of a worn one.
CASES: Final = {
    "worn": Case(Reason.WORN),
    "stolen": Case(Reason.STOLEN),
    "expires": Case(Reason.EXPIRES),
    "expires-that-reissues": Case(Reason.EXPIRES, begun=391, left=3),
    "forgotten": Case(Reason.FORGOTTEN),
    "new_here": Case(Reason.NEW_HERE),
    "pin_forgotten": Case(Reason.PIN_FORGOTTEN),
    "found": Case(Reason.FOUND),
    "leaves": Case(Reason.LEAVES),
    "copy": Case(Reason.COPY),
}
#: After these the worker has a new badge, and the old one is worth nothing.
_NEW_BADGE: Final = ("worn", "stolen", "expires-that-reissues", "new_here")


@dataclass
class Ended:
    """How a child ended: what it returned and the points it passed, or that it was killed; and after how long."""

    killed: bool
    results: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Saved:
    """The world at one moment: the registry's files, the tenant, the paper, what the worker was told."""

    files: dict[str, bytes]
    tenant: str
    badges: tuple[bytes, ...]
    told: tuple[str, ...]


#: Called while a child waits at a point, with its number and name; says what the child is to do to itself.
Act = Callable[[int, str], tuple[Any, ...]]


class Scene:
    """One worker, one plan, at a tenant and a printer of their own.

    `act` is done at the points a child waits at; `begun` is called with the process id of a traced child.
    """

    def __init__(self, stage: Stage, name: str) -> None:
        self.stage = stage
        self.name = name
        self.case = CASES[name]
        self.tenant = stage.tenant
        self.paper = stage.paper
        self.user: User = HINA if self.case.reason is Reason.NEW_HERE else LAYLA
        self.told: list[str] = []
        self.old = b""
        self.old_id = ""
        self.registry = stage.folder / "registry.db"
        self.act: Act = lambda _number, _name: ()
        self.trace: Callable[[int], None] = lambda _: None
        self._earlier: list[bytes] = []
        self._sheets = len(self.paper.sheets)
        self._seen = 0
        self._retries = 0

    def begin(self) -> None:
        """The day before: a tenant as it is seeded, and the badge the worker has."""
        self.tenant.box.reset()
        self.paper.repair()
        # No file of an earlier scene is left that could hold one of these.
        self.stage.leaks.known.clear()
        self._put_files({"registry.db": self.stage.empty.read_bytes()})
        if self.case.reason is not Reason.NEW_HERE:
            self._issue()
        self._others = self._codes_of_others()

    def replace(self, kill_at: int = 0, **how: Any) -> Ended:
        """The replacement, killed at a point or not at all."""
        return self._child(replace(self._order(kill_at), **how))

    def recover(self, kill_at: int = 0, **how: Any) -> Ended:
        """Somebody presses the key."""
        began = time.monotonic()
        ended = self._child(replace(self._order(kill_at), recover=True, **how))
        return replace(ended, seconds=time.monotonic() - began)

    def without_a_start(self) -> bool:
        """Whether the journal was never opened: then nothing was done, and nothing is to be finished."""
        return self._rows("SELECT count(*) FROM replacements") == [(0,)]

    def readable(self) -> bool:
        """Whether the registry can be opened and is whole."""
        try:
            open_registry(self.registry).close()
        except RegistryError:
            return False
        return True

    @property
    def sheets_before(self) -> int:
        """How many sheets had come out of the printer when this scene began, or was put back."""
        return self._sheets

    def state(self) -> str:
        """What recovery goes by, without the values that are new each time."""
        journal = self._rows("SELECT step, phase, result FROM journal ORDER BY seq")
        codes = self._rows("SELECT state FROM codes ORDER BY issued_at, state")
        method = self.tenant.tenant.methods.get(self.user.id)
        there = (method.standard and method.standard.id == self.old_id, bool(method.temporary)) if method else None
        return repr((journal, codes, there, len(self.badges())))

    def save(self) -> Saved:
        """The world as it is."""
        return Saved(self.files(), self.tenant.snapshot(), tuple(self.badges()), tuple(self.told))

    def put_back(self, saved: Saved, files: dict[str, bytes] | None = None) -> None:
        """The world as it was; with `files`, a registry of another content."""
        self.tenant.restore(saved.tenant)
        self._put_files(saved.files if files is None else files)
        self._earlier, self.told = list(saved.badges), list(saved.told)
        self._sheets = len(self.paper.sheets)

    def files(self) -> dict[str, bytes]:
        """The registry's files; what SQLite keeps in shared memory is none of them."""
        return {
            file.name: file.read_bytes()
            for file in self.stage.folder.glob("registry.db*")
            if not file.name.endswith("-shm")
        }

    def badges(self) -> list[bytes]:
        """What can be read on the paper that came out, oldest first."""
        return [*self._earlier, *(content for sheet in self.paper.sheets[self._sheets :] for content in read(sheet))]

    def standing(self) -> str | None:
        """The id of the standard code the tenant has."""
        method = self.tenant.tenant.methods.get(self.user.id)
        return method.standard.id if method and method.standard else None

    def works(self) -> bool:
        """Whether the worker can sign in with any badge there is on paper, the old one or one of those printed."""
        return any(self._sign_in(content) == "accepted" for content in filter(None, (self.old, *self.badges())))

    # What must hold

    def check(self) -> list[str]:
        """Every promise that is broken, in words."""
        broken = [*self._check_worker(), *self._check_registry(), *self.check_always()]
        if self.is_open():
            broken.append("a replacement is still open")
        return broken

    def is_open(self) -> bool:
        """Whether anything is left to be done."""
        return bool(self._rows("SELECT id FROM replacements WHERE closed_at IS NULL"))

    def check_always(self) -> list[str]:
        """What must hold whoever else acts meanwhile."""
        broken = [*self._check_paper(), *self._check_audit(), *self._check_secrets()]
        if self._codes_of_others() != self._others:
            broken.append("somebody else's codes were touched")
        return broken

    def _check_worker(self) -> Iterator[str]:
        old = self._sign_in(self.old) if self.old else ""
        method = self.tenant.tenant.methods.get(self.user.id)
        if method and method.temporary and self.name != "forgotten":
            yield "a temporary code of ours is left over"
        if self.without_a_start() or self._gave_up_at_once():
            if self.old and old != "accepted":
                yield f"nothing was done, and the old badge is {old}"
            return
        if self.name in ("found", "leaves"):
            if old == "accepted":
                yield "what was to be revoked still signs in"
            return
        if self.name in (*_NEW_BADGE, "forgotten"):
            yield from self._check_badge()
        if self.old and (old == "accepted") == (self.name in _NEW_BADGE):
            yield f"the old badge is {old}"
        if self.name == "pin_forgotten" and not self.told:
            yield "nobody was told the PIN"

    def _check_badge(self) -> Iterator[str]:
        badges = self.badges()
        if not badges:
            yield "no badge came out"
        elif not any(self._sign_in(badge) == "accepted" for badge in badges):
            yield f"the newest badge is {self._sign_in(badges[-1])}"

    def _gave_up_at_once(self) -> bool:
        """Somebody gave up before anything was changed, and the journal was closed as failed."""
        return self._rows("SELECT result FROM replacements") == [("failed",)]

    def _check_registry(self) -> Iterator[str]:
        method = self.tenant.tenant.methods.get(self.user.id)
        there = {code.id: code for code in (method.standard, method.temporary) if code} if method else {}
        ended = {str(state) for state in ENDED_CODES}
        rows = self._rows("SELECT code_id, state, expire_at, digest FROM codes WHERE user_id = ?", self.user.id)
        live = {row[0]: row for row in rows if row[1] not in ended}
        if live.keys() != there.keys():
            gone, unknown = len(live.keys() - there.keys()), len(there.keys() - live.keys())
            yield f"the registry takes {gone} codes for alive that are gone, and does not know {unknown}"
        for code_id in live.keys() & there.keys():
            if datetime.fromisoformat(live[code_id][2]).replace(tzinfo=UTC) != there[code_id].expire:
                yield "the registry and Graph disagree about the end of a code"

    def _check_paper(self) -> Iterator[str]:
        details = [json.loads(row[0]) for row in self._rows("SELECT details FROM journal WHERE phase = 'intent'")]
        decisions = sum(each.get("decision") == "reprint" for each in details)
        for number in Counter(self.badges()).values():
            if number > 1 + decisions:
                yield f"one code was printed {number} times, and {decisions} decided on"
        for fault in self.paper.faults:
            yield f"the printer did not understand: {fault}"

    def _check_audit(self) -> Iterator[str]:
        with open_registry(self.registry, read_only=True) as opened, transaction(opened, "DEFERRED"):
            broken = verification.verify(opened).broken
            if broken:
                yield f"the audit is broken: {broken}"
            yield from consistency.problems(opened)

    def _check_secrets(self) -> Iterator[str]:
        leaks = self.stage.leaks
        for secret in (self.old, OWN_PIN.encode(), PIN.encode(), *(pin.encode() for pin in self.told)):
            if secret:
                leaks.add(Secret(secret))
        for file in self.stage.folder.rglob("*"):
            if file.is_file() and leaks.found_in(file.read_bytes()):
                yield f"a secret is in {file.name}"

    # Parts

    def _issue(self) -> None:
        tenant, now = self.tenant.tenant, datetime.now(UTC).replace(microsecond=0)
        start, expire = now - timedelta(days=self.case.begun), now + timedelta(days=self.case.left)
        made = tenant.create_method(self.user.id, now, expire, PIN)
        tenant.change_pin(self.user.id, PIN, OWN_PIN)
        tenant._put(self.user.id, CodeKind.STANDARD, replace(made.code.code, start=start))
        self.old, self.old_id = made.code.content.reveal(), made.code.code.id
        badge = parse(Secret(self.old))
        assert isinstance(badge, Badge)
        code = IssuedCode(
            code_id=self.old_id,
            user_id=self.user.id,
            upn=badge.upn,
            display_name=self.user.display_name,
            kind=CodeKind.STANDARD,
            digest=badge.digest,
            issued_at=now,
            start_at=start,
            expire_at=expire,
            station="till-3",
            changed_at=now,
            state=CodeState.SCANNED,
        )
        with open_registry(self.registry) as opened, transaction(opened, "IMMEDIATE"):
            recorded.add_code(Writing(opened, "station"), code)

    def _put_files(self, files: dict[str, bytes]) -> None:
        for left in self.stage.folder.glob("registry.db*"):
            left.unlink()
        for name, data in files.items():
            (self.stage.folder / name).write_bytes(data)

    def _order(self, kill_at: int) -> Order:
        tenant = self.tenant
        settings = GraphSettings(
            tenant_id=tenant.tenant_id,
            client_id=tenant.client_id,
            base_url=tenant.graph_url,
            authority=tenant.authority,
            ca_file=str(tenant.ca_file),
            version="v1.0",
        )
        token = tenant.box.mint.for_application(tenant.box.app, GRAPH)
        self.stage.leaks.add(Secret(token))
        return Order(
            settings=settings,
            token=token,
            registry=self.registry,
            printer_address=self.paper.address,
            printer_socket=self.stage.drivers.path,
            user_id=self.user.id,
            reason=self.case.reason,
            kill_at=kill_at,
            scanned=self.old,
        )

    def _child(self, order: Order) -> Ended:
        self._seen, self._retries = len(self.paper.sheets), 0
        ours, theirs = multiprocessing.Pipe()
        # A fork of a server that has everything imported and no threads.
        child = FORKS.Process(target=run, args=(order, theirs))
        child.start()
        theirs.close()
        try:
            if order.traced:
                assert child.pid is not None
                self.trace(child.pid)
                ours.send("begin")
            while ours.poll(CONVERGES):
                what, about = ours.recv()
                if what == "done":
                    return Ended(False, *about)
                ours.send(self._answer(what, about))
        except (EOFError, ConnectionResetError, BrokenPipeError):
            return Ended(killed=True)
        finally:
            ours.close()
            child.kill()
            child.join()
        raise AssertionError(f"the child said nothing for {CONVERGES:g} s")

    def _answer(self, what: str, about: Any) -> object:
        match what:
            case "point":
                return self.act(*about)
            case "tell":
                self.told.append(about)
                return True
            case "scan_back":
                self._seen = len(self.paper.sheets)
                return any(digest(content) == about for content in self.badges())
            case _:
                return self._choice(about[1])

    def _choice(self, choices: list[str]) -> str:
        """As a sensible person would: go with the bridge, print again what did not come out, make anew the rest."""
        came_out, self._seen = len(self.paper.sheets) > self._seen, len(self.paper.sheets)
        wanted = (*(("came_out",) if came_out else ()), "bridge", "reprint", "reissue", "retry")
        choice = next((each for each in wanted if each in choices), "give_up")
        if choice in ("reprint", "reissue", "retry"):
            self._retries += 1
        return "give_up" if self._retries > PATIENCE else choice

    def _sign_in(self, content: bytes) -> str:
        phone = self.tenant.box.phone
        for pin in (*reversed(self.told), OWN_PIN):
            said = str(phone.sign_in(content, pin, None).result)
            if said == "must_change_pin":
                return str(phone.sign_in(content, pin, OWN_PIN).result)
            if said != "wrong_pin":
                return said
        return "wrong_pin"

    def _codes_of_others(self) -> object:
        return {
            user: (method.standard and method.standard.id, method.temporary and method.temporary.id)
            for user, method in self.tenant.tenant.methods.items()
            if user != self.user.id
        }

    def _rows(self, query: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(self.registry)) as connection:
            return connection.execute(query, values).fetchall()


FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.crash.child", "tests.crash.warm"])


@dataclass
class Stage:
    """What many scenes share: starting a tenant and a printer takes longer than a replacement.

    `leaks` knows every content and PIN the tenant ever gave out, and its tokens.
    """

    tenant: RunningTenant
    paper: SimulatedPrinter
    drivers: DriverSocket
    empty: Path
    folder: Path
    leaks: Leaks

    def scene(self, name: str) -> Scene:
        """A fresh one, of the plan with this name."""
        scene = Scene(self, name)
        scene.begin()
        return scene


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A stage in an empty folder."""
    empty = folder / "empty.db"
    open_registry(empty).close()
    leaks = Leaks()
    drivers = DriverSocket(folder / "printer.sock")
    try:
        with RunningTenant() as tenant, SimulatedPrinter() as paper, _contents_known(leaks):
            tenant._site.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield Stage(tenant, paper, drivers, empty, folder, leaks)
    finally:
        drivers.close()


@contextmanager
def _contents_known(leaks: Leaks) -> Iterator[None]:
    """The tenant keeps digests alone: what it gave out is noted as it is made."""
    made = contents.new_content

    def noted(user_principal_name: str, code_id: str) -> Secret:
        new = made(user_principal_name, code_id)
        leaks.add(new)
        return new

    vars(model)["new_content"] = noted
    try:
        yield
    finally:
        vars(model)["new_content"] = made
