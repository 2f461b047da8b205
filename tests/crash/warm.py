"""Imported by the server that children are forked from: what each would otherwise import and load by itself."""

from __future__ import annotations

import anyio._backends._asyncio
import httpcore
import PIL.ImageFile

import kiosk.graph.client
import kiosk.registry.store
from kiosk.badge import page, qr
from kiosk.badge.kind import CodeKind
from kiosk.clock import SystemClock
from kiosk.config import Station
from kiosk.stationery import NOBODY, Holder, Life, Stationery, nobodys

__all__ = ["PIL", "anyio", "httpcore", "kiosk"]


def _draw() -> None:
    """A badge of each kind: fonts, words and templates are read once."""
    life = Life(CodeKind.STANDARD, str(NOBODY), SystemClock().now())
    for kind in CodeKind:
        life = Life(kind, str(NOBODY), life.expires)
        symbol = qr.from_content(nobodys("nobody@example.org"))
        Stationery(Station(name="till-3")).badge(symbol, Holder("Nobody"), life, page.Printer(width=576, dpi=203))


_draw()
