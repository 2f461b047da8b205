"""What the station shows at one moment: one immutable value, which a screen draws and a script reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from drivers.wire.messages import Health
from kiosk.badge.verdict import Judgement
from kiosk.replace.attendant import Choice, Progress, Trouble
from kiosk.replace.plan import Reason, Refusal, Step


class Phase(StrEnum):
    """Where a visit is."""

    IDLE = "idle"  # nobody there: hold a badge to the scanner
    CHECKING = "checking"  # a badge was read; its verdict is on the way
    VERDICT = "verdict"  # the verdict; what can be done is in `offers`
    CONFIRM = "confirm"  # a reason was chosen: say what will happen, ask whether to
    REPLACING = "replacing"  # steps run; `trouble` asks when one did not come out
    FINISHED = "finished"  # the new badge was scanned back
    FAILED = "failed"  # it could not be done; `stranded` when the worker may have no valid badge


@dataclass(frozen=True)
class StepView:
    """One line of a replacement's progress."""

    step: Step
    progress: Progress = Progress.WAITING
    detail: str = ""


@dataclass(frozen=True)
class DeviceView:
    """One device's health, for the foot of the screen. `role` is scan or print."""

    name: str
    role: str
    health: Health


@dataclass(frozen=True)
class State:
    """Everything a screen draws. No secret is ever in it.

    `name` is the worker's, known only when Graph or the registry knows the badge. `offers` are the reasons a
    replacement can be asked for now; `refusal` says why there are none. `prompt` is true while the scanner waits
    for the new badge. `serial` grows with every change.
    """

    serial: int = 0
    phase: Phase = Phase.IDLE
    judgement: Judgement | None = None
    name: str = ""
    expire: datetime | None = None
    offline: str = ""
    offers: tuple[Reason, ...] = ()
    refusal: Refusal | None = None
    reason: Reason | None = None
    steps: tuple[StepView, ...] = ()
    trouble: Trouble | None = None
    prompt: bool = False
    wrong_badge: bool = False
    error: str = ""
    hint: str = ""
    stranded: bool = False
    devices: tuple[DeviceView, ...] = ()
    unfinished: int = field(default=0)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be answered to the trouble shown; empty when there is none."""
        return self.trouble.choices if self.trouble else ()
