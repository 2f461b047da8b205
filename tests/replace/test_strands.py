"""Ends that are easily taken for better than they are, and steps whose work nobody would miss at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from drivers.wire.messages import Page, Prepared
from drivers.wire.secret import ForgottenError, Secret
from kiosk.devices.printer import Printer
from kiosk.graph.errors import InsufficientPermissions
from kiosk.registry import CodeState
from kiosk.replace.assignment import Assignment
from kiosk.replace.attendant import Choice
from kiosk.replace.carry_out import Replacement
from kiosk.replace.issuer import NewCode
from kiosk.replace.plan import Reason, Step
from kiosk.replace.reconcile import finish, look
from kiosk.replace.recover import Recovery, Situation
from kiosk.tenant.seed import LAYLA
from tests.replace.bench import OWN_PIN, Bench, Person, WatchedIssuer
from tests.replace.test_reconcile import stop_at

pytestmark = pytest.mark.anyio


def _graph_goes(bench: Bench) -> None:
    bench.fail("GET", "", status=503, times=None)


async def test_a_temporary_code_whose_answer_is_lost(bench: Bench, check: Callable[[], None]) -> None:
    """It may be there: nobody may say that nothing happened."""
    made = await bench.planned(LAYLA, Reason.FORGOTTEN)
    person = Person(bench.paper, [(Step.CREATE_TEMPORARY, Choice.GIVE_UP, None)])
    person.at[Step.CREATE_TEMPORARY] = lambda: (
        bench.fail("PATCH", "temporaryqrcode", drop="after"),
        _graph_goes(bench),
    )[0]

    result = await bench.carry_out(made, person)

    bench.heal()
    check()
    assert result.stranded
    assert bench.journal_result() is None


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 503}, {"drop": "before"}], ids=str)
async def test_a_pin_whose_reset_failed(fault: dict[str, Any], bench: Bench, check: Callable[[], None]) -> None:
    """The PIN the worker knew may be gone: given up, it stays open."""
    made = await bench.planned(LAYLA, Reason.PIN_FORGOTTEN)
    person = Person(bench.paper, [(Step.RESET_PIN, Choice.GIVE_UP, None)])
    person.at[Step.RESET_PIN] = lambda: bench.fail("PATCH", "pin", **fault)

    result = await bench.carry_out(made, person)

    bench.heal()
    check()
    assert result.stranded


async def test_a_pin_nobody_was_told(bench: Bench, check: Callable[[], None]) -> None:
    """Reset it is, and given up; the next start tells another."""
    made = await bench.planned(LAYLA, Reason.PIN_FORGOTTEN)
    result = await bench.carry_out(made, Person(bench.paper, [(Step.TELL_PIN, Choice.GIVE_UP, None)], looks_away=1))
    assert result.stranded
    check()

    (found,) = await look(bench.use)
    person = bench.person = Person(bench.paper, [])
    finished = await finish(found, bench.use, person)

    check()
    assert finished is not None
    assert finished.finished
    assert bench.sign_in(bench.old, person.told[-1], OWN_PIN) == "accepted"


async def test_a_deletion_in_doubt_is_not_closed_unseen(bench: Bench, check: Callable[[], None]) -> None:
    """Its answer was lost; it may yet take effect, and on the new code. Somebody looks before it is called done."""
    made = await bench.planned(LAYLA, Reason.WORN)
    person = Person(bench.paper, [(Step.CLOSE, Choice.RETRY, bench.heal)])
    person.at[Step.DELETE] = lambda: bench.fail("DELETE", "standardqrcode", drop="after")
    person.at[Step.CLOSE] = lambda: _graph_goes(bench)

    result = await bench.carry_out(made, person)

    check()
    assert result.finished


async def test_without_a_doubt_graph_need_not_be_there_at_the_end(bench: Bench, check: Callable[[], None]) -> None:
    made = await bench.planned(LAYLA, Reason.WORN)
    person = Person(bench.paper, [])
    person.at[Step.CLOSE] = lambda: _graph_goes(bench)

    result = await bench.carry_out(made, person)

    bench.heal()
    check()
    assert result.finished


async def test_the_content_of_a_bridge_goes_with_it(bench: Bench, check: Callable[[], None]) -> None:
    """Not only with the replacement, which may wait for hours for a person."""
    made = await bench.planned(LAYLA, Reason.WORN)
    person = Person(bench.paper, [])
    looked = []

    def look_at_the_bridge() -> None:
        with pytest.raises(ForgottenError):
            bench.issuer.all_received[0].content.reveal()
        looked.append(True)

    person.at[Step.CLOSE] = look_at_the_bridge

    await bench.carry_out(made, person)

    check()
    assert looked


class Misreading(Printer):
    """A driver that reads something else than what is on the page."""

    async def prepare(self, job: str, page: Page) -> Prepared:
        prepared = await super().prepare(job, page)
        return Prepared(job=job, read=tuple(Secret(content.reveal() + b"x") for content in prepared.read))


async def test_a_rehearsal_that_reads_as_something_else(bench: Bench, check: Callable[[], None]) -> None:
    """Nothing is deleted for the sake of a badge that nobody could read."""
    bench.use = replace(bench.use, printer=Misreading(bench.supervisor))
    made = await bench.planned(LAYLA, Reason.WORN)

    result = await bench.carry_out(made, Person(bench.paper, []))

    check()
    assert "cannot read a page" in str(result.error)
    assert bench.did("DELETE", "standardqrcode") == bench.did("PATCH", "temporaryqrcode") == 0


class Unpermitted(WatchedIssuer):
    """A sign-in that may read everything and change nothing."""

    async def permitted(self) -> None:
        raise InsufficientPermissions("this sign-in may not change anybody's codes", hint="Missing: everything.")


async def test_what_may_not_be_changed_is_not_begun(bench: Bench, check: Callable[[], None]) -> None:
    bench.use = replace(bench.use, issuer=Unpermitted(bench.issuer._graph))
    made = await bench.planned(LAYLA, Reason.WORN)

    result = await bench.carry_out(made, Person(bench.paper, []))

    check()
    assert isinstance(result.error, InsufficientPermissions)
    assert bench.did("PATCH", "temporaryqrcode") == 0


async def test_a_method_that_got_another_code_is_left_alone(bench: Bench, check: Callable[[], None]) -> None:
    """Who leaves, and is given a new code meanwhile, perhaps stays."""
    made = await bench.planned(LAYLA, Reason.LEAVES)
    person = Person(bench.paper, [(Step.DELETE_METHOD, Choice.GIVE_UP, None)])
    person.at[Step.DELETE_METHOD] = bench.somebody_replaces

    result = await bench.carry_out(made, person)

    check()
    assert not result.finished
    assert bench.standing() not in (None, bench.old_id)
    assert bench.did("DELETE", "qrcodepinmethod") == 0


async def test_no_code_outlives_its_method_in_the_registry(bench: Bench, check: Callable[[], None]) -> None:
    """Also where Graph is gone before it can be looked at once more."""
    made = await bench.planned(LAYLA, Reason.LEAVES)
    person = Person(bench.paper, [])
    person.at[Step.CLOSE] = lambda: _graph_goes(bench)

    result = await bench.carry_out(made, person)

    check()
    assert result.finished
    code = await bench.registry.code(bench.old_id)
    assert code is not None
    assert code.state is CodeState.REVOKED


async def test_a_recovery_that_cannot_begin_stays_open(bench: Bench, check: Callable[[], None]) -> None:
    """No paper: the worker without a badge is not forgotten for it."""
    found = await stop_at(Step.PREPARE, LAYLA, Reason.WORN, bench)
    bench.paper.fault("paper_out")
    bench.person = Person(bench.paper, [])
    result = await finish(found, bench.use, bench.person)
    assert result is not None
    assert result.stranded

    bench.paper.repair()
    (again,) = await look(bench.use)
    result = await finish(again, bench.use, bench.person)

    check()
    assert result is not None
    assert result.finished


async def test_an_extension_the_registry_never_heard_of(bench: Bench, check: Callable[[], None]) -> None:
    """The crash came between Graph's answer and the note of it: at the end the registry says what Graph says."""
    before = await bench.registry.code(bench.old_id)
    assert before is not None
    found = await stop_at(Step.CLOSE, LAYLA, Reason.EXPIRES, bench)
    await bench.registry.change_expiry(
        bench.old_id, before.expire_at, at=bench.clock.now(), reason="as if it never was"
    )

    bench.person = Person(bench.paper, [])
    assert await finish(found, bench.use, bench.person)

    check()
    after, standing = await bench.registry.code(bench.old_id), bench.tenant.tenant.methods[LAYLA.id].standard
    assert after is not None
    assert standing is not None
    assert after.expire_at == standing.expire > before.expire_at


