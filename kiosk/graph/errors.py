"""What can go wrong with Graph, in its own words.

    GraphError
    ├── ActiveCodeExists             the slot is taken
    │   └── ExistingCodeEdited       … and its dates were changed instead
    ├── MethodExists                 the person has a method already
    ├── MethodNotFound, CodeNotFound, UserNotFound
    ├── LifetimeExceeded, PinRejected
    ├── PolicyDisallows              the tenant's policy, or a licence
    ├── InsufficientPermissions, StepUpRequired, SignInFailed
    ├── Throttled, ServiceUnavailable
    ├── ClockWrong                   ours is more than two minutes off Graph's
    ├── OutcomeUnknown               it may or may not have happened
    ├── UnexpectedCodeCreated        an edit made a new secret
    └── UnexpectedAnswer             Graph said something this client does not understand
        └── SegmentNotFound          … because this version of Graph lacks the method

Each has a `key` for translation. None holds a secret, a name of a person, or a word of Graph's own message.
"""

# ruff: noqa: N818 - the names are what Graph says, and each is its own sentence

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from kiosk.errors import KioskError

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.graph.models import QrCode


@dataclass(frozen=True, slots=True)
class Trace:
    """By what Microsoft's support finds a request again. Empty or None where there was no answer."""

    status: int | None = None
    code: str = ""
    request_id: str = ""
    client_request_id: str = ""
    date: datetime | None = None

    def __str__(self) -> str:
        answer = f"{self.status} {self.code}".strip() if self.status is not None else ""
        request = f"request-id {self.request_id}" if self.request_id else ""
        ours = f"client-request-id {self.client_request_id}" if self.client_request_id else ""
        return ", ".join(part for part in (answer, request or ours) if part)


class GraphError(KioskError):
    """Root of everything `kiosk.graph` raises once its settings are accepted."""

    key: ClassVar[str] = "graph.error"
    title: ClassVar[str] = "Graph could not do it"
    advice: ClassVar[str] = ""

    def __init__(
        self, message: str = "", *, hint: str = "", trace: Trace | None = None, retry_after: float | None = None
    ) -> None:
        self.trace = trace or Trace()
        #: Seconds Graph asks to wait before anything is tried again, or None.
        self.retry_after = retry_after
        #: What was wrong, without the trace.
        self.reason = message or self.title
        told = str(self.trace)
        super().__init__(f"{self.reason} ({told})" if told else self.reason, hint=hint or self.advice)

    @property
    def status(self) -> int | None:
        """The HTTP status, or None where there was no answer."""
        return self.trace.status

    @property
    def code(self) -> str:
        """Graph's `error.code`, or empty."""
        return self.trace.code

    @property
    def request_id(self) -> str:
        """Graph's name for the request."""
        return self.trace.request_id

    @property
    def client_request_id(self) -> str:
        """Our name for the request."""
        return self.trace.client_request_id

    @property
    def date(self) -> datetime | None:
        """When Graph answered, by its clock."""
        return self.trace.date


class ActiveCodeExists(GraphError):
    """The slot holds an active code. Nothing was changed."""

    key = "graph.active_code_exists"
    title = "this person has an active code of that kind already"
    advice = "Delete the active code first, or wait until it has expired."


class ExistingCodeEdited(ActiveCodeExists):
    """A create met an active code and Graph changed that code's dates. No secret was made.

    `existing` is the code as it is now, or None where the answer does not say.
    """

    key = "graph.existing_code_edited"
    title = "no code was created: the active one was given the new dates instead"
    advice = "The old badge still works. Delete its code, then create the new one."

    def __init__(self, *, existing: QrCode | None, trace: Trace | None = None) -> None:
        super().__init__(trace=trace)
        self.existing = existing


class MethodExists(GraphError):
    """The person has the method already."""

    key = "graph.method_exists"
    title = "this person has the QR code + PIN method already"
    advice = "Create a code in the existing method, or delete the method first."


class MethodNotFound(GraphError):
    """The person has no QR code + PIN method."""

    key = "graph.method_not_found"
    title = "this person has no QR code + PIN method"
    advice = "Enrol the person: create the method with a standard code and a PIN."


class CodeNotFound(GraphError):
    """The slot is empty. After a delete it means that there is nothing left to delete."""

    key = "graph.code_not_found"
    title = "this person has no code of that kind"
    advice = "Create one, or look at the other kind."


class UserNotFound(GraphError):
    """There is no such person in this tenant."""

    key = "graph.user_not_found"
    title = "there is no such person in this tenant"
    advice = "Check the spelling of the user principal name; a renamed or deleted account is not found either."


