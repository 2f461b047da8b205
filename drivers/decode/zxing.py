"""zxing-cpp: the first engine, and the one most rescue steps end in."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from drivers.decode.reading import Image, Reading

# Model 2 alone: `QRCode` also admits Micro QR, which turns up by accident inside damaged symbols.
_FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)


def read(image: Image, *, global_threshold: bool = False) -> list[Reading]:
    """Every QR code in `image` (H x W uint8). `global_threshold`: one threshold for all of it, not local ones."""
    binarizer = zxingcpp.Binarizer.GlobalHistogram if global_threshold else zxingcpp.Binarizer.LocalAverage
    found = zxingcpp.read_barcodes(np.ascontiguousarray(image), formats=_FORMATS, binarizer=binarizer)
    return [_reading(barcode) for barcode in found if barcode.valid]


def look(image: Image) -> tuple[list[Reading], list[NDArray[np.float64]]]:
    """Every QR code, and the corners (4 x 2, in pixels) of the symbols that were located and not read."""
    found = zxingcpp.read_barcodes(np.ascontiguousarray(image), formats=_FORMATS, return_errors=True)
    unread = [np.array(_corners(barcode)).reshape(4, 2) for barcode in found if not barcode.valid]
    return [_reading(barcode) for barcode in found if barcode.valid], unread


def read_modules(light: NDArray[np.bool_]) -> list[Reading]:
    """What a symbol says whose N x N modules are known; `light`: which of them are. Corners are without meaning.

    Not zxing-cpp's own reading of pure pictures, which gives up on symbols that its search reads (3.1.1).
    """
    framed = np.pad(light, 4, constant_values=True) * np.uint8(255)
    picture = cv2.resize(framed, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST)
    found = zxingcpp.read_barcodes(
        picture,
        formats=_FORMATS,
        binarizer=zxingcpp.Binarizer.FixedThreshold,
        try_invert=False,
        try_downscale=False,
    )
    return [_reading(barcode) for barcode in found if barcode.valid]


def _corners(barcode: Any) -> tuple[float, ...]:
    place = barcode.position
    points = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    return tuple(float(value) for point in points for value in (point.x, point.y))


def _reading(barcode: Any) -> Reading:
    version = (barcode.extra or {}).get("Version")
    return Reading(
        content=barcode.bytes,
        corners=_corners(barcode),
        engine="zxing-cpp",
        version=int(version) if version else None,
        level=barcode.ec_level or None,
    )
