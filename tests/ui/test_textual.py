"""What the screen leans on in Textual, public and private: a new release of it has to pass here first."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import replace
from typing import Any

import pytest
from textual import constants
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.worker import WorkerFailed

from kiosk.replace.plan import Refusal
from kiosk.state import Phase, State
from kiosk.ui import text
from kiosk.ui.app import KioskApp
from kiosk.ui.screens.view import Setting
from kiosk.ui.theme import look
from tests.ui.conftest import unfinished
from tests.ui.stage import Recorder, Show

pytestmark = pytest.mark.anyio


def test_the_private_parts_are_where_they_were() -> None:
    """Each is overridden or called, and would be overridden or called in vain if it had another name."""
    assert "_fatal_error" in inspect.getsource(App._handle_exception)
    assert "self._close_messages_no_wait()" in inspect.getsource(App._fatal_error)
    assert "self._file = " in inspect.getsource(LinuxDriver.__init__)
    assert "WriterThread(self._file)" in inspect.getsource(LinuxDriver.start_application_mode)
    assert "self._get_terminal_size()" in inspect.getsource(LinuxDriver.start_application_mode)
    assert "redirect_stderr(self._capture_stderr)" in inspect.getsource(App._process_messages)


def test_what_textual_reads_once_from_the_environment_was_set_in_time() -> None:
    assert constants.TEXTUAL_ANIMATIONS == "none"
    assert constants.DISABLE_KITTY_KEY


async def test_an_exception_nobody_caught_ends_the_screen_with_code_1_and_a_plain_traceback(show: Show) -> None:
    crashing = State(phase=Phase.VERDICT, name="Secretname-4711", refusal=Refusal("there-are-no-words-for-this"))
    with pytest.raises(WorkerFailed):
        async with show(State()) as shown:
            await shown.change(crashing)

    assert shown.app.return_code == 1
    assert "WordsError" in shown.app.crash
    assert "Secretname" not in shown.app.crash
    assert shown.app._exit_renderables == [], "nothing is left to be printed on the terminal"


async def test_panic_prints_nothing_either(show: Show) -> None:
    """Textual's input thread calls it with a traceback when the terminal is gone."""
    async with show(State()) as shown:
        shown.app.panic("Secretname-4711")

    assert shown.app.return_code == 1
    assert shown.app.crash == "the terminal was lost\n"
    assert shown.app._exit_renderables == []


async def test_the_stations_tasks_are_made_as_they_were_before() -> None:
    """From Python 3.12 on App.run_async makes every task of the loop an eager one."""
    loop = asyncio.get_running_loop()
    before, seen = loop.get_task_factory(), list[Any]()
    app = KioskApp(Recorder(), Setting("Gate 3", look("linux")))

    async def look_and_leave(pilot: Any) -> None:
        seen.append(loop.get_task_factory())
        app.exit()

    await app.run_async(headless=True, auto_pilot=look_and_leave)

    assert seen == [before]
    assert loop.get_task_factory() == before


async def test_the_text_of_a_screen_is_what_is_on_it(show: Show) -> None:
    async with show(State(phase=Phase.FAILED, error="out of paper"), size=(100, 30)) as shown:
        lines = text.lines(shown.app)

        assert len(lines) == 30
        assert all(len(line) <= 100 for line in lines)
        assert lines[0] == "  Gate 3"
        assert "  Out of paper." in lines


async def test_a_screen_can_be_saved_as_a_picture(show: Show) -> None:
    async with show(replace(State(), unfinished=unfinished(1))) as shown:
        assert shown.app.export_screenshot().startswith("<svg")
