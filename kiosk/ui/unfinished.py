"""Who may be without a badge because something was not finished, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Final

from kiosk.i18n import words
from kiosk.state import UnfinishedView
from kiosk.ui.moment import minute

#: Lines of names; the rest is counted.
_NAMED: Final = 2


def unfinished(views: Sequence[UnfinishedView], zone: tzinfo | None) -> Iterator[str]:
    """A line for each of the first of them, whoever has no badge before the others; and how many more there are."""
    ordered = sorted(views, key=lambda view: not view.without_badge)
    for view in ordered[:_NAMED]:
        yield _line(view, zone)
    more = len(ordered) - _NAMED
    if more > 0:
        yield words("idle.more_one") if more == 1 else words("idle.more", count=more)


def _line(view: UnfinishedView, zone: tzinfo | None) -> str:
    if view.until:
        return words("idle.until", name=view.name, when=minute(view.until, zone))
    if view.refusal:
        return words("idle.stays", name=view.name, why=words(f"refusal.{view.refusal.key}"))
    if view.situation is None:
        return words("idle.not_known", name=view.name)
    return words(f"situation.{view.situation}", name=view.name)