class LifetimeExceeded(GraphError):
    """The start and expiry asked for are outside what Graph allows. Raised before the call, or by Graph."""

    key = "graph.lifetime_exceeded"
    title = "that lifetime is not allowed"
    advice = "A standard code lasts 1 to 395 days from its start, a temporary one 1 to 12 hours."


class PinRejected(GraphError):
    """The PIN breaks a rule, or the current PIN given with it is wrong. Raised before the call, or by Graph."""

    key = "graph.pin_rejected"
    title = "that PIN is not allowed"
    advice = (
        "8 to 20 digits, at least as many as the tenant's policy asks; no 0123456789 or 9876543210, "
        "and no group of two or three digits twice in a row. To change one's own, the current PIN must be right."
    )


class PolicyDisallows(GraphError):
    """The tenant does not let this person have the method.

    Graph has no code for it: this is what a refusal without a reason means once lifetime and PIN are known good.
    """

    key = "graph.policy_disallows"
    title = "refused without a reason: most likely the tenant's policy does not cover this person"
    advice = (
        "In Entra, under Authentication methods, Policies, QR code: enable it and include a group this person is in. "
        "The person also needs a licence that covers it (F1, F3, E3, E5 or Entra ID P1)."
    )


class InsufficientPermissions(GraphError):
    """The app or the signed-in person lacks a permission or a role. The hint names both."""

    key = "graph.insufficient_permissions"
    title = "Graph refused: a permission or a role is missing"


class StepUpRequired(GraphError):
    """Conditional Access wants a stronger or newer sign-in first."""

    key = "graph.step_up_required"
    title = "Graph wants a stronger sign-in before it does this"
    advice = (
        "Sign in again with multifactor authentication and repeat within ten minutes. If an app is signed in, "
        "look at the Conditional Access policies for workload identities."
    )


class SignInFailed(GraphError):
    """No token could be had, or Graph took none. `aadsts` is Entra's error number, where it gave one."""

    key = "graph.sign_in_failed"
    title = "signing in to Entra failed"
    advice = "Check tenant_id, client_id and the certificate or secret against the app registration."

    def __init__(
        self, message: str = "", *, hint: str = "", trace: Trace | None = None, aadsts: int | None = None
    ) -> None:
        super().__init__(message, hint=hint, trace=trace)
        self.aadsts = aadsts


class Throttled(GraphError):
    """Graph refused because of too many requests; nothing was done. `retry_after` says how long to wait."""

    key = "graph.throttled"
    title = "Graph asks to slow down"
    advice = "Wait and try again. If it goes on, another program may be using the same app registration."


class ServiceUnavailable(GraphError):
    """Graph could not be reached or could not answer. Nothing was changed."""

    key = "graph.service_unavailable"
    title = "Graph cannot be reached"
    advice = "Check the network, the proxy and the certificate authority, then https://status.cloud.microsoft."


class ClockWrong(GraphError):
    """The station's clock is more than two minutes off Graph's: sign-in and lifetimes are about to go wrong.

    `seconds` is how far ahead of Graph's it is; negative when it is behind.
    """

    key = "graph.clock_wrong"
    title = "the station's clock is wrong"
    advice = "Set the clock, and switch on time synchronisation: timedatectl set-ntp true."

    def __init__(self, seconds: float) -> None:
        off = f"{abs(seconds):.0f} seconds {'ahead of' if seconds > 0 else 'behind'} Graph's"
        super().__init__(f"the station's clock is {off}")
        self.seconds = seconds


class OutcomeUnknown(GraphError):
    """The request went out and no usable answer came back: it may or may not have taken effect.

    The caller reads the state before anything else. A secret that was made is lost: delete it, create again.
    """

    key = "graph.outcome_unknown"
    title = "no usable answer: it may or may not have happened"
    advice = "Read the person's method to see what is there before doing it again."


class UnexpectedCodeCreated(GraphError):
    """An edit found no active code and Graph created one, a secret nobody asked for.

    `created` is that code, with its image where the answer could be read; None where it could not.
    """

    key = "graph.unexpected_code_created"
    title = "the code had gone, and Graph created a new one instead of extending it"
    advice = "The old badge no longer works. Print the new code, or delete it."

    def __init__(self, *, created: QrCode | None, trace: Trace | None = None) -> None:
        super().__init__(trace=trace)
        self.created = created


class UnexpectedAnswer(GraphError):
    """An answer this client does not understand. Where it is a refusal, nothing was changed."""

    key = "graph.unexpected_answer"
    title = "Graph gave an answer this station does not understand"
    advice = "Report the request-id and code to whoever looks after the station."


class SegmentNotFound(UnexpectedAnswer):
    """This version of Graph has no such path."""

    key = "graph.segment_not_found"
    title = "this version of Graph does not know the QR code + PIN method"
    advice = 'Set version = "auto" or "beta" under [graph].'
