"""One visit after another at a real station without a screen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from drivers.wire.messages import Code, Scan
from drivers.wire.secret import ForgottenError, Secret
from kiosk.badge.content import digest
from kiosk.badge.kind import CodeKind
from kiosk.badge.verdict import Basis, Verdict
from kiosk.config import Ui
from kiosk.replace.attendant import Choice
from kiosk.replace.plan import Reason, Refusal, Step
from kiosk.state import Phase
from kiosk.tenant.seed import ADA, HINA, LAYLA
from kiosk.visit import Visit
from tests.replace.bench import Bench, read
from tests.station.visiting import Open, phase, seen, until

pytestmark = pytest.mark.anyio

OTHER = b"ms-qrpin:v1|x@contoso-stores.example|0a0a0a0a-0000-4000-8000-00000000000a|key"


async def verdict(visit: Visit, *contents: bytes) -> Verdict:
    """Show it, and wait for what the board says."""
    visit.scanned("camera", seen(*contents))
    state = await phase(visit, Phase.VERDICT)
    assert state.judgement is not None
    return state.judgement.verdict


def looks(bench: Bench) -> int:
    """How often Graph was asked for a person."""
    return sum(entry.path.lower().endswith("/qrcodepinmethod") for entry in bench.tenant.box.journal.entries)


# Judging


async def test_a_badge_left_lying_starts_one_visit(bench: Bench, visiting: Open) -> None:
    """Seen thirty times a second it is one scan; away for longer than the gap and back, it is another."""
    visit = visiting()
    assert await verdict(visit, bench.old) is Verdict.ACTIVE
    for _ in range(60):
        bench.clock.advance(1 / 30)
        visit.scanned("camera", seen(bench.old))
    visit.dismiss()
    bench.clock.advance(Ui().away_seconds * 0.9)
    visit.scanned("camera", seen(bench.old))
    assert visit.board.state.phase is Phase.IDLE
    assert looks(bench) == 1

    bench.clock.advance(Ui().away_seconds * 1.1)
    assert await verdict(visit, bench.old) is Verdict.ACTIVE
    assert looks(bench) == 2


@pytest.mark.parametrize("hours", [2, 20])
async def test_a_temporary_badge_is_no_way_to_the_standard_one(bench: Bench, visiting: Open, hours: int) -> None:
    """Over or alive, read well or hardly: what is replaced is the code that was read, and that is another."""
    now = bench.clock.now().replace(microsecond=0)
    made = bench.tenant.tenant.create_code(LAYLA.id, CodeKind.TEMPORARY, now, now + timedelta(hours=12))
    content = made.content.reveal()
    hers = await bench.registry.code(bench.old_id)
    assert hers is not None
    await bench.registry.add_code(
        replace(
            hers,
            code_id=made.code.id,
            kind=CodeKind.TEMPORARY,
            digest=digest(content),
            start_at=made.code.start,
            expire_at=made.code.expire,
        )
    )
    bench.clock.advance(hours * 3600)
    visit = visiting()
    visit.scanned("camera", Scan(seq=1, codes=(Code(content=Secret(content), step="rotated"),)))
    state = await phase(visit, Phase.VERDICT)
    assert state.judgement is not None
    assert state.judgement.verdict is (Verdict.WORN if hours == 2 else Verdict.EXPIRED)
    assert (state.offers, state.refusal) == ((), Refusal("badge_proves_nobody"))


async def test_another_badge_beside_one_left_lying(bench: Bench, visiting: Open) -> None:
    """Whose turn it is cannot be told, and nobody's badge can be replaced."""
    visit = visiting()
    await verdict(visit, bench.old)
    visit.scanned("camera", seen(bench.old, OTHER))
    state = await until(visit, lambda state: state.phase is Phase.VERDICT and state.offers == ())
    assert state.judgement is not None
    assert state.judgement.verdict is Verdict.SEVERAL_BADGES
    assert state.refusal == Refusal("badge_proves_nobody")


async def test_other_codes_beside_a_badge_do_not_count(bench: Bench, visiting: Open) -> None:
    """A poster in the background is not a badge; the same badge read twice is one."""
    assert await verdict(visiting(), b"https://example.org/", bench.old, bench.old) is Verdict.ACTIVE


async def test_graph_away_the_registry_says_as_of_when(bench: Bench, visiting: Open) -> None:
    """The verdict says what it rests on and how old that is; nothing can be replaced."""
    visit = visiting()
    bench.fail("GET", "", times=None, status=503)
    assert await verdict(visit, bench.old) is Verdict.ACTIVE
    state, known = visit.board.state, await bench.registry.code(bench.old_id)
    assert state.judgement is not None
    assert known is not None
    assert (state.judgement.basis, state.judgement.as_of) == (Basis.REGISTRY, known.changed_at)
    assert state.offline
    assert (state.offers, state.refusal) == ((), Refusal("graph_unreachable"))
    assert state.name == LAYLA.display_name


