"""Codes against a plain dict: whatever is done in whatever order, both say the same."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import create_engine

from kiosk.badge.kind import CodeKind
from kiosk.registry import CodeState, DuplicateError, IssuedCode, NotFoundError, codes
from kiosk.registry.connection import transaction
from kiosk.registry.schema import METADATA

# Few ids, users and digests, so that they meet.
_IDS = st.sampled_from(["a1", "B2", "b2", "c3", "é4"])
_USERS = st.sampled_from(["u1", "u2"])
_DIGESTS = st.sampled_from([bytes([n]) * 32 for n in range(4)])
_TIMES = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - Hypothesis takes the zone apart from the bounds
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_CODES = st.builds(
    IssuedCode,
    code_id=_IDS,
    user_id=_USERS,
    upn=_TEXTS,
    display_name=_TEXTS,
    kind=st.sampled_from(CodeKind),
    digest=_DIGESTS,
    issued_at=_TIMES,
    start_at=_TIMES,
    expire_at=_TIMES,
    station=_TEXTS,
    changed_at=_TIMES,
    state=st.sampled_from(CodeState),
    reason=_TEXTS,
    replaced_by=st.none() | _IDS,
)


class CodesAgainstDict(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        # In memory, for speed; that a file has this schema is tested elsewhere.
        self.engine = create_engine("sqlite://", connect_args={"isolation_level": None})
        METADATA.create_all(self.engine)
        self.connection = self.engine.connect()
        self.model: dict[str, IssuedCode] = {}

    def teardown(self) -> None:
        self.connection.close()
        self.engine.dispose()

    @rule(code=_CODES)
    def add(self, code: IssuedCode) -> None:
        taken = code.code_id in self.model or any(code.digest == known.digest for known in self.model.values())
        added = False
        with suppress(DuplicateError), transaction(self.connection, "IMMEDIATE") as t:
            codes.add(t, code)
            added = True
        assert added is not taken
        if added:
            self.model[code.code_id] = code

    @rule(code_id=_IDS, state=st.sampled_from(CodeState), at=_TIMES, reason=_TEXTS, by=st.none() | _IDS)
    def change(self, code_id: str, state: CodeState, at: datetime, reason: str, by: str | None) -> None:
        known = self.model.get(code_id.lower())
        changed = False
        with suppress(NotFoundError), transaction(self.connection, "IMMEDIATE") as t:
            codes.change_state(t, code_id, state, at=at, reason=reason, replaced_by=by)
            changed = True
        assert changed is (known is not None)
        if known is not None:
            by = by.lower() if by is not None else known.replaced_by
            self.model[known.code_id] = replace(known, state=state, changed_at=at, reason=reason, replaced_by=by)

    @rule(code_id=_IDS, digest=_DIGESTS, user_id=_USERS)
    def look_up(self, code_id: str, digest: bytes, user_id: str) -> None:
        by_digest = {code.digest: code for code in self.model.values()}
        theirs = [code for code in self.model.values() if code.user_id == user_id]
        theirs.sort(key=lambda code: (-(code.issued_at - datetime(1970, 1, 1, tzinfo=UTC)), code.code_id))
        with transaction(self.connection, "DEFERRED") as t:
            assert codes.find(t, code_id) == self.model.get(code_id.lower())
            assert codes.find_by_digest(t, digest) == by_digest.get(digest)
            assert codes.of_user(t, user_id) == tuple(theirs)

    @invariant()
    def counts_agree(self) -> None:
        with transaction(self.connection, "DEFERRED") as t:
            counted = codes.counts(t)
        states = [code.state for code in self.model.values()]
        assert counted == {state: states.count(state) for state in CodeState}


TestCodesAgainstDict = CodesAgainstDict.TestCase
TestCodesAgainstDict.settings = settings(
    max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
