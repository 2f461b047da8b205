"""One replacement for a person at a time, across processes; who has lost the lease does nothing more."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kiosk.registry import Approval, LeaseHeldError, LeaseLostError, Order, Registry, this_process
from kiosk.registry.approvals import ADMINISTRATOR
from kiosk.registry.leases import is_gone

pytestmark = pytest.mark.anyio


async def test_a_lease_is_given_once(registry: Registry, now: datetime) -> None:
    lease = await registry.take_lease("8b2c", "me", now, 60)
    assert (lease.fence, lease.until) == (1, now + timedelta(seconds=60))
    with pytest.raises(LeaseHeldError) as raised:
        await registry.take_lease("8b2c", "you", now + timedelta(seconds=59), 60)
    assert (raised.value.holder, raised.value.until) == ("me", lease.until)
    assert (await registry.take_lease("another person", "you", now, 60)).fence == 1


async def test_a_fence_grows_through_release_expiry_and_restart(made: Path, now: datetime) -> None:
    async with Registry.open(made) as registry:
        await registry.release(await registry.take_lease("8b2c", "me", now, 60))
        assert (await registry.take_lease("8b2c", "me", now, 60)).fence == 2
    async with Registry.open(made) as registry:
        assert (await registry.take_lease("8b2c", "you", now + timedelta(seconds=60), 60)).fence == 3


async def test_who_has_lost_the_lease_can_note_no_intent(registry: Registry, now: datetime) -> None:
    mine = await registry.take_lease("8b2c", "me", now, 60)
    await registry.open_replacement("r1", user_id="8b2c", reason="worn", at=now, order=Order(fence=mine.fence))
    await registry.intend("r1", "delete", now, {}, lease=mine)
    late = now + timedelta(seconds=60)
    with pytest.raises(LeaseLostError):
        await registry.intend("r1", "create", late, {}, lease=mine)
    theirs = await registry.take_lease("8b2c", "you", late, 60)
    with pytest.raises(LeaseLostError):
        await registry.intend("r1", "create", now, {}, lease=mine)
    with pytest.raises(LeaseLostError):  # noqa: PT012 - the block is what is tested
        async with registry.transaction() as t:
            t.note("approved", at=late)
            t.check_lease(mine, late)
    await registry.release(mine)
    await registry.check_lease(theirs, late)
    (found,) = await registry.unfinished()
    assert [entry.step for entry in found.entries] == ["delete"]
    assert [entry.action for entry in await registry.audit()] == ["replacement_opened", "step_intended"]


async def test_a_lease_is_renewed_as_long_as_nobody_took_it(registry: Registry, now: datetime) -> None:
    lease = await registry.take_lease("8b2c", "me", now, 60)
    longer = await registry.renew(lease, now + timedelta(seconds=50), 60)
    assert (longer.fence, longer.until) == (1, now + timedelta(seconds=110))
    await registry.check_lease(lease, now + timedelta(seconds=100))
    late = now + timedelta(seconds=110)
    with pytest.raises(LeaseLostError):
        await registry.check_lease(longer, late)
    longer = await registry.renew(longer, late, 60)
    await registry.check_lease(longer, late)
    await registry.take_lease("8b2c", "you", late + timedelta(seconds=60), 60)
    with pytest.raises(LeaseLostError):
        await registry.renew(longer, late, 60)


async def test_a_lease_that_was_given_back_is_not_renewed(registry: Registry, now: datetime) -> None:
    longer = await registry.take_lease("8b2c", "me", now, 60)
    await registry.release(longer)
    with pytest.raises(LeaseLostError):
        await registry.renew(longer, now, 60)
    with pytest.raises(LeaseLostError):
        await registry.check_lease(longer, now)


# Takes the lease of "8b2c" at argv[1] as this process, says so, and waits.
TAKER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from kiosk.registry import LeaseHeldError, Registry, this_process
async def main(path):
    async with Registry.open(path) as registry:
        try:
            lease = await registry.take_lease("8b2c", this_process("till"), datetime(2025, 11, 21, tzinfo=UTC), 1e6)
        except LeaseHeldError:
            print("held", flush=True)
        else:
            print(lease.fence, flush=True)
        await asyncio.to_thread(sys.stdin.read)
asyncio.run(main(Path(sys.argv[1])))
"""


