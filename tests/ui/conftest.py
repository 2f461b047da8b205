"""States, from the barest to the fullest, and a way to look at them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drivers.wire.messages import Health
from drivers.wire.secret import Secret
from kiosk.badge.verdict import Basis, Judgement, Verdict
from kiosk.board import Board
from kiosk.graph.sign_in_refusals import _ADVICE
from kiosk.replace.attendant import Choice, Progress, Trouble
from kiosk.replace.plan import Reason, Refusal, Step, reissue
from kiosk.replace.recover import Situation
from kiosk.state import (
    DeviceView,
    Phase,
    PinView,
    SignInView,
    SlipView,
    State,
    StepView,
    SupervisorView,
    UnfinishedView,
)
from kiosk.ui.app import KioskApp
from kiosk.ui.screens.view import Setting
from kiosk.ui.theme import look
from tests.ui.stage import Recorder, Show, Shown

MARIA = SupervisorView(
    "0000-m", "Maria Silva", ("Authentication Administrator",), units=("5a1d3c7e-2b94-4f68-8e05-6c9b7a4d1f32",)
)
#: The longest of the advice that signing in can come to.
BLOCKED = max((hint for _, hint in _ADVICE.values()), key=len)
REISSUE = reissue("0000-n", Reason.WORN, old="c-1", bridge=True).steps
#: The most that is offered at once, in the longest words.
OFFERED = (Reason.EXPIRES, Reason.WORN, Reason.PIN_FORGOTTEN, Reason.FOUND, Reason.COPY, Reason.FORGOTTEN)
NOW = datetime(2026, 11, 20, 14, 2, tzinfo=UTC)


def unfinished(count: int) -> tuple[UnfinishedView, ...]:
    """So many who may be without a badge."""
    return tuple(
        UnfinishedView(f"r{number}", f"Katarzyna Wisniewska {number}", Reason.WORN, Situation.NO_CODE)
        for number in range(count)
    )


@pytest.fixture
def show() -> Show:
    """`async with show(state) as shown`: a screen that draws this state."""

    @asynccontextmanager
    async def shown(
        state: State, *, size: tuple[int, int] = (80, 25), term: str = "linux", may_quit: bool = False
    ) -> AsyncIterator[Shown]:
        visit = Recorder(Board(state))
        app = KioskApp(visit, Setting("Gate 3", look(term), UTC, may_quit))
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            yield Shown(app, visit, pilot)

    return shown


@pytest.fixture
def devices() -> tuple[DeviceView, ...]:
    """A printer and a scanner that are well."""
    return tuple(
        DeviceView(name, role, Health(state="ok")) for name, role in (("receipts", "print"), ("front", "scan"))
    )


@pytest.fixture
def verdict(devices: tuple[DeviceView, ...]) -> Callable[..., State]:
    """The fullest state of a verdict that there is, with what the test changes."""

    def state(which: Verdict, *, basis: Basis = Basis.GRAPH, reasons: tuple[str, ...] = (), **changes: Any) -> State:
        full = State(
            phase=Phase.VERDICT,
            grade="C",
            judgement=Judgement(which, basis, NOW, reasons),
            name="Nina Fischer",
            expire=NOW + timedelta(days=120),
            devices=devices,
        )
        return replace(full, **changes)

    return state


@pytest.fixture
def replacing(devices: tuple[DeviceView, ...]) -> Callable[..., State]:
    """A replacement with the steps before `step` done and that one as told."""

    def state(step: Step, progress: Progress = Progress.DOING, **changes: Any) -> State:
        at = REISSUE.index(step)
        steps = tuple(
            StepView(other, Progress.DONE if number < at else progress if number == at else Progress.WAITING)
            for number, other in enumerate(REISSUE)
        )
        full = State(phase=Phase.REPLACING, name="Nina Fischer", reason=Reason.WORN, steps=steps, devices=devices)
        return replace(full, **changes)

    return state


@pytest.fixture
def trouble() -> Trouble:
    """A print nobody knows the end of, with every choice."""
    return Trouble(
        Step.PRINT,
        "nobody knows whether it was printed: the printer stopped answering",
        "look whether a badge came out",
        tuple(Choice),
    )


@pytest.fixture
def crowded(
    devices: tuple[DeviceView, ...],
    verdict: Callable[..., State],
    replacing: Callable[..., State],
    trouble: Trouble,
) -> dict[str, State]:
    """Every phase with as much on the screen as it can have."""
    ill = Health(state="fault", reason="out of paper", hint="load a roll")
    sick = tuple(DeviceView(f"{view.name}-at-the-gate", view.role, ill) for view in devices)
    failed = replacing(Step.SCAN_BACK, Progress.FAILED)
    long = (
        "Graph did not answer, so nobody knows what became of it (503 serviceUnavailable, request-id "
        "00000000-0000-0000-0000-000000000000, client-request-id 00000000-0000-0000-0000-000000000000)"
    )
    advice = "See whether the person has a new code already before you try again; then check the network"
    return {
        "idle": State(devices=sick, unfinished=unfinished(12), supervised=True),
        "sign_in": State(
            phase=Phase.SIGN_IN,
            devices=sick,
            supervised=True,
            sign_in=SignInView("BCDFGHJKL", "https://microsoft.com/devicelogin", 272.0),
        ),
        "pin": State(
            phase=Phase.SIGN_IN,
            devices=sick,
            supervised=True,
            sign_in=SignInView(badge=True, pin=PinView("Katarzyna Wisniewska", 8, not_before=NOW)),
        ),
        "signing": State(phase=Phase.SIGN_IN, devices=sick, supervised=True, sign_in=SignInView()),
        "blocked": State(
            phase=Phase.SIGN_IN,
            devices=sick,
            supervised=True,
            sign_in=SignInView(error="Conditional Access blocks this sign-in: AADSTS53003", hint=BLOCKED),
        ),
        "signed_in": State(phase=Phase.SIGNED_IN, devices=sick, supervised=True, supervisor=MARIA),
        "needed": verdict(
            Verdict.WORN,
            basis=Basis.REGISTRY,
            reasons=("expiring",),
            refusal=Refusal("needs_supervisor"),
            supervised=True,
            offline="no answer",
            devices=sick,
        ),
        "supervised": verdict(
            Verdict.WORN, offers=OFFERED, reasons=("expiring",), devices=sick, supervised=True, supervisor=MARIA
        ),
        "signed_in_late": State(
            phase=Phase.SIGNED_IN,
            devices=sick,
            supervised=True,
            supervisor=MARIA,
            unfinished=(*unfinished(11), replace(unfinished(1)[0], situation=None, refusal=Refusal("person_gone"))),
        ),
        "attended": State(
            devices=sick, unfinished=(replace(unfinished(1)[0], until=NOW + timedelta(hours=9)),), attended=True
        ),
        "second": verdict(
            Verdict.WORN,
            reasons=("expiring",),
            refusal=Refusal("second_person"),
            supervised=True,
            first=MARIA,
            devices=sick,
        ),
        "outside": verdict(
            Verdict.WORN,
            reasons=("expiring",),
            refusal=Refusal("outside_the_unit"),
            reason=Reason.WORN,
            supervised=True,
            supervisor=MARIA,
            devices=sick,
        ),
        "visiting": State(
            phase=Phase.CONFIRM,
            name="Nina Fischer",
            reason=Reason.COPY,
            supervised=True,
            first=MARIA,
            supervisor=MARIA,
            visiting=True,
            devices=sick,
        ),
        "surrender": replacing(Step.PREFLIGHT, Progress.WAITING, surrender=True),
        "not_old": replacing(Step.PREFLIGHT, Progress.WAITING, surrender=True, wrong_badge=True),
        "closing": State(
            phase=Phase.CONFIRM,
            closing=replace(unfinished(1)[0], situation=None, refusal=Refusal("policy_disallows")),
            devices=sick,
        ),
        "checking": State(phase=Phase.CHECKING, devices=sick),
        "verdict": verdict(Verdict.WORN, offers=OFFERED, reasons=("expiring",), devices=sick),
        "refused": verdict(
            Verdict.BLOCKED,
            basis=Basis.REGISTRY,
            reasons=("account_disabled", "policy_disallows", "upn_changed"),
            refusal=Refusal("badge_proves_nobody"),
            offline="no answer",
        ),
        "confirm": State(phase=Phase.CONFIRM, name="Nina Fischer", reason=Reason.WORN, devices=sick),
        "replacing": replacing(Step.CREATE),
        "trouble": replacing(Step.PRINT, Progress.FAILED, trouble=trouble, devices=sick),
        "graph": replacing(
            Step.CREATE,
            Progress.FAILED,
            trouble=Trouble(Step.CREATE, long, advice, (Choice.RETRY, Choice.GIVE_UP)),
            devices=sick,
        ),
        "telling": replacing(Step.CLOSE, pin=Secret("40718256"), slip=SlipView(), devices=sick),
        "slip": replacing(
            Step.CLOSE,
            pin=Secret("40718256"),
            pin_shown=True,
            slip=SlipView(result="unknown", reason="the printer took the page and has not said what became of it"),
            devices=sick,
        ),
        "prompt": replacing(Step.SCAN_BACK, prompt=True),
        "wrong": replacing(Step.SCAN_BACK, prompt=True, wrong_badge=True),
        "finished": State(phase=Phase.FINISHED, name="Nina Fischer", reason=Reason.WORN, devices=sick),
        "failed": replace(failed, phase=Phase.FAILED, error=long, hint=advice),
        "stranded": replace(
            failed,
            phase=Phase.FAILED,
            stranded=True,
            unfinished=unfinished(1),
            error=long,
            hint=advice,
            devices=sick,
        ),
    }
