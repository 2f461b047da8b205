"""The verdict: what this badge is, what to do, and what that rests on."""

from __future__ import annotations

from textual.app import ComposeResult

from kiosk.badge.verdict import Basis, Judgement, Severity, Verdict
from kiosk.i18n import words
from kiosk.state import State
from kiosk.ui.moment import minute
from kiosk.ui.screens.view import View
from kiosk.ui.widgets.banner import Banner
from kiosk.ui.widgets.words import Words


class VerdictView(View):
    """One verdict."""

    def compose(self) -> ComposeResult:
        """Its parts."""
        yield Banner()
        yield Words(id="name", classes="strong")
        yield Words(id="expire")
        yield Words(id="next", classes="strong apart")
        yield Words(id="refusal")
        yield Words(id="basis", classes="faint")

    def show(self, state: State) -> None:
        """Draw `state`. Without a judgement nobody showed a badge: one was asked for, and `refusal` says why not."""
        judgement = state.judgement
        key = f"verdict.{judgement.verdict}" if judgement else "verdict.none"
        severity = judgement.verdict.severity if judgement else Severity.ATTENTION
        self.query_one(Banner).show_severity(words(f"{key}.big"), words(f"{key}.title"), severity)
        self._say("name", state.name)
        self._say("expire", self._expire(state))
        self._say("next", *_next(judgement))
        self._say("refusal", words(f"refusal.{state.refusal.key}") if state.refusal else "")
        self._say("basis", " ".join(filter(None, self._small(state))))

    def _say(self, which: str, *lines: str) -> None:
        self.query_one(f"#{which}", Words).say(*lines)

    def _expire(self, state: State) -> str:
        if state.expire is None or state.judgement is None:
            return ""
        over = state.judgement.verdict is Verdict.EXPIRED
        return words("badge.expired" if over else "badge.expires", when=minute(state.expire, self.setting.zone))

    def _small(self, state: State) -> tuple[str, str]:
        """What only somebody near reads: what it rests on, and how well the badge is printed."""
        basis = self._basis(state.judgement, state.offline) if state.judgement else ""
        return basis, words("badge.grade", grade=state.grade) if state.grade else ""

    def _basis(self, judgement: Judgement, offline: str) -> str:
        if judgement.basis is not Basis.REGISTRY:
            return words(f"basis.{judgement.basis}")
        return words(
            "basis.offline" if offline else "basis.registry", as_of=minute(judgement.as_of, self.setting.zone)
        )


def _next(judgement: Judgement | None) -> list[str]:
    if judgement is None:
        return []
    return [*(words(f"because.{reason}") for reason in judgement.reasons), words(f"verdict.{judgement.verdict}.next")]
