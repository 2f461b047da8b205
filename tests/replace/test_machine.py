"""Station, tenant, printer, administrator and network, in any order, each going wrong at any step.

After everything that happens: whoever had a badge has one that signs in, or an open journal says so; nobody else's
code was touched; nothing was printed twice undecided; no secret is left in memory; the audit holds. In the end all is
well again, the key is pressed, and registry and Graph agree. `MACHINE_EXAMPLES` says how many such days are lived
through; the few of every test run are always the same.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from drivers.printers import verdict
from drivers.wire.secret import ForgottenError, Secret
from kiosk.badge.content import digest
from kiosk.badge.kind import CodeKind
from kiosk.clock import ManualClock
from kiosk.graph.client import GraphClient
from kiosk.graph.errors import GraphError
from kiosk.graph.settings import GraphSettings
from kiosk.registry import LeaseHeldError
from kiosk.registry.states import ENDED_CODES
from kiosk.replace.assignment import Assignment
from kiosk.replace.attendant import Choice, PrintSlip, Progress, Trouble
from kiosk.replace.carry_out import Replacement
from kiosk.replace.plan import Plan, Reason, Step, plan
from kiosk.replace.reconcile import finish, look
from kiosk.tenant.refusal import GraphError as Refused
from kiosk.tenant.seed import LAYLA
from kiosk.tenant.serve import RunningTenant
from tests.replace.bench import OWN_PIN, SILENCE, Bench, bench, read
from tests.replace.conftest import Token

EXAMPLES: Final = int(os.environ.get("MACHINE_EXAMPLES", "4"))
_REASONS: Final = (Reason.WORN, Reason.STOLEN, Reason.EXPIRES, Reason.FORGOTTEN, Reason.PIN_FORGOTTEN)
_FAULTS: Final[dict[str, dict[str, Any]]] = {
    "a change is dropped before": {"drop": "before"},
    "a change is dropped after": {"drop": "after"},
    "a change is answered 503": {"status": 503},
    "a change is answered 503 and done": {"status": 503, "after": True},
}
_ACTS: Final = (
    "the station stops",
    "Graph goes away",
    "Graph comes back",
    "a delete is late",
    *_FAULTS,
    "an administrator replaces the code",
    "an administrator deletes the code",
    "the account is disabled",
    "the account is enabled",
    "the paper is out",
    "the printer is silent",
    "the printer is repaired",
    "the clock jumps ahead",
    "the clock jumps back",
    "the clock is right",
)
_WELL: Final = ("Graph comes back", "the printer is repaired", "the clock is right", "the account is enabled")

acts = st.sampled_from(_ACTS)
days = st.dictionaries(st.sampled_from(Step), acts, max_size=2)
picks = st.lists(st.integers(0, 5), max_size=4)


@dataclass
class Somebody:
    """The Attendant: answers as `picks` say, then gives up; holds up whatever came out."""

    machine: Day
    picks: list[int]
    at: dict[Step, str]
    sheets: int = 0

    def show(self, step: Step, progress: Progress, detail: str = "") -> None:
        if progress is Progress.DOING and step in self.at:
            self.machine.act(self.at.pop(step))

    async def trouble(self, trouble: Trouble) -> Choice:
        out = len(self.machine.bench.paper.sheets)
        came_out, self.sheets = out > self.sheets, out
        # Nobody says that a badge came out when none did.
        true = [choice for choice in trouble.choices if choice is not Choice.CAME_OUT or came_out]
        return true[self.picks.pop() % len(true)] if self.picks else Choice.GIVE_UP

    async def scan_back(self, digest_wanted: bytes) -> bool:
        self.sheets = len(self.machine.bench.paper.sheets)
        return any(digest(content) == digest_wanted for content in self.machine.badges())

    async def tell(self, pin: Secret, slip: PrintSlip | None) -> bool:
        self.machine.told.append(pin.reveal_text())
        return True


@dataclass
class World:
    """What the machines share."""

    tenant: RunningTenant
    empty: Path
    folders: Callable[[], Path]


class Day(RuleBasedStateMachine):
    """See the module."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.told: list[str] = []
        self.theirs: set[str] = set()
        self.targets: set[str | None] = set()
        self.spared = True
        self._read: list[bytes] = []
        self._sheets = 0
        self._stop: Callable[[], None] = lambda: None
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()
        self.bench = self._runner.run(self._begin())
        self._others = self._codes_of_others()

    async def _begin(self) -> Bench:
        tenant, clock = self.world.tenant, ManualClock(datetime.now(UTC))
        tenant.box.reset()
        settings = GraphSettings(
            tenant_id=tenant.tenant_id,
            client_id=tenant.client_id,
            base_url=tenant.graph_url,
            authority=tenant.authority,
            ca_file=str(tenant.ca_file),
            version="v1.0",
        )
        graph = await self._open.enter_async_context(GraphClient(settings, Token(tenant), clock=clock))
        return await self._open.enter_async_context(
            bench(tenant, graph, clock, self.world.folders(), self.world.empty)
        )

    # What happens

    @rule(reason=st.sampled_from(_REASONS), at=days, chosen=picks)
    def a_worker_comes(self, reason: Reason, at: dict[Step, str], chosen: list[int]) -> None:
        self._runner.run(self._replace(reason, Somebody(self, chosen, at)))

    @rule(at=days, chosen=picks)
    def the_key_is_pressed(self, at: dict[Step, str], chosen: list[int]) -> None:
        self._runner.run(self._recover(Somebody(self, chosen, at)))

    @rule(what=acts)
    def something_happens(self, what: str) -> None:
        self.act(what)

    def act(self, what: str) -> None:  # noqa: C901 - one for each of the things
        """Let it happen, now."""
        made = self.bench
        match what:
            case "the station stops":
                self._stop()
            case "Graph goes away":
                made.fail("", "", status=503, times=None)
            case "Graph comes back":
                made.heal()
            case "a delete is late":
                made.fail("DELETE", "standardqrcode", late=3)
            case "an administrator replaces the code":
                self._administrator(made.somebody_replaces)
            case "an administrator deletes the code":
                self._administrator(self._delete)
            case "the account is disabled" | "the account is enabled":
                user = made.tenant.tenant.user(LAYLA.id)
                made.tenant.tenant.change_user(replace(user, account_enabled=what.endswith("enabled")))
            case "the paper is out":
                made.paper.fault("paper_out")
            case "the printer is silent":
                made.paper.fault("silent")
            case "the printer is repaired":
                made.paper.repair()
            case "the clock jumps ahead" | "the clock jumps back" | "the clock is right":
                seconds = {"ahead": 7200.0, "back": -7200.0}.get(what.rpartition(" ")[2], 0.0)
                made.clock.set(datetime.now(UTC) + timedelta(seconds=seconds))
            case _:
                made.fail("PATCH", "", **_FAULTS[what])
                made.fail("DELETE", "", **_FAULTS[what])

    def _administrator(self, does: Callable[[], None]) -> None:
        before = self.bench.standing()
        with suppress(Refused):
            does()
        after = self.bench.standing()
        self.spared = False
        if after != before:
            self.theirs = {after} if after else set()

    def _delete(self) -> None:
        self.bench.tenant.tenant.delete_code(LAYLA.id, CodeKind.STANDARD)

    async def _replace(self, reason: Reason, somebody: Somebody) -> None:
        made = self.bench
        try:
            person = await made.issuer.person(LAYLA.id)
        except GraphError:
            return
        planned = plan(person.user_id, reason, person.account, enrolled=person.enrolled, now=made.clock.now())
        if isinstance(planned, Plan):
            self.targets.add(planned.old)
            await self._until_it_stops(Replacement(Assignment(planned, person, made.use, somebody)).run())

    async def _recover(self, somebody: Somebody) -> None:
        for each in await look(self.bench.use):
            with suppress(GraphError):
                await self._until_it_stops(finish(each, self.bench.use, somebody))

    async def _until_it_stops(self, work: Any) -> None:
        running = asyncio.ensure_future(work)
        self._stop = lambda: (running.cancel(), None)[1]
        try:
            with suppress(asyncio.CancelledError, LeaseHeldError):
                await running
        finally:
            self._stop = lambda: None

    # What holds

    @invariant()
    def nobody_else_is_touched(self) -> None:
        assert self._codes_of_others() == self._others
        left = self.theirs - {self.bench.standing()}
        assert left <= self.targets, "an administrator's code was deleted, and nobody had asked for that"

    @invariant()
    def whoever_had_a_badge_has_one(self) -> None:
        """Unless an administrator took it; or an open journal says that they may have none."""
        enabled = self.bench.tenant.tenant.user(LAYLA.id).account_enabled
        if self.spared and enabled and not self._runner.run(self.bench.registry.unfinished()):
            assert self._works(), "the worker has no badge that works, and nobody knows"

    @invariant()
    def nothing_is_printed_twice_undecided(self) -> None:
        decisions = sum(entry.details.get("decision") == "reprint" for entry in self.bench.journal())
        assert all(number <= 1 + decisions for number in Counter(self.badges()).values())

    @invariant()
    def no_secret_is_left(self) -> None:
        for code in self.bench.issuer.all_received:
            for secret in (code.content, code.image):
                with pytest.raises(ForgottenError):
                    secret.reveal()

    @invariant()
    def the_audit_holds(self) -> None:
        assert self._runner.run(self.bench.registry.verify()).broken is None
        assert self._runner.run(self.bench.registry.problems()) == ()

    def teardown(self) -> None:
        """All is well again, and the key is pressed."""
        try:
            for what in _WELL:
                self.act(what)
            self._runner.run(self._recover(Somebody(self, [0, 0, 0], {})))
            self._runner.run(self._recover(Somebody(self, [0, 0, 0], {})))
            self._agrees()
        finally:
            self._runner.run(self._open.aclose())
            self._runner.close()

    def _agrees(self) -> None:
        assert self._runner.run(self.bench.registry.unfinished()) == ()
        method = self.bench.tenant.tenant.methods[LAYLA.id]
        there = {code.id for code in (method.standard, method.temporary) if code} - self.theirs
        known = self._runner.run(self.bench.registry.codes_of(LAYLA.id))
        live = {code.code_id for code in known if code.state not in ENDED_CODES} - self.theirs
        if self.spared:
            assert live == there
        self.whoever_had_a_badge_has_one()

    # Parts

    def badges(self) -> list[bytes]:
        """What can be read on all the paper; each sheet is read once."""
        sheets = self.bench.paper.sheets
        for sheet in sheets[self._sheets :]:
            self._read.extend(read(sheet))
        self._sheets = len(sheets)
        return self._read

    def _works(self) -> bool:
        return any(self._sign_in(content) == "accepted" for content in (*reversed(self.badges()), self.bench.old))

    def _sign_in(self, content: bytes) -> str:
        phone = self.bench.tenant.box.phone
        for pin in (*reversed(self.told), OWN_PIN):
            phone._failures.clear()
            said = str(phone.sign_in(content, pin, None).result)
            if said == "must_change_pin":
                return str(phone.sign_in(content, pin, OWN_PIN).result)
            if said != "wrong_pin":
                return said
        return "wrong_pin"

    def _codes_of_others(self) -> object:
        methods = self.world.tenant.tenant.methods
        return {user: [code.id for code in method.codes] for user, method in methods.items() if user != LAYLA.id}


def test_any_day(
    running_tenant: RunningTenant,
    empty: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verdict, "STATUS_SECONDS", SILENCE)
    world = World(running_tenant, empty, lambda: tmp_path_factory.mktemp("day"))
    many = EXAMPLES > 4
    run_state_machine_as_test(
        lambda: Day(world),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=12 if many else 6,
            deadline=None,
            derandomize=not many,
            database=None,
            phases=(Phase.generate, Phase.shrink) if many else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
