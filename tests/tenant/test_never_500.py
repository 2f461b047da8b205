"""Whatever is asked of Graph's routes, the answer is an answer or a GraphError, never a crash."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.wire.secret import Secret
from kiosk.clock import ManualClock
from kiosk.tenant.box import Box
from kiosk.tenant.graph_batch import answer_batch
from kiosk.tenant.graph_call import Call
from kiosk.tenant.graph_routes import answer
from kiosk.tenant.keys import TenantKeys
from kiosk.tenant.refusal import GraphError
from kiosk.tenant.seed import ADA, ADA_DEVICE, LAYLA, MARIA
from kiosk.tenant.tokens import Caller

SEGMENTS = st.lists(
    st.sampled_from(
        [
            *(
                "me",
                "users",
                "groups",
                "directory",
                "administrativeUnits",
                "members",
                "memberOf",
                "$batch",
                "",
                "authentication",
            ),
            *("photo", "$value", "$count", "authenticationMethodsPolicy", "authenticationMethodConfigurations"),
            *("qrCodePinMethod", "standardQRCode", "temporaryQRCode", "pin", "updatePin", "methods", "policies"),
            *("authenticationMethodDevices", "hardwareOathDevices", "assignTo", ADA_DEVICE, ADA.id, LAYLA.id),
        ]
    ),
    max_size=8,
)
LIKELY = st.sampled_from([("users", ADA.id), ("users", LAYLA.id), ("me",)]).flatmap(
    lambda owner: SEGMENTS.map(lambda rest: (*owner, "authentication", "qrCodePinMethod", *rest[:2]))
)
TIMES = st.sampled_from(["2026-03-01T09:00:00Z", "2026-04-01T09:00:00.1234567+02:00", "9999-12-31T23:59:59Z", "soon"])
FIELDS = st.dictionaries(
    st.sampled_from(["startDateTime", "expireDateTime", "code", "currentPin"]), TIMES | st.none()
)
BODIES = st.one_of(
    st.binary(max_size=40),
    st.recursive(
        st.none() | st.integers() | TIMES | FIELDS,
        lambda inner: st.dictionaries(
            st.sampled_from(["standardQRCode", "pin", "temporaryQRCode", "requests"]), inner
        ),
        max_leaves=4,
    ).map(lambda value: json.dumps(value).encode()),
)
CALLERS = st.sampled_from(
    [
        Caller(frozenset({"UserAuthMethod-QR.ReadWrite.All", "User.Read.All"}), frozenset()),
        Caller(frozenset(), frozenset({"UserAuthMethod-QR.ReadWrite.All", "Directory.AccessAsUser.All"}), MARIA.id),
        Caller(frozenset(), frozenset(), ADA.id),
    ]
)
QUERIES = st.dictionaries(
    st.sampled_from(["$search", "$filter", "$top", "$skiptoken", "$select", "$count", "$orderby"]),
    st.sampled_from(['"displayName:a"', "id eq 'x'", "1", "LTU=", "5", "true", "displayName", "²", "\x00", ""]),
)


@pytest.fixture(scope="module")
def box(keys: TenantKeys) -> Box:
    """A box that no server serves."""
    clock = ManualClock(datetime(2026, 3, 1, 9, 0, tzinfo=UTC))
    return Box("https://127.0.0.1:1", clock, keys, Secret("nobody needs it here"))


@settings(max_examples=250, deadline=None)
@given(
    caller=CALLERS,
    method=st.sampled_from(["GET", "PUT", "PATCH", "POST", "DELETE"]),
    version=st.sampled_from(["v1.0", "beta"]),
    segments=LIKELY | SEGMENTS.map(tuple),
    query=QUERIES,
    body=BODIES,
)
def test_any_call(  # noqa: PLR0917 - Hypothesis passes them by name
    box: Box, caller: Caller, method: str, version: str, segments: tuple[str, ...], query: dict[str, str], body: bytes
) -> None:
    """Statuses are Graph's, bodies are JSON, 204 has none."""
    headers = {"content-type": "application/json", "consistencylevel": "eventual"}
    call = Call(box, caller, method, version, segments, query, headers, body)
    for route in (answer, answer_batch):
        try:
            answered = route(call)
        except GraphError as refusal:
            status = refusal.status
        else:
            status = answered.status
            assert (answered.body is None and answered.content is None) is (status == 204)
            json.dumps(answered.body)
        assert status in {200, 201, 204, 400, 403, 404, 405}
