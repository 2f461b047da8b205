"""What is done for a reason, in words: what is asked before, said above the steps, and told at the end."""

from __future__ import annotations

from typing import Final

from kiosk.i18n import words
from kiosk.replace.plan import Reason

#: Reasons that come to the same for the worker share their words.
KINDS: Final[dict[Reason, str]] = {
    Reason.WORN: "badge",
    Reason.LOST: "badge",
    Reason.STOLEN: "badge",
    Reason.RENAMED: "badge",
    Reason.NEW_HERE: "first",
    Reason.EXPIRES: "longer",
    Reason.FORGOTTEN: "temporary",
    Reason.PIN_FORGOTTEN: "pin",
    Reason.FOUND: "off",
    Reason.LEAVES: "leaves",
    Reason.COPY: "copy",
}


def about_doing(reason: Reason | None, what: str, name: str = "") -> str:
    """The words of `what` (`big`, `title`, `before`, `done`, `after`) for a reason; about the person, where named."""
    key = f"doing.{KINDS[reason or Reason.WORN]}.{what}"
    if what in ("title", "done"):
        return words(key, name=name) if name else words(f"{key}_nobody")
    return words(key)
