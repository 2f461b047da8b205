"""A camera on this machine: V4L2 through OpenCV."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from drivers.decode.reading import Image
from drivers.scanners.trouble import DeviceTroubleError, explain, holders, lost
from drivers.wire.messages import Health
from drivers.wire.options import CameraOptions

# OpenCV's V4L2 waits ten seconds for a frame. CAP_PROP_READ_TIMEOUT_MSEC is for FFmpeg and GStreamer: V4L2 does not
# know it, and given on opening it makes the opening fail. The environment is asked before the first frame.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")
# What it warns of is said as health, in better words.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

#: The kernel's number for devices of this kind (VIDEO_MAJOR).
_VIDEO: Final = 81
#: V4L2_CID_EXPOSURE_AUTO: the value that leaves it to the camera, and the one that does not.
_EXPOSURE_AUTO: Final = 3
_EXPOSURE_MANUAL: Final = 1


class V4l2:
    """The Source of a `/dev` path."""

    def __init__(self, options: CameraOptions) -> None:
        self._options = options
        self._camera: cv2.VideoCapture | None = None
        self.evidence = ""

    def open(self) -> None:
        # With its links resolved: OpenCV takes a name that does not begin with /dev/video for a file.
        device = str(Path(self._options.device).resolve())
        _try(device, self._options.device)
        camera = cv2.VideoCapture(device, cv2.CAP_V4L2)
        if not camera.isOpened():
            camera.release()
            raise _no_picture(self._options.device, "OpenCV could not open it")
        self._camera = camera
        self.evidence = _arrange(camera, self._options)

    def read(self) -> Image:
        assert self._camera is not None
        more, frame = self._camera.read()
        if more:
            return np.asarray(frame, dtype=np.uint8)
        if not Path(self._options.device).exists():
            raise lost(self._options.device, "it is gone")
        raise _no_picture(self._options.device, "no frame came")

    def close(self) -> None:
        if self._camera is not None:
            self._camera.release()
        self._camera = None


def _try(device: str, path: str) -> None:
    """Open and close it, for the error number that OpenCV keeps to itself. Raises DeviceTroubleError."""
    try:
        descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as wrong:
        raise explain(path, wrong.errno, group="video") from None
    about = os.fstat(descriptor)
    os.close(descriptor)
    if not stat.S_ISCHR(about.st_mode) or os.major(about.st_rdev) != _VIDEO:
        raise explain(path, None, group="video", said="something else than a camera")


def _no_picture(path: str, why: str) -> DeviceTroubleError:
    if holders(path):
        return explain(path, errno.EBUSY, group="video")
    hint = "plug it in again; a camera often has a second node without pictures: try its -video-index0"
    reason = f"{path} is there and gives no picture"
    return DeviceTroubleError(Health(state="fault", reason=reason, hint=hint, evidence=f"reading it: {why}"))


def _arrange(camera: cv2.VideoCapture, options: CameraOptions) -> str:
    """Ask for what the options say; gives what became of it."""
    # Compressed: raw frames of this size come ten a second through USB 2. It has to be asked before the size.
    camera.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    camera.set(cv2.CAP_PROP_FRAME_WIDTH, options.width)
    camera.set(cv2.CAP_PROP_FRAME_HEIGHT, options.height)
    camera.set(cv2.CAP_PROP_FPS, options.fps)
    camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    refused = [name for name, property_, value in _controls(options) if not camera.set(property_, value)]
    wide, high = (int(camera.get(one)) for one in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    got = f"asked for {options.width} x {options.height}, it gives {wide} x {high}"
    return f"{got}; it has no control of {' and '.join(sorted(set(refused)))}" if refused else got


def _controls(options: CameraOptions) -> list[tuple[str, int, float]]:
    wanted: list[tuple[str, int, float]] = []
    if options.focus is not None:
        wanted.append(("focus", cv2.CAP_PROP_AUTOFOCUS, float(options.focus == "auto")))
    if isinstance(options.focus, int):
        wanted.append(("focus", cv2.CAP_PROP_FOCUS, options.focus))
    if options.exposure is not None:
        mode = _EXPOSURE_AUTO if options.exposure == "auto" else _EXPOSURE_MANUAL
        wanted.append(("exposure", cv2.CAP_PROP_AUTO_EXPOSURE, mode))
    if isinstance(options.exposure, int):
        wanted.append(("exposure", cv2.CAP_PROP_EXPOSURE, options.exposure))
    return wanted
