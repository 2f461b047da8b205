"""Replacements carried out against the real thing: each fault, and how it must end.

The old badge is Layla's, known to this registry. What is looked at afterwards: what her phone says to the old badge
and to the new one, what the registry and the journal say, how many badges came out, and what was kept of the secrets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pytest

from kiosk.badge.kind import CodeKind
from kiosk.registry import CodeState
from kiosk.replace.attendant import Choice
from kiosk.replace.issuer import Person as Found
from kiosk.replace.plan import Reason, Step
from kiosk.tenant.method import Policy as TenantPolicy
from kiosk.tenant.seed import LAYLA
from tests.replace.bench import Act, Bench, Person

pytestmark = pytest.mark.anyio

DELETE = ("DELETE", "standardqrcode")
CREATE = ("PATCH", "standardqrcode")
READ = ("GET", "")

#: refused: nothing was touched, the old badge works. stranded: she may have none, and the journal stays open.
End = Literal["refused", "finished", "stranded"]


@dataclass(frozen=True)
class Case:
    """A fault. `before`: it is there from the start; `at`: it comes when a step begins; `answers`: see Person."""

    name: str
    end: End
    before: Callable[[Bench], None] | None = None
    at: dict[Step, Callable[[Bench], None]] = field(default_factory=dict)
    answers: tuple[tuple[Step, Choice, Callable[[Bench], object] | None], ...] = ()
    misses: int = 0
    badges: int | None = None  # that can be read on all paper; None: one if finished, else none
    decisions: int = 0  # to print again, in the journal
    old: CodeState | None = None  # in the registry; None: as the end asks
    standing: Literal["old", "new", "other", "none"] | None = None  # the tenant's code; None: as the end asks


def _stop_printer(bench: Bench) -> None:
    bench.paper.__exit__(None, None, None)
    bench.paper.__exit__ = lambda *_: None  # type: ignore[method-assign]


def _paper(name: str, **arguments: object) -> Callable[[Bench], None]:
    return lambda bench: bench.paper.fault(name, **arguments)


def _repair(bench: Bench) -> None:
    bench.paper.repair()


def _graph(call: tuple[str, str], *, times: int | None = 1, **fault: Any) -> Callable[[Bench], None]:
    return lambda bench: bench.fail(*call, times=times, **fault)


def _both(*acts: Callable[[Bench], object]) -> Callable[[Bench], None]:
    def act(bench: Bench) -> None:
        for each in acts:
            each(bench)

    return act


async def _driver_back(bench: Bench) -> None:
    await bench.supervisor.ready(10)


def _account(**changed: object) -> Callable[[Bench], None]:
    def act(bench: Bench) -> None:
        users = bench.tenant.tenant.users
        users[LAYLA.id] = replace(users[LAYLA.id], **changed)  # type: ignore[arg-type]

    return act


def _policy(bench: Bench) -> None:
    bench.tenant.tenant.policy = TenantPolicy(enabled=False)


def _lock_after(what: str) -> Callable[[Bench], None]:
    def act(bench: Bench) -> None:
        def once() -> None:
            setattr(bench.issuer, what, lambda: None)
            bench.lock()

        setattr(bench.issuer, what, once)

    return act


def _lock_when_printed(bench: Bench) -> None:
    def once(_: object) -> None:
        bench.paper._printer._on_sheet = None
        bench.lock()

    bench.paper._printer._on_sheet = once


def _broken() -> None:
    raise ZeroDivisionError


def _break_create(bench: Bench) -> None:
    bench.issuer.before_create = _broken


def _away(bench: Bench) -> None:
    """Graph goes away once the step has looked at the code it is to delete."""
    real = type(bench.issuer).person
    asked = 0

    async def person(id_or_upn: str) -> Found:
        nonlocal asked
        asked += 1
        if asked > 1:
            bench.fail(*READ, times=None, status=503)
        return await real(bench.issuer, id_or_upn)

    bench.issuer.person = person  # type: ignore[method-assign]


def _spare_one_delete(bench: Bench) -> None:
    """The planned delete goes through; the orphan's does not."""
    bench.heal()
    bench.fail(*CREATE, drop="after")
    bench.issuer.after_delete = lambda: bench.fail(*DELETE, status=503, times=None)


