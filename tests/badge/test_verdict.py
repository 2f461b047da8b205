"""One scan, one verdict: the table of cases, and what must hold whatever the facts are."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.secret import Secret
from kiosk.badge.content import Badge, Unreadable, parse
from kiosk.badge.kind import CodeKind
from kiosk.badge.verdict import (
    Account,
    Basis,
    Issued,
    Judgement,
    Life,
    Severity,
    Verdict,
    judge,
    single_badge,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BADGE = Badge("ada@contoso.example", "1a253da5-3f9a-457d-bd9c-de1aab9a2e59", b"d" * 32)
OTHER = replace(BADGE, digest=b"o" * 32)
ISSUED = Issued(
    BADGE.digest,
    CodeKind.STANDARD,
    NOW - 9 * DAY,
    NOW + 300 * DAY,
    replaced=False,
    revoked=False,
    as_of=NOW - 9 * DAY,
)
LIFE = Life(BADGE.code_id, CodeKind.STANDARD, ISSUED.start, ISSUED.expire)
ACCOUNT = Account(BADGE.upn, enabled=True, policy_allows=True, codes=(LIFE,))
GONE = replace(ACCOUNT, codes=())
WORKS = frozenset({Verdict.ACTIVE, Verdict.ACTIVE_TEMPORARY, Verdict.EXPIRING, Verdict.WORN})


def verdict(
    read: Badge | Verdict | Unreadable = BADGE,
    issued: Issued | None = ISSUED,
    account: Account | None = ACCOUNT,
    *,
    helped: bool = False,
    domains: tuple[str, ...] = (),
    now: datetime = NOW,
) -> Judgement:
    return judge(read, helped=helped, issued=issued, account=account, domains=frozenset(domains), now=now)


def _lives(life: Life) -> Account:
    return replace(ACCOUNT, codes=(life,))


@pytest.mark.parametrize(
    ("judged", "expected", "basis"),
    [
        (verdict(), Verdict.ACTIVE, Basis.GRAPH),
        (verdict(account=None), Verdict.ACTIVE, Basis.REGISTRY),
        (verdict(helped=True), Verdict.WORN, Basis.GRAPH),
        (verdict(account=_lives(replace(LIFE, kind=CodeKind.TEMPORARY))), Verdict.ACTIVE_TEMPORARY, Basis.GRAPH),
        (verdict(account=_lives(replace(LIFE, expire=NOW + 29 * DAY))), Verdict.EXPIRING, Basis.GRAPH),
        (verdict(account=_lives(replace(LIFE, expire=NOW))), Verdict.EXPIRED, Basis.GRAPH),
        (verdict(account=_lives(replace(LIFE, start=NOW + DAY))), Verdict.NOT_YET_VALID, Basis.GRAPH),
        (verdict(now=NOW + 400 * DAY, account=None), Verdict.EXPIRED, Basis.REGISTRY),
        (verdict(account=GONE), Verdict.REVOKED, Basis.GRAPH),
        (verdict(account=GONE, issued=replace(ISSUED, replaced=True)), Verdict.REPLACED, Basis.GRAPH),
        (verdict(issued=replace(ISSUED, replaced=True)), Verdict.REPLACED, Basis.REGISTRY),
        (verdict(issued=replace(ISSUED, revoked=True)), Verdict.REVOKED, Basis.REGISTRY),
        (verdict(account=None, issued=replace(ISSUED, replaced=True)), Verdict.REPLACED, Basis.REGISTRY),
        (verdict(account=None, issued=replace(ISSUED, revoked=True)), Verdict.REVOKED, Basis.REGISTRY),
        (verdict(account=None, issued=replace(ISSUED, expired=True)), Verdict.EXPIRED, Basis.REGISTRY),
        (verdict(account=replace(ACCOUNT, enabled=False)), Verdict.BLOCKED, Basis.GRAPH),
        (verdict(account=replace(ACCOUNT, policy_allows=False)), Verdict.BLOCKED, Basis.GRAPH),
        (verdict(account=replace(ACCOUNT, upn="ada.new@contoso.example")), Verdict.BLOCKED, Basis.GRAPH),
        (verdict(account=replace(ACCOUNT, upn="ADA@contoso.example")), Verdict.ACTIVE, Basis.GRAPH),
        (verdict(OTHER), Verdict.CONTENT_MISMATCH, Basis.REGISTRY),
        (verdict(issued=None), Verdict.KNOWN_TO_TENANT, Basis.GRAPH),
        (verdict(issued=None, account=GONE), Verdict.UNKNOWN, Basis.GRAPH),
        (verdict(issued=None, account=None), Verdict.UNKNOWN, Basis.REGISTRY),
        (verdict(domains=("fabrikam.example",)), Verdict.OTHER_TENANT, Basis.SCAN),
        (verdict(domains=("contoso.example",)), Verdict.ACTIVE, Basis.GRAPH),
        (verdict(Unreadable.NOT_A_BADGE), Verdict.NOT_A_BADGE, Basis.SCAN),
        (verdict(Unreadable.UNKNOWN_VERSION), Verdict.UNKNOWN, Basis.SCAN),
        (verdict(Unreadable.MALFORMED), Verdict.UNKNOWN, Basis.SCAN),
        (verdict(Verdict.SEVERAL_BADGES), Verdict.SEVERAL_BADGES, Basis.SCAN),
    ],
)
def test_the_table(judged: Judgement, expected: Verdict, basis: Basis) -> None:
    assert (judged.verdict, judged.basis) == (expected, basis)


def test_offline_says_how_old_its_basis_is() -> None:
    assert verdict(account=None).as_of == ISSUED.as_of
    assert verdict().as_of == NOW


def test_a_block_says_why() -> None:
    account = Account("new@contoso.example", enabled=False, policy_allows=False, codes=(LIFE,))

    assert verdict(account=account).reasons == ("account_disabled", "policy_disallows", "upn_changed")


def test_a_worn_badge_that_is_about_to_expire_says_both() -> None:
    judged = verdict(account=_lives(replace(LIFE, expire=NOW + DAY)), helped=True)

    assert (judged.verdict, judged.reasons) == (Verdict.WORN, ("expiring",))


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ([], Unreadable.NOT_A_BADGE),
        ([Unreadable.NOT_A_BADGE, BADGE], BADGE),
        ([BADGE, BADGE], BADGE),
        ([BADGE, OTHER], Verdict.SEVERAL_BADGES),
        ([Unreadable.NOT_A_BADGE, Unreadable.MALFORMED], Unreadable.MALFORMED),
        ([Unreadable.MALFORMED, BADGE], BADGE),
    ],
)
def test_other_codes_beside_one_badge_do_not_count(
    read: list[Badge | Unreadable], expected: Badge | Verdict | Unreadable
) -> None:
    assert single_badge(read) == expected


times = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone
kinds = st.sampled_from(CodeKind)
reads = st.sampled_from([BADGE, OTHER, *Unreadable, Verdict.SEVERAL_BADGES])
issues = st.builds(
    Issued,
    st.just(BADGE.digest),
    kinds,
    times,
    times,
    replaced=st.booleans(),
    revoked=st.booleans(),
    expired=st.booleans(),
    as_of=times,
)
lives = st.builds(Life, st.sampled_from([BADGE.code_id, "another"]), kinds, times, times)
accounts = st.builds(
    Account,
    st.sampled_from([BADGE.upn, "new@contoso.example"]),
    enabled=st.booleans(),
    policy_allows=st.booleans(),
    codes=st.lists(lives, max_size=2).map(tuple),
)


@given(read=reads, issued=st.none() | issues, account=st.none() | accounts, helped=st.booleans(), now=times)
def test_a_code_never_works_that_must_not(
    read: Badge | Verdict | Unreadable, issued: Issued | None, account: Account | None, *, helped: bool, now: datetime
) -> None:
    judged = verdict(read, issued, account, helped=helped, now=now)

    if judged.verdict in WORKS:
        assert read == BADGE, "only what was issued, by its digest"
        assert issued is not None
        assert not issued.replaced
        assert not issued.revoked
        assert account is not None or not issued.expired, "found to be over, and the clock was put back"
        life = account.code(BADGE.code_id) if account else Life("", issued.kind, issued.start, issued.expire)
        assert life is not None
        assert life.start <= now < life.expire
        assert account is None or (account.enabled and account.policy_allows)
    assert (judged.basis is Basis.GRAPH) <= (account is not None)
    assert judged.verdict.severity in Severity


contents = st.binary(max_size=200) | st.builds(
    lambda version, fields: b"ms-qrpin:" + b"|".join([version, *fields]),
    st.sampled_from([b"v1", b"v2", b"v10", b""]) | st.binary(max_size=4),
    st.lists(
        st.sampled_from([BADGE.upn.encode(), BADGE.code_id.encode(), b"key"]) | st.binary(max_size=12), max_size=6
    ),
)


@given(
    content=contents,
    issued=st.none() | issues,
    account=st.none() | accounts,
    helped=st.booleans(),
    domains=st.sampled_from([(), ("contoso.example",), ("fabrikam.example",)]),
    now=times,
)
def test_no_byte_string_raises_and_each_gives_one_verdict(  # noqa: PLR0917
    content: bytes,
    issued: Issued | None,
    account: Account | None,
    helped: bool,  # noqa: FBT001
    domains: tuple[str, ...],
    now: datetime,
) -> None:
    """Whatever a scanner hands over and whatever is known of it."""
    read = single_badge([parse(Secret(content))])
    judged = verdict(read, issued, account, helped=helped, domains=domains, now=now)

    assert judged == verdict(read, issued, account, helped=helped, domains=domains, now=now), "the same once more"
    assert isinstance(judged.verdict, Verdict)
    assert judged.badge is None or judged.badge == read


@given(account=st.none() | accounts, helped=st.booleans(), now=times)
def test_a_code_the_registry_has_not_seen_never_works(
    account: Account | None, *, helped: bool, now: datetime
) -> None:
    assert verdict(BADGE, None, account, helped=helped, now=now).verdict not in WORKS


@given(issued=issues, now=times)
def test_offline_it_rests_on_the_registry_and_says_as_of_when(issued: Issued, now: datetime) -> None:
    judged = verdict(BADGE, issued, None, now=now)

    assert (judged.basis, judged.as_of) == (Basis.REGISTRY, issued.as_of)


@given(key=st.binary(min_size=1, max_size=40).filter(lambda key: b"|" not in key))
def test_a_content_and_its_base64_text_are_the_same_code(key: bytes) -> None:
    """A symbol may carry either; which it does is not documented."""
    raw = f"ms-qrpin:v1|{BADGE.upn}|{BADGE.code_id}|".encode() + key
    one, other = parse(Secret(raw)), parse(Secret(base64.b64encode(raw)))

    assert isinstance(one, Badge)
    assert one == other
    assert single_badge([one, other]) == one


def test_a_version_not_known_here_and_a_field_more_are_verdicts() -> None:
    later = parse(Secret(f"ms-qrpin:v2|{BADGE.upn}|{BADGE.code_id}|key".encode()))
    longer = parse(Secret(f"ms-qrpin:v1|{BADGE.upn}|{BADGE.code_id}|key|new".encode()))

    assert verdict(single_badge([later])).reasons == ("unknown_version",)
    assert isinstance(longer, Badge)
    assert longer.code_id == BADGE.code_id