def taker(path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", TAKER, str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def test_of_processes_at_once_one_gets_the_lease_and_a_dead_ones_is_broken(made: Path, now: datetime) -> None:
    with taker(made) as one, taker(made) as two:
        answers = {each: await asyncio.to_thread(said, each) for each in (one, two)}
        assert sorted(answers.values()) == ["1", "held"]
        holder = next(each for each, answer in answers.items() if answer == "1")
        async with Registry.open(made) as registry:
            with pytest.raises(LeaseHeldError):
                await registry.take_lease("8b2c", "me", now, 60)
            holder.kill()
            holder.wait(30)
            assert (await registry.take_lease("8b2c", "me", now, 60)).fence == 2
        for each in (one, two):
            each.kill()


def test_only_a_process_known_to_have_ended_is_gone() -> None:
    assert not is_gone(this_process("till"))
    assert not is_gone("somebody")
    boot, rest = this_process().split(":", 1)
    assert is_gone(f"another-{boot}:{rest}")
    other_namespace = f"{boot}:1:999999:"
    assert not is_gone(other_namespace)


async def test_what_recovery_needs_is_kept(registry: Registry, now: datetime) -> None:
    order = Order(
        kind="reissue",
        station="till-9",
        approver="boss",
        second_approver="other",
        plan=("preflight", "delete", "create"),
        remove="a1",
        fence=7,
    )
    await registry.open_replacement("r1", user_id="8b2c", reason="worn", at=now, order=order)
    (found,) = await registry.unfinished()
    assert {name: getattr(found, name) for name in vars(order)} == vars(order)


async def test_quotas_count_what_was_opened_since(registry: Registry, now: datetime) -> None:
    for n, (user_id, approver) in enumerate([("a", "boss"), ("b", "boss"), ("b", "other")]):
        order = Order(approver=approver)
        at = now + timedelta(minutes=n)
        await registry.open_replacement(f"r{n}", user_id=user_id, reason="worn", at=at, order=order)
    assert await registry.replacements_since(now) == 3
    assert await registry.replacements_since(now + timedelta(minutes=1)) == 2
    assert await registry.replacements_since(now, user_id="b") == 2
    assert await registry.replacements_since(now, approver="boss", station="station") == 2
    assert await registry.replacements_since(now, station="elsewhere") == 0


async def test_who_had_what_made_for_a_person_is_known(registry: Registry, now: datetime) -> None:
    steps = [("create", "done"), ("create_method", "unknown"), ("reset_pin", "failed"), ("print", "done")]
    for n, (step, result) in enumerate(steps):
        at = now + timedelta(minutes=n)
        order = Order(approver="boss", second_approver="other" if n == 1 else None)
        await registry.open_replacement(f"r{n}", user_id="a", reason="worn", at=at, order=order)
        await registry.intend(f"r{n}", step, at, {})
        await registry.outcome(f"r{n}", step, at, result, {})
    later = now + timedelta(minutes=1)
    assert await registry.approvals_of("a", now) == (
        Approval("boss", "code", now),
        Approval("boss", "code", later),
        Approval("boss", "pin", later),
        Approval("other", "code", later),
        Approval("other", "pin", later),
    )
    assert len(await registry.approvals_of("a", later)) == 4
    assert await registry.approvals_of("b", now) == ()


async def test_what_nobody_by_name_had_made_is_known_too(registry: Registry, now: datetime) -> None:
    """It counts as the station's own word, which may have been anybody's."""
    await registry.open_replacement("r1", user_id="a", reason="worn", at=now)
    await registry.intend("r1", "create", now, {})
    assert await registry.approvals_of("a", now) == (Approval("", "code", now),)


async def test_a_later_try_that_fails_does_not_undo_what_was_made(registry: Registry, now: datetime) -> None:
    await registry.open_replacement("r1", user_id="a", reason="worn", at=now, order=Order(approver="boss"))
    for result in ("done", "failed"):
        await registry.intend("r1", "create", now, {})
        await registry.outcome("r1", "create", now, result, {})
    assert await registry.approvals_of("a", now) == (Approval("boss", "code", now),)


@pytest.mark.parametrize("resumed_by", ["other", None])
async def test_whoever_finishes_what_another_began_had_it_made(
    registry: Registry, now: datetime, resumed_by: str | None
) -> None:
    """It is handed to them; and it was at their word, whenever it was begun."""
    then = now + timedelta(hours=1)
    for replacement, subject in (("r1", "a"), ("r2", "b")):
        order = Order(approver="boss")
        await registry.open_replacement(replacement, user_id=subject, reason="worn", at=now, order=order)
        await registry.intend(replacement, "create", now, {})
        await registry.outcome(replacement, "create", now, "done", {})
    await registry.note("replacement_resumed", at=then, actor=resumed_by, subject="a", details={"replacement": "r1"})
    assert await registry.approvals_of("a", now) == (
        Approval("boss", "code", now),
        Approval(resumed_by or "", "code", then),
    )
    assert await registry.approvals_of("a", then) == (Approval(resumed_by or "", "code", then),)
    assert await registry.approvals_of("b", now) == (Approval("boss", "code", now),)


@pytest.mark.parametrize(("result", "copied"), [("done", True), ("unknown", True), (None, True), ("failed", False)])
async def test_a_copy_counts_as_soon_as_it_may_have_come_out(
    registry: Registry, now: datetime, result: str | None, *, copied: bool
) -> None:
    order = Order(approver="boss", remove="c1")
    await registry.open_replacement("r1", user_id="a", reason="copy", at=now, order=order)
    assert not await registry.was_copied("C1")
    await registry.intend("r1", "print", now, {})
    if result:
        await registry.outcome("r1", "print", now, result, {})
    assert await registry.was_copied("C1") == copied
    assert bool(await registry.approvals_of("a", now)) == copied
    assert not await registry.was_copied("c2")


async def test_an_administrators_doing_is_nobodys_approval(registry: Registry, now: datetime) -> None:
    """They can do as much from the command line, where nobody approves anything."""
    await registry.open_replacement("r1", user_id="a", reason="new_here", at=now, order=Order(approver=ADMINISTRATOR))
    await registry.intend("r1", "create_method", now, {})
    assert await registry.approvals_of("a", now) == ()
