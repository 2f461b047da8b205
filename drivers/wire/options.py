"""The options of each kind of driver: what a device table of the configuration holds, and `configure` carries."""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from drivers.wire import addresses
from drivers.wire.mismatch import explained
from drivers.wire.profiles import filled_in, profiles

_USB_ID: Final = re.compile(r"[0-9A-Fa-f]{4}")

Positive = Annotated[int, msgspec.Meta(ge=1)]
NotNegative = Annotated[int, msgspec.Meta(ge=0)]
#: Any positive amount of time.
Seconds = Annotated[float, msgspec.Meta(gt=0)]


class OptionError(ValueError):
    """An option that does not exist or has the wrong type. `str` names it, and the nearest right one.

    `key` is the path of the option where it is one, and `reason` what is wrong with it alone.
    """

    def __init__(self, text: str, *, key: str = "", reason: str = "") -> None:
        super().__init__(text)
        self.key = key
        self.reason = reason or text


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every driver's options."""


class NoneOptions(Options, frozen=True, kw_only=True):
    """`none`, the null driver: a device that is configured away."""


class PicturesOptions(Options, frozen=True, kw_only=True):
    """`pictures`: files, folders, videos, or a pipe of motion JPEG.

    `paths`: each a picture file, a folder of them, a pattern (`*.png`), a video file, a named pipe, or `-` for
    standard input. `all`: look on for every code of a picture when some are found. `budget_ms`: milliseconds a
    picture may take. `loop`: begin again after the last. `watch`: go on with what appears, looked for every
    `interval` seconds.
    `fps`: pictures a second; without it as fast as they are read, and in a loop ten.
    """

    paths: tuple[str, ...] = ()
    all: bool = False
    budget_ms: float | None = None
    loop: bool = False
    watch: bool = False
    interval: Seconds = 1.0
    fps: Seconds | None = None

    def __post_init__(self) -> None:
        if self.loop and self.watch:
            raise ValueError("loop and watch exclude each other")


class CameraOptions(Options, frozen=True, kw_only=True):
    """`camera`: a V4L2 device, or motion JPEG over HTTP.

    `device`: its stable path, `/dev/v4l/by-id/…` or `/dev/kiosk/scanner-NAME`, or `http://HOST/…`. `width`, `height`
    in pixels and `fps` are asked of the camera, which may choose others. `rotation`: degrees, clockwise, that its
    pictures are turned; `mirror`: then left and right are swapped. `focus` and `exposure`: `auto`, or a value in the
    camera's own units; left out, they stay as they are. `freeze_seconds`: without a new picture for so long it is
    taken for frozen. `budget_ms`: milliseconds a frame may take.
    """

    device: str
    width: Positive = 1280
    height: Positive = 720
    fps: Positive = 30
    rotation: Literal[0, 90, 180, 270] = 0
    mirror: bool = False
    focus: Literal["auto"] | NotNegative | None = None
    exposure: Literal["auto"] | Positive | None = None
    freeze_seconds: Seconds = 5.0
    budget_ms: Seconds = 25.0

    def __post_init__(self) -> None:
        addresses.check_camera(self.device)


class PaperOptions(Options, frozen=True, kw_only=True):
    """What every printer has. `width` in dots and `dpi` in dots per inch are the printer's; a `profile` names both.

    `content_on_disk`: a file may be printed into, where whoever reads it has the badges in it.
    """

    profile: str = ""
    width: Positive = 576
    dpi: Positive = 203
    content_on_disk: bool = False


class LineOptions(PaperOptions, frozen=True, kw_only=True):
    """What every printer on a line has.

    `to`: `tcp:HOST:PORT` (an IPv6 address in brackets), `serial:/dev/serial/by-id/…`, `usb:SN=…` or other keys of its
    IEEE 1284 id, a `/dev/usb/lp…` device, or `file:PATH`. `baud` and `flow` are for `serial:`. `timeout`: seconds it
    may stay silent before it is unknown.
    """

    to: str
    baud: Positive = 9600
    flow: Literal["rts_cts", "xon_xoff", "none"] = "rts_cts"
    timeout: Seconds = 10.0

    def __post_init__(self) -> None:
        addresses.check_printer(self.to, content_on_disk=self.content_on_disk)


class EscposOptions(LineOptions, frozen=True, kw_only=True):
    """`escpos`: a receipt printer.

    `double`: it prints rasters of double size (GS v 0 with m = 3), which saves three bytes of four of a symbol.
    `completion`: what it is asked for word that a page is done: `process_id` (GS ( H), `ordered` (GS r), `none`, or
    `auto`, what it is found to answer, tried out before its first page without moving paper.
    """

    double: bool = True
    completion: Literal["auto", "process_id", "ordered", "none"] = "auto"


class ZplOptions(LineOptions, frozen=True, kw_only=True):
    """`zpl`: a label printer.

    `height` in dots is the label's; without it the page's. `darkness`, added to the printer's own (^MD, -30 to 30),
    and `speed` in inches a second (^PR) stay as the printer is set when they are left out. `answers`: false for a
    printer or a line that cannot answer ~HS; then nobody knows whether a page came out.
    """

    answers: bool = True
    height: Positive | None = None
    darkness: Annotated[int, msgspec.Meta(ge=-30, le=30)] | None = None
    speed: Annotated[int, msgspec.Meta(ge=1, le=14)] | None = None


