"""Imported by the server that children are forked from: what each of them would otherwise import by itself."""

from __future__ import annotations

import anyio._backends._asyncio
import httpcore
import PIL.ImageFile

import kiosk.graph.client
import kiosk.registry.store

__all__ = ["PIL", "anyio", "httpcore", "kiosk"]
