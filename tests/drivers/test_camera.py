"""The camera driver against a simulated network camera with the faults such cameras have."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.loop import Loop
from drivers.scanners import eye
from drivers.scanners.camera import Camera
from drivers.scanners.source import turned
from drivers.scanners.trouble import DeviceTroubleError
from drivers.scanners.v4l2 import V4l2, _controls
from drivers.wire.messages import Frame, FromDriver, Health, Motion, Ping, Preview, Scan, Sight
from drivers.wire.options import SCANNERS, CameraOptions, OptionError, read
from kiosk.harness.http_camera import Fault, HttpCamera
from tests.drivers.noisy import frames
from tests.drivers.symbols import BADGE, picture

SECONDS = 20


def scene(*, badge: bool = True) -> NDArray[np.uint8]:
    """A badge, or a bare desk."""
    desk = np.full((480, 640), 120, dtype=np.uint8)
    if badge:
        code = picture(BADGE, scale=3)
        desk[60 : 60 + code.shape[0], 120 : 120 + code.shape[1]] = code
    return desk


class Run:
    """A driver in a thread of its own, and what it says."""

    def __init__(self, options: CameraOptions) -> None:
        self.said: list[FromDriver] = []
        self._news = threading.Condition()
        self.loop = Loop(self._say)
        self.camera = Camera(self.loop, options)
        self.thread = threading.Thread(target=self._run)

    def _say(self, message: FromDriver) -> None:
        with self._news:
            self.said.append(message)
            self._news.notify_all()

    def _run(self) -> None:
        self.camera.start()
        self.loop.run()

    def wait(self, true: Callable[[list[FromDriver]], bool]) -> None:
        """Until what was said is so."""
        with self._news:
            assert self._news.wait_for(lambda: true(self.said), SECONDS), self.said

    def states(self) -> list[str]:
        """The healths said, in order."""
        return [message.state for message in self.said if isinstance(message, Health)]


@contextmanager
def running(device: str, **options: object) -> Iterator[Run]:
    run = Run(CameraOptions(device=device, **options))  # type: ignore[arg-type]
    run.thread.start()
    try:
        yield run
    finally:
        run.loop.stop()
        run.loop.later(0, lambda: None)
        run.camera._eye._tell(Health(state="unknown", reason="the test is over"))
        run.thread.join(SECONDS)
        run.camera.close()
        assert not run.thread.is_alive()


def kinds(said: list[FromDriver], kind: type) -> int:
    return sum(isinstance(message, kind) for message in said)


def test_a_badge_is_read_and_everything_asked_for_is_said() -> None:
    """ok first, then scans; motion and small frames of it, a byte a pixel, no larger than 160 x 120."""
    with HttpCamera(frames(scene())) as peer, running(peer.url) as run:
        run.camera.handle(Preview(on=True))
        run.wait(lambda said: kinds(said, Scan) > 1 and kinds(said, Frame) > 0)
        first = run.said[0]
        assert isinstance(first, Health)
        assert first.state == "ok"
        assert "640 x 480" in first.evidence
        assert kinds(run.said, Motion) == 1, "the first picture is one; nothing moves after it"
        scan = next(message for message in run.said if isinstance(message, Scan))
        frame = next(message for message in run.said if isinstance(message, Frame))
    assert scan.codes[0].content.reveal() == BADGE
    assert (frame.width, frame.height, len(frame.pixels.reveal())) == (160, 120, 160 * 120)


def test_no_preview_unasked_and_none_after_it_was_turned_off() -> None:
    with HttpCamera(frames(scene())) as peer, running(peer.url) as run:
        run.camera.handle(Preview(on=True))
        run.camera.handle(Preview(on=False))
        run.wait(lambda said: kinds(said, Scan) > 5)
        assert kinds(run.said, Frame) == 0


def test_a_badge_that_cannot_be_read_is_helped() -> None:
    """Three finders and nothing right between them, and small: the screen is told how to hold it, once a second."""
    code = picture(BADGE, scale=2)
    middle = code[30:-30, 30:-30]
    middle[:] = np.random.default_rng(1).choice(np.array([0, 255], dtype=np.uint8), middle.shape)
    small = np.full((480, 640), 120, dtype=np.uint8)
    small[200 : 200 + code.shape[0], 280 : 280 + code.shape[1]] = code
    with HttpCamera(frames(small)) as peer, running(peer.url) as run:
        run.wait(lambda said: kinds(said, Sight) > 0)
        assert kinds(run.said, Scan) == 0
        assert {message.hint for message in run.said if isinstance(message, Sight)} <= {"closer", "still"}


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        ("freeze", "fault", "no whole picture came for 0.3 s"),
        ("half", "fault", "no whole picture came for 0.3 s"),
        ("slow", "fault", "no whole picture came for 0.3 s"),
        ("repeat", "fault", "the same, bit for bit"),
        ("disconnect", "absent", "hung up"),
    ],
)
def test_what_goes_wrong_is_said_once_and_mends_itself(
    fault: Fault, state: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once when lost, however often it is tried in vain; once when back; and then it reads again."""
    monkeypatch.setattr(eye, "RETRY_SECONDS", 0.05)
    with HttpCamera(frames(scene())) as peer, running(peer.url, freeze_seconds=0.3) as run:
        run.wait(lambda said: kinds(said, Scan) > 0)
        peer.fault = fault
        run.wait(lambda said: run.states() == ["ok", state])
        assert peer.wait(peer.answered + 2, SECONDS), "it is tried again"
        assert run.states() == ["ok", state]
        trouble = run.said[-1]
        assert isinstance(trouble, Health)
        assert reason in trouble.reason
        assert trouble.hint
        peer.fault = ""
        run.wait(lambda said: run.states() == ["ok", state, "ok"] and isinstance(said[-1], Scan))