class PictureOptions(PaperOptions, frozen=True, kw_only=True):
    """`picture`: files in the folder `to` instead of paper, for development. Asks for `content_on_disk = true`."""

    to: str
    format: Literal["png", "pdf"] = "png"

    def __post_init__(self) -> None:
        if not self.content_on_disk:
            raise ValueError(
                "files leave the content of badges on disk; say content_on_disk = true if every badge is made up"
            )
        if not self.to:
            raise ValueError("name a folder: to = …")


class CodeOptions(Options, frozen=True, kw_only=True):
    """What every scanner that sends text has.

    `prefix`: what the scanner sends before a scan. `gap_ms`: milliseconds of silence within a scan that void it, or
    end it where no suffix does. `max_length`: bytes a scan may have; a QR code holds 7089 at most. `aim`: cut off an
    AIM identifier (`]Q1`) and report it. `code_ids`: the scanner's own identifiers, `{s = "QR Code"}`, likewise.
    """

    prefix: str = ""
    gap_ms: Seconds = 300.0
    max_length: Annotated[int, msgspec.Meta(ge=1, le=65536)] = 7168
    aim: bool = True
    code_ids: dict[str, str] = {}

    def __post_init__(self) -> None:
        for text in (self.prefix, *self.code_ids):
            if not text.isascii() and any(ord(char) > 0xFF for char in text):  # noqa: PLR2004
                raise ValueError("a prefix or code id is bytes: write each as one character up to \\u00FF")


class SerialOptions(CodeOptions, frozen=True, kw_only=True):
    """`serial`: a scanner on a serial port.

    `device`: `/dev/serial/by-id/…`, `/dev/kiosk/scanner-NAME`, `rfc2217://HOST:PORT` or `socket://HOST:PORT`.
    `suffix`: what ends a scan: `line` (CR or LF or both), `CR`, `LF`, `CRLF`, `TAB`, `ETX`, `none` for silence alone,
    or the very bytes. `family`: whose commands it takes, for trigger and signal. `write_timeout`: seconds it may
    refuse one.
    """

    device: str
    baud: Positive = 9600
    bytesize: Literal[7, 8] = 8
    parity: Literal["none", "even", "odd", "mark", "space"] = "none"
    stopbits: Literal[1, 2] = 1
    flow: Literal["none", "rts_cts", "xon_xoff"] = "none"
    suffix: str = "line"
    family: str = ""
    write_timeout: Seconds = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        addresses.check_serial(self.device)


class KeyboardOptions(CodeOptions, frozen=True, kw_only=True):
    """`keyboard`: a scanner that types.

    `device`: `/dev/input/by-id/…-event-kbd`, `/dev/kiosk/scanner-NAME`; or, without it, the one keyboard whose USB
    `vendor` and `product` (four hexadecimal digits), `serial` number and `phys`ical path are these, those left out
    matching any. `keymap`: the layout it is set to. `suffix`: the keys that end a scan. `encoding`: what bytes the
    characters it types stood for.
    """

    device: str = ""
    vendor: str = ""
    product: str = ""
    serial: str = ""
    phys: str = ""
    keymap: str = "us"
    suffix: Literal["enter", "tab", "any", "none"] = "enter"
    encoding: Literal["utf-8", "windows-1252"] = "utf-8"

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.device) == bool(self.vendor or self.product or self.serial or self.phys):
            raise ValueError("name its device, or some of vendor, product, serial and phys, not both")
        if self.device and not self.device.startswith("/"):
            raise ValueError(f"{self.device!r} is no device; it is like /dev/input/by-id/…-event-kbd")
        for name, value in (("vendor", self.vendor), ("product", self.product)):
            if value and not _USB_ID.fullmatch(value):
                raise ValueError(f"{name} {value!r} is no USB id; it is four hexadecimal digits, like 05e0")


SCANNERS: dict[str, type[Options]] = {
    "pictures": PicturesOptions,
    "camera": CameraOptions,
    "serial": SerialOptions,
    "keyboard": KeyboardOptions,
    "none": NoneOptions,
}
PRINTERS: dict[str, type[Options]] = {
    "escpos": EscposOptions,
    "zpl": ZplOptions,
    "picture": PictureOptions,
    "none": NoneOptions,
}

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
            raise OptionError(f"{owner} has no option {name!r}; {nearest(name, fields)}", key=name)
    try:
        return msgspec.convert(filled_in(options, frozenset(fields)), shape)
    except KeyError as unknown:
        reason = f"no profile {unknown}; {nearest(unknown.args[0], list(profiles()))}"
        raise OptionError(f"{owner}: {reason}", key="profile", reason=reason) from None
    except msgspec.ValidationError as wrong:
        key, reason = explained(wrong, shape)
        text = ": ".join(filter(None, (owner, key, reason)))
        raise OptionError(text, key=key, reason=reason) from None


def from_text(name: str, text: str, shape: type[Options]) -> Any:
    """The value that `text`, typed by a person, stands for in option `name` of `shape`; `text` itself for no such."""
    types = {field.name: field.type for field in msgspec.structs.fields(shape)}
    try:
        return msgspec.to_builtins(msgspec.convert(text, types.get(name, str), strict=False))
    except msgspec.ValidationError:
        return text
