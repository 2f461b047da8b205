"""The registry against itself and against its audit: what the tables say happened is what the audit says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from kiosk.registry.schema import AUDIT, AUDIT_TRIGGERS, CODE_CHANGES, CODES, JOURNAL


def problems(connection: Connection) -> tuple[str, ...]:
    """What does not fit, in words without names; empty when all does. What is older than the audit is not judged."""
    return (*_file(connection), *_triggers(connection), *_codes(connection), *_journal(connection))


def _file(connection: Connection) -> Iterator[str]:
    for said in connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars():
        if said != "ok":
            yield "the file is damaged"
            return
    for table, *_ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"a row of {table} refers to one that is not there"


def _triggers(connection: Connection) -> Iterator[str]:
    there = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars())
    for name in AUDIT_TRIGGERS:
        if name not in there:
            yield f"the trigger {name}, which keeps the audit append-only, is gone"


def _codes(connection: Connection) -> Iterator[str]:
    told: dict[str, dict[str, Any]] = {}
    for details in _details(connection, "code_added", "code_changed"):
        told.setdefault(details["code_id"], {}).update(details)
    told_here = CODE_CHANGES.c.audit_chain.in_(select(AUDIT.c.chain))
    judged = set(connection.execute(select(CODE_CHANGES.c.code_id).where(told_here)).scalars())
    changed = set(connection.execute(select(CODE_CHANGES.c.code_id)).scalars())
    for row in connection.execute(select(CODES.c.code_id, CODES.c.state, CODES.c.digest)):
        details = told.pop(row.code_id, {})
        if not details:
            if row.code_id in judged or row.code_id not in changed:
                yield f"code {row.code_id} is in no audit entry"
        elif details["state"] != row.state:
            yield f"code {row.code_id} is {row.state}; the audit says {details['state']}"
        elif details.get("digest", row.digest.hex()) != row.digest.hex():
            yield f"code {row.code_id} has another digest than it was issued with"
    for code_id in told:
        yield f"code {code_id} is in the audit and not in the registry"


def _journal(connection: Connection) -> Iterator[str]:
    told = {details["journal"]: details for details in _details(connection, "step_intended", "step_ended")}
    if not told:
        return
    first = min(told)
    for row in connection.execute(select(JOURNAL).where(JOURNAL.c.seq >= first).order_by(JOURNAL.c.seq)):
        details = told.pop(row.seq, None)
        if details is None:
            yield f"journal entry {row.seq} is in no audit entry"
            continue
        same = {"replacement": row.replacement, "step": row.step, "journal": row.seq}
        same |= {f"details.{name}": value for name, value in json.loads(row.details).items()}
        same |= {} if row.result is None else {"result": row.result}
        if same != details:
            yield f"journal entry {row.seq} is not what the audit says"
    for seq in told:
        yield f"journal entry {seq} is in the audit and not in the journal"


def _details(connection: Connection, *actions: str) -> Iterator[dict[str, Any]]:
    query = select(AUDIT.c.details).where(AUDIT.c.action.in_(actions)).order_by(AUDIT.c.chain, AUDIT.c.seq)
    for details in connection.execute(query).scalars():
        yield json.loads(details)