def _lock_soon(bench: Bench) -> None:
    printer = bench.use.printer
    real = type(printer).prepare

    async def prepare(job: str, page: object) -> object:
        read = await real(printer, job, page)  # type: ignore[arg-type]
        del printer.prepare
        bench.lock()
        return read

    printer.prepare = prepare  # type: ignore[method-assign,assignment]


REFUSED = [
    Case("printer absent", "refused", _stop_printer),
    Case("paper out", "refused", _paper("paper_out")),
    Case("cover open", "refused", _paper("cover_open")),
    Case("printer silent", "refused", _paper("silent")),
    Case("driver gone", "refused", lambda bench: bench.drivers.hang_up()),
    Case("Graph down", "refused", _graph(READ, status=503, times=None)),
    Case("Graph unreachable", "refused", _graph(READ, drop="before", times=None)),
    Case("no permission", "refused", _graph(READ, status=403, times=None)),
    Case("our clock is off", "refused", lambda bench: bench.clock.advance(200)),
    Case("account disabled since", "refused", _account(account_enabled=False)),
    Case("policy changed since", "refused", _policy),
    Case("code replaced since", "refused", lambda bench: bench.somebody_replaces(), standing="other"),
    Case(
        "code deleted since",
        "refused",
        lambda bench: bench.tenant.tenant.delete_code(LAYLA.id, CodeKind.STANDARD),
        standing="none",
    ),
    Case(
        "method deleted since",
        "refused",
        lambda bench: bench.tenant.tenant.delete_method(LAYLA.id),
        standing="none",
    ),
]

PRINTER = [
    Case(
        "paper runs out in the middle, is put in, printed again",
        "finished",
        at={Step.PRINT: _paper("paper_out", after_rows=150)},
        answers=((Step.PRINT, Choice.REPRINT, _repair),),
        decisions=1,
    ),
    Case(
        "paper runs out in the middle, given up",
        "stranded",
        at={Step.PRINT: _paper("paper_out", after_rows=150)},
        answers=((Step.PRINT, Choice.GIVE_UP, None),),
        old=CodeState.REPLACED,
        standing="new",
    ),
    Case(
        "cover opened before the page goes out",
        "finished",
        at={Step.PRINT: _paper("cover_open")},
        answers=((Step.PRINT, Choice.REPRINT, _repair),),
        decisions=1,
    ),
    Case(
        "prints and says nothing: the person saw it",
        "finished",
        at={Step.PRINT: _paper("silent")},
        answers=((Step.PRINT, Choice.CAME_OUT, _repair),),
    ),
    Case(
        "prints and says nothing: printed again because the person says so",
        "finished",
        at={Step.PRINT: _paper("silent")},
        answers=((Step.PRINT, Choice.REPRINT, _repair),),
        badges=2,
        decisions=1,
    ),
    Case(
        "dead after commit, nothing came out",
        "finished",
        at={Step.PRINT: _paper("dead")},
        answers=((Step.PRINT, Choice.REPRINT, _repair),),
        decisions=1,
    ),
    Case(
        "dead after commit, given up",
        "stranded",
        at={Step.PRINT: _paper("dead")},
        answers=((Step.PRINT, Choice.GIVE_UP, None),),
        old=CodeState.REPLACED,
        standing="new",
    ),
    Case(
        "cut off in the middle of the page, printed again",
        "finished",
        at={Step.PRINT: _paper("disconnect_at_byte", byte=1500)},
        answers=((Step.PRINT, Choice.REPRINT, _both(_paper("restart"), _repair)),),
        decisions=1,
    ),
    Case(
        "driver dies between prepare and commit",
        "finished",
        at={Step.PRINT: lambda bench: bench.drivers.hang_up()},
        answers=((Step.PRINT, Choice.REPRINT, _driver_back),),
        decisions=1,
    ),
    Case(
        "driver dies before the page is handed over",
        "finished",
        at={Step.PREPARE: lambda bench: bench.drivers.hang_up()},
        answers=((Step.PREPARE, Choice.RETRY, _driver_back),),
    ),
]

RETRY_DELETE = (Step.DELETE, Choice.RETRY, lambda bench: bench.heal())
RETRY_CREATE = (Step.CREATE, Choice.RETRY, lambda bench: bench.heal())

