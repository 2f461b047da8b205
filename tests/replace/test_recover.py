"""What is left to do, pure: whatever the journal and Graph say, nothing of anybody else's is taken away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kiosk.badge.kind import CodeKind
from kiosk.badge.verdict import Account, Life
from kiosk.registry import JournalEntry, Phase
from kiosk.replace.history import History, Paper
from kiosk.replace.issuer import Person
from kiosk.replace.plan import PAPER, Reason, Refusal, Step
from kiosk.replace.recover import Recovery, Situation, recover

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
START = NOW - timedelta(hours=1)
IDS = ["old", "ours", "theirs"]

moments = st.sampled_from([NOW + timedelta(seconds=seconds) for seconds in (60, 61, 62)])
lives = st.builds(Life, st.sampled_from(IDS), st.just(CodeKind.STANDARD), st.just(START), moments)
temporaries = st.builds(
    Life, st.sampled_from(["bridge", "another"]), st.just(CodeKind.TEMPORARY), st.just(START), moments
)
accounts = st.builds(
    lambda enabled, standard, temporary: Account(
        "ada@contoso.example", enabled, True, tuple(code for code in (standard, temporary) if code)
    ),
    st.booleans(),
    st.none() | lives,
    st.none() | temporaries,
)
people = st.builds(lambda account, enrolled: Person("u", "Ada", enrolled or bool(account.codes), account, 8),
                   accounts, st.booleans())  # fmt: skip
papers = st.builds(Paper, st.just(b"d" * 32), st.sampled_from([None, "", "done", "failed", "unknown"]), st.booleans())
dates = st.tuples(st.just(START), moments)
histories = st.builds(
    History,
    st.sampled_from([None, "old"]),
    st.sets(st.sampled_from(Step).map(str)),
    st.sets(st.sampled_from(Step).map(str)),
    st.fixed_dictionaries({kind: st.sets(dates, max_size=1) for kind in CodeKind}),
    st.fixed_dictionaries(
        {
            CodeKind.STANDARD: st.sets(st.just("ours")),
            CodeKind.TEMPORARY: st.sets(st.just("bridge")),
        }
    ),
    st.none() | moments,
    st.dictionaries(st.sampled_from(["ours", "bridge"]), papers),
)


@given(st.sampled_from(Reason), histories, people)
def test_what_holds_of_every_recovery(reason: Reason, history: History, person: Person) -> None:
    """It looks first, closes last, deletes only what it made or was to replace, and prints what it makes itself."""
    found = recover(reason, history, person, NOW)
    assert found == recover(reason, history, person, NOW)
    if isinstance(found, Refusal):
        return
    steps = found.plan.steps
    assert steps[0] is Step.PREFLIGHT
    assert steps[-1] is Step.CLOSE
    standing, temporary = person.standard, person.code(CodeKind.TEMPORARY)
    if {Step.DELETE, Step.DELETE_METHOD} & set(steps) and standing:
        assert found.plan.old == standing.code_id
        ours = history.is_ours(standing.kind, standing.code_id, (standing.start, standing.expire))
        assert ours or standing.code_id == history.target
    if found.plan.bridge:
        assert temporary is not None
        assert history.is_ours(temporary.kind, temporary.code_id, (temporary.start, temporary.expire))
    if Step.PRINT in steps:
        at = steps.index(Step.PREPARE)
        assert steps[at : at + 3] == PAPER
        assert {Step.CREATE, Step.CREATE_METHOD, Step.CREATE_TEMPORARY} & set(steps[:at])
    if found.situation is Situation.ON_PAPER:
        assert Step.PRINT not in steps, "what may be on paper is never printed by itself"
        assert found.digest
    if found.situation is Situation.SOMEBODY_ELSE:
        assert set(steps) <= {Step.PREFLIGHT, Step.UNBRIDGE, Step.CLOSE}
    if {Step.RESET_PIN, Step.CREATE_METHOD} & set(steps):
        assert Step.TELL_PIN in steps


steps = st.sampled_from([step for step in Step if step is not Step.EXTEND]).map(str)
texts = st.text(max_size=5) | st.sampled_from(["old", "ours", NOW.isoformat(), "00" * 32])
entries = st.builds(
    JournalEntry,
    seq=st.integers(1, 99),
    replacement=st.just("r"),
    step=steps,
    phase=st.just(Phase.INTENT),
    at=st.just(NOW),
    result=st.none(),
    details=st.dictionaries(st.sampled_from(["code_id", "job", "kind"]), texts, max_size=3),
)


@given(st.lists(entries, max_size=8))
def test_what_was_sent_stays_known(journal: list[JournalEntry]) -> None:
    """Nothing written later makes an earlier intent forgotten: a history only grows."""
    known: set[str] = set()
    for length in range(len(journal) + 1):
        history = History.of(journal[:length], None)
        assert known <= history.begun
        known = set(history.begun)


def entry(step: Step, phase: Phase, result: str | None = None, **details: str) -> JournalEntry:
    return JournalEntry(seq=1, replacement="r", step=step, phase=phase, at=NOW, result=result, details=details)


def test_what_is_there_now_and_was_not_to_go_stays() -> None:
    """A badge was to be revoked; somebody has issued another since."""
    theirs = Account("a@b", True, True, (Life("theirs", CodeKind.STANDARD, START, NOW + timedelta(days=9)),))
    for reason in (Reason.FOUND, Reason.LEAVES):
        found = recover(reason, History("old"), Person("u", "Ada", True, theirs, 8), NOW)
        assert isinstance(found, Recovery)
        assert found.situation is Situation.NOTHING_LEFT
        assert found.plan.steps == (Step.PREFLIGHT, Step.CLOSE)


def test_every_date_that_was_sent_is_known() -> None:
    """Of two creates whose answers were lost, either may have made the code that is there."""
    ends = [NOW + timedelta(seconds=seconds) for seconds in (60, 61)]
    sent = [{"start": START.isoformat(), "expire": end.isoformat()} for end in ends]
    history = History.of([entry(Step.CREATE, Phase.INTENT, **dates) for dates in sent], "old")
    assert all(history.is_ours(CodeKind.STANDARD, "x", (START, end)) for end in ends)


def test_a_page_that_may_have_gone_out_is_asked_for() -> None:
    """From the moment print is intended until it is known to have failed."""
    about = {"code_id": "ours"}
    prepared = [
        entry(Step.PREPARE, Phase.INTENT, **about),
        entry(Step.PREPARE, Phase.OUTCOME, "done", digest="00" * 32),
    ]
    person = Person(
        "u",
        "Ada",
        True,
        Account("a@b", True, True, (Life("ours", CodeKind.STANDARD, START, NOW),)),
        8,
    )
    expected = {
        None: Situation.ON_PAPER,
        "done": Situation.ON_PAPER,
        "unknown": Situation.ON_PAPER,
        "failed": Situation.CONTENT_LOST,
    }
    for result, situation in expected.items():
        journal = [
            entry(Step.CREATE, Phase.INTENT, start=START.isoformat(), expire=NOW.isoformat()),
            *prepared,
            entry(Step.PRINT, Phase.INTENT, **about),
            *([entry(Step.PRINT, Phase.OUTCOME, result)] if result else []),
        ]
        found = recover(Reason.WORN, History.of(journal, "old"), person, NOW)
        assert isinstance(found, Recovery)
        assert found.situation is situation, result
