"""Which keys do something in a state. What the foot of the screen lists is what works, because both are this."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.i18n import words
from kiosk.replace.attendant import Choice
from kiosk.replace.plan import Reason
from kiosk.state import Phase, State
from kiosk.ui.bridge import Intents
from kiosk.ui.plain import plain

Send = Callable[[Intents], None]

#: Where leaving costs nobody anything.
_QUIET: Final = frozenset({Phase.IDLE, Phase.SIGNED_IN, Phase.VERDICT, Phase.FINISHED, Phase.FAILED})


@dataclass(frozen=True)
class Key:
    """One key: how Textual names it, what is printed on it, what it does. `send` is None for the one that quits.

    Of several keys that belong together only the first is `shown`.
    """

    name: str
    cap: str
    label: str
    send: Send | None
    shown: bool = True

    def is_pressed(self, name: str) -> bool:
        """Whether the key Textual calls `name` is this one; caps lock makes no difference."""
        return name == self.name or (len(name) == 1 and name.lower() == self.name)


def keys(state: State, *, may_quit: bool) -> tuple[Key, ...]:
    """The keys that do something now."""
    if may_quit and state.phase in _QUIET:
        return *_keys(state), Key("q", "Q", words("key.quit"), None)
    return _keys(state)


def _keys(state: State) -> tuple[Key, ...]:
    match state.phase:
        case Phase.VERDICT | Phase.SIGN_IN:
            back = _escape("key.cancel" if state.phase is Phase.SIGN_IN else "key.back")
            return *(
                _typing() if state.asks_pin else _numbered([*_offers(state), *_vouch(state), *_sign_in(state)])
            ), back
        case Phase.CONFIRM:
            return _yes_or_no(state)
        case Phase.REPLACING:
            return _replacing(state)
        case Phase.CHECKING | Phase.SIGNED_IN:
            back = _escape("key.sign_out" if state.phase is Phase.SIGNED_IN else "key.stop")
            return *_numbered([*_unfinished(state)]), back
        case Phase.FINISHED | Phase.FAILED:
            return (_enter("key.told" if state.stranded else "key.done", _dismiss),)
    return _numbered([*_unfinished(state), *_sign_in(state)])


def _replacing(state: State) -> tuple[Key, ...]:
    if state.surrender:
        return (_escape("key.cancel"),)
    return _pin(state) if state.pin else _choices(state)


def _typing() -> tuple[Key, ...]:
    digits = (
        Key(digit, words("cap.digits"), words("key.type"), _type(digit), shown=digit == "0") for digit in "0123456789"
    )
    erase = Key("backspace", words("cap.backspace"), words("key.erase"), _erase)
    return *digits, erase, _enter("key.done", _confirm)


def _type(digit: str) -> Send:
    return lambda visit: visit.type(digit)


def _erase(visit: Intents) -> None:
    visit.erase()


def _yes_or_no(state: State) -> tuple[Key, ...]:
    if state.closing:
        return _enter("key.close", _confirm), _escape("key.no_close")
    return _enter("key.yes", _confirm), _escape("key.no")


def _numbered(does: Sequence[tuple[str, Send]]) -> tuple[Key, ...]:
    """The digits, from 1."""
    return tuple(Key(str(at), str(at), label, send) for at, (label, send) in enumerate(does, start=1))


def _unfinished(state: State) -> Iterator[tuple[str, Send]]:
    if state.may_finish:
        yield words("key.finish"), _finish
    if state.may_close:
        yield words("key.ask_close", name=plain(state.may_close.name)), _abandon


def _finish(visit: Intents) -> None:
    visit.finish()


def _abandon(visit: Intents) -> None:
    visit.abandon()


def _begin_sign_in(visit: Intents) -> None:
    visit.sign_in()


def _vouch(state: State) -> Iterator[tuple[str, Send]]:
    if state.may_vouch:
        yield words("key.vouch"), _say_visiting


def _say_visiting(visit: Intents) -> None:
    visit.vouch()


def _dismiss(visit: Intents) -> None:
    visit.dismiss()


def _confirm(visit: Intents) -> None:
    visit.confirm()


def _ask(reason: Reason) -> Send:
    return lambda visit: visit.ask(reason)


def _answer(choice: Choice) -> Send:
    return lambda visit: visit.answer(choice)


def _enter(label: str, send: Send) -> Key:
    return Key("enter", words("cap.enter"), words(label), send)


def _escape(label: str) -> Key:
    return Key("escape", words("cap.escape"), words(label), _dismiss)


def _sign_in(state: State) -> Iterator[tuple[str, Send]]:
    """After what is offered; where it is the answer to what went wrong, it is a new code that is asked for."""
    if state.may_sign_in:
        yield words("key.new_code" if state.sign_in else "key.sign_in"), _begin_sign_in


def _pin(state: State) -> tuple[Key, ...]:
    does = [(words("pin.hide" if state.pin_shown else "pin.reveal"), _reveal)]
    if state.slip and not state.slip.printing:
        does.append((words("slip.another" if state.slip.result else "slip.print"), _print_slip))
    if not state.pin_handed_over:
        return _numbered(does)
    return *_numbered(does), _enter("pin.told" if state.pin_shown else "slip.told", _told)


def _reveal(visit: Intents) -> None:
    visit.reveal()


def _print_slip(visit: Intents) -> None:
    visit.print_slip()


def _told(visit: Intents) -> None:
    visit.told()


def _offers(state: State) -> Iterator[tuple[str, Send]]:
    return ((words(f"reason.{reason}"), _ask(reason)) for reason in state.offers)


def _choices(state: State) -> tuple[Key, ...]:
    return _numbered([(words(f"choice.{choice}"), _answer(choice)) for choice in state.choices])
