"""What the desk is told, and what simulated devices say: JSON objects, one a line."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from kiosk.errors import UsageError
from kiosk.harness.looks import Condition

#: A sheet by its number, or the first or the last that was cut.
Which: TypeAlias = Literal["newest", "first"] | int


class _Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do"):
    pass


class Hold(_Command, frozen=True, tag="hold"):
    """Hold a sheet before the camera, as it came out or as it is a year later. Answered by Held."""

    as_: Condition = msgspec.field(default="new", name="as")
    paper: Which = "newest"


class Remove(_Command, frozen=True, tag="remove"):
    """Take away what is held. Answered by Removed."""


class LookAt(_Command, frozen=True, tag="view"):
    """Give the frame as it is now. Answered by Viewed."""


class ListPapers(_Command, frozen=True, tag="papers"):
    """Answered by Papers."""


class LetFail(_Command, frozen=True, tag="fault"):
    """Let the printer have a fault of kiosk.harness.faults. Answered by Faulted.

    On the line the fault's own words stand beside its name: {"do": "fault", "name": "paper_out", "after_rows": 40}.
    """

    name: str
    arguments: dict[str, Any] = {}


class Repair(_Command, frozen=True, tag="repair"):
    """The printer is well again. Answered by Repaired."""


class Auto(_Command, frozen=True, tag="auto"):
    """Hold each new sheet up by itself; sheet `worn` as a worn one. `on` false ends it. Answered by Automatic."""

    worn: int | None = None
    on: bool = True


class Quit(_Command, frozen=True, tag="quit"):
    """Leave. Answered by Leaving."""


Command: TypeAlias = Hold | Remove | LookAt | ListPapers | LetFail | Repair | Auto | Quit


class _Event(msgspec.Struct, frozen=True, tag_field="event"):
    pass


class Ready(_Event, frozen=True, omit_defaults=True, tag="ready"):
    """The first line: where the drivers find their devices."""

    printer: str | None = None
    camera: str | None = None
    scanner: str | None = None


class Heard(_Event, frozen=True, tag="heard"):
    """A scanner was given a command."""

    command: str


class Printed(_Event, frozen=True, tag="printed"):
    """A sheet came out, unasked. `torn` when no cut took it off."""

    paper: int
    torn: bool


class Held(_Event, frozen=True, tag="held"):
    """The sheet is before the camera."""

    paper: int
    as_: Condition = msgspec.field(name="as")


class Removed(_Event, frozen=True, tag="removed"):
    """Nothing is before the camera."""


class Viewed(_Event, frozen=True, tag="view"):
    """A frame as PNG in base64."""

    png_base64: str

    # What the picture shows may be a code.
    def __repr__(self) -> str:
        return "Viewed(...)"


class PaperThere(msgspec.Struct, frozen=True):
    """One sheet: its number, its size in dots, and whether no cut took it off."""

    paper: int
    width: int
    height: int
    torn: bool


class Papers(_Event, frozen=True, tag="papers"):
    """All sheets, and what the driver should not have sent: the offset in its bytes, and what it was."""

    papers: list[PaperThere]
    faults: list[tuple[int, str]]


class Faulted(_Event, frozen=True, tag="fault"):
    """The printer has that fault."""

    name: str


class Repaired(_Event, frozen=True, tag="repaired"):
    """The printer has none."""


class Automatic(_Event, frozen=True, tag="auto"):
    """What holds sheets up by itself is set so."""

    worn: int | None
    on: bool


class Leaving(_Event, frozen=True, tag="leaving"):
    """The last line."""


class Refused(_Event, frozen=True, tag="error"):
    """The command was not understood, or cannot be done."""

    message: str
    hint: str = ""


Event: TypeAlias = (
    Ready | Heard | Printed | Held | Removed | Viewed | Papers | Faulted | Repaired | Automatic | Leaving | Refused
)


def parse(line: bytes) -> Command:
    """One line as a command. Raises UsageError."""
    try:
        words = msgspec.json.decode(line, type=dict[str, Any])
        if words.get("do") == "fault":
            name = words.pop("name", None)
            words = {"do": words.pop("do"), "name": name, "arguments": words}
        command: Command = msgspec.convert(words, Command)
    except msgspec.MsgspecError as error:
        raise UsageError(f"not a command: {error}") from None
    return command


def line(event: Event) -> bytes:
    """One event as a line."""
    return msgspec.json.encode(event) + b"\n"