@pytest.mark.parametrize(("fault", "reason"), [("missing", "answers 404"), ("type", "text/html")])
def test_an_address_that_is_no_camera_is_named(fault: Fault, reason: str) -> None:
    with HttpCamera(frames(scene())) as peer:
        peer.fault = fault
        with running(peer.url) as run:
            run.wait(lambda said: run.states() == ["fault"])
            assert isinstance(run.said[0], Health)
            assert reason in run.said[0].reason


def test_a_camera_that_is_not_there_is_a_state_and_a_local_one_ends_the_driver() -> None:
    """On the network it is waited for; on this machine systemd's sandbox has to be made anew."""
    with running("http://127.0.0.1:9/video") as run:
        run.wait(lambda said: run.states() == ["absent"])
        run.camera.handle(Ping())
        assert run.states() == ["absent", "absent"]
        assert run.thread.is_alive()
    with running("/dev/video-of-nobody") as run:
        run.thread.join(SECONDS)
        assert run.states() == ["absent"]


@pytest.mark.parametrize("device", ["0", "video0", "rtsp://host/", "http://", "http://me:word@host/", "http://h:x/"])
def test_a_device_that_is_none_is_refused(device: str) -> None:
    with pytest.raises(OptionError) as wrong:
        read("camera", {"device": device}, SCANNERS)
    assert "word@" not in str(wrong.value)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("mirror", [False, True])
def test_a_picture_is_turned_clockwise_and_then_mirrored(rotation: int, *, mirror: bool) -> None:
    image = np.arange(6, dtype=np.uint8).reshape(2, 3)
    expected = np.rot90(image, -rotation // 90)
    if mirror:
        expected = expected[:, ::-1]
    options = CameraOptions(device="/dev/video0", rotation=rotation, mirror=mirror)  # type: ignore[arg-type]
    assert np.array_equal(turned(image, options), expected)


class Flood:
    """A camera that gives numbered frames as fast as they are taken."""

    evidence = ""

    def __init__(self) -> None:
        self.count = 0
        self.ran = threading.Event()

    def open(self) -> None:
        """Nothing to open."""

    def read(self) -> NDArray[np.uint8]:
        self.count += 1
        if self.count > 500:
            self.ran.set()
        return np.full((8, 8), self.count % 256, dtype=np.uint8)

    def close(self) -> None:
        """Nothing to close."""


def test_only_the_newest_frame_is_kept() -> None:
    """Nobody looked for five hundred frames: one waits, and it is the last."""
    source = Flood()
    one = eye.Eye(source, freeze=5)
    one.open()
    assert source.ran.wait(SECONDS)
    one.close()
    newest = one.take()
    assert isinstance(newest, np.ndarray)
    assert newest[0, 0] == source.count % 256
    assert one.take() is None


def test_focus_and_exposure_are_asked_for_only_when_configured() -> None:
    """Left out, the camera keeps what it has; a value turns its own control off first."""
    assert _controls(CameraOptions(device="/dev/video0")) == []
    auto = _controls(CameraOptions(device="/dev/video0", focus="auto", exposure="auto"))
    assert auto == [("focus", cv2.CAP_PROP_AUTOFOCUS, 1.0), ("exposure", cv2.CAP_PROP_AUTO_EXPOSURE, 3)]
    by_hand = _controls(CameraOptions(device="/dev/video0", focus=0, exposure=156))
    assert by_hand == [
        ("focus", cv2.CAP_PROP_AUTOFOCUS, 0.0),
        ("focus", cv2.CAP_PROP_FOCUS, 0),
        ("exposure", cv2.CAP_PROP_AUTO_EXPOSURE, 1),
        ("exposure", cv2.CAP_PROP_EXPOSURE, 156),
    ]


@pytest.mark.parametrize(
    ("device", "state", "reason"),
    [
        ("/dev/fd", "fault", "/dev/fd"),
        ("/dev/null", "fault", "something else than a camera"),
        ("/dev/none", "absent", "there is no"),
    ],
)
def test_a_device_that_is_no_camera_is_named(device: str, state: str, reason: str) -> None:
    """A folder, a device of another kind, nothing: each in words, and none of OpenCV's."""
    with pytest.raises(DeviceTroubleError) as trouble:
        V4l2(CameraOptions(device=device)).open()
    assert trouble.value.health.state == state
    assert reason in trouble.value.health.reason
    assert trouble.value.health.hint


class Stuck:
    """A camera whose driver never comes back."""

    evidence = ""

    def __init__(self) -> None:
        self.over = threading.Event()

    def open(self) -> None:
        """Hang, as an ioctl of a camera with broken firmware does."""
        self.over.wait(SECONDS)

    def read(self) -> NDArray[np.uint8]:
        raise AssertionError

    def close(self) -> None:
        """Nothing to close."""


def test_a_camera_that_hangs_in_its_driver_ends_the_process() -> None:
    """The thread cannot be helped: said as a fault, and the driver leaves so that another is started."""
    passed = 0.0
    said: list[FromDriver] = []
    loop = Loop(said.append, clock=lambda: passed)
    camera = Camera(loop, CameraOptions(device="/dev/video0", freeze_seconds=1), clock=lambda: passed)
    stuck = Stuck()
    camera._eye = eye.Eye(stuck, 1, lambda: passed)
    camera.start()
    passed = 60.0
    loop.run()
    (health,) = said
    assert isinstance(health, Health)
    assert (health.state, "hangs" in health.reason) == ("fault", True)
    stuck.over.set()
    camera.close()
