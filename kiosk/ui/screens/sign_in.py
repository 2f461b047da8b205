"""A supervisor signs in with a phone: the code to scan, the code to type, the time that is left."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from kiosk.i18n import words
from kiosk.state import SignInView, State
from kiosk.ui.moment import minute
from kiosk.ui.plain import sentence
from kiosk.ui.screens.view import Setting, View
from kiosk.ui.supervision import reach
from kiosk.ui.unfinished import unfinished
from kiosk.ui.widgets.banner import Banner, Tone
from kiosk.ui.widgets.countdown import Countdown
from kiosk.ui.widgets.figures import Figure
from kiosk.ui.widgets.picture import Lettering
from kiosk.ui.widgets.qr_code import QrCode
from kiosk.ui.widgets.words import Words


class SignIn(View):
    """The codes, or that they are on their way, or why it came to nothing."""

    def __init__(self, setting: Setting, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(setting, id=id)
        self._counted: SignInView | None = None

    def compose(self) -> ComposeResult:
        """Its parts."""
        yield Banner()
        yield Words(id="sign-in-error", classes="strong")
        with Horizontal(id="codes"):
            yield QrCode()
            with Vertical():
                yield Words(words("sign_in.scan"), id="scan")
                yield Words(id="address", classes="strong")
                yield Words(id="type", classes="strong")
                yield Lettering(id="user-code")
                yield Words(id="own")
                yield Countdown(id="left")

    def show(self, state: State) -> None:
        """Draw `state`."""
        sign_in = state.sign_in or SignInView()
        self.set_class(bool(sign_in.user_code), "-codes")
        self._show_banner(sign_in)
        self.query_one("#sign-in-error", Words).say(*self._trouble(sign_in))
        if sign_in.user_code:
            self._show_codes(sign_in)

    def _trouble(self, sign_in: SignInView) -> tuple[str, ...]:
        pin = sign_in.pin
        if pin and pin.not_before:
            return (words("sign_in.delayed", when=minute(pin.not_before, self.setting.zone)),)
        if pin:
            return (words("sign_in.wrong_pin"),) if pin.wrong else ()
        return sentence(sign_in.error), sentence(sign_in.hint)

    def _show_banner(self, sign_in: SignInView) -> None:
        banner = self.query_one(Banner)
        if sign_in.pin:
            figure = "•" * sign_in.pin.typed or words("sign_in.pin")
            banner.show(figure, words("sign_in.pin_title", name=sign_in.pin.name), Tone.CALM, Figure.BADGE)
        elif sign_in.error:
            banner.show(words("sign_in.failed"), words("sign_in.failed_title"), Tone.ATTENTION, Figure.ATTENTION)
        else:
            banner.show(words("sign_in.wait"), words("sign_in.wait_title"), Tone.CALM, Figure.WAIT)

    def _show_codes(self, sign_in: SignInView) -> None:
        self.query_one(QrCode).address = sign_in.verification_uri
        self.query_one("#address", Words).say(sign_in.verification_uri)
        self.query_one("#own", Words).say(words("sign_in.own_or_badge" if sign_in.badge else "sign_in.own"))
        self.query_one("#type", Words).say(words("sign_in.type", code=sign_in.user_code))
        self.query_one("#user-code", Lettering).text = _in_halves(sign_in.user_code)
        if sign_in is not self._counted:
            self._counted = sign_in
            self.query_one(Countdown).start(sign_in.seconds)


def _in_halves(code: str) -> str:
    """With a place to break it, or the letters would not be large on a narrow screen."""
    middle = len(code) // 2
    return f"{code[:middle]} {code[middle:]}"


class SignedIn(View):
    """Who is signed in, for whom, and what to do next."""

    def compose(self) -> ComposeResult:
        """Its parts."""
        yield Banner()
        yield Words(id="who", classes="strong")
        yield Words(id="reach")
        yield Words(id="once")
        yield Words(id="signed-in-unfinished", classes="strong")

    def show(self, state: State) -> None:
        """Draw `state`."""
        self.query_one(Banner).show(words("signed_in.big"), words("signed_in.title"), Tone.CALM, Figure.BADGE)
        if state.supervisor:
            self.query_one("#who", Words).say(words("signed_in.who", name=state.supervisor.name))
            self.query_one("#reach", Words).say(reach(state.supervisor))
        # What was not finished is for several people, and needs the place.
        self.query_one("#once", Words).say("" if state.unfinished else words("signed_in.once"))
        self.query_one("#signed-in-unfinished", Words).say(*unfinished(state.unfinished, self.setting.zone))
