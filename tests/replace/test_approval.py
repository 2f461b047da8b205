"""Who may have what done: a table of cases, and what no setting of a site can switch off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config import Policy
from kiosk.replace.approval import APART, MAKES, Approval, Approver, Asked, Granted, Made, Past, Target, approve
from kiosk.replace.plan import Reason, Refusal

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
MARIA, OTTO = Approver("maria", "Maria"), Approver("otto", "Otto")
WORKER = Target("layla", privileged=False)
SUPERVISED = Policy(replacement="supervisor")
ATTENDED = Policy(replacement="attendant")


def site(**settings: Any) -> Policy:
    return msgspec.structs.replace(SUPERVISED, **settings)


def ago(hours: float, reason: Reason, approver: str = "maria") -> Past:
    return Past(tuple(Approval(approver, made, NOW - timedelta(hours=hours)) for made in MAKES[reason]))


CASES: list[tuple[str, Policy, Reason, Target, tuple[Approver, ...], Past, Granted | Refusal]] = [
    ("a site that replaces nothing", Policy(), Reason.WORN, WORKER, (MARIA,), Past(), Refusal("replacement_off")),
    ("a supervisor", SUPERVISED, Reason.WORN, WORKER, (MARIA,), Past(), Granted()),
    ("nobody signed in", SUPERVISED, Reason.WORN, WORKER, (), Past(), Refusal("needs_supervisor")),
    ("whoever stands there", ATTENDED, Reason.WORN, WORKER, (), Past(), Granted()),
    ("for oneself", SUPERVISED, Reason.WORN, Target("maria", privileged=False), (MARIA,), Past(),
     Refusal("never_for_oneself")),
    ("as second for oneself", SUPERVISED, Reason.WORN, Target("otto", privileged=False), (MARIA, OTTO), Past(),
     Refusal("never_for_oneself")),
    ("somebody with a directory role", SUPERVISED, Reason.WORN, Target("x", privileged=True), (MARIA, OTTO), Past(),
     Refusal("holds_a_role")),
    ("an approver disabled since", SUPERVISED, Reason.WORN, WORKER, (Approver("m", "M", active=False),), Past(),
     Refusal("approver_inactive")),
    ("another site's worker", SUPERVISED, Reason.WORN, Target("x", privileged=False, in_unit=False), (MARIA,), Past(),
     Refusal("outside_the_unit")),
    ("stolen, one approver", site(second_person=("stolen",)), Reason.STOLEN, WORKER, (MARIA,), Past(),
     Refusal("second_person")),
    ("stolen, one approver twice", site(second_person=("stolen",)), Reason.STOLEN, WORKER, (MARIA, MARIA), Past(),
     Refusal("second_person")),
    ("stolen, two approvers", site(second_person=("stolen",)), Reason.STOLEN, WORKER, (MARIA, OTTO), Past(),
     Granted()),
    ("enrolment, one approver", SUPERVISED, Reason.NEW_HERE, WORKER, (MARIA,), Past(), Refusal("second_person")),
    ("enrolment, two approvers", SUPERVISED, Reason.NEW_HERE, WORKER, (MARIA, OTTO), Past(), Granted()),
    ("enrolment, one is accepted by name", site(single_approver_enrolment=True), Reason.NEW_HERE, WORKER, (MARIA,),
     Past(), Granted(("single_approver_enrolment",))),
    ("PIN after code", SUPERVISED, Reason.PIN_FORGOTTEN, WORKER, (MARIA,), ago(23, Reason.WORN),
     Refusal("second_person")),
    ("code after PIN", SUPERVISED, Reason.WORN, WORKER, (MARIA,), ago(1, Reason.PIN_FORGOTTEN),
     Refusal("second_person")),
    ("code after enrolment", site(single_approver_enrolment=True), Reason.WORN, WORKER, (MARIA,),
     ago(1, Reason.NEW_HERE), Refusal("second_person")),
    ("PIN after code by another", SUPERVISED, Reason.PIN_FORGOTTEN, WORKER, (OTTO,), ago(23, Reason.WORN),
     Granted()),
    ("PIN after code, with another", SUPERVISED, Reason.PIN_FORGOTTEN, WORKER, (MARIA, OTTO), ago(1, Reason.WORN),
     Granted()),
    ("PIN a day after code", SUPERVISED, Reason.PIN_FORGOTTEN, WORKER, (MARIA,), ago(24, Reason.WORN), Granted()),
    ("PIN after code, nobody by name both times", ATTENDED, Reason.PIN_FORGOTTEN, WORKER, (), ago(1, Reason.WORN, ""),
     Refusal("second_person")),
    ("PIN after a code on nobody's word by name", ATTENDED, Reason.PIN_FORGOTTEN, WORKER, (MARIA,),
     ago(1, Reason.WORN, ""), Refusal("second_person")),
    ("a code on nobody's word by name after a PIN", ATTENDED, Reason.WORN, WORKER, (), ago(1, Reason.PIN_FORGOTTEN),
     Refusal("second_person")),
    ("PIN after a code on nobody's word, with another", ATTENDED, Reason.PIN_FORGOTTEN, WORKER, (MARIA, OTTO),
     ago(1, Reason.WORN, ""), Granted()),
    ("revoking after a PIN", SUPERVISED, Reason.FOUND, WORKER, (MARIA,), ago(1, Reason.NEW_HERE), Granted()),
    ("a copy", SUPERVISED, Reason.COPY, WORKER, (MARIA,), Past(), Refusal("copying_off")),
    ("a copy where the site copies", site(copying=True), Reason.COPY, WORKER, (MARIA,), Past(), Granted()),
    ("who leaves", SUPERVISED, Reason.LEAVES, WORKER, (MARIA,), Past(), Refusal("leaving_off")),
    ("the station's hour is full", site(per_hour_station=5), Reason.WORN, WORKER, (MARIA,), Past(by_station=5),
     Refusal("station_quota")),
    ("the person's hour is full", SUPERVISED, Reason.WORN, WORKER, (MARIA,), Past(for_person=3),
     Refusal("person_quota")),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "reason", "target", "by", "past", "answer"), [case[1:] for case in CASES],
                         ids=[case[0] for case in CASES])  # fmt: skip
def test_the_table(  # noqa: PLR0917
    policy: Policy, reason: Reason, target: Target, by: tuple[Approver, ...], past: Past, answer: Granted | Refusal
) -> None:
    assert approve(policy, Asked(reason=reason, target=target, approvers=by), past, NOW) == answer


def test_a_visiting_worker_is_an_audited_exception() -> None:
    visitor = Target("x", privileged=False, in_unit=False)

    def visitor_asks(by: tuple[Approver, ...]) -> Asked:
        return Asked(reason=Reason.WORN, target=visitor, approvers=by, visiting=True)

    granted = approve(SUPERVISED, visitor_asks((MARIA,)), Past(), NOW)
    assert granted == Granted(("visiting_worker",))
    nobody = approve(ATTENDED, visitor_asks(()), Past(), NOW)
    assert nobody == Refusal("outside_the_unit")


people = st.sampled_from(["layla", "maria", "otto", "hina"])
policies = st.builds(
    Policy,
    replacement=st.sampled_from(["nobody", "supervisor", "attendant"]),
    second_person=st.sets(st.sampled_from(["lost", "stolen"])).map(tuple),
    single_approver_enrolment=st.booleans(),
    copying=st.booleans(),
    leaving=st.booleans(),
)
approvers = st.lists(st.builds(Approver, people, st.just(""), st.booleans()), max_size=2).map(tuple)
targets = st.builds(Target, people, st.booleans(), st.sampled_from([None, True, False]))
pasts = st.builds(
    Past,
    st.lists(
        st.builds(
            Approval,
            st.one_of(people, st.just("")),
            st.sampled_from(Made),
            st.timedeltas(timedelta(0), timedelta(hours=48)).map(lambda back: NOW - back),
        ),
        max_size=4,
    ).map(tuple),
    st.integers(0, 100),
    st.integers(0, 5),
)


asked = st.builds(Asked, reason=st.sampled_from(Reason), target=targets, approvers=approvers, visiting=st.booleans())


@given(policies, asked, pasts)
def test_what_no_site_can_switch_off(policy: Policy, asked: Asked, past: Past) -> None:
    """Never for oneself, never for who holds a role, never code and PIN by one approver within a day."""
    answer = approve(policy, asked, past, NOW)
    if isinstance(answer, Refusal):
        return
    names = {approver.user_id for approver in asked.approvers}
    assert policy.replacement != "nobody"
    assert asked.target.user_id not in names
    assert not asked.target.privileged
    assert all(approver.active for approver in asked.approvers)
    makes = MAKES[asked.reason]
    if len(names) < 2 and len(makes) == 1:
        recent = [each for each in past.approvals if NOW - each.at < APART]
        # Whoever has no name may be anybody.
        made = {each.made for each in recent if not (names and each.approver) or each.approver in names}
        assert made | makes != {Made.CODE, Made.PIN}
    if makes == {Made.CODE, Made.PIN} and len(names) < 2:
        assert "single_approver_enrolment" in answer.exceptions