async def test_a_deleted_user(bench: Bench, visiting: Open) -> None:
    """With the person all of their codes are gone; that Graph says so is no outage."""
    visit = visiting()
    del bench.tenant.tenant.users[LAYLA.id]
    assert await verdict(visit, bench.old) is Verdict.REVOKED
    assert visit.board.state.offline == ""
    assert visit.board.state.offers == ()


async def test_a_revoked_badge_offers_nothing(bench: Bench, visiting: Open) -> None:
    """Whoever found it must not be able to make a new one of it."""
    visit = visiting()
    bench.somebody_replaces()
    assert await verdict(visit, bench.old) is Verdict.REVOKED
    visit.ask(Reason.WORN)
    assert visit.board.state.phase is Phase.VERDICT


async def test_a_station_that_only_checks(bench: Bench, visiting: Open) -> None:
    visit = visiting(replaces=False)
    assert await verdict(visit, bench.old) is Verdict.ACTIVE
    assert visit.board.state.refusal == Refusal("replacement_off")


async def test_the_registry_fails(bench: Bench, visiting: Open) -> None:
    """Words on the board, and the next badge is welcome."""
    visit = visiting()
    bench.use.registry._thread.submit(bench.registry._disconnect).result()
    visit.scanned("camera", seen(bench.old))
    state = await phase(visit, Phase.FAILED)
    assert "broke inside the station" in state.error
    visit.scanned("camera", seen(b"https://example.org/"))
    assert (await phase(visit, Phase.VERDICT)).error == ""


# Time


@pytest.mark.parametrize("asked", [False, True], ids=["verdict", "question"])
async def test_what_nobody_looks_at_is_taken_off(asked: bool, bench: Bench, visiting: Open) -> None:  # noqa: FBT001
    """A verdict, and a question whether to replace: the next person must find neither."""
    visit = visiting(idle=0.02)
    visit.scanned("camera", seen(bench.old))
    await phase(visit, Phase.VERDICT)
    if asked:
        visit.ask(Reason.WORN)
        assert visit.board.state.phase is Phase.CONFIRM
    state = await phase(visit, Phase.IDLE)
    assert (state.name, state.judgement, state.reason) == ("", None, None)
    visit.confirm()
    assert visit.board.state.phase is Phase.IDLE


async def test_a_refusal_after_the_question_is_taken_off_too(bench: Bench, visiting: Open) -> None:
    """An expired badge of a disabled account is offered for replacement, and then is not."""
    bench.clock.advance(timedelta(days=61).total_seconds())
    users = bench.tenant.tenant.users
    users[LAYLA.id] = replace(users[LAYLA.id], account_enabled=False)
    visit = visiting(idle=0.05)
    assert await verdict(visit, bench.old) is Verdict.EXPIRED
    visit.ask(Reason.WORN)
    visit.confirm()
    state = await until(visit, lambda state: state.phase is Phase.VERDICT and state.refusal is not None)
    assert state.refusal == Refusal("account_disabled")
    await phase(visit, Phase.IDLE)


# Replacing


async def replacing(visit: Visit, bench: Bench) -> None:
    """As far as the new badge being asked for."""
    await verdict(visit, bench.old)
    visit.ask(Reason.WORN)
    visit.confirm()
    visit.confirm()
    await until(visit, lambda state: state.prompt or state.phase is Phase.FAILED or state.trouble is not None)
    assert visit.board.state.prompt


async def test_from_a_badge_to_the_next(bench: Bench, visiting: Open) -> None:
    """While it runs a scan only answers the scan back, and nothing stops it."""
    visit = visiting()
    await replacing(visit, bench)
    asked = looks(bench)
    visit.scanned("camera", seen(b"https://example.org/"))
    assert not visit.board.state.wrong_badge
    visit.scanned("camera", seen(OTHER))
    assert visit.board.state.wrong_badge
    visit.scanned("camera", seen(bench.old))
    visit.dismiss()
    visit.ask(Reason.WORN)
    visit.answer(Choice.GIVE_UP)
    assert visit.board.state.phase is Phase.REPLACING
    assert visit.board.state.prompt
    assert looks(bench) == asked

    (badge,) = read(bench.paper.sheets[-1])
    visit.scanned("camera", seen(badge))
    state = await phase(visit, Phase.FINISHED)
    assert (state.prompt, state.wrong_badge, state.unfinished) == (False, False, ())
    assert visit.result is not None
    assert visit.result.finished
    assert bench.did("DELETE", "standardqrcode") == 1
    assert bench.sign_in(badge) == "accepted"
    # The new badge is still held up, and the old one lies there: neither begins a visit.
    visit.scanned("camera", seen(badge, bench.old))
    assert visit.board.state.phase is Phase.FINISHED


