"""Who may have what done here. Pure."""

from __future__ import annotations

from typing import Final

from kiosk.badge.verdict import Judgement, Verdict
from kiosk.config import Policy
from kiosk.replace.plan import Refusal

#: What was read is what this registry saw issued, so the person it names is the one whose code will go.
_PROVEN: Final = frozenset({Verdict.ACTIVE, Verdict.EXPIRING, Verdict.WORN, Verdict.EXPIRED})


def may_replace(policy: Policy, judgement: Judgement) -> Refusal | None:
    """None when the badge just judged may be replaced here on the word of who stands there; else why not."""
    if policy.replacement == "nobody":
        return Refusal("replacement_off")
    if judgement.verdict not in _PROVEN:
        # A forged or foreign badge must not be a way to revoke the code of the person it names.
        return Refusal("badge_proves_nobody")
    return None