async def test_a_temporary_badge_that_never_reads(bench: Bench, check: Callable[[], None]) -> None:
    """It is made anew in its own slot; the standard code stays what it was."""
    made = await bench.planned(LAYLA, Reason.FORGOTTEN)
    answers = [(Step.SCAN_BACK, Choice.REPRINT, None), (Step.SCAN_BACK, Choice.REISSUE, None)]

    result = await bench.carry_out(made, Person(bench.paper, answers, misses=2))

    assert result.finished
    assert bench.sign_in(bench.badges()[-1]) == "accepted"
    assert bench.sign_in(bench.badges()[0]) == "revoked"
    assert bench.standing() == bench.old_id


async def test_a_temporary_badge_that_a_crash_kept_from_being_printed(bench: Bench) -> None:
    """Nobody knows whether it was: it is asked for, and made anew when there is none."""
    found = await stop_at(Step.SCAN_BACK, LAYLA, Reason.FORGOTTEN, bench)
    bench.person = Person(bench.paper, [(Step.SCAN_BACK, Choice.REISSUE, None)], misses=1)

    result = await finish(found, bench.use, bench.person)

    assert result is not None
    assert result.finished
    assert bench.sign_in(bench.badges()[-1]) == "accepted"
    assert bench.sign_in(bench.old) == "accepted"


