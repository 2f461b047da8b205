"""Where processes are killed: one worker, one plan, at a tenant and a printer, with a registry file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from drivers.wire.secret import Secret
from kiosk.badge.content import Badge, parse
from kiosk.badge.kind import CodeKind
from kiosk.graph.settings import GraphSettings
from kiosk.registry import IssuedCode, RegistryError, recorded
from kiosk.registry.audit import Writing
from kiosk.registry.connection import transaction
from kiosk.registry.opening import open_registry
from kiosk.registry.states import CodeState
from kiosk.replace.plan import Reason
from kiosk.tenant.method import Code, Method
from kiosk.tenant.people import User
from kiosk.tenant.seed import HINA, LAYLA
from kiosk.tenant.snapshots import State
from kiosk.tenant.tokens import GRAPH
from tests.crash.cases import CASES
from tests.crash.child import Order
from tests.crash.forked import Ended, Trace, carried_out
from tests.crash.person import Person
from tests.crash.printed import Printed
from tests.crash.stage import Stage
from tests.replace.bench import OWN_PIN, PIN


@dataclass(frozen=True)
class Saved:
    """The world at one moment: the registry's files, the tenant, the paper, what the worker was told, the secrets."""

    files: dict[str, bytes]
    tenant: State
    badges: tuple[bytes, ...]
    told: tuple[str, ...]
    secrets: frozenset[bytes]


#: Called while a child waits at a point, with its number and name; says what the child is to do to itself.
Act = Callable[[int, str], tuple[Any, ...]]


