"""Which keyboard is taken, and that nobody else hears it: by its state, its identity, a real device."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from evdev import ecodes

from drivers.kinds import make
from drivers.loop import Loop
from drivers.plugged import keyboards
from drivers.plugged.machine import Machine
from drivers.scanners.input_device import open_source
from drivers.scanners.input_events import RECORD
from drivers.scanners.keyboard import Keyboard
from drivers.scanners.trouble import DeviceTroubleError, explain
from drivers.wire.messages import FromDriver, Health, Scan
from drivers.wire.options import KeyboardOptions, OptionError
from tests.drivers.driver_process import DriverProcess, Hasty
from tests.drivers.key_events import contents, keys, tap


def test_a_device_that_is_none_is_a_state_and_its_bytes_are_not_used() -> None:
    """A terminal is no input device: it cannot be had for ourselves alone."""
    with pytest.raises(DeviceTroubleError) as caught:
        open_source("/dev/null")
    assert caught.value.health.state == "fault"


def test_a_device_that_another_program_has_grabbed_is_busy() -> None:
    health = explain("/dev/input/event3", errno.EBUSY, group="input").health

    assert (health.state, "busy" in health.reason) == ("fault", True)


def test_a_device_that_is_not_there_is_said_once_and_the_driver_leaves() -> None:
    with DriverProcess("keyboard", device="/dev/input/by-id/nothing") as process:
        (health,) = process.rest()
    assert isinstance(health, Health)
    assert health.state == "absent"


def test_a_keyboard_that_cannot_be_had_alone_is_said_once_and_tried_again(tmp_path: Path) -> None:
    tries: list[str] = []
    said: list[FromDriver] = []
    loop = Hasty(said.append)
    (tmp_path / "recording").write_bytes(keys("A", "ENTER"))

    def open_third_time(path: str) -> Any:
        tries.append(path)
        if len(tries) < 3:
            raise explain(path, errno.EBUSY, group="input")
        return open_source(str(tmp_path / "recording"))

    driver = Keyboard(loop, KeyboardOptions(device="/dev/input/event3"), open_source=open_third_time)
    driver.start()
    loop.run()
    driver.close()

    assert [message.state for message in said if isinstance(message, Health)] == ["fault", "ok"]
    assert contents(said) == [b"a"]


@pytest.mark.parametrize(
    "options",
    [{}, {"device": "/dev/x", "vendor": "05e0"}, {"device": "event3"}, {"device": "/dev/x", "keymap": "dvorak"}],
)
def test_options_that_do_not_fit_together_are_named(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        make("scan", "keyboard", options, Loop(print))


def _board(machine: Machine, number: int, **told: str) -> None:
    device = machine.sys / "class/input" / f"event{number}" / "device"
    (device / "id").mkdir(parents=True)
    (device / "capabilities").mkdir()
    (device / "capabilities/key").write_text("1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n")
    for name, value in {"name": "Scanner", "uniq": "", "phys": "", **told}.items():
        (device / {"vendor": "id/vendor", "product": "id/product"}.get(name, name)).write_text(value + "\n")


def test_two_of_a_kind_are_told_apart_by_serial_or_by_plug(tmp_path: Path) -> None:
    machine = Machine(sys=tmp_path)
    _board(machine, 3, vendor="05e0", product="1200", uniq="A1", phys="usb-0000:00:14.0-1/input0")
    _board(machine, 4, vendor="05e0", product="1200", uniq="A2", phys="usb-0000:00:14.0-2/input0")

    with pytest.raises(keyboards.NotOneError, match="2 keyboards"):
        keyboards.node({"vendor": "05E0", "product": "1200"}, machine)
    assert keyboards.node({"vendor": "05e0", "serial": "A2"}, machine) == "/dev/input/event4"
    assert keyboards.node({"phys": "usb-0000:00:14.0-1/input0"}, machine) == "/dev/input/event3"
    with pytest.raises(keyboards.NotOneError, match="no keyboard"):
        keyboards.node({"serial": "A3"}, machine)


@pytest.fixture
def device() -> Iterator[Any]:
    """A keyboard of the kernel's own making."""
    if not os.access("/dev/uinput", os.W_OK):
        pytest.skip("/dev/uinput is not on this machine, or not ours to write")
    from evdev import UInput  # noqa: PLC0415

    board = UInput(name="kiosk test scanner", vendor=0x05E0, product=0x1200)
    deadline = time.monotonic() + 5
    while board.device is None and time.monotonic() < deadline:
        os.sched_yield()
    yield board
    board.close()


def test_a_real_device_is_heard_by_us_alone_and_its_loss_is_a_state(device: Any) -> None:
    path = device.device.path
    assert stat.S_ISCHR(os.stat(path).st_mode)  # noqa: PTH116
    with DriverProcess("keyboard", device=path) as process:
        assert process.hear(Health).state == "ok"
        eavesdropper = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with pytest.raises(OSError, match="busy"):
            fcntl.ioctl(eavesdropper, 0x40044590, 1)
        for code, value in [*tap(ecodes.KEY_A), *tap(ecodes.KEY_ENTER)]:
            device.write(ecodes.EV_KEY, code, value)
            device.syn()
        assert contents([process.hear(Scan)]) == [b"a"]
        with pytest.raises(BlockingIOError):
            os.read(eavesdropper, RECORD.size)
        os.close(eavesdropper)
        device.close()
        assert process.hear(Health).state == "absent"
