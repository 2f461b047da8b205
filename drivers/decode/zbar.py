"""libzbar through pyzbar's bindings: the last engine, for the few damaged symbols only it reads.

pyzbar's own `decode` is not used: it lets zbar guess a character set, which changes the bytes, and raises on
structured append. zbar's BINARY setting (since 0.23.1) hands out the bytes of the symbol as they are, unless the
symbol names a character set: those it turns into UTF-8 all the same, and does not say so. What is UTF-8 and not ASCII
may be such a one and is passed over, as are parts of a structured append, which come with a byte too many.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_char_p, c_void_p, cast, string_at
from functools import cache
from typing import Any, Final

import numpy as np

from drivers.decode.reading import Image, Reading

_BINARY: Final = 4  # zbar_config_t ZBAR_CFG_BINARY; pyzbar's enumeration ends before it
_GREY: Final = int.from_bytes(b"Y800", "little")


@cache
def library() -> Any:
    """pyzbar's bindings, or None where Debian's libzbar0 is not installed."""
    try:
        from pyzbar import wrapper  # noqa: PLC0415 - raises without the library
    except ImportError:
        return None
    return wrapper


def read(image: Image) -> list[Reading]:
    """Every QR code in `image` (H x W uint8); nothing at all without libzbar."""
    zbar = library()
    if zbar is None:
        return []
    pixels = np.ascontiguousarray(image).tobytes()
    with _scanner(zbar) as scanner, _picture(zbar, pixels, image.shape) as picture:
        if zbar.zbar_scan_image(scanner, picture) <= 0:
            return []
        return list(_readings(zbar, picture))


@contextmanager
def _scanner(zbar: Any) -> Iterator[Any]:
    scanner = zbar.zbar_image_scanner_create()
    try:
        zbar.zbar_image_scanner_set_config(scanner, 0, zbar.ZBarConfig.CFG_ENABLE, 0)
        zbar.zbar_image_scanner_set_config(scanner, zbar.ZBarSymbol.QRCODE, zbar.ZBarConfig.CFG_ENABLE, 1)
        zbar.zbar_image_scanner_set_config(scanner, zbar.ZBarSymbol.QRCODE, _BINARY, 1)
        yield scanner
    finally:
        zbar.zbar_image_scanner_destroy(scanner)


@contextmanager
def _picture(zbar: Any, pixels: bytes, shape: tuple[int, ...]) -> Iterator[Any]:
    picture = zbar.zbar_image_create()
    try:
        zbar.zbar_image_set_format(picture, _GREY)
        zbar.zbar_image_set_size(picture, shape[1], shape[0])
        zbar.zbar_image_set_data(picture, cast(c_char_p(pixels), c_void_p), len(pixels), None)
        yield picture
    finally:
        zbar.zbar_image_destroy(picture)


def _readings(zbar: Any, picture: Any) -> Iterator[Reading]:
    symbol = zbar.zbar_image_first_symbol(picture)
    while symbol:
        corners = tuple(
            float(place(symbol, corner))
            for corner in range(zbar.zbar_symbol_get_loc_size(symbol))
            for place in (zbar.zbar_symbol_get_loc_x, zbar.zbar_symbol_get_loc_y)
        )
        # zbar goes round the other way: top left, bottom left, bottom right, top right.
        content = string_at(zbar.zbar_symbol_get_data(symbol), zbar.zbar_symbol_get_data_length(symbol))
        whole = symbol.contents.type == zbar.ZBarSymbol.QRCODE
        if len(corners) == 8 and whole and not _perhaps_changed(content):  # noqa: PLR2004
            corners = corners[0:2] + corners[6:8] + corners[4:6] + corners[2:4]
            yield Reading(content=content, corners=corners, engine="zbar")
        symbol = zbar.zbar_symbol_next(symbol)


def _perhaps_changed(content: bytes) -> bool:
    """Whether this can be what zbar made of other bytes."""
    try:
        return not content.decode("utf-8").isascii()
    except UnicodeDecodeError:
        return False
