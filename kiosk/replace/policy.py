"""Who may have what done here. Pure."""

from __future__ import annotations

from typing import Final

from kiosk.badge.verdict import Judgement, Verdict
from kiosk.config import Policy
from kiosk.replace.plan import Refusal

#: What was read is what this registry saw issued, so the person it names is the one whose code will go.
_PROVEN: Final = frozenset({Verdict.ACTIVE, Verdict.EXPIRING, Verdict.WORN, Verdict.EXPIRED})


def may_replace(
    policy: Policy, judgement: Judgement, *, owner: str | None = None, supervisor: str | None = None
) -> Refusal | None:
    """None when the badge just judged may be replaced here on the word of who stands there; else why not.

    `owner` and `supervisor` are user ids: whose badge it is, and who is signed in; None where nobody is known to be.
    """
    if policy.replacement == "nobody":
        return Refusal("replacement_off")
    if judgement.verdict not in _PROVEN:
        # A forged or foreign badge must not be a way to revoke the code of the person it names.
        return Refusal("badge_proves_nobody")
    if policy.replacement == "supervisor" and supervisor is None:
        return Refusal("supervisor_needed")
    if owner and supervisor and owner.lower() == supervisor.lower():
        return Refusal("own_badge")
    return None
