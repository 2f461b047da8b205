"""Plans and policy, pure: each reason and account gives one list of steps or one refusal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.badge.kind import CodeKind
from kiosk.badge.verdict import Account, Basis, Judgement, Life, Verdict
from kiosk.config import Policy
from kiosk.replace.plan import HARMLESS, Plan, Reason, Refusal, Step, plan
from kiosk.replace.policy import may_replace

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def life(code_id: str, kind: CodeKind, days: float = 30) -> Life:
    """A code that lives for so many days from now, or ended so many ago."""
    return Life(code_id, kind, NOW - timedelta(days=60), NOW + timedelta(days=days))


STANDARD, EXPIRED = life("c-1", CodeKind.STANDARD), life("c-1", CodeKind.STANDARD, -1)
TEMPORARY = life("c-2", CodeKind.TEMPORARY)
REISSUE = ("preflight", "delete", "create", "prepare", "print", "scan_back", "close")
ISSUE = ("preflight", "create", "prepare", "print", "scan_back", "close")
ENROL = ("preflight", "create_method", "prepare", "print", "scan_back", "close")


def account(*codes: Life, enabled: bool = True, allowed: bool = True) -> Account:
    return Account("ada@contoso.example", enabled=enabled, policy_allows=allowed, codes=codes)


BADGE_REASONS = [Reason.WORN, Reason.LOST, Reason.STOLEN]


@pytest.mark.parametrize("reason", BADGE_REASONS)
@pytest.mark.parametrize(
    ("codes", "steps", "remove"),
    [
        ((STANDARD,), REISSUE, "c-1"),
        # Whether Graph lets an expired code stand in the way is not documented: it goes too.
        ((EXPIRED,), REISSUE, "c-1"),
        ((STANDARD, TEMPORARY), REISSUE, "c-1"),
        ((TEMPORARY, STANDARD), REISSUE, "c-1"),
        ((TEMPORARY,), ISSUE, None),
        ((), ISSUE, None),
    ],
)
def test_a_badge_for_somebody_enrolled(
    reason: Reason, codes: tuple[Life, ...], steps: tuple[str, ...], remove: str | None
) -> None:
    """The standard code goes where there is one; a temporary one stays."""
    made = plan("u-1", reason, account(*codes), enrolled=True)
    assert made == Plan("u-1", reason, tuple(Step(step) for step in steps), remove)


@pytest.mark.parametrize("reason", BADGE_REASONS)
def test_a_badge_for_somebody_who_has_no_method(reason: Reason) -> None:
    assert plan("u-1", reason, account(), enrolled=False) == Refusal("not_enrolled")


def test_somebody_new() -> None:
    """Enrolled once, and not again."""
    assert plan("u-1", Reason.NEW_HERE, account(), enrolled=False) == Plan(
        "u-1", Reason.NEW_HERE, tuple(Step(step) for step in ENROL), None
    )
    assert plan("u-1", Reason.NEW_HERE, account(STANDARD), enrolled=True) == Refusal("enrolled_already")


@pytest.mark.parametrize(("reason", "enrolled"), [*product(Reason, (True, False))])
def test_what_the_account_forbids_comes_first(reason: Reason, *, enrolled: bool) -> None:
    """A disabled account and a policy that disallows refuse whatever is asked."""
    assert plan("u-1", reason, account(STANDARD, enabled=False), enrolled=enrolled) == Refusal("account_disabled")
    assert plan("u-1", reason, account(STANDARD, allowed=False), enrolled=enrolled) == Refusal("policy_disallows")


lives = st.builds(
    Life,
    st.uuids().map(str),
    st.sampled_from(CodeKind),
    st.datetimes(timezones=st.just(UTC)),
    st.datetimes(timezones=st.just(UTC)),
)
accounts = st.builds(Account, st.emails(), st.booleans(), st.booleans(), st.lists(lives, max_size=2).map(tuple))


@given(st.sampled_from(Reason), accounts, st.booleans())
def test_what_holds_of_every_plan(reason: Reason, whose: Account, enrolled: bool) -> None:  # noqa: FBT001
    """Looks before it leaps, ends with the badge read back, deletes what it names and only a standard code."""
    made = plan("u-1", reason, whose, enrolled=enrolled)
    assert made == plan("u-1", reason, whose, enrolled=enrolled)
    if isinstance(made, Refusal):
        return
    steps = made.steps
    assert steps[0] is Step.PREFLIGHT
    assert {Step.PREFLIGHT} == HARMLESS
    assert steps[-4:] == (Step.PREPARE, Step.PRINT, Step.SCAN_BACK, Step.CLOSE)
    assert len(set(steps)) == len(steps)
    assert (Step.CREATE in steps) + (Step.CREATE_METHOD in steps) == 1
    assert (Step.DELETE in steps) == (made.remove is not None)
    assert made.remove in {None, *(code.code_id for code in whose.codes if code.kind is CodeKind.STANDARD)}
    if Step.DELETE in steps:
        assert steps.index(Step.DELETE) < steps.index(Step.CREATE)


PROVEN = {Verdict.ACTIVE, Verdict.EXPIRING, Verdict.WORN, Verdict.EXPIRED}


@pytest.mark.parametrize("verdict", Verdict)
def test_which_badges_may_be_replaced(verdict: Verdict) -> None:
    """Only a badge whose very content this registry saw issued, and that is the worker's standing one."""
    judgement = Judgement(verdict, Basis.GRAPH, NOW)
    expected = None if verdict in PROVEN else Refusal("badge_proves_nobody")
    assert may_replace(Policy(replacement="attendant"), judgement) == expected


@pytest.mark.parametrize("verdict", Verdict)
def test_a_site_that_replaces_nothing(verdict: Verdict) -> None:
    assert may_replace(Policy(), Judgement(verdict, Basis.GRAPH, NOW)) == Refusal("replacement_off")
