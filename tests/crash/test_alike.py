"""Worlds that are told for the same are the same to a recovery."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from kiosk.replace.history import History, Paper
from kiosk.replace.issuer import Person
from kiosk.replace.plan import Reason, Step
from kiosk.replace.recover import recover
from tests.crash.alike import BEGUN, DONE, asked_of
from tests.replace.test_recover import NOW, START, histories, people

steps = st.sets(st.sampled_from(Step))


@given(st.sampled_from(Reason), histories, people, st.tuples(steps, steps), st.sampled_from([(), ("gone",)]))
def test_what_is_not_asked_of_a_journal_changes_nothing(
    reason: Reason, history: History, person: Person, others: tuple[set[Step], set[Step]], gone: tuple[str, ...]
) -> None:
    """Other steps begun and done, and a code that was made, printed and is gone."""
    begun, done = others
    other = replace(
        history,
        begun=(history.begun & BEGUN) | (begun - BEGUN),
        done=(history.done & DONE) | (done - DONE),
        sent={kind: {*dates, (START, NOW + timedelta(days=1))} for kind, dates in history.sent.items()},
        made={kind: {*made, *gone} for kind, made in history.made.items()},
        papers={**history.papers, **{code_id: Paper(b"g" * 32, "done", read_back=True) for code_id in gone}},
    )
    there = person.account.codes
    assert asked_of(other, there) == asked_of(history, there)
    assert recover(reason, other, person, NOW) == recover(reason, history, person, NOW)


def test_what_is_asked_of_it_changes_what_is_told() -> None:
    history = History("old")
    assert asked_of(replace(history, begun={Step.CREATE_METHOD}), ()) != asked_of(history, ())
    assert asked_of(replace(history, done={Step.TELL_PIN}), ()) != asked_of(history, ())
    assert asked_of(History(None), ()) != asked_of(history, ())
