"""pyzbar as loops are written around it."""

from __future__ import annotations

from typing import Any

from drivers.decode.reading import Image


def pyzbar_contents(image: Image) -> list[bytes]:
    """What `pyzbar.decode` gives for QR codes."""
    return [bytes(one.data) for one in _decoded(image)]


def pyzbar_centres(image: Image) -> list[tuple[float, float]]:
    """The middles of the QR codes that `pyzbar.decode` finds, in pixels."""
    boxes = [one.rect for one in _decoded(image)]
    return [(box.left + box.width / 2, box.top + box.height / 2) for box in boxes]


def _decoded(image: Image) -> list[Any]:
    from pyzbar.pyzbar import ZBarSymbol, decode  # noqa: PLC0415 - raises without libzbar0

    try:
        return list(decode(image, symbols=[ZBarSymbol.QRCODE]))
    except ValueError:
        # What it says to structured append.
        return []