async def test_a_bridge_that_never_reads_is_printed_again(bench: Bench, check: Callable[[], None]) -> None:
    """There is nothing else as long as Graph is away."""
    made = await bench.planned(LAYLA, Reason.WORN)
    bench.issuer.after_delete = lambda: bench.fail("", "", status=503, times=None)
    again = (Step.SCAN_BACK, Choice.REPRINT, None)
    person = Person(bench.paper, [(Step.CREATE, Choice.BRIDGE, None), again, again], misses=2)

    result = await bench.carry_out(made, person)

    bench.heal()
    check()
    assert result.until is not None
    assert bench.sign_in(bench.badges()[-1]) == "accepted"


async def test_a_temporary_code_whose_answer_is_lost_is_known_again(bench: Bench, check: Callable[[], None]) -> None:
    """By the dates that were written down before they were sent: it is deleted and made anew, and not left alone."""
    made = await bench.planned(LAYLA, Reason.FORGOTTEN)
    person = Person(bench.paper, [(Step.CREATE_TEMPORARY, Choice.GIVE_UP, None)])
    person.at[Step.CREATE_TEMPORARY] = lambda: (
        bench.fail("PATCH", "temporaryqrcode", drop="after"),
        _graph_goes(bench),
    )[0]
    assert (await bench.carry_out(made, person)).stranded
    bench.heal()

    (found,) = await look(bench.use)
    assert isinstance(found.found, Recovery)
    assert found.found.situation is Situation.CONTENT_LOST
    bench.person = Person(bench.paper, [])
    result = await finish(found, bench.use, bench.person)

    assert result is not None
    assert result.finished
    assert bench.sign_in(bench.badges()[-1]) == "accepted"


async def test_a_copy_that_may_have_come_out_is_printed_again_once(bench: Bench, check: Callable[[], None]) -> None:
    """Each that did is a badge that signs in: a printer that never answers makes no more and more of them."""
    made, person = await bench.planned(LAYLA, Reason.COPY)
    standing = person.standard
    assert standing is not None
    code = NewCode(standing.code_id, standing.start, standing.expire, Secret(b""), Secret(bench.old))
    answers = [(Step.PRINT, Choice.REPRINT, None), (Step.PRINT, Choice.GIVE_UP, None)]
    bench.person = Person(bench.paper, answers)
    bench.person.at[Step.PRINT] = lambda: bench.paper.fault("silent")

    result = await Replacement(Assignment(made, person, bench.use, bench.person, copied=code)).run()

    check()
    assert [trouble.choices for trouble in bench.person.troubles] == [
        (Choice.CAME_OUT, Choice.REPRINT, Choice.GIVE_UP),
        (Choice.CAME_OUT, Choice.GIVE_UP),
    ]
    assert (result.finished, result.stranded) == (False, False)


async def test_a_copy_that_never_reads_is_no_way_to_another_code(bench: Bench, check: Callable[[], None]) -> None:
    """It is printed again once; a new code was not asked for, and the old badge is as good as it was."""
    made, person = await bench.planned(LAYLA, Reason.COPY)
    standing = person.standard
    assert standing is not None
    code = NewCode(standing.code_id, standing.start, standing.expire, Secret(b""), Secret(bench.old))
    answers = [(Step.SCAN_BACK, Choice.REPRINT, None), (Step.SCAN_BACK, Choice.GIVE_UP, None)]
    bench.person = Person(bench.paper, answers, misses=2)

    result = await Replacement(Assignment(made, person, bench.use, bench.person, copied=code)).run()

    check()
    assert [trouble.choices for trouble in bench.person.troubles] == [
        (Choice.RETRY, Choice.REPRINT, Choice.GIVE_UP),
        (Choice.RETRY, Choice.GIVE_UP),
    ]
    assert (result.finished, result.stranded, bench.journal_result()) == (False, False, "failed")
    assert bench.sign_in(bench.old) == "accepted"
    assert bench.badges() == [bench.old, bench.old]


async def test_two_that_were_granted_the_same_copy_print_it_once(bench: Bench, check: Callable[[], None]) -> None:
    """Both were approved before either began; what the first printed is seen under the second's lease."""
    made, person = await bench.planned(LAYLA, Reason.COPY)
    standing = person.standard
    assert standing is not None
    results = []
    for _ in range(2):
        code = NewCode(standing.code_id, standing.start, standing.expire, Secret(b""), Secret(bench.old))
        bench.person = Person(bench.paper, [])
        results.append(await Replacement(Assignment(made, person, bench.use, bench.person, copied=code)).run())
        check()

    assert [result.finished for result in results] == [True, False]
    assert str(results[1].error) == "this badge was printed once more already"
    assert len(bench.paper.sheets) == 1
