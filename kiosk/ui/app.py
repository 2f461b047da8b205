"""The Textual app, and the one way to run it."""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from datetime import tzinfo
from pathlib import Path
from typing import Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver
from textual.reactive import reactive
from textual.screen import Screen
from textual.worker import WorkerFailed

from kiosk.i18n import words
from kiosk.state import State
from kiosk.ui.bridge import Intents, follow
from kiosk.ui.keys import keys
from kiosk.ui.plain import plain
from kiosk.ui.screens.station import StationScreen
from kiosk.ui.screens.view import Setting
from kiosk.ui.terminal import leave_on_signals, own_terminal, report
from kiosk.ui.theme import RICH, look
from kiosk.viewfinder import Viewfinder


class KioskApp(App[None], inherit_bindings=False):
    """Draws the visit's board and sends the visit what the keys mean. Make it inside the loop it will run in.

    None of Textual's own keys is left: no quitting, no palette, no selection. `crash` is the plain traceback of an
    exception nobody caught, without the values of variables, after which the app has left with code 1.
    """

    CSS_PATH = "kiosk.tcss"
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = False
    ESCAPE_TO_MINIMIZE = False
    ALLOW_SELECT = False
    AUTO_FOCUS = None

    state: reactive[State] = reactive(State(), init=False)

    def __init__(
        self,
        visit: Intents,
        setting: Setting,
        driver_class: type[Driver] | None = None,
        viewfinder: Viewfinder | None = None,
    ) -> None:
        super().__init__(driver_class=driver_class)
        self.crash = ""
        # Private to Textual (a test guards it). Its own swallow what is printed; ours let it reach the log.
        self._capture_stdout: Any = sys.stdout
        self._capture_stderr: Any = sys.stderr
        self.title = setting.title
        self._visit = visit
        self._viewfinder = viewfinder
        self._setting = setting
        self._task_factory = asyncio.get_running_loop().get_task_factory()
        self.register_theme(setting.look.theme)
        self.theme = setting.look.theme.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The names kiosk.tcss uses, known before our theme is."""
        return RICH

    def get_default_screen(self) -> Screen[Any]:
        """The one screen."""
        return StationScreen(self._setting)

    def on_load(self) -> None:
        """Undo what Textual did to the loop: from Python 3.12 on it makes every task of the station an eager one."""
        asyncio.get_running_loop().set_task_factory(self._task_factory)

    def on_ready(self) -> None:
        """Begin to follow the board, now that every widget is there."""
        self._draw(self.state)
        self.run_worker(follow(self._visit.board.states(), self._set), name="board")
        if self._viewfinder:
            self.run_worker(follow(self._viewfinder.glimpses(), self._station.aim), name="viewfinder")

    def on_key(self, event: events.Key) -> None:
        """Do what the key means in the state shown, or nothing."""
        event.stop()
        event.prevent_default()
        for key in keys(self.state, may_quit=self._setting.may_quit):
            if key.is_pressed(event.key):
                if key.send:
                    key.send(self._visit)
                else:
                    self.exit()
                return

    def watch_state(self, state: State) -> None:
        """Draw each new state."""
        self._draw(state)

    def panic(self, *renderables: Any) -> None:  # noqa: ARG002 - none of them is shown
        """Leave, without showing on the terminal what Textual would: values of variables may be secrets."""
        self._fatal_error()

    def _set(self, state: State) -> None:
        self.state = state

    def _draw(self, state: State) -> None:
        self._station.show(state)

    @property
    def _station(self) -> StationScreen:
        screen = self.screen
        assert isinstance(screen, StationScreen), "there is no other"
        return screen

    def _fatal_error(self) -> None:
        # Private to Textual (a test guards it). Its own prints a traceback with the values of variables.
        self._return_code = 1
        if not self.crash:
            wrong = self._exception.error if isinstance(self._exception, WorkerFailed) else self._exception
            self.crash = "".join(traceback.format_exception(wrong)) if wrong else "the terminal was lost\n"
        self._close_messages_no_wait()


async def run_screen(
    station_visit: Intents,
    *,
    log_file: Path | None,
    viewfinder: Viewfinder | None = None,
    may_quit: bool = False,
    title: str = "",
    zone: tzinfo | None = None,
) -> int:
    """Show the screen on this terminal, in the running loop, until it is left; gives the process's return code.

    Meanwhile what is written to stdout and stderr goes to `log_file`, or nowhere. The screen is left by SIGTERM,
    by SIGHUP, and with `may_quit` by a key. `viewfinder`: what the cameras see. `zone` is that of the times shown;
    None is the machine's own. Raises UsageError when there is no terminal or the log cannot be written.
    """
    setting = Setting(plain(title) or words("app.title"), look(os.environ.get("TERM", "")), zone, may_quit)
    with own_terminal(log_file) as driver_class:
        app = KioskApp(station_visit, setting, driver_class, viewfinder)
        with leave_on_signals(app.exit):
            await app.run_async(mouse=False)
    if app.crash:
        report(app.crash, log_file)
    return app.return_code or 0
