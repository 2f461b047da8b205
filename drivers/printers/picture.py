"""Pages as picture files instead of paper, for harness and development.

Whoever reads the folder has the badges in it: it is for a made-up tenant's people and nobody else's.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from PIL import Image

from drivers.printers import page as pages
from drivers.printers.verdict import Verdict, not_begun
from drivers.wire.messages import Health, Page
from drivers.wire.options import PictureOptions

_MOST: Final = 1_000_000


class PicturePrinter:
    """Writes `page-000001.png` and on, never over one that is there, each readable to its owner alone."""

    leaves = False

    def __init__(self, options: PictureOptions) -> None:
        self._options = options
        self._folder = Path(options.to)
        self.identity = f"picture:{options.to}"

    def health(self) -> Health:
        """Whether files can be made in the folder."""
        if not self._folder.is_dir():
            return Health(state="absent", reason=f"{self._folder} is no folder", hint="make it", evidence="stat")
        if not os.access(self._folder, os.W_OK | os.X_OK):
            return Health(state="fault", reason=f"{self._folder} may not be written in", evidence="access")
        return Health(state="ok", reason="badges are left on disk", evidence=f"{self._folder} can be written in")

    def check(self, page: Page) -> None:
        """Raises ValueError when the page is wider than the paper would be."""
        dots = pages.unpack(page)
        if dots.shape[1] > self._options.width:
            raise ValueError(f"the page is {dots.shape[1]} dots wide, the printer prints {self._options.width}")

    def print(self, page: Page) -> Verdict:
        """Write one file."""
        dots = pages.unpack(page)
        try:
            path, descriptor = self._new()
        except OSError as wrong:
            return not_begun(f"{self._folder}: {wrong.strerror}", "making the file")
        try:
            with os.fdopen(descriptor, "wb") as file:
                # Pillow's white is True.
                Image.fromarray(~dots).save(file, self._options.format, dpi=(page.dpi, page.dpi), resolution=page.dpi)
        except OSError as wrong:
            path.unlink(missing_ok=True)
            return Verdict("failed", f"{path.name}: {wrong.strerror}", "the file was taken away again")
        return Verdict("printed", "", f"written to {path.name}")

    def _new(self) -> tuple[Path, int]:
        for number in range(1, _MOST):
            path = self._folder / f"page-{number:06}.{self._options.format}"
            try:
                return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            except FileExistsError:
                continue
        raise OSError(0, "it is full of pages")
