"""`kiosk recover`: what was broken off is named, and finished on a yes; it leaves with whether any is left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kiosk import config, doctor
from kiosk.cli.recover import _look, _recover
from kiosk.clock import SystemClock
from kiosk.registry import this_process
from kiosk.replace.plan import Reason, Step
from kiosk.tenant.seed import LAYLA
from tests.replace.bench import Bench
from tests.replace.conftest import bench, clock, empty, logged, running_tenant
from tests.replace.test_reconcile import stop_at

__all__ = ["bench", "clock", "empty", "logged", "running_tenant"]

pytestmark = pytest.mark.anyio


@pytest.fixture
def site(bench: Bench) -> config.Config:
    """A station on the bench's registry, with a credential of its own."""
    tenant = bench.tenant
    sections: dict[str, Any] = {
        "station": {"name": "till-3", "state_directory": str(bench.file.parent)},
        "graph": {
            "tenant_id": tenant.tenant_id,
            "client_id": tenant.client_id,
            "certificate_file": str(tenant.certificate_file),
            "base_url": tenant.graph_url,
            "authority": tenant.authority.removesuffix("/" + tenant.tenant_id),
            "ca_file": str(tenant.ca_file),
        },
        "policy": {"replacement": "attendant"},
        "printers": {"receipt": {"kind": "escpos", "to": bench.paper.address, "socket": bench.drivers.path}},
    }
    return config.parse(sections, None)


async def test_what_was_broken_off_is_named_and_finished_on_a_yes(
    bench: Bench, site: config.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    """A look changes nothing; `--yes` finishes it, and then nothing is left."""
    await stop_at(Step.DELETE, LAYLA, Reason.FOUND, bench)
    assert await _look(site, as_json=True) == 1
    (left,) = json.loads(capsys.readouterr().out.splitlines()[-1])["unfinished"]
    assert (left["displayName"], left["reason"], left["situation"]) == (LAYLA.display_name, "found", "untouched")
    assert left["steps"] == ["preflight", "delete", "close"]
    assert bench.standing() == bench.old_id

    findings = [found async for found in doctor._unfinished(site, SystemClock())]
    assert [finding.state for finding in findings] == ["fault"]
    assert f"{LAYLA.display_name}: untouched" in findings[0].answer

    assert await _recover(site, as_json=True, yes=True) == 0
    said = capsys.readouterr()
    assert [each["userId"] for each in json.loads(said.out.splitlines()[-1])["finished"]] == [LAYLA.id]
    assert "The old badge is switched off" in said.err
    assert bench.standing() is None
    assert await _look(site, as_json=False) == 0
    assert "Nothing is left open." in capsys.readouterr().out


async def test_somebody_elses_replacement_is_left_alone(
    bench: Bench, site: config.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    """A station that runs holds a lease on the person; that is said, and it is still open."""
    await stop_at(Step.DELETE, LAYLA, Reason.FOUND, bench)
    await bench.registry.take_lease(LAYLA.id, this_process("another"), bench.clock.now(), 600)
    assert await _recover(site, as_json=False, yes=True) == 1
    said = capsys.readouterr()
    assert "1 left open" in said.out
    assert "somebody else is making a badge" in said.err, said.err
    assert bench.standing() == bench.old_id


async def test_a_person_who_is_gone_is_said_to_be(
    bench: Bench, site: config.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    await stop_at(Step.DELETE, LAYLA, Reason.FOUND, bench)
    del bench.tenant.tenant.users[LAYLA.id]
    assert await _recover(site, as_json=False, yes=True) == 1
    assert "no longer in the directory" in capsys.readouterr().out


async def test_where_graph_is_away_the_name_is_the_one_on_the_badge(
    bench: Bench, site: config.Config, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    await stop_at(Step.DELETE, LAYLA, Reason.FOUND, bench)
    away = replace_graph(site, tmp_path)
    assert await _look(away, as_json=True) == 1
    (left,) = json.loads(capsys.readouterr().out.splitlines()[-1])["unfinished"]
    assert (left["displayName"], left["situation"], left["withoutBadge"]) == (LAYLA.display_name, None, True)


def replace_graph(site: config.Config, folder: Path) -> config.Config:
    """A station with nobody to ask."""
    return config.parse(
        {"station": {"name": "till-3", "state_directory": str(site.registry_path.parent)}}, folder / "kiosk.toml"
    )
