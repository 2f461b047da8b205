"""What a badge just read is good for. Pure. Who may have what done is `approval`'s to say."""

from __future__ import annotations

from typing import Final

from kiosk.badge.verdict import Judgement, Verdict
from kiosk.config import Policy
from kiosk.replace.plan import Refusal

#: What was read is what this registry saw issued, so the person it names is the one whose code will go.
_PROVEN: Final = frozenset({Verdict.ACTIVE, Verdict.EXPIRING, Verdict.WORN, Verdict.EXPIRED})
#: The one block that a new badge does away with.
_RENAMED: Final = ("upn_changed",)


def is_renamed(judgement: Judgement) -> bool:
    """Whether nothing is wrong with the badge but the name in it."""
    return judgement.verdict is Verdict.BLOCKED and judgement.reasons == _RENAMED


def may_replace(policy: Policy, judgement: Judgement) -> Refusal | None:
    """None when the badge just judged proves whose it is, where badges are replaced at all; else why not."""
    if policy.replacement == "nobody":
        return Refusal("replacement_off")
    if judgement.verdict in _PROVEN or is_renamed(judgement):
        return None
    # A forged or foreign badge must not be a way to revoke the code of the person it names.
    return Refusal("badge_proves_nobody")