GRAPH = [
    Case("delete 429", "finished", _graph(DELETE, status=429, retry_after=3), answers=(RETRY_DELETE,)),
    Case(
        "delete 429, given up: nothing was done",
        "refused",
        _graph(DELETE, status=429),
        answers=((Step.DELETE, Choice.GIVE_UP, None),),
    ),
    Case("delete 503 without effect", "finished", _graph(DELETE, status=503)),
    Case("delete 503 with effect", "finished", _graph(DELETE, status=503, after=True)),
    Case("delete lost before", "finished", _graph(DELETE, drop="before")),
    Case("delete lost after", "finished", _graph(DELETE, drop="after")),
    Case("delete lost again and again", "finished", _graph(DELETE, drop="before", times=3), answers=(RETRY_DELETE,)),
    Case(
        "delete lost and Graph then away, given up: nobody may say that nothing happened",
        "stranded",
        _graph(DELETE, drop="after"),
        at={Step.DELETE: _away},
        answers=((Step.DELETE, Choice.GIVE_UP, None),),
        old=CodeState.SCANNED,
        standing="none",
    ),
    Case("delete that takes effect a little late", "finished", _graph(DELETE, late=2)),
    Case("delete that takes effect late", "finished", _graph(DELETE, late=4), answers=(RETRY_CREATE,)),
    Case("delete 403", "refused", _graph(DELETE, status=403), answers=((Step.DELETE, Choice.GIVE_UP, None),)),
    Case("create 429", "finished", _graph(CREATE, status=429, retry_after=3), answers=(RETRY_CREATE,)),
    Case("create 503 without effect", "finished", _graph(CREATE, status=503)),
    Case("create 503 with effect: the orphan is replaced", "finished", _graph(CREATE, status=503, after=True)),
    Case("create lost before", "finished", _graph(CREATE, drop="before")),
    Case("create lost after: the orphan is replaced", "finished", _graph(CREATE, drop="after")),
    Case(
        "create lost after, and its orphan's delete too",
        "finished",
        _both(_graph(DELETE, status=503, times=None), _graph(CREATE, drop="after")),
        at={Step.DELETE: _spare_one_delete},
        answers=(RETRY_CREATE,),
    ),
    Case(
        "create lost three times",
        "finished",
        _graph(CREATE, drop="after", times=3),
        answers=(RETRY_CREATE,),
    ),
    Case(
        "create 403, given up after the delete",
        "stranded",
        _graph(CREATE, status=403),
        answers=((Step.CREATE, Choice.GIVE_UP, None),),
    ),
]

OTHERS = [
    Case(
        "an administrator replaces the code between preflight and delete",
        "refused",
        at={Step.DELETE: lambda bench: bench.somebody_replaces()},
        answers=((Step.DELETE, Choice.GIVE_UP, None),),
        standing="other",
    ),
    Case(
        "an administrator deletes the code between preflight and delete",
        "finished",
        at={Step.DELETE: lambda bench: bench.tenant.tenant.delete_code(LAYLA.id, CodeKind.STANDARD)},
    ),
    Case(
        "an administrator creates a code between delete and create",
        "stranded",
        at={Step.CREATE: lambda bench: bench.somebody_creates()},
        answers=((Step.CREATE, Choice.GIVE_UP, None),),
        standing="other",
    ),
    Case(
        "an administrator creates one and our own create is lost",
        "stranded",
        _graph(CREATE, drop="before"),
        at={Step.CREATE: lambda bench: bench.somebody_creates()},
        answers=((Step.CREATE, Choice.GIVE_UP, None),),
        standing="other",
    ),
]

SCAN_BACK = [
    Case("not held up in time, then it is", "finished", misses=1, answers=((Step.SCAN_BACK, Choice.RETRY, None),)),
    Case(
        "not held up, printed again",
        "finished",
        misses=1,
        answers=((Step.SCAN_BACK, Choice.REPRINT, None),),
        badges=2,
        decisions=1,
    ),
    Case(
        "not held up, given up",
        "stranded",
        misses=1,
        answers=((Step.SCAN_BACK, Choice.GIVE_UP, None),),
        badges=1,
        old=CodeState.REPLACED,
        standing="new",
    ),
]