async def test_not_held_up_in_time(bench: Bench, visiting: Open) -> None:
    """Somebody is asked, and may hold it up again."""
    visit = visiting(scan_back=0.05)
    await verdict(visit, bench.old)
    visit.ask(Reason.WORN)
    visit.confirm()
    state = await until(visit, lambda state: state.trouble is not None)
    assert state.choices == (Choice.RETRY, Choice.REPRINT, Choice.GIVE_UP)
    visit.answer(Choice.CAME_OUT)
    assert visit.board.state.trouble is not None, "not one of the choices"
    visit.answer(Choice.GIVE_UP)
    state = await phase(visit, Phase.FAILED)
    assert state.stranded


async def test_who_has_no_badge_is_not_wiped_off_by_a_scan(bench: Bench, visiting: Open) -> None:
    """It stays until somebody says that they have seen it; and it stays counted after that."""
    visit = visiting(idle=0.02)
    bench.fail("PATCH", "standardqrcode", status=403)
    visit.scanned("camera", seen(bench.old))
    await phase(visit, Phase.VERDICT)
    visit.ask(Reason.WORN)
    visit.confirm()
    state = await until(visit, lambda state: state.trouble is not None)
    assert state.trouble is not None
    assert state.trouble.step is Step.CREATE
    visit.answer(Choice.GIVE_UP)
    state = await phase(visit, Phase.FAILED)
    assert (state.stranded, len(state.unfinished)) == (True, 1)
    bench.clock.advance(60)
    visit.scanned("camera", seen(OTHER))
    assert not visit._running.waits, "nor by time"
    assert visit.board.state.phase is Phase.FAILED
    visit.dismiss()
    state = visit.board.state
    assert (state.phase, state.stranded, len(state.unfinished)) == (Phase.IDLE, False, 1)


async def test_a_failed_preflight_leaves_nobody_stranded(bench: Bench, visiting: Open) -> None:
    """The words say what to see to; the next badge is welcome."""
    visit = visiting()
    bench.paper.fault("paper_out")
    await verdict(visit, bench.old)
    visit.ask(Reason.WORN)
    visit.confirm()
    state = await phase(visit, Phase.FAILED)
    assert "paper out" in state.error
    assert "roll" in state.hint
    assert (state.stranded, state.unfinished) == (False, ())
    visit.scanned("camera", seen(OTHER))
    await phase(visit, Phase.VERDICT)


async def test_a_station_that_is_stopped_leaves_the_journal_open(bench: Bench, visiting: Open) -> None:
    """Whoever starts it next learns of it."""
    visit = visiting()
    await replacing(visit, bench)
    await visit.close()
    (open_one,) = await bench.registry.unfinished()
    assert open_one.user_id == LAYLA.id


async def test_the_journal_cannot_be_opened(bench: Bench, visiting: Open) -> None:
    """Then nothing is begun, and the board says why."""
    visit = visiting()
    await verdict(visit, bench.old)
    visit.ask(Reason.WORN)
    bench.lock()
    visit.confirm()
    state = await phase(visit, Phase.FAILED)
    bench.unlock()
    assert "locked" in state.error
    assert not state.stranded
    assert bench.did("DELETE", "standardqrcode") == 0


# Enrolling


async def test_enrolling_puts_an_end_to_the_visit_before_it(bench: Bench, visiting: Open) -> None:
    """No timer of an earlier verdict, and no check under way, takes the enrolment off the board."""
    visit = visiting()
    await verdict(visit, bench.old)
    enrolling = asyncio.create_task(visit.enrol(HINA.id))
    await until(visit, lambda state: state.prompt)
    assert not visit._running.waits
    await visit.enrol(ADA.id)
    assert visit.board.state.name == HINA.display_name, "one at a time"
    visit.scanned("camera", seen(*read(bench.paper.sheets[-1])))
    pin = (await until(visit, lambda state: state.pin is not None)).pin
    assert pin is not None
    assert bench.sign_in(bench.badges()[0], pin.reveal_text()) == "must_change_pin"
    visit.told()
    assert visit.board.state.pin, "nobody has seen what was not shown"
    visit.reveal()
    visit.told()
    await enrolling
    assert visit.board.state.phase is Phase.FINISHED
    assert visit.board.state.pin is None
    with pytest.raises(ForgottenError):
        pin.reveal()


async def test_enrolling_somebody_who_is(bench: Bench, visiting: Open) -> None:
    visit = visiting(idle=0.02)
    await visit.enrol(ADA.id)
    assert visit.board.state.refusal == Refusal("enrolled_already")
    await phase(visit, Phase.IDLE)


async def test_enrolling_when_the_journal_cannot_be_opened(bench: Bench, visiting: Open) -> None:
    visit = visiting()
    bench.lock()
    await visit.enrol(HINA.id)
    bench.unlock()
    assert visit.board.state.phase is Phase.FAILED
    now = datetime.now(UTC)
    bench.tenant.tenant.create_method(HINA.id, now, now + timedelta(days=2), "09599786")
    assert bench.tenant.tenant.code(HINA.id, CodeKind.STANDARD), "nothing had been made"
