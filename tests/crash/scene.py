"""Where processes are killed: a tenant, a printer and its paper, a registry file; and what must hold afterwards."""

from __future__ import annotations

import multiprocessing
import shutil
import socket
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from drivers.wire.secret import Secret
from kiosk.badge.content import Badge, digest, parse
from kiosk.badge.kind import CodeKind
from kiosk.graph.settings import GraphSettings
from kiosk.harness.printer_server import SimulatedPrinter
from kiosk.registry.opening import open_registry
from kiosk.replace.plan import Reason
from kiosk.tenant.people import User
from kiosk.tenant.seed import HINA, LAYLA
from kiosk.tenant.serve import RunningTenant
from kiosk.tenant.tokens import GRAPH
from tests.crash.child import Order, run
from tests.replace.bench import OWN_PIN, PIN, DriverSocket, read

#: Seconds within which a recovery has to converge, Graph and printer being there.
CONVERGES = 60.0
_LIVE = ("created", "printed", "scanned", "used")


@dataclass
class Ended:
    """How a child ended: what it returned and the points it passed, or that it was killed."""

    killed: bool
    results: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)


class Scene:
    """One worker, one plan, at a tenant and a printer of their own."""

    def __init__(self, tenant: RunningTenant, folder: Path, reason: Reason) -> None:
        self.tenant = tenant
        self.reason = reason
        self.user: User = HINA if reason is Reason.NEW_HERE else LAYLA
        self.told: list[str] = []
        self.old = b""
        self.registry = folder / "registry.db"
        self._folder = folder
        self._sheets = 0

    def begin(self, paper: SimulatedPrinter, drivers: DriverSocket, empty: Path) -> None:
        """The day before: a tenant as it is seeded, and the badge the worker has."""
        self.tenant.box.reset()
        self._paper, self._drivers = paper, drivers
        self._sheets = len(paper.sheets)
        self.told = []
        for left in self._folder.glob("registry.db*"):
            left.unlink()
        shutil.copy(empty, self.registry)
        if self.reason is not Reason.NEW_HERE:
            self._issue()
        self._others = self._codes_of_others()

    def replace(self, kill_at: int = 0) -> Ended:
        """The replacement, killed at a point or not at all."""
        return self._child(self._order(kill_at))

    def recover(self, kill_at: int = 0) -> Ended:
        """Somebody presses the key."""
        return self._child(replace(self._order(kill_at), recover=True))

    def without_a_start(self) -> bool:
        """Whether the journal was never opened: then nothing was done, and nothing is to be finished."""
        return self._rows("SELECT count(*) FROM replacements") == [(0,)]

    # What must hold

    def check(self) -> list[str]:
        """Every promise that is broken, in words."""
        broken = [*self._check_worker(), *self._check_registry(), *self._check_paper()]
        if self._codes_of_others() != self._others:
            broken.append("somebody else's codes were touched")
        if self._rows("SELECT id FROM replacements WHERE closed_at IS NULL"):
            broken.append("a replacement is still open")
        return broken

    def _check_worker(self) -> Iterator[str]:
        begun = not self.without_a_start()
        old = self._sign_in(self.old) if self.old else ""
        method = self.tenant.tenant.methods.get(self.user.id)
        if method and method.temporary and self.reason is not Reason.FORGOTTEN:
            yield "a temporary code of ours is left over"
        if not begun:
            if self.old and old != "accepted":
                yield f"nothing was begun, and the old badge is {old}"
            return
        if self.reason in (Reason.FOUND, Reason.LEAVES):
            if old == "accepted":
                yield "what was to be revoked still signs in"
            return
        badges = self._badges()
        if self.reason in (Reason.WORN, Reason.STOLEN, Reason.NEW_HERE, Reason.FORGOTTEN):
            if not badges:
                yield "no badge came out"
            elif (said := self._sign_in(badges[-1])) != "accepted":
                yield f"the newest badge is {said}"
        revoked = self.reason in (Reason.WORN, Reason.STOLEN)
        if self.old and (old == "accepted") == revoked:
            yield f"the old badge is {old}"

    def _check_registry(self) -> Iterator[str]:
        method = self.tenant.tenant.methods.get(self.user.id)
        there = {code.id for code in (method.standard, method.temporary) if code} if method else set()
        rows = self._rows("SELECT code_id, state FROM codes WHERE user_id = ?", self.user.id)
        live = {code_id for code_id, state in rows if state in _LIVE}
        if live != there:
            yield f"the registry takes {len(live - there)} codes for alive that are gone, {len(there - live)} not"

    def _check_paper(self) -> Iterator[str]:
        decisions = self._rows('SELECT count(*) FROM journal WHERE details LIKE \'%"decision":"reprint"%\'')[0][0]
        for number in Counter(self._badges()).values():
            if number > 1 + decisions:
                yield f"one code was printed {number} times, and {decisions} decided on"
        for fault in self._paper.faults:
            yield f"the printer did not understand: {fault}"

    # Parts

    def _issue(self) -> None:
        model, now = self.tenant.tenant, datetime.now(UTC).replace(microsecond=0)
        made = model.create_method(self.user.id, now - timedelta(days=30), now + timedelta(days=60), PIN)
        model.change_pin(self.user.id, PIN, OWN_PIN)
        self.old = made.code.content.reveal()
        badge = parse(Secret(self.old))
        assert isinstance(badge, Badge)
        connection = sqlite3.connect(self.registry)
        columns = (
            made.code.code.id, self.user.id, badge.upn, self.user.display_name, "standard", badge.digest,
            *(moment.isoformat(timespec="microseconds") for moment in
              (now, made.code.code.start, made.code.code.expire)),
            "scanned", None, "till-3", now.isoformat(timespec="microseconds"), "",
        )  # fmt: skip
        names = "code_id, user_id, upn, display_name, kind, digest, issued_at, start_at, expire_at, state, \
replaced_by, station, changed_at, reason"
        connection.execute(f"INSERT INTO codes ({names}) VALUES ({','.join('?' * len(columns))})", columns)  # noqa: S608
        connection.commit()
        connection.close()

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
        return Order(
            settings=settings,
            token=tenant.box.mint.for_application(tenant.box.app, GRAPH),
            registry=self.registry,
            printer_address=self._paper.address,
            printer_socket=self._drivers.path,
            user_id=self.user.id,
            reason=self.reason,
            kill_at=kill_at,
            scanned=self.old,
        )

    def _child(self, order: Order) -> Ended:
        ours, theirs = multiprocessing.Pipe()
        # A fork of a server that has everything imported and no threads.
        child = FORKS.Process(target=run, args=(order, theirs))
        child.start()
        theirs.close()
        try:
            while ours.poll(CONVERGES):
                what, about = ours.recv()
                if what == "done":
                    child.join()
                    return Ended(False, *about)
                ours.send(self._answer(what, about))
        except (EOFError, ConnectionResetError, BrokenPipeError):
            child.join()
            return Ended(killed=True)
        finally:
            ours.close()
            child.kill()
            child.join()
        raise AssertionError(f"the child said nothing for {CONVERGES:g} s")

    def _answer(self, what: str, about: Any) -> object:
        if what == "tell":
            self.told.append(about)
            return True
        if what == "scan_back":
            return any(digest(content) == about for content in self._badges())
        choices = about[1]
        wanted = ("came_out",) if self._came_out_since() else ()
        # As a sensible person would: print again what did not come out, make anew what cannot be read.
        for choice in (*wanted, "reprint", "reissue", "bridge", "retry"):
            if choice in choices and not (choice == "retry" and "reissue" in choices):
                return choice
        return choices[0]

    def _came_out_since(self) -> bool:
        return len(self._paper.sheets) > self._sheets

    def _badges(self) -> list[bytes]:
        return [content for sheet in self._paper.sheets[self._sheets :] for content in read(sheet)]

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
        connection = sqlite3.connect(self.registry)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()


FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.crash.child", "kiosk.graph.client", "kiosk.registry.store"])


@dataclass
class Stage:
    """What many scenes share: starting a tenant and a printer takes longer than a replacement."""

    tenant: RunningTenant
    paper: SimulatedPrinter
    drivers: DriverSocket
    empty: Path
    folder: Path

    def scene(self, reason: Reason) -> Scene:
        """A fresh one."""
        scene = Scene(self.tenant, self.folder, reason)
        scene.begin(self.paper, self.drivers, self.empty)
        return scene


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A stage in an empty folder."""
    empty = folder / "empty.db"
    open_registry(empty).close()
    with RunningTenant() as tenant, SimulatedPrinter() as paper:
        tenant._site.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        drivers = DriverSocket(folder / "printer.sock")
        try:
            yield Stage(tenant, paper, drivers, empty, folder)
        finally:
            drivers.close()
