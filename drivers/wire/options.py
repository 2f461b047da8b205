"""The options of each kind of driver: what a device table of the configuration holds, and `configure` carries."""

from __future__ import annotations

import difflib
from typing import Annotated, Any, TypeVar

import msgspec

Positive = Annotated[int, msgspec.Meta(ge=1)]
#: Any positive amount of time.
Seconds = Annotated[float, msgspec.Meta(gt=0)]


class OptionError(ValueError):
    """An option that does not exist or has the wrong type. `str` names it, and the nearest right one."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every driver's options."""


class NoneOptions(Options, frozen=True):
    """`none`, the null driver: a device that is configured away."""


class PicturesOptions(Options, frozen=True):
    """`pictures`: files, folders, videos, or a pipe of motion JPEG.

    `paths`: each a picture file, a folder of them, a video file, a named pipe, or `-` for standard input.
    `all`: every code of a picture, not the first found. `budget_ms`: milliseconds a picture may take.
    """

    paths: tuple[str, ...] = ()
    all: bool = False
    budget_ms: float | None = None


class CameraOptions(Options, frozen=True):
    """`camera`: a V4L2 device.

    `device`: its stable path, `/dev/v4l/by-id/…` or `/dev/kiosk/scanner-NAME`. `width`, `height` in pixels and `fps`
    are asked of the camera, which may choose others. `budget_ms`: milliseconds a frame may take.
    """

    device: str
    width: Positive = 1280
    height: Positive = 720
    fps: Positive = 30
    budget_ms: Seconds = 33.0


class EscposOptions(Options, frozen=True):
    """`escpos`: a receipt printer.

    `to`: `tcp:HOST:PORT`, `serial:/dev/serial/by-id/…` or a `/dev/usb/lp…` device. `width` in dots and `dpi` in dots
    per inch are the printer's. `baud` is for `serial:`. `timeout`: seconds it may stay silent before it is unknown.
    """

    to: str
    width: Positive = 576
    dpi: Positive = 203
    baud: Positive = 9600
    timeout: Seconds = 10.0


SCANNERS: dict[str, type[Options]] = {"pictures": PicturesOptions, "camera": CameraOptions, "none": NoneOptions}
PRINTERS: dict[str, type[Options]] = {"escpos": EscposOptions, "none": NoneOptions}

Shape = TypeVar("Shape", bound=Options)


def nearest(word: str, right: list[str]) -> str:
    """`; did you mean …?`, or what there is to choose from."""
    close = difflib.get_close_matches(word, right, n=1)
    return f"did you mean {close[0]}?" if close else f"there are: {', '.join(sorted(right))}"


def read(kind: str, options: dict[str, Any], kinds: dict[str, type[Options]]) -> Options:
    """The options of driver `kind`, checked. Raises OptionError naming the kind or option that is wrong."""
    if kind not in kinds:
        raise OptionError(f"no driver {kind!r}; {nearest(kind, list(kinds))}")
    return convert(options, kinds[kind], f"driver {kind}")


def convert(options: dict[str, Any], shape: type[Shape], owner: str) -> Shape:
    """`options` as `shape`. Raises OptionError."""
    fields = [field.name for field in msgspec.structs.fields(shape)]
    for name in options:
        if name not in fields:
            raise OptionError(f"{owner} has no option {name!r}; {nearest(name, fields)}")
    try:
        return msgspec.convert(options, shape)
    except msgspec.ValidationError as wrong:
        raise OptionError(f"{owner}: {wrong}") from None
