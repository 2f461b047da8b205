"""The supervisor of one visit: signed in on the board, forgotten with it."""

from __future__ import annotations

from kiosk.board import Board
from kiosk.checking import Checked
from kiosk.errors import KioskError
from kiosk.replace.issuer import Issuer
from kiosk.state import Phase, SignInView
from kiosk.supervisors import Supervisors


class Session:
    """Of whoever signs in at `board`. It serves one person; `supervisors` is None where nobody can sign in."""

    def __init__(self, board: Board, supervisors: Supervisors | None) -> None:
        self._board = board
        self._supervisors = supervisors
        self._served: str | None = None
        board.change(supervised=supervisors is not None)

    @property
    def issuer(self) -> Issuer | None:
        """The way to Graph in the supervisor's name; None while nobody is signed in."""
        return self._supervisors.issuer if self._supervisors and self._board.state.supervisor else None

    async def begin(self, then: Phase) -> bool:
        """Show how to sign in until somebody has, and `then` that phase.

        False when it came to nothing, which the board then says.
        """
        assert self._supervisors is not None, "offered only where supervisors sign in"
        self._board.change(phase=Phase.SIGN_IN, sign_in=SignInView())
        try:
            self._board.change(sign_in=await self._supervisors.begin())
            supervisor = await self._supervisors.wait()
        except KioskError as wrong:
            self._board.change(sign_in=SignInView(error=str(wrong), hint=wrong.hint))
            return False
        self._board.change(phase=then, sign_in=None, supervisor=supervisor)
        return True

    def serve(self, checked: Checked) -> None:
        """End it when this badge is another person's than the last: whoever signed in may have walked away."""
        person = checked.person
        if self._board.state.supervisor is None or person is None:
            return
        if self._served not in (None, person.user_id):
            self.end()
        else:
            self._served = person.user_id

    def end(self) -> None:
        """Nobody is signed in any more, and no token is left."""
        self._served = None
        if self._supervisors:
            self._supervisors.sign_out()
        if self._board.state.supervisor:
            self._board.change(supervisor=None)
