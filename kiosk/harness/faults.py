"""What can be wrong with a simulated printer, by name."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, Final, get_args

import msgspec

from kiosk.errors import UsageError

#: A new roll: 80 m at 8 dots a millimetre.
ROLL_ROWS: Final = 640_000


class PaperOut(msgspec.Struct, tag="paper_out", forbid_unknown_fields=True, frozen=True):
    """The roll ends, now or after so many more rows."""

    after_rows: int = 0


class PaperNearEnd(msgspec.Struct, tag="paper_near_end", forbid_unknown_fields=True, frozen=True):
    """The roll is nearly used up; printing goes on."""


class CoverOpen(msgspec.Struct, tag="cover_open", forbid_unknown_fields=True, frozen=True):
    """Off line until it is closed."""


class HeadOpen(msgspec.Struct, tag="head_open", forbid_unknown_fields=True, frozen=True):
    """A label printer's cover: off line until it is closed."""


class RibbonOut(msgspec.Struct, tag="ribbon_out", forbid_unknown_fields=True, frozen=True):
    """A label printer's ribbon has ended: off line until there is a new one."""


class CutterError(msgspec.Struct, tag="cutter_error", forbid_unknown_fields=True, frozen=True):
    """The next cut jams: off line until repaired, then it is cut."""


class Silent(msgspec.Struct, tag="silent", forbid_unknown_fields=True, frozen=True):
    """Prints, and answers nothing."""


class Dead(msgspec.Struct, tag="dead", forbid_unknown_fields=True, frozen=True):
    """Accepts bytes, prints nothing, answers nothing."""


class Disconnect(msgspec.Struct, tag="disconnect_at_byte", forbid_unknown_fields=True, frozen=True):
    """The connection ends, once, when so many more bytes have come."""

    byte: int


class Slow(msgspec.Struct, tag="slow", forbid_unknown_fields=True, frozen=True):
    """Prints so many rows a second."""

    rows_per_second: float


class Xoff(msgspec.Struct, tag="xoff", forbid_unknown_fields=True, frozen=True):
    """Stops the line, and never lets it go on: XOFF on a serial line, a full buffer on a network."""


class PrintTwice(msgspec.Struct, tag="duplicate_print", forbid_unknown_fields=True, frozen=True):
    """Everything comes out twice."""


class Clone(msgspec.Struct, tag="clone", forbid_unknown_fields=True, frozen=True):
    """A receipt printer that knows neither GS ( H nor DLE DC4, and takes the first's bytes for text."""


class WrongAnswers(msgspec.Struct, tag="wrong_answers", forbid_unknown_fields=True, frozen=True):
    """Answers of the right length that are not to be believed: other jobs' ids, fixed bits the wrong way round."""


class GarbageAnswers(msgspec.Struct, tag="garbage_answers", forbid_unknown_fields=True, frozen=True):
    """Answers as something gives that is no printer."""


class Restart(msgspec.Struct, tag="restart", forbid_unknown_fields=True, frozen=True):
    """Switched off and on: what was received and not printed is gone, and so is the connection."""


Fault = (
    PaperOut
    | PaperNearEnd
    | CoverOpen
    | HeadOpen
    | RibbonOut
    | CutterError
    | Silent
    | Dead
    | Disconnect
    | Slow
    | Xoff
    | PrintTwice
    | Clone
    | WrongAnswers
    | GarbageAnswers
    | Restart
)
_KINDS: Final = get_args(Fault)
NAMES: Final = tuple(str(kind.__struct_config__.tag) for kind in _KINDS)


def fault_named(name: str, arguments: dict[str, Any]) -> Fault:
    """The fault called `name`. Raises UsageError for a name or an argument that is not there, or below zero."""
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, n=1) or [", ".join(NAMES)]
        raise UsageError(f"no fault is called {name!r}", hint=f"perhaps {near[0]}")
    try:
        fault: Fault = msgspec.convert({**arguments, "type": name}, Fault)
    except msgspec.ValidationError as error:
        raise UsageError(f"fault {name}: {error}") from None
    if any(value < 0 for value in msgspec.structs.astuple(fault)):
        raise UsageError(f"fault {name}: below zero")
    return fault


@dataclass
class Condition:
    """How the printer is just now."""

    rows_left: int = ROLL_ROWS
    near_end: bool = False
    cover_open: bool = False
    ribbon_out: bool = False
    cutter_will_jam: bool = False
    cutter_jammed: bool = False
    silent: bool = False
    dead: bool = False
    xoff: bool = False
    print_twice: bool = False
    clone: bool = False
    wrong_answers: bool = False
    garbage_answers: bool = False
    rows_per_second: float | None = None
    bytes_to_disconnect: int | None = None

    @property
    def paper_out(self) -> bool:
        """The paper end sensor sees no paper."""
        return self.rows_left == 0

    @property
    def offline(self) -> bool:
        """Nothing moves until somebody does something."""
        return self.paper_out or self.cover_open or self.cutter_jammed or self.ribbon_out

    def apply(self, fault: Fault) -> None:
        """Let it happen. Restart changes nothing here."""
        match fault:
            case PaperOut(after_rows=rows):
                self.rows_left = rows
            case Slow(rows_per_second=rows_per_second):
                self.rows_per_second = rows_per_second
            case Disconnect(byte=byte):
                self.bytes_to_disconnect = byte
            case Restart():
                pass
            case _:
                setattr(self, _FLAGS[type(fault)], True)


_FLAGS: Final[dict[type, str]] = {
    PaperNearEnd: "near_end",
    CoverOpen: "cover_open",
    HeadOpen: "cover_open",
    RibbonOut: "ribbon_out",
    CutterError: "cutter_will_jam",
    Silent: "silent",
    Dead: "dead",
    Xoff: "xoff",
    PrintTwice: "print_twice",
    Clone: "clone",
    WrongAnswers: "wrong_answers",
    GarbageAnswers: "garbage_answers",
}