class Scene:
    """The day before: a tenant as it is seeded, and the badges the worker has. Then whatever is done to it.

    `old` is the content of the standard one, `lent` of a temporary one; empty where there is none.
    `act` is done at the points a child waits at; `trace` is called with the process id of a traced child.
    """

    def __init__(self, stage: Stage, name: str) -> None:
        self.stage = stage
        self.name = name
        self.case = CASES[name]
        self.tenant = stage.tenant
        self.user: User = HINA if self.case.reason is Reason.NEW_HERE else LAYLA
        self.old = b""
        self.old_id = ""
        self.lent = b""
        self.lent_id = ""
        self.registry = stage.folder / "registry.db"
        self.act: Act = lambda _number, _name: ()
        self.trace: Trace = lambda _: None
        self.tenant.box.reset()
        stage.paper.repair()
        stage.clear()
        self.printed = Printed(stage.paper)
        self.person = Person(self.printed)
        self._put_files({"registry.db": stage.empty})
        if self.case.had_one:
            self._issue()
        if self.case.lent:
            self._lend()
        self.others = self.codes_of_others()

    def replace(self, kill_at: int = 0, **how: Any) -> Ended:
        """The replacement, killed at a point or not at all."""
        return self._child(replace(self._order(kill_at), **how))

    def recover(self, kill_at: int = 0, **how: Any) -> Ended:
        """Somebody presses the key."""
        return self._child(replace(self._order(kill_at), recover=True, **how))

    # As it is

    def without_a_start(self) -> bool:
        """Whether the journal was never opened: then nothing was done, and nothing is to be finished."""
        return self.rows("SELECT count(*) FROM replacements") == [(0,)]

    def is_open(self) -> bool:
        """Whether anything is left to be done."""
        return bool(self.rows("SELECT id FROM replacements WHERE closed_at IS NULL"))

    def readable(self) -> bool:
        """Whether the registry can be opened and is whole."""
        try:
            open_registry(self.registry).close()
        except RegistryError:
            return False
        return True

    def rows(self, query: str, *values: object) -> list[Any]:
        """Of the registry's file, whatever state it is in."""
        with closing(sqlite3.connect(self.registry)) as connection:
            return connection.execute(query, values).fetchall()

    @property
    def method(self) -> Method | None:
        """The worker's, as the tenant has it."""
        return self.tenant.tenant.methods.get(self.user.id)

    def standing(self) -> str | None:
        """The id of the standard code the tenant has."""
        return self.method.standard.id if self.method and self.method.standard else None

    def codes_of_others(self) -> object:
        """Everybody's but the worker's."""
        return {
            user: (method.standard and method.standard.id, method.temporary and method.temporary.id)
            for user, method in self.tenant.tenant.methods.items()
            if user != self.user.id
        }

    def works(self) -> bool:
        """Whether the worker can sign in with any badge there is on paper, the old one or one of those printed."""
        held = filter(None, (self.old, self.lent, *self.badges()))
        return any(self.sign_in(content) == "accepted" for content in held)

    def badges(self) -> list[bytes]:
        """What can be read on the paper that came out, oldest first."""
        return self.printed.badges()

    def sign_in(self, content: bytes) -> str:
        """What the tenant's phone says to a badge, with the PIN the worker was told last or set themselves."""
        phone = self.tenant.box.phone
        for pin in (*reversed(self.person.told), OWN_PIN):
            said = str(phone.sign_in(content, pin, None).result)
            if said == "must_change_pin":
                return str(phone.sign_in(content, pin, OWN_PIN).result)
            if said != "wrong_pin":
                return said
        return "wrong_pin"

    # Kept, and put back

    def save(self) -> Saved:
        """The world as it is."""
        known = frozenset(self.stage.leaks.known)
        return Saved(self.files(), self.state(), tuple(self.badges()), tuple(self.person.told), known)

    def state(self) -> State:
        """A copy of the tenant."""
        box = self.tenant.box
        return State(box.app, box.tenant, box.phone, box.grants, box.faults, box.journal).copy()

    def touched(self) -> object:
        """Equal as long as nothing has changed of what a process leaves: its files, the tenant's codes, the paper."""
        return self.files(), repr(self.tenant.tenant.methods), self.printed.number, len(self.person.told)

    def put_back(self, saved: Saved, files: dict[str, bytes] | None = None) -> None:
        """The world as it was; with `files`, a registry of another content."""
        self.stage.clear()
        self.tenant.box._put(saved.tenant.copy())
        self._put_files(saved.files if files is None else files)
        self.printed.put_back(saved.badges)
        self.person.told = list(saved.told)
        self.stage.leaks.known |= saved.secrets

    def files(self) -> dict[str, bytes]:
        """The registry's files; what SQLite keeps in shared memory is none of them."""
        return {
            file.name: file.read_bytes()
            for file in self.stage.folder.glob("registry.db*")
            if not file.name.endswith("-shm")
        }

    # Parts

    def _issue(self) -> None:
        tenant, now = self.tenant.tenant, datetime.now(UTC).replace(microsecond=0)
        start, expire = now - timedelta(days=self.case.begun), now + timedelta(days=self.case.left)
        made = tenant.create_method(self.user.id, now, expire, PIN)
        tenant.change_pin(self.user.id, PIN, OWN_PIN)
        tenant._put(self.user.id, CodeKind.STANDARD, replace(made.code.code, start=start))
        self.old, self.old_id = made.code.content.reveal(), made.code.code.id
        self._register(replace(made.code.code, start=start), self.old)

    def _lend(self) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        made = self.tenant.tenant.create_code(self.user.id, CodeKind.TEMPORARY, now, now + timedelta(hours=4))
        self.lent, self.lent_id = made.content.reveal(), made.code.id
        self._register(made.code, self.lent)

    def _register(self, made: Code, content: bytes) -> None:
        badge = parse(Secret(content))
        assert isinstance(badge, Badge)
        code = IssuedCode(
            code_id=made.id,
            user_id=self.user.id,
            upn=badge.upn,
            display_name=self.user.display_name,
            kind=made.kind,
            digest=badge.digest,
            issued_at=made.created,
            start_at=made.start,
            expire_at=made.expire,
            station="till-3",
            changed_at=made.created,
            state=CodeState.SCANNED,
        )
        with open_registry(self.registry) as opened, transaction(opened, "IMMEDIATE"):
            recorded.add_code(Writing(opened, "station"), code)

    def _put_files(self, files: dict[str, bytes]) -> None:
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
            printer_address=self.stage.paper.address,
            printer_socket=self.stage.drivers.path,
            user_id=self.user.id,
            reason=self.case.reason,
            kill_at=kill_at,
            scanned=self.old,
        )

    def _child(self, order: Order) -> Ended:
        self.person.comes()
        return carried_out(order, self._answer, self.trace)

    def _answer(self, what: str, about: Any) -> object:
        return self.act(*about) if what == "point" else self.person.answer(what, about)
