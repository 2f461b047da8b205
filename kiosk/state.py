"""What the station shows at one moment: one immutable value, which a screen draws and a script reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from drivers.wire.messages import Health, Result
from drivers.wire.secret import Secret
from kiosk.badge.verdict import Judgement
from kiosk.replace.attendant import Choice, Progress, Trouble
from kiosk.replace.plan import Reason, Refusal, Step
from kiosk.replace.recover import Situation


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
class PinView:
    """A supervisor's badge was shown, and the PIN is being typed: `typed` digits so far. `wrong`: the last was.

    `not_before`: none is tried until then.
    """

    name: str
    typed: int = 0
    wrong: bool = False
    not_before: datetime | None = None


@dataclass(frozen=True)
class SignInView:
    """A sign-in on its way. Without a code it is being asked for; with `error` it came to nothing.

    `seconds` is how long the code was good for when it was shown. `badge`: a supervisor's own badge will do, too;
    `pin` once it was shown.
    """

    user_code: str = ""
    verification_uri: str = ""
    seconds: float = 0.0
    error: str = ""
    hint: str = ""
    badge: bool = False
    pin: PinView | None = None


@dataclass(frozen=True)
class SupervisorView:
    """Who is signed in, and whose badges their roles let them change.

    `units` are ids of administrative units. Without them and without `whole_tenant` Graph would not say. `by_badge`:
    signed in with a badge and a PIN of this station, on whose word the station acts by itself.
    """

    user_id: str
    name: str
    roles: tuple[str, ...] = ()
    whole_tenant: bool = False
    units: tuple[str, ...] = ()
    by_badge: bool = False


@dataclass(frozen=True)
class SlipView:
    """The PIN shown may be printed on a slip of its own. `result`: what became of the last one, `reason` why.

    `printing`: one is on its way.
    """

    printing: bool = False
    result: Result | None = None
    reason: str = ""


@dataclass(frozen=True)
class UnfinishedView:
    """A replacement that was begun and not finished. `refusal` says why it may not be; a person can close it then.

    `situation` is where the worker stands; None with a refusal, and while Graph cannot be asked. `until`: they have
    a temporary badge, which ends then.
    """

    id: str
    name: str
    reason: Reason
    situation: Situation | None = None
    without_badge: bool = True
    until: datetime | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True)
class State:
    """Everything a screen draws. No secret is in it but `pin`, while it is told; `pin_shown`: its digits, too.
    `slip` is None where a PIN is not printed.

    `grade`: of the badge read last, after ISO/IEC 15415, A to F; empty where nobody could measure it.
    `until`: the worker has a temporary badge instead of the new one, and when it ends.

    `name` is the worker's, known only when Graph or the registry knows the badge. `offers` are the reasons a
    replacement can be asked for now; `refusal` says why there are none. `prompt` is true while the scanner waits
    for the new badge, `surrender` while it waits for the old one, to be copied and handed in. `supervised`: a
    supervisor can sign in here; `supervisor` is the one who has, `first` one who has approved already what takes two;
    `visiting`: they say that the worker is of another site. `attended`: whoever stands here may have things done.
    `unfinished`: what earlier runs left open; `closing` is the one of them that somebody is asked to close as it is.
    `serial` grows with every change.
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
    surrender: bool = False
    wrong_badge: bool = False
    error: str = ""
    hint: str = ""
    stranded: bool = False
    devices: tuple[DeviceView, ...] = ()
    unfinished: tuple[UnfinishedView, ...] = ()
    closing: UnfinishedView | None = None
    grade: str = ""
    pin: Secret | None = None
    pin_shown: bool = False
    slip: SlipView | None = None
    until: datetime | None = None
    supervised: bool = False
    attended: bool = False
    supervisor: SupervisorView | None = None
    first: SupervisorView | None = None
    visiting: bool = False
    sign_in: SignInView | None = None

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be answered to the trouble shown; empty when there is none."""
        return self.trouble.choices if self.trouble else ()

    @property
    def approvers(self) -> tuple[SupervisorView, ...]:
        """On whose word something is done now: nobody's by name, one person's or two people's."""
        return tuple(each for each in (self.first, self.supervisor) if each)

    @property
    def aiming(self) -> bool:
        """Whether a badge is to be held up now, and the screen has the place to show how it is held."""
        return self.phase in (Phase.IDLE, Phase.SIGNED_IN) or (
            self.phase is Phase.REPLACING and (self.prompt or self.surrender)
        )

    @property
    def pin_handed_over(self) -> bool:
        """Whether the worker can have the new PIN by now: seen, or on a slip that came out, or may have."""
        if self.slip and self.slip.printing:
            return False
        return self.pin_shown or (self.slip is not None and self.slip.result in ("printed", "unknown"))

    @property
    def asks_pin(self) -> bool:
        """Whether a supervisor is typing the PIN of this station."""
        return self.phase is Phase.SIGN_IN and self.sign_in is not None and self.sign_in.pin is not None

    @property
    def may_sign_in(self) -> bool:
        """Whether a supervisor can begin to sign in now, or anew; a second one, where it takes two."""
        if not self.supervised:
            return False
        if self.phase is Phase.VERDICT and self.refusal == Refusal("second_person"):
            return True
        if self.supervisor:
            return False
        match self.phase:
            case Phase.VERDICT:
                return self.refusal == Refusal("needs_supervisor")
            case Phase.SIGN_IN:
                return self.sign_in is not None and bool(self.sign_in.error)
        return self.phase is Phase.IDLE

    @property
    def may_vouch(self) -> bool:
        """Whether a supervisor can say now that the worker is of another site, and have it done all the same."""
        outside = self.phase is Phase.VERDICT and self.refusal == Refusal("outside_the_unit")
        return outside and self.supervisor is not None and self.reason is not None and not self.visiting

    @property
    def authorised(self) -> bool:
        """Whether somebody is there, before any badge was shown, who may finish what was begun."""
        return self.phase is Phase.SIGNED_IN or (self.phase is Phase.IDLE and self.attended)

    @property
    def may_finish(self) -> bool:
        """Whether what was begun can be finished now."""
        return self.authorised and any(each.situation for each in self.unfinished)

    @property
    def may_close(self) -> UnfinishedView | None:
        """What may not be finished, and can be closed now as it is."""
        return next((each for each in self.unfinished if self.authorised and each.refusal), None)
