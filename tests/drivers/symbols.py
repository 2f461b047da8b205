"""Pictures of codes whose content the tests know."""

from __future__ import annotations

import numpy as np
import segno
from numpy.typing import NDArray

BADGE = b"ms-qrpin:v1|ada@example.com|1a253da5-3f9a-457d-bd9c-de1aab9a2e59|" + b"k" * 180


def picture(content: bytes, *, scale: int = 4, quiet: int = 4) -> NDArray[np.uint8]:
    """A clean grey picture of `content` as a QR code of level L in byte mode, like Graph's."""
    code = segno.make_qr(content, mode="byte", error="l", boost_error=False)
    modules = np.array([[bool(module) for module in row] for row in code.matrix], dtype=np.bool_)
    dots = np.kron(np.pad(modules, quiet), np.ones((scale, scale), dtype=np.bool_))
    return np.where(dots, 0, 255).astype(np.uint8)
