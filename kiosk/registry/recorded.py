"""Each fact together with what the audit says of it: whoever writes one in this folder writes the other."""

from __future__ import annotations

from datetime import datetime

from kiosk.registry import codes, journal, leases
from kiosk.registry.audit import AuditEntry, Writing, append
from kiosk.registry.codes import IssuedCode
from kiosk.registry.details import Detail, Details
from kiosk.registry.journal import JournalEntry, Order
from kiosk.registry.leases import Lease
from kiosk.registry.schema import utc_text
from kiosk.registry.states import CodeState


def note(
    writing: Writing,
    action: str,
    *,
    at: datetime,
    actor: str | None = None,
    subject: str | None = None,
    details: Details | None = None,
) -> AuditEntry:
    """What is a fact by being said: an approval, a refusal, a sign-in, a decision."""
    return append(writing, action, at=at, actor=actor, subject=subject, details=details)


def add_code(writing: Writing, code: IssuedCode, *, at: datetime | None = None, actor: str | None = None) -> None:
    """codes.add, with enough in the audit to know the code again when the table is lost. `at`: else `changed_at`."""
    codes.add(writing.connection, code)
    details: Details = {
        "code_id": code.code_id,
        "state": code.state,
        "reason": code.reason,
        "replaced_by": code.replaced_by,
        "kind": code.kind,
        "digest": code.digest.hex(),
        "issued_at": utc_text(code.issued_at),
        "start_at": utc_text(code.start_at),
        "expire_at": utc_text(code.expire_at),
        "station": code.station,
    }
    entry = append(
        writing, "code_added", at=at or code.changed_at, actor=actor, subject=code.user_id, details=details
    )
    codes.add_change(writing.connection, code.code_id, entry)


def change_state(
    writing: Writing,
    code_id: str,
    state: CodeState,
    *,
    at: datetime,
    reason: str,
    replaced_by: str | None = None,
    actor: str | None = None,
) -> None:
    """codes.change_state."""
    changed = codes.change_state(writing.connection, code_id, state, at=at, reason=reason, replaced_by=replaced_by)
    details: Details = {
        "code_id": changed.code_id,
        "state": state,
        "reason": reason,
        "replaced_by": changed.replaced_by,
    }
    entry = append(writing, "code_changed", at=at, actor=actor, subject=changed.user_id or None, details=details)
    codes.add_change(writing.connection, changed.code_id, entry)


def change_expiry(
    writing: Writing, code_id: str, expire_at: datetime, *, at: datetime, reason: str, actor: str | None = None
) -> None:
    """codes.change_expiry."""
    changed = codes.change_expiry(writing.connection, code_id, expire_at)
    details: Details = {"code_id": changed.code_id, "expire_at": expire_at.isoformat(), "reason": reason}
    append(writing, "code_extended", at=at, actor=actor, subject=changed.user_id or None, details=details)


def open_replacement(
    writing: Writing, replacement: str, *, user_id: str, reason: str, at: datetime, order: Order
) -> None:
    """journal.open_replacement."""
    journal.open_replacement(writing.connection, replacement, user_id=user_id, reason=reason, at=at, order=order)
    details: dict[str, str | int | None] = {
        "replacement": replacement,
        "reason": reason,
        "kind": order.kind,
        "station": order.station,
        "plan": " ".join(order.plan),
        "remove": order.remove,
        "fence": order.fence,
    }
    append(writing, "replacement_opened", at=at, actor=order.approver, subject=user_id, details=details)
    if order.second_approver is not None:
        append(
            writing,
            "second_approval",
            at=at,
            actor=order.second_approver,
            subject=user_id,
            details={"replacement": replacement},
        )


def intend(
    writing: Writing, replacement: str, step: str, at: datetime, details: Details, *, lease: Lease | None = None
) -> int:
    """journal.intend; with a `lease`, only while it holds."""
    if lease is not None:
        leases.check(writing.connection, lease, at=at)
    entry = journal.intend(writing.connection, replacement, step, at, details)
    _step(writing, "step_intended", entry)
    return entry.seq


def outcome(writing: Writing, replacement: str, step: str, at: datetime, *, result: str, details: Details) -> int:
    """journal.outcome."""
    entry = journal.outcome(writing.connection, replacement, step, at, result=result, details=details)
    _step(writing, "step_ended", entry)
    return entry.seq


def close_replacement(writing: Writing, replacement: str, *, at: datetime, result: str) -> None:
    """journal.close_replacement."""
    user_id = journal.whose(writing.connection, replacement)
    journal.close_replacement(writing.connection, replacement, at=at, result=result)
    details: Details = {"replacement": replacement, "result": result}
    append(writing, "replacement_closed", at=at, subject=user_id, details=details)


def take_lease(writing: Writing, user_id: str, holder: str, *, at: datetime, seconds: float) -> Lease:
    """leases.take. Leases are in the audit only as the fence of what was opened under them."""
    return leases.take(writing.connection, user_id, holder, at=at, seconds=seconds)


def renew_lease(writing: Writing, lease: Lease, *, at: datetime, seconds: float) -> Lease:
    """leases.renew."""
    return leases.renew(writing.connection, lease, at=at, seconds=seconds)


def release_lease(writing: Writing, lease: Lease) -> None:
    """leases.release."""
    leases.release(writing.connection, lease)


def check_lease(writing: Writing, lease: Lease, *, at: datetime) -> None:
    """leases.check."""
    leases.check(writing.connection, lease, at=at)


def _step(writing: Writing, action: str, entry: JournalEntry) -> None:
    own = {f"details.{name}": detail for name, detail in entry.details.items()}
    told: dict[str, Detail] = {"replacement": entry.replacement, "step": entry.step, "journal": entry.seq, **own}
    if entry.result is not None:
        told["result"] = entry.result
    subject = journal.whose(writing.connection, entry.replacement)
    append(writing, action, at=entry.at, subject=subject, details=told)
