"""What the station shows at one moment: one immutable value, which a screen draws and a script reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from drivers.wire.messages import Health
from drivers.wire.secret import Secret
from kiosk.badge.verdict import Judgement
from kiosk.replace.attendant import Choice, Progress, Trouble
from kiosk.replace.plan import Reason, Refusal, Step


class Phase(StrEnum):
    """Where a visit is."""

    IDLE = "idle"  # nobody there: hold a badge to the scanner
    SIGN_IN = "sign_in"  # a supervisor is signing in with a phone; `sign_in` says how, or why not
    SIGNED_IN = "signed_in"  # a supervisor is signed in and has shown no badge yet
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
class SignInView:
    """A sign-in on its way. Without a code it is being asked for; with `error` it came to nothing.

    `seconds` is how long the code was good for when it was shown.
    """

    user_code: str = ""
    verification_uri: str = ""
    seconds: float = 0.0
    error: str = ""
    hint: str = ""


@dataclass(frozen=True)
class SupervisorView:
    """Who is signed in, and whose badges their roles let them change.

    `units` are ids of administrative units. Without them and without `whole_tenant` Graph would not say.
    """

    user_id: str
    name: str
    roles: tuple[str, ...] = ()
    whole_tenant: bool = False
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class State:
    """Everything a screen draws. No secret is in it but `pin`, while it is told; `pin_shown`: its digits, too.

    `until`: the worker has a temporary badge instead of the new one, and when it ends.

    `name` is the worker's, known only when Graph or the registry knows the badge. `offers` are the reasons a
    replacement can be asked for now; `refusal` says why there are none. `prompt` is true while the scanner waits
    for the new badge. `supervised`: a supervisor can sign in here; `supervisor` is the one who has. `serial` grows
    with every change.
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
    pin: Secret | None = None
    pin_shown: bool = False
    until: datetime | None = None
    supervised: bool = False
    supervisor: SupervisorView | None = None
    sign_in: SignInView | None = None

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be answered to the trouble shown; empty when there is none."""
        return self.trouble.choices if self.trouble else ()

    @property
    def may_sign_in(self) -> bool:
        """Whether a supervisor can begin to sign in now, or anew."""
        if not self.supervised or self.supervisor:
            return False
        match self.phase:
            case Phase.VERDICT:
                return self.refusal == Refusal("supervisor_needed")
            case Phase.SIGN_IN:
                return self.sign_in is not None and bool(self.sign_in.error)
        return self.phase is Phase.IDLE
