"""A first badge: the method, its code and a PIN come from one answer, which may be lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drivers.wire.secret import ForgottenError
from kiosk.replace.attendant import Choice
from kiosk.replace.plan import Reason, Step
from kiosk.tenant.seed import HINA
from tests.replace.bench import OWN_PIN, Bench, Person

pytestmark = pytest.mark.anyio

ENROL = ("PUT", "qrcodepinmethod")


@pytest.mark.parametrize(
    "fault",
    [{}, {"drop": "before"}, {"drop": "after"}, {"status": 503}, {"status": 503, "after": True}],
    ids=["no fault", "lost before", "lost after", "503 without effect", "503 with effect"],
)
async def test_enrol_and_its_lost_answer(fault: dict[str, Any], bench: Bench, check: Callable[[], None]) -> None:
    """However the answer was lost, she has one method, one badge that reads back, and the PIN she was told."""
    made = await bench.planned(HINA, Reason.NEW_HERE)
    if fault:
        bench.fail(*ENROL, **fault)

    person = Person(bench.paper, [])
    result = await bench.carry_out(made, person)

    check()
    assert result.finished
    (badge,) = bench.badges()
    (pin,) = person.told
    assert bench.sign_in(badge, pin) == "must_change_pin"
    assert bench.sign_in(badge, pin, OWN_PIN) == "accepted"
    assert bench.journal_result() == "done"


async def test_a_badge_that_is_not_read_back_ends_without_a_pin(bench: Bench, check: Callable[[], None]) -> None:
    """Nobody is told a PIN for a badge that nobody saw; it is forgotten."""
    made = await bench.planned(HINA, Reason.NEW_HERE)
    pins = []
    real = bench.issuer.create_method

    async def noted(*args: object, pin: object, **kwargs: object) -> object:
        pins.append(pin)
        return await real(*args, pin=pin, **kwargs)  # type: ignore[arg-type]

    bench.issuer.create_method = noted  # type: ignore[method-assign,assignment]
    person = Person(bench.paper, [(Step.SCAN_BACK, Choice.GIVE_UP, None)], misses=1)

    result = await bench.carry_out(made, person)

    check()
    assert (result.finished, result.stranded, person.told) == (False, True, [])
    with pytest.raises(ForgottenError):
        pins[0].reveal()  # type: ignore[attr-defined]
    assert bench.journal_result() is None


async def test_somebody_else_enrols_her_first(bench: Bench, check: Callable[[], None]) -> None:
    """Another's method is left alone, and nothing was changed here."""
    made = await bench.planned(HINA, Reason.NEW_HERE)
    now = datetime.now(UTC)

    def first() -> None:
        bench.tenant.tenant.create_method(HINA.id, now, now + timedelta(days=30), "09599786")

    person = Person(bench.paper, [(Step.CREATE_METHOD, Choice.GIVE_UP, None)], {Step.CREATE_METHOD: first})

    result = await bench.carry_out(made, person)

    check()
    assert (result.finished, result.stranded) == (False, False)
    assert bench.standing(HINA) is not None
    assert bench.did("DELETE", "qrcodepinmethod") == 0
    assert bench.journal_result() == "failed"


async def test_enrolled_between_plan_and_preflight(bench: Bench, check: Callable[[], None]) -> None:
    """Then there is nothing to do, and nothing is sent."""
    made = await bench.planned(HINA, Reason.NEW_HERE)
    now = datetime.now(UTC)
    bench.tenant.tenant.create_method(HINA.id, now, now + timedelta(days=30), "09599786")

    result = await bench.carry_out(made, Person(bench.paper, []))

    check()
    assert (result.finished, result.stranded) == (False, False)
    assert "enrolled already" in str(result.error)
    assert bench.did(*ENROL) == 0
