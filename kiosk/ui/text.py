"""The screen as plain text, for tests and transcripts."""

from __future__ import annotations

from typing import Any

from textual.app import App


def lines(app: App[Any]) -> list[str]:
    """What a running app shows, one string a row, without trailing blanks.

    Textual exports pictures (SVG) only, so this reads its compositor, which is private to it; a test guards it.
    """
    strips = app.screen._compositor.render_strips()  # noqa: SLF001
    return [strip.text.rstrip() for strip in strips]
