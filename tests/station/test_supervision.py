"""What a site whose badges are made with a supervisor says yes to, and what it must have configured."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kiosk import config, doctor
from kiosk.badge.verdict import Basis, Judgement, Verdict
from kiosk.clock import SystemClock
from kiosk.config import ConfigError, Policy
from kiosk.replace.plan import Refusal
from kiosk.replace.policy import may_replace
from kiosk.station import open_station
from kiosk.tenant.serve import RunningTenant

SUPERVISED = Policy(replacement="supervisor")
PROVEN = Judgement(Verdict.WORN, Basis.GRAPH, datetime(2026, 11, 20, tzinfo=UTC))
GRAPH = {"tenant_id": "t", "client_id": "c"}


def test_a_badge_that_proves_nobody_is_refused_whoever_is_there() -> None:
    """A forged or foreign one must be no way to revoke the code of the person it names."""
    forged = Judgement(Verdict.CONTENT_MISMATCH, Basis.GRAPH, PROVEN.as_of)
    assert may_replace(SUPERVISED, forged) == Refusal("badge_proves_nobody")
    assert may_replace(SUPERVISED, PROVEN) is None


def test_a_badge_blocked_by_its_old_name_alone_proves_whose_it_is() -> None:
    blocked = Judgement(Verdict.BLOCKED, Basis.GRAPH, PROVEN.as_of, ("upn_changed",))
    assert may_replace(SUPERVISED, blocked) is None
    worse = replace(blocked, reasons=("account_disabled", "upn_changed"))
    assert may_replace(SUPERVISED, worse) == Refusal("badge_proves_nobody")


def test_where_nothing_is_replaced_no_badge_helps() -> None:
    assert may_replace(Policy(), PROVEN) == Refusal("replacement_off")


@pytest.mark.parametrize(("graph", "key"), [({}, "tenant_id"), ({"tenant_id": "t"}, "client_id")])
def test_a_policy_that_nobody_could_meet_is_an_error_of_the_configuration(graph: dict[str, str], key: str) -> None:
    """It names the key that is missing: `kiosk config check` and every other command say it."""
    with pytest.raises(ConfigError, match=rf"graph\.{key}: replacement = .supervisor. needs it"):
        config.parse({"graph": graph, "policy": {"replacement": "supervisor"}}, None)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("replacement", "supervised"), [("supervisor", True), ("attendant", False), ("nobody", False)]
)
async def test_a_station_lets_supervisors_in_where_the_policy_wants_them(
    replacement: str,
    supervised: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    """For that it needs no credential of its own; then nothing but their session reaches Graph."""
    sections: dict[str, Any] = {
        "station": {"state_directory": str(tmp_path)},
        "policy": {"replacement": replacement},
        "printers": {"a": {"kind": "none"}},
        **({"graph": GRAPH} if supervised else {}),
    }
    async with open_station(config.parse(sections, None)) as station:
        assert station.visit.board.state.supervised is supervised
        assert station.issuer is None
        facilities = station._facilities()
        assert (facilities is not None) is supervised
        if facilities and station.supervisors:
            assert facilities.issuer is station.supervisors.issuer


@pytest.mark.anyio
@pytest.mark.parametrize("client", ["known", "00000000-0000-4000-8000-000000000000"])
async def test_the_doctor_asks_for_a_code_and_throws_it_away(client: str, running_tenant: RunningTenant) -> None:
    """Without anybody at hand it says whether supervisors could sign in, and if not, what to set right."""
    tenant = running_tenant
    tenant.box.reset()
    graph = {
        "tenant_id": tenant.tenant_id,
        "client_id": tenant.client_id if client == "known" else client,
        "base_url": tenant.graph_url,
        "authority": tenant.authority.removesuffix("/" + tenant.tenant_id),
        "ca_file": str(tenant.ca_file),
    }
    settings = config.parse({"graph": graph, "policy": {"replacement": "supervisor"}}, None)
    found = {finding.part: finding async for finding in doctor._graph(settings, SystemClock())}
    assert set(found) == {"supervisors", "graph"}
    assert found["graph"].state == "ok"
    if client == "known":
        assert (found["supervisors"].state, found["supervisors"].todo) == ("ok", "")
        assert f"{tenant.url}/devicelogin" in found["supervisors"].answer
    else:
        assert found["supervisors"].state == "fault"
        assert "client_id" in found["supervisors"].todo
