"""The registry as the station uses it: asynchronous, with every call on one thread of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from kiosk.registry import (
    approvals,
    audit,
    codes,
    consistency,
    elsewhere,
    erasure,
    journal,
    leases,
    recorded,
    scans,
    verification,
)
from kiosk.registry.approvals import Approval
from kiosk.registry.audit import AuditEntry
from kiosk.registry.codes import CodeChange, IssuedCode
from kiosk.registry.details import Details
from kiosk.registry.elsewhere import CodeElsewhere
from kiosk.registry.erasure import Dropped, Erased
from kiosk.registry.journal import OpenReplacement, Order
from kiosk.registry.leases import Lease
from kiosk.registry.states import CodeState
from kiosk.registry.stock_of import Stocks
from kiosk.registry.supervisors_of import Supervisors
from kiosk.registry.transaction import Transaction
from kiosk.registry.verification import Anchor, Verified
from kiosk.registry.work_of import WorkLists
from kiosk.registry.worker import Worker


class Registry(Worker):
    """One registry file. Use it as `async with Registry.open(path) as registry`.

    The event loop never waits for the disk. Calls are done one after another, in the order they were made. A write
    has reached the disk (fsync) when its call returns, and with it what the audit says of it. A call that is
    cancelled may have been done or not, but never in part. Every method raises RegistryError when the file cannot be
    read or written, and ValueError for a time without a zone; then nothing of that call was written.

    `lists` are the work lists, `supervisors` those who may approve with a badge and a PIN, `stock` the labels that
    printers have left.
    """

    def __init__(self, path: Path, station: str, syslog: str) -> None:
        super().__init__(path, station, syslog)
        self.lists = WorkLists(self)
        self.supervisors = Supervisors(self)
        self.stock = Stocks(self, station)

    # Codes

    async def add_code(self, code: IssuedCode, *, actor: str | None = None) -> None:
        """Keep an issued code. Raises DuplicateError when its id or its digest is known already."""
        await self.write(recorded.add_code, code, actor=actor)

    async def code(self, code_id: str) -> IssuedCode | None:
        """The code with Graph's id `code_id`, in whatever case it is written."""
        return await self.read(codes.find, code_id)

    async def code_by_digest(self, digest: bytes) -> IssuedCode | None:
        """The code whose content has this 32-byte digest."""
        return await self.read(codes.find_by_digest, digest)

    async def codes_of(self, user_id: str) -> tuple[IssuedCode, ...]:
        """Every code ever issued to a user, newest first."""
        return await self.read(codes.of_user, user_id)

    async def codes(self) -> tuple[IssuedCode, ...]:
        """Every code, oldest first."""
        return await self.read(codes.everything)

    async def expiring(self, *, at: datetime, until: datetime) -> tuple[IssuedCode, ...]:
        """Standard codes that may be in somebody's hand and expire after `at`, until `until`; soonest first."""
        return await self.read(codes.expiring, at=at, until=until)

    async def change_state(
        self,
        code_id: str,
        state: CodeState,
        *,
        at: datetime,
        reason: str,
        replaced_by: str | None = None,
        actor: str | None = None,
    ) -> None:
        """Note a code's new state. Without `replaced_by`, what was noted there stays. Raises NotFoundError."""
        await self.write(
            recorded.change_state, code_id, state, at=at, reason=reason, replaced_by=replaced_by, actor=actor
        )

    async def change_expiry(
        self, code_id: str, expire_at: datetime, *, at: datetime, reason: str, actor: str | None = None
    ) -> None:
        """Note that Graph moved a code's end. Raises NotFoundError."""
        await self.write(recorded.change_expiry, code_id, expire_at, at=at, reason=reason, actor=actor)

    async def changes_of(self, code_id: str) -> tuple[CodeChange, ...]:
        """Everything that became of a code and why, in the order it was noted."""
        return await self.read(codes.changes_of, code_id)

    async def counts(self) -> dict[CodeState, int]:
        """How many codes are in each state; every state is named."""
        return await self.read(codes.counts)

    async def keep_elsewhere(self, codes: Iterable[CodeElsewhere], *, at: datetime, actor: str | None = None) -> int:
        """Note codes that others issued, all or none; returns how many are new or different."""
        return await self.write(elsewhere.keep, list(codes), at=at, actor=actor)

    async def codes_elsewhere(self) -> tuple[CodeElsewhere, ...]:
        """Codes that others issued, the soonest to expire first."""
        return await self.read(elsewhere.everything)

    # Replacements

    async def open_replacement(
        self, replacement: str, *, user_id: str, reason: str, at: datetime, order: Order | None = None
    ) -> None:
        """Begin a replacement under an id of the caller's. Raises DuplicateError when the id was used before.

        `order` is what another process needs to finish it; its station is this one's unless it names another.
        """
        order = order or Order()
        order = order if order.station else replace(order, station=self._station)
        await self.write(recorded.open_replacement, replacement, user_id=user_id, reason=reason, at=at, order=order)

    async def intend(
        self, replacement: str, step: str, at: datetime, details: Details, *, lease: Lease | None = None
    ) -> int:
        """Note that a step is about to be done; returns the entry's seq. To be awaited before the step is begun.

        `details` are ids, digests in hex, times as text and states; never content, never a PIN, never a name. Raises
        TypeError for a detail of another type (a Secret, bytes), NotFoundError when the replacement is not open, and
        LeaseLostError when `lease` holds no more.
        """
        return await self.write(recorded.intend, replacement, step, at, details, lease=lease)

    async def outcome(self, replacement: str, step: str, at: datetime, result: str, details: Details) -> int:
        """Note what became of a step; returns the entry's seq. Raises as `intend` does."""
        return await self.write(recorded.outcome, replacement, step, at, result=result, details=details)

    async def close_replacement(self, replacement: str, *, at: datetime, result: str) -> None:
        """End a replacement. Raises NotFoundError when it is not open."""
        await self.write(recorded.close_replacement, replacement, at=at, result=result)

    async def unfinished(self) -> tuple[OpenReplacement, ...]:
        """Every replacement that is open, oldest first, each with its entries in the order they were written."""
        return await self.read(journal.unfinished)

    async def replacements_since(
        self,
        since: datetime,
        *,
        station: str | None = None,
        user_id: str | None = None,
        approver: str | None = None,
    ) -> int:
        """How many were opened at or after `since`: for this station, for this person, by this first approver."""
        return await self.read(
            approvals.replacements_since, since, station=station, user_id=user_id, approver=approver
        )

    async def approvals_of(self, user_id: str, since: datetime, *, besides: str = "") -> tuple[Approval, ...]:
        """Who had a code made or a PIN set for a person at or after `since`, oldest first; "" for nobody by name.

        `besides`: the id of a replacement that does not count.
        """
        return await self.read(approvals.approvals_of, user_id, since, besides)

    async def was_copied(self, code_id: str) -> bool:
        """Whether a code was printed once more from its scan, or may have been."""
        return await self.read(approvals.was_copied, code_id)

    # Leases

    async def take_lease(self, user_id: str, holder: str, at: datetime, seconds: float) -> Lease:
        """The right to change a person's codes. Raises LeaseHeldError. `holder`: see `this_process`."""
        return await self.write(recorded.take_lease, user_id, holder, at=at, seconds=seconds)

    async def renew(self, lease: Lease, at: datetime, seconds: float) -> Lease:
        """The same lease, for `seconds` from `at`. Raises LeaseLostError."""
        return await self.write(recorded.renew_lease, lease, at=at, seconds=seconds)

    async def release(self, lease: Lease) -> None:
        """Give a lease back. Nothing happens to one that somebody else has by now."""
        await self.write(recorded.release_lease, lease)

    async def check_lease(self, lease: Lease, at: datetime) -> None:
        """Raises LeaseLostError unless the lease still holds."""
        await self.read(leases.check, lease, at=at)

    # Audit

    async def note(
        self,
        action: str,
        *,
        at: datetime,
        actor: str | None = None,
        subject: str | None = None,
        details: Details | None = None,
    ) -> AuditEntry:
        """Tell the audit of an approval, a refusal, a sign-in, a decision.

        `actor` and `subject` are user ids, or what else names a person, and can be erased; `details` cannot, so they
        hold no personal data. Raises TypeError for a detail that is no plain value.
        """
        return await self.write(recorded.note, action, at=at, actor=actor, subject=subject, details=details)

    async def audit(
        self, *, after: int = 0, since: datetime | None = None, limit: int | None = None
    ) -> tuple[AuditEntry, ...]:
        """Entries in order; `after` leaves out those up to that seq, `limit` keeps the last."""
        return await self.read(audit.show, after=after, since=since, limit=limit)

    async def verify(self, anchor: Anchor | None = None) -> Verified:
        """Whether the audit is as it was written; with an anchor also whether its end is still there."""
        return await self.read(verification.verify, anchor)

    async def problems(self) -> tuple[str, ...]:
        """Where the registry does not agree with itself or with its audit, in words without names."""
        return await self.read(consistency.problems)

    async def erase_person(self, user_id: str, *, at: datetime, actor: str | None = None) -> Erased:
        """Drop a person from everything that does not need to know who they are, see `erasure`; says what stays.

        Rows, entries and chain stay. Raises NotFoundError where nothing names them.
        """
        erased = await self.write(erasure.erase, user_id, at=at, actor=actor)
        await self.empty_log()
        return erased

    async def retain(self, *, at: datetime, days: int) -> Dropped:
        """Drop whoever is named by what ended more than `days` ago."""
        dropped = await self.write(erasure.retain, at=at, days=days)
        if dropped != Dropped():
            await self.empty_log()
        return dropped

    async def count_scan(self, verdict: str, *, at: datetime) -> None:
        """Count a scan. Nobody's name, no time of day."""
        await self.write(scans.count, verdict, at=at)

    async def scans(self) -> tuple[tuple[str, str, int], ...]:
        """Day (UTC, ISO 8601), verdict and how many, oldest day first."""
        return await self.read(scans.counted)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Several writes, all or none: they are collected in the block and done, in one transaction, at its end.

        No lock is held while the block runs, so it may await anything. A block that raises writes nothing.
        """
        collected = Transaction(self._station)
        yield collected
        await self.write(collected.carry_out)
