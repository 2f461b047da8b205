"""What the journal of a replacement says has been sent, made, printed and read back. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from kiosk.badge.kind import CodeKind
from kiosk.registry import Details, JournalEntry, Phase
from kiosk.replace.plan import PAPER, Step

#: Start and expiry of a code, as they were sent.
Dates = tuple[datetime, datetime]

_CREATES = {
    Step.CREATE: CodeKind.STANDARD,
    Step.CREATE_METHOD: CodeKind.STANDARD,
    Step.CREATE_TEMPORARY: CodeKind.TEMPORARY,
    Step.BRIDGE: CodeKind.TEMPORARY,
    Step.EXTEND: CodeKind.STANDARD,  # where Graph created a code instead
}
_PAPER = frozenset(PAPER)


@dataclass
class Paper:
    """One code on paper. `print` is None before a page was committed, "" while nobody knows, else the outcome."""

    digest: bytes = b""
    print: str | None = None
    read_back: bool = False


@dataclass
class History:
    """Everything recovery goes by.

    `sent` are the dates of every create that went out or may have, by kind. `made` are the ids of the codes that
    answers brought. `target` is the standard code the plan was made for, None where there was none.
    `extension`: until when an extension was asked for. `papers`, by code id.
    """

    target: str | None = None

    begun: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    sent: dict[CodeKind, set[Dates]] = field(default_factory=lambda: {kind: set() for kind in CodeKind})
    made: dict[CodeKind, set[str]] = field(default_factory=lambda: {kind: set() for kind in CodeKind})
    extension: datetime | None = None
    papers: dict[str, Paper] = field(default_factory=dict)
    #: What the last intent of each step was about; its outcome need not say it again.
    _about: dict[str, Details] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[JournalEntry], target: str | None) -> Self:
        """The history that these entries, in their order, tell."""
        history = cls(target)
        for entry in entries:
            if entry.phase is Phase.INTENT:
                history._intended(entry)
            else:
                history._came_out(entry)
        return history

    def paper(self, code_id: str) -> Paper:
        """What became of a code on paper; nothing, as far as the journal knows, of one that is not in it."""
        return self.papers.get(code_id, Paper())

    def is_ours(self, kind: CodeKind, code_id: str, dates: Dates) -> bool:
        """Whether this replacement made the code: by its id, or by the very dates that were sent."""
        if code_id in self.made[kind] or dates in self.sent[kind]:
            return True
        # An extension that met no active code made one; the expiry it asked for is that code's.
        return kind is CodeKind.STANDARD and code_id != self.target and dates[1] == self.extension

    def _intended(self, entry: JournalEntry) -> None:
        details = self._about[entry.step] = entry.details
        self.begun.add(entry.step)
        kind = _CREATES.get(entry.step)  # type: ignore[call-overload]
        if kind and "start" in details:
            dates = datetime.fromisoformat(str(details["start"])), datetime.fromisoformat(str(details["expire"]))
            self.sent[kind].add(dates)
        if entry.step == Step.EXTEND:
            self.extension = datetime.fromisoformat(str(details["expire"]))
        if entry.step == Step.PRINT and details.get("code_id"):
            # From here on something may have come out.
            self.papers.setdefault(str(details["code_id"]), Paper()).print = ""

    def _came_out(self, entry: JournalEntry) -> None:
        details = {**self._about.get(entry.step, {}), **entry.details}
        code_id = str(details.get("code_id") or "")
        if entry.result == "done":
            self.done.add(entry.step)
        kind = _CREATES.get(entry.step)  # type: ignore[call-overload]
        if kind and code_id:
            self.made[kind].add(code_id)
        if entry.step in _PAPER and code_id:
            self._on_paper(self.papers.setdefault(code_id, Paper()), entry)

    def _on_paper(self, paper: Paper, entry: JournalEntry) -> None:
        if entry.step == Step.PREPARE and entry.result == "done":
            paper.digest = bytes.fromhex(str(entry.details["digest"]))
        elif entry.step == Step.PRINT:
            paper.print = str(entry.result)
        elif entry.step == Step.SCAN_BACK and entry.result == "done":
            paper.read_back = True
