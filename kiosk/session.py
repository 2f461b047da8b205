"""The supervisor of one visit: signed in on the board, forgotten with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from drivers.wire.messages import Code
from drivers.wire.secret import Secret
from kiosk.board import Board
from kiosk.by_badge import ByBadge
from kiosk.errors import KioskError
from kiosk.registry.supervisors import PinDelayedError
from kiosk.replace.issuer import Issuer
from kiosk.state import Phase, PinView, SignInView, SupervisorView
from kiosk.supervisors import Supervisors

#: Digits of a station PIN, at most.
_MOST_DIGITS: Final = 32


class Session:
    """Of whoever signs in at `board`. It serves one person.

    `supervisors` is None where nobody signs in with a phone, `by_badge` where nobody does with a badge.
    """

    def __init__(self, board: Board, supervisors: Supervisors | None, by_badge: ByBadge | None = None) -> None:
        self._board = board
        self._supervisors = supervisors
        self._by_badge = by_badge
        self._served: str | None = None
        self._whose: SupervisorView | None = None
        self._typed = bytearray()
        board.change(supervised=bool(supervisors or by_badge))

    @property
    def issuer(self) -> Issuer | None:
        """The way to Graph in the supervisor's name; None while nobody is signed in with a phone."""
        supervisor = self._board.state.supervisor
        return self._supervisors.issuer if self._supervisors and supervisor and not supervisor.by_badge else None

    async def begin(self, then: Phase) -> bool:
        """Show how to sign in until somebody has, and `then` that phase.

        False when it came to nothing, which the board then says.
        """
        badge = self._by_badge is not None
        self._board.change(phase=Phase.SIGN_IN, sign_in=SignInView(badge=badge), supervisor=None)
        if self._supervisors is None:
            return False
        try:
            self._board.change(sign_in=replace(await self._supervisors.begin(), badge=badge))
            supervisor = await self._supervisors.wait()
        except KioskError as wrong:
            self._board.change(sign_in=SignInView(error=str(wrong), hint=wrong.hint, badge=badge))
            return False
        self._board.change(phase=then, sign_in=None, supervisor=supervisor)
        return True

    async def shown(self, codes: Sequence[Code]) -> bool:
        """Whether this is a badge to sign in with; then the board asks for its PIN. Raises RegistryError."""
        whose = await self._by_badge.whose(codes) if self._by_badge else None
        if whose is None or self._board.state.phase is not Phase.SIGN_IN:
            return False
        if self._supervisors:
            self._supervisors.sign_out()
        self._whose = whose
        self._typed.clear()
        self._board.change(sign_in=SignInView(badge=True, pin=PinView(whose.name)))
        return True

    def type(self, digit: str) -> None:
        """One digit more of the PIN."""
        if len(self._typed) < _MOST_DIGITS:
            self._typed += digit.encode()
            self._show_pin()

    def erase(self) -> None:
        """One less."""
        del self._typed[-1:]
        self._show_pin()

    async def try_pin(self, then: Phase) -> bool:
        """Whether what was typed is right: they are signed in, and the board shows `then`. Raises RegistryError."""
        assert self._by_badge is not None, "asked for only then"
        assert self._whose is not None, "asked for only then"
        pin = Secret(bytes(self._typed))
        self._typed.clear()
        try:
            right = await self._by_badge.try_pin(self._whose, pin)
        except PinDelayedError as wrong:
            self._show_pin(not_before=wrong.not_before)
            return False
        if not right:
            self._show_pin(wrong=True)
            return False
        self._board.change(phase=then, sign_in=None, supervisor=self._whose)
        return True

    def _show_pin(self, *, wrong: bool = False, not_before: datetime | None = None) -> None:
        assert self._whose is not None, "typed only then"
        pin = PinView(self._whose.name, len(self._typed), wrong, not_before)
        self._board.change(sign_in=SignInView(badge=True, pin=pin))

    def serve(self, user_id: str | None) -> None:
        """End it when this is about another person than the last: whoever signed in may have walked away."""
        if self._board.state.supervisor is None or user_id is None:
            return
        if self._served not in (None, user_id):
            self.end()
        else:
            self._served = user_id

    def end(self) -> None:
        """Nobody is signed in any more, and no token is left."""
        self._served = self._whose = None
        self._typed.clear()
        if self._supervisors:
            self._supervisors.sign_out()
        if self._board.state.supervisor or self._board.state.first:
            self._board.change(supervisor=None, first=None)