REGISTRY = [
    Case(
        "registry locked once the old code is deleted",
        "finished",
        _lock_after("after_delete"),
        answers=((Step.DELETE, Choice.RETRY, lambda bench: bench.unlock()),),
    ),
    Case(
        "registry locked once the new code is there: it is not created twice",
        "finished",
        _lock_after("after_create"),
        answers=((Step.CREATE, Choice.RETRY, lambda bench: bench.unlock()),),
    ),
    Case(
        "registry locked once it is printed: it is not printed twice",
        "finished",
        _lock_when_printed,
        answers=((Step.PRINT, Choice.RETRY, lambda bench: bench.unlock()),),
    ),
    Case(
        "registry locked while the page is registered: no page is left with the driver",
        "finished",
        at={Step.PREPARE: _lock_soon},
        answers=((Step.PREPARE, Choice.RETRY, lambda bench: bench.unlock()),),
    ),
    Case(
        "a mistake of ours is a step that failed",
        "stranded",
        _break_create,
        answers=((Step.CREATE, Choice.GIVE_UP, None),),
    ),
]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case("no fault", "finished"), id="no fault"),
        *(pytest.param(case, id=case.name) for case in (*REFUSED, *PRINTER, *GRAPH, *OTHERS, *SCAN_BACK, *REGISTRY)),
    ],
)
async def test_each_fault_ends_as_it_must(case: Case, bench: Bench, check: Callable[[], None]) -> None:
    """The table: a fault, what the person does, and the end."""
    made = await bench.planned(LAYLA, Reason.WORN)
    if case.before:
        case.before(bench)
    person = Person(
        bench.paper,
        [(step, choice, _bound(act, bench)) for step, choice, act in case.answers],
        {step: _bound(act, bench) or (lambda: None) for step, act in case.at.items()},
        case.misses,
    )

    result = await bench.carry_out(made, person)

    bench.heal()
    check()
    assert (result.finished, result.stranded) == (case.end == "finished", case.end == "stranded")
    assert bench.journal_result() == {"refused": "failed", "finished": "done", "stranded": None}[case.end]
    await _check_codes(case, bench)
    badges = bench.badges()
    assert len(badges) == (int(case.end == "finished") if case.badges is None else case.badges)
    assert sum(entry.details.get("decision") == "reprint" for entry in bench.journal()) == case.decisions
    if case.end == "finished":
        assert set(badges) == {bench.issuer.contents[-1]}
        assert bench.sign_in(badges[-1]) == "accepted"
        assert bench.sign_in(bench.old) == "revoked"
    if case in REFUSED:
        assert bench.did(*DELETE) == bench.did(*CREATE) == 0
        assert person.troubles == []


def _bound(act: Callable[[Bench], object] | None, bench: Bench) -> Act | None:
    return (lambda: act(bench)) if act else None  # type: ignore[return-value]


async def _check_codes(case: Case, bench: Bench) -> None:
    """Registry and tenant say what the end asks for."""
    asked = {
        "refused": (CodeState.SCANNED, "old"),
        "finished": (CodeState.REPLACED, "new"),
        "stranded": (CodeState.REVOKED, "none"),
    }[case.end]
    state, standing = case.old or asked[0], case.standing or asked[1]
    old = await bench.registry.code(bench.old_id)
    assert old is not None
    assert old.state is state
    there = bench.standing()
    ours = bench.issuer.received[-1].code_id if bench.issuer.received else None
    assert {"old": there == bench.old_id, "new": there == ours, "none": there is None}.get(
        standing, there not in (None, ours, bench.old_id)
    ), there
    if case.end == "finished":
        new = await bench.registry.code(ours or "")
        assert new is not None
        assert new.state is CodeState.SCANNED
        assert old.replaced_by == new.code_id


async def test_nothing_is_printed_twice_by_itself(bench: Bench, check: Callable[[], None]) -> None:
    """A printer that says nothing is asked about, every time; only REPRINT sends a page."""
    made = await bench.planned(LAYLA, Reason.WORN)
    silent = bench.paper
    again = (Step.PRINT, Choice.REPRINT, None)
    person = Person(silent, [again, (Step.PRINT, Choice.GIVE_UP, None)])
    person.at[Step.PRINT] = lambda: silent.fault("silent")

    result = await bench.carry_out(made, person)

    check()
    assert result.stranded
    assert len(bench.badges()) == 2
    outcomes = [entry.result for entry in bench.journal() if (entry.step, entry.phase) == ("print", "outcome")]
    assert outcomes == ["unknown"] * 2
    new = await bench.registry.code(result.code_id)
    assert new is not None
    assert new.state is CodeState.CREATED, "nobody said that it was printed"
