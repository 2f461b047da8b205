"""Each operation under each fault: what comes of it, as a table. Run as a program, it writes the table to the docs.

    python -m tests.graph.fault_matrix

`test_fault_matrix.py` runs the same cells and compares each with what the docs say.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from drivers.wire.secret import Secret
from kiosk.badge.kind import CodeKind
from kiosk.clock import ManualClock
from kiosk.graph.batch import DeleteCode, ExtendCode, ReadMethod, ReadUser
from kiosk.graph.client import GraphClient
from kiosk.graph.errors import GraphError, OutcomeUnknown
from kiosk.graph.paths import MethodOwner
from kiosk.graph.pin import generate_pin
from kiosk.graph.settings import GraphSettings, Timeouts
from kiosk.tenant.faults import Fault, Match, Rule
from kiosk.tenant.people import User
from kiosk.tenant.seed import ADA, ADA_DEVICE, FRONTLINE_GROUP, JOERG, LAYLA, MARIA, STORE_UNIT
from kiosk.tenant.serve import RunningTenant
from kiosk.tenant.tokens import GRAPH

DOCS: Final = Path(__file__).parents[2] / "docs" / "graph.md"
BEGIN: Final = "<!-- the fault matrix: written by tests/graph/fault_matrix.py -->"
END: Final = "<!-- the end of the fault matrix -->"
NOT_MEANT: Final = "."

WORKER, OTHER, NEWCOMER = MethodOwner.user(ADA.id), MethodOwner.user(JOERG.id), MethodOwner.user(LAYLA.id)
DEVICE: Final = MethodOwner.oath_device(None, ADA_DEVICE)
STANDARD, TEMPORARY = CodeKind.STANDARD, CodeKind.TEMPORARY


@dataclass(frozen=True)
class Bench:
    """What an operation works with."""

    graph: GraphClient
    now: datetime
    pin: Secret
    code_id: str


@dataclass(frozen=True)
class Row:
    """An operation: how to call it, and which of its requests meets the fault. `person`: as whom, or as the app.

    `patience`: real seconds the client waits for an answer that is too slow, by as much again. Where a request before
    the one that is meant must not be too slow, it is longer, as the machine may be busy.
    """

    act: Callable[[Bench], Awaitable[Any]]
    verb: str
    path: str
    person: User | None = None
    patience: float = 0.1


FAULTS: Final[dict[str, Rule]] = {
    "429": Rule(Fault(status=429, retry_after=3)),
    "503": Rule(Fault(status=503)),
    "500": Rule(Fault(status=500)),
    "drop before": Rule(Fault(drop="before")),
    "drop after": Rule(Fault(drop="after")),
    "too slow": Rule(Fault()),
    "late delete": Rule(Fault(late=5)),
    "token expired": Rule(Fault(status=401)),
    "permission withdrawn": Rule(Fault(status=403), times=None),
    "clock skew": Rule(Fault(skew_seconds=-600), times=None),
}


def days(bench: Bench, number: int) -> datetime:
    return bench.now + timedelta(days=number)


async def batch(bench: Bench, *parts: Any) -> Any:
    """A batch comes to what its first part came to."""
    first = (await bench.graph.batch(parts))[0]
    if isinstance(first, GraphError):
        raise first
    return first


ROWS: Final[dict[str, Row]] = {
    "get_user": Row(lambda b: b.graph.get_user(ADA.id), "GET", "/users/"),
    "get_me": Row(lambda b: b.graph.get_me(), "GET", "/me", ADA),
    "find_people": Row(lambda b: b.graph.find_people("ada"), "GET", "/users"),
    "unit_members": Row(lambda b: b.graph.unit_members(STORE_UNIT), "GET", "/members"),
    "group_members": Row(lambda b: b.graph.group_members(FRONTLINE_GROUP), "GET", "Members"),
    "directory_roles": Row(lambda b: b.graph.directory_roles(ADA.id), "GET", "directoryRole"),
    "memberships": Row(lambda b: b.graph.memberships(ADA.id), "GET", "transitiveMemberOf"),
    "photo": Row(lambda b: b.graph.photo(ADA.id), "GET", "/photo"),
    "reach": Row(lambda b: b.graph.reach(), "GET", "roleAssignments", MARIA),
    "get_policy": Row(lambda b: b.graph.get_policy(), "GET", "/policies"),
    "get_method": Row(lambda b: b.graph.get_method(WORKER), "GET", "qrCodePinMethod"),
    "get_code": Row(lambda b: b.graph.get_code(WORKER, STANDARD), "GET", "standardQRCode"),
    "get_pin": Row(lambda b: b.graph.get_pin(WORKER), "GET", "/pin"),
    "create_method": Row(
        lambda b: b.graph.create_method(NEWCOMER, start=b.now, expire=days(b, 30), pin=generate_pin()),
        "PUT",
        "qrCodePinMethod",
    ),
    "delete_method": Row(lambda b: b.graph.delete_method(WORKER), "DELETE", "qrCodePinMethod"),
    "create_code": Row(
        lambda b: b.graph.create_code(WORKER, TEMPORARY, start=b.now, expire=b.now + timedelta(hours=3)),
        "PATCH",
        "temporaryQRCode",
    ),
    "create_code by OATH device": Row(
        lambda b: b.graph.create_code(DEVICE, TEMPORARY, start=b.now, expire=b.now + timedelta(hours=3)),
        "POST",
        "temporaryQRCode",
    ),
    "extend_code": Row(lambda b: b.graph.extend_code(WORKER, expire=days(b, 200)), "PATCH", "standardQRCode"),
    "delete_code": Row(lambda b: b.graph.delete_code(WORKER, STANDARD), "DELETE", "standardQRCode"),
    "reset_pin": Row(lambda b: b.graph.reset_pin(WORKER), "PATCH", "/pin"),
    "update_own_pin": Row(lambda b: b.graph.update_own_pin(b.pin, generate_pin(9)), "PATCH", "updatePin", ADA),
    "batch, reading": Row(lambda b: batch(b, ReadMethod(WORKER), ReadUser(JOERG.id)), "GET", "/users/"),
    "batch, extending": Row(lambda b: batch(b, ExtendCode(WORKER, days(b, 200))), "PATCH", "standardQRCode"),
    "batch, deleting": Row(
        lambda b: batch(b, DeleteCode(WORKER, STANDARD, b.code_id)), "DELETE", "standardQRCode", patience=0.5
    ),
}

#: Faults of a connection strike the whole batch.
_WHOLE: Final = {"drop before", "drop after", "too slow", "clock skew"}
_DELETES: Final = {"delete_method", "delete_code"}


@dataclass
class Tokens:
    """A credential that signs in as one wants, without the detour through msal, and counts refusals."""

    tenant: RunningTenant
    person: User | None
    refusals: int = 0
    given: int = 0

    async def token(self, *, refused: Secret | None = None) -> Secret:
        self.refusals += refused is not None
        self.given += 1
        box = self.tenant.box
        if self.person is None:
            return Secret(box.mint.for_application(box.app, GRAPH))
        return Secret(box.mint.for_user(box.app, self.person, box.app.scopes, GRAPH))


async def outcome(tenant: RunningTenant, row_name: str, fault_name: str) -> str:
    """What comes of one operation under one fault, in the words of the table."""
    if fault_name == "late delete" and row_name not in _DELETES:
        return NOT_MEANT
    tenant.box.reset()
    row, clock, tokens = ROWS[row_name], ManualClock(datetime.now(UTC)), Tokens(tenant, ROWS[row_name].person)
    pin = tenant.tenant.reset_pin(ADA.id).digits
    standard = tenant.tenant.methods[ADA.id].standard
    assert standard is not None
    before = dict(tenant.tenant.methods)
    for rule in _rules(row_name, row, fault_name):
        tenant.box.faults.add(rule)
    async with GraphClient(
        _settings(tenant, row.patience if fault_name == "too slow" else None), tokens, clock=clock
    ) as graph:
        bench = Bench(graph, clock.now().replace(microsecond=0), pin, standard.id)
        told, fault = await _told(row, bench)
        if fault_name == "too slow":
            await _answered(tenant, tokens.given - (row_name == "reach"))  # which reads the token besides
        changed = tenant.tenant.methods != before
        if fault_name == "late delete" and told == "done" and not changed:
            return "done, but still there"
        return _words(told, fault, changed=changed, renewed=tokens.refusals > 0, graph=graph, clock=clock)


async def _told(row: Row, bench: Bench) -> tuple[str, GraphError | None]:
    try:
        await row.act(bench)
    except GraphError as fault:
        return type(fault).__name__, fault
    return "done", None


def _words(
    told: str, fault: GraphError | None, *, changed: bool, renewed: bool, graph: GraphClient, clock: ManualClock
) -> str:
    if isinstance(fault, OutcomeUnknown):
        return f"{told}: it {'had' if changed else 'had not'} happened"
    if fault is not None:
        return f"{told}, CHANGED" if changed else told
    notes = [
        "waited" if clock.monotonic() > 0 else "",
        "new token" if renewed else "",
        "clock reported" if graph.clock_warning else "",
    ]
    return ", ".join([told, *filter(None, notes)])


async def _answered(tenant: RunningTenant, requests: int) -> None:
    """Wait until each request has run its course, the slow one too, so that none disturbs another cell."""
    async with asyncio.timeout(10):
        # The tenant is on another thread and tells nobody.
        while len(tenant.box.journal.entries) < requests:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def _rules(row_name: str, row: Row, fault_name: str) -> list[Rule]:
    """In a batch, a refusal strikes one part; a connection is lost for all of them.

    Deletions are read first: the batch that reads passes, and the one that deletes meets the fault.
    """
    rule = FAULTS[fault_name]
    if fault_name == "too slow":
        rule = Rule(Fault(delay_ms=int(2000 * row.patience)))
    if not row_name.startswith("batch") or fault_name not in _WHOLE:
        return [Rule(rule.fault, Match(method=row.verb, path=row.path), rule.times)]
    passes = [Rule(Fault(), Match(path="$batch"))] if row.verb == "DELETE" else []
    return [*passes, Rule(rule.fault, Match(path="$batch"), rule.times)]


def _settings(tenant: RunningTenant, patience: float | None) -> GraphSettings:
    waits = Timeouts() if patience is None else Timeouts(read=patience)
    return GraphSettings(
        tenant_id=tenant.tenant_id,
        client_id=tenant.client_id,
        base_url=tenant.graph_url,
        authority=tenant.authority,
        ca_file=str(tenant.ca_file),
        version="v1.0",
        timeouts=waits,
    )


Cells = Mapping[str, Mapping[str, str]]


def table(cells: Cells) -> str:
    """In Markdown."""
    head = ["operation", *FAULTS]
    lines = [head, ["---"] * len(head)]
    lines += [[f"`{name}`" if " " not in name else name, *(cells[name][fault] for fault in FAULTS)] for name in ROWS]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def documented() -> Cells:
    """The cells the docs show."""
    text = DOCS.read_text(encoding="utf-8")
    shown = text[text.index(BEGIN) : text.index(END)]
    rows = [
        [cell.strip().strip("`") for cell in line.strip("|").split(" | ")]
        for line in re.findall(r"^\|.*", shown, re.MULTILINE)
    ]
    head = rows[0]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows[2:]}


async def observed(tenant: RunningTenant) -> Cells:
    """All cells, as they are."""
    return {row: {fault: await outcome(tenant, row, fault) for fault in FAULTS} for row in ROWS}


def main() -> None:
    """Write the table anew."""
    with RunningTenant() as tenant:
        cells = asyncio.run(observed(tenant))
    text = DOCS.read_text(encoding="utf-8")
    before, after = text[: text.index(BEGIN)], text[text.index(END) :]
    DOCS.write_text(f"{before}{BEGIN}\n{table(cells)}\n{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
