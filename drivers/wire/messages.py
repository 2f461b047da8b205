"""The messages between the station and a driver. `docs/driver-protocol.md` is their specification.

Every message is a frozen value; the field `type` on the wire names which. A receiver ignores fields it does not
know, so that a newer peer may say more; it answers a type it does not know with `error` and goes on.
"""

from __future__ import annotations

from typing import Any, Literal, Union

import msgspec

from drivers.wire.secret import Secret

#: The one version of this protocol. A peer whose `hello` names another is refused.
VERSION = 1

Kind = Literal["scanner", "printer"]
State = Literal["ok", "fault", "unknown", "absent"]
Result = Literal["printed", "failed", "unknown"]
Hint = Literal["closer", "further", "still", "dark", "glare"]


class Message(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Base of all messages."""


# Station to driver


class Configure(Message, frozen=True, tag="configure"):
    """First message of a conversation: which driver to be (`kind`), with which options (see `options`)."""

    kind: str
    options: dict[str, Any] = {}


class Ping(Message, frozen=True, tag="ping"):
    """Answered with `health`."""


class Preview(Message, frozen=True, tag="preview"):
    """Turns the stream of `frame` messages on or off."""

    on: bool


class Trigger(Message, frozen=True, tag="trigger"):
    """Asks a scanner that waits for a trigger to read now."""


class Signal(Message, frozen=True, tag="signal"):
    """Shows the holder of the scanner whether what was read was good."""

    signal: Literal["good", "bad"]


class Decode(Message, frozen=True, tag="decode"):
    """Asks what is in a picture file's bytes (PNG, JPEG, …). Answered with a `scan` carrying the same `request`.

    `all`: look on when some are found. `budget_ms`: milliseconds after which no further step is begun.
    """

    request: str
    bytes: Secret
    all: bool = False
    budget_ms: float | None = None


class Status(Message, frozen=True, tag="status"):
    """Asks a printer how it is; answered with `health`."""


class Page(msgspec.Struct, frozen=True):
    """A 1-bit page. `rows` are packed, 8 dots a byte, most significant bit left, 1 is black, rows padded to bytes.

    `width` and `height` are in dots, `dpi` in dots per inch. It shows a badge, so its rows are a secret.
    """

    width: int
    height: int
    dpi: int
    rows: Secret


class Prepare(Message, frozen=True, tag="prepare"):
    """Hands over a page to be printed as `job`. Nothing is printed; answered with `prepared`."""

    job: str
    page: Page


class Commit(Message, frozen=True, tag="commit"):
    """Prints the prepared `job`; answered with `outcome`."""

    job: str


class Cancel(Message, frozen=True, tag="cancel"):
    """Forgets the prepared `job`; not answered."""

    job: str


# Driver to station


class Hello(Message, frozen=True, tag="hello"):
    """First message of a driver. `identity` tells this device from its likes (serial number, path, address)."""

    version: int
    kind: str
    identity: str = ""
    capabilities: tuple[str, ...] = ()


class Health(Message, frozen=True, tag="health"):
    """How the device is. `evidence` is what was asked and what came back; `hint` is what a person can do."""

    state: State
    reason: str = ""
    hint: str = ""
    evidence: str = ""


class Error(Message, frozen=True, tag="error"):
    """Something asked could not be done. `about` names what: a file, a job, a request, an option."""

    reason: str
    hint: str = ""
    about: str = ""
    #: True when the driver leaves because of it.
    fatal: bool = False


class Quality(msgspec.Struct, frozen=True):
    """How good a symbol is, each from 0 to 1, after ISO/IEC 15415.

    `contrast`: of light and dark, as a share of the paper's own white. `modulation`: the highest of 0.5, 0.4, 0.3 and
    0.2 that error correction makes up for. `quiet_zone`: the share of it that is light. `unused_correction`: of the
    block with least left.
    """

    contrast: float
    modulation: float
    quiet_zone: float
    unused_correction: float


class Code(msgspec.Struct, frozen=True, omit_defaults=True):
    """One code as read. `content` is the exact bytes of the symbol, not a text some character set was guessed for.

    `corners`: x1, y1, … x4, y4 in pixels of the picture, from the symbol's top left, clockwise; empty where the
    scanner has no picture. `engine` is the decoder; `step` the help it needed, empty for the first look.
    `version`: 1 to 40. `level`: L, M, Q, H. `symbology`: the kind of code, where a scanner told it.
    `quality`: how good a QR code in a picture is, where it is flat enough to say.
    """

    content: Secret
    corners: tuple[float, ...] = ()
    engine: str = ""
    step: str = ""
    version: int | None = None
    level: str | None = None
    symbology: str = ""
    quality: Quality | None = None


class Scan(Message, frozen=True, tag="scan"):
    """Codes read at one moment. `source` is the file a picture came from; `ms` the milliseconds decoding took.

    `request` is set when this answers a `decode`. `codes` is empty only for a picture asked about by name or by
    `decode`; a live scanner that sees no code says nothing.
    """

    seq: int
    codes: tuple[Code, ...]
    source: str = ""
    request: str = ""
    ms: float = 0.0


class Sight(Message, frozen=True, tag="sight"):
    """How to hold the badge so that it reads."""

    hint: Hint


class Motion(Message, frozen=True, tag="motion"):
    """Something moves in front of the scanner."""


class Frame(Message, frozen=True, tag="frame"):
    """A small grey preview, one byte a pixel, row by row. Never stored."""

    width: int
    height: int
    pixels: Secret


class Prepared(Message, frozen=True, tag="prepared"):
    """What the driver read in the page it was handed, for the station to compare before it commits.

    `quality` is that of the page's one code.
    """

    job: str
    read: tuple[Secret, ...]
    quality: Quality | None = None


class Outcome(Message, frozen=True, tag="outcome"):
    """What became of a committed job. `unknown` is neither printed nor failed, and is never printed again unasked.

    `labels`: how many labels or badges of paper it used, or may have used.
    """

    job: str
    result: Result
    reason: str = ""
    evidence: str = ""
    labels: int = 0


FromStation = Union[  # noqa: UP007 - msgspec decodes a Union of tagged structs
    Configure, Ping, Preview, Trigger, Signal, Decode, Status, Prepare, Commit, Cancel
]
FromDriver = Union[Hello, Health, Error, Scan, Sight, Motion, Frame, Prepared, Outcome]  # noqa: UP007
