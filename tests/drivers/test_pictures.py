"""Pictures out of folders, patterns and videos: once, in a loop, or as they appear."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from pathlib import Path

import cv2

from drivers.loop import Loop
from drivers.scanners.picture_files import Newcomers, expand
from drivers.scanners.pictures import Pictures
from drivers.wire.messages import Error, FromDriver, Ping, Scan
from drivers.wire.options import PicturesOptions
from tests.drivers.symbols import picture


def save(folder: Path, name: str, content: bytes) -> str:
    cv2.imwrite(str(folder / name), picture(content))
    return str(folder / name)


class Turns(Loop):
    """A loop whose time passes as soon as nothing else is to be done; `until` ends it."""

    def __init__(self, until: Callable[[Turns], bool]) -> None:
        self.said: list[FromDriver] = []
        self.passed = 0.0
        self._until = until
        super().__init__(self._note, clock=lambda: self.passed)

    def _note(self, message: FromDriver) -> None:
        self.said.append(message)

    def _turn(self) -> None:
        if self._timers and not self._until(self):
            self.passed = max(self.passed, self._timers[0][0])
            heapq.heappop(self._timers)[2]()
        else:
            self.stop()

    def told(self) -> list[str]:
        """The name of each file it said something of."""
        return [
            Path(one.source if isinstance(one, Scan) else one.about).name
            for one in self.said
            if isinstance(one, Scan | Error)
        ]


def run(until: Callable[[Turns], bool], **options: object) -> Turns:
    loop = Turns(until)
    driver = Pictures(loop, PicturesOptions(**options))  # type: ignore[arg-type]
    driver.start()
    loop.run()
    driver.close()
    return loop


def test_files_folders_and_patterns_come_in_order(tmp_path: Path) -> None:
    """As given; those of a folder or pattern by name; what does not exist is named by who reads it."""
    for name in ("b.png", "a.png", "c.jpg", "notes.txt"):
        (tmp_path / name).touch()
    folder = str(tmp_path)
    paths = (f"{folder}/*.png", "missing.png", folder, f"{folder}/*.tif")
    found = [Path(path).name for path in expand(paths)]
    assert found == ["a.png", "b.png", "missing.png", "a.png", "b.png", "c.jpg", "*.tif"]


def test_a_loop_begins_again_at_its_pace_and_names_a_bad_file_once(tmp_path: Path) -> None:
    """Ten pictures a second unless told otherwise; a file that is no picture is no crash, and said once."""
    save(tmp_path, "a.png", b"one")
    (tmp_path / "b.png").write_text("no picture")
    loop = run(lambda loop: len(loop.said) >= 5, paths=(str(tmp_path),), loop=True)
    assert loop.told() == ["a.png", "b.png", "a.png", "a.png", "a.png"]
    assert 0.5 <= loop.passed <= 1.5
    slow = run(lambda loop: len(loop.said) >= 3, paths=(str(tmp_path / "a.png"),), loop=True, fps=0.5)
    assert slow.passed >= 4


def test_an_empty_folder_in_a_loop_does_not_spin(tmp_path: Path) -> None:
    loop = run(lambda loop: loop.passed > 5, paths=(str(tmp_path),), loop=True)
    assert loop.told() == [tmp_path.name], "said once"


def test_what_comes_to_no_picture_is_named(tmp_path: Path) -> None:
    """A pattern that nothing fits, a folder without pictures, a device that never ends."""
    (tmp_path / "empty").mkdir()
    loop = run(lambda loop: False, paths=(str(tmp_path / "*.png"), str(tmp_path / "empty"), "/dev/zero"))

    reasons = {Path(one.about).name: one.reason for one in loop.said if isinstance(one, Error)}
    assert reasons == {
        "*.png": "No such file or directory",
        "empty": "no picture is in this folder",
        "zero": "neither a file nor a pipe",
    }


def test_what_appears_is_read_once(tmp_path: Path) -> None:
    """What was there, then what comes, in order; the same one again when it was changed."""
    save(tmp_path, "first.png", b"1")
    late = {2.5: "later.png", 4.5: "first.png", 6.5: "bad.png"}

    def until(loop: Turns) -> bool:
        for when in [one for one in late if one < loop.passed]:
            name = late.pop(when)
            if name == "bad.png":
                (tmp_path / name).write_text("no picture")
            else:
                save(tmp_path, name, b"a longer content than before")
        return loop.passed > 12

    loop = run(until, paths=(str(tmp_path),), watch=True, interval=1.0)
    assert loop.told() == ["first.png", "later.png", "first.png", "bad.png"]


def test_a_file_that_is_still_being_written_is_waited_for(tmp_path: Path) -> None:
    """Only one that stood still from one look to the next is read."""
    newcomers = Newcomers((str(tmp_path),))
    file = tmp_path / "a.png"
    file.write_bytes(b"half")
    assert newcomers.look() == []
    file.write_bytes(b"half and the rest")
    assert newcomers.look() == []
    assert newcomers.look() == [str(file)]
    assert newcomers.look() == []
    file.unlink()
    assert newcomers.look() == []
    file.write_bytes(b"half and the rest")
    assert newcomers.look() == []
    assert newcomers.look() == [str(file)]


def test_a_folder_that_is_watched_may_come_later(tmp_path: Path) -> None:
    newcomers = Newcomers((str(tmp_path / "inbox"),))
    assert newcomers.look() == []
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.png").touch()
    newcomers.look()
    assert [Path(path).name for path in newcomers.look()] == ["a.png"]


def test_a_video_leaves_room_for_questions(tmp_path: Path) -> None:
    """One frame a turn: the station's ping is answered while it plays."""
    file = str(tmp_path / "badge.avi")
    frame = cv2.cvtColor(picture(b"filmed"), cv2.COLOR_GRAY2BGR)
    film = cv2.VideoWriter(file, cv2.VideoWriter.fourcc(*"MJPG"), 10, (frame.shape[1], frame.shape[0]))
    for _ in range(3):
        film.write(frame)
    film.release()

    loop = Turns(lambda _: False)
    driver = Pictures(loop, PicturesOptions(paths=(file,)))
    driver.start()
    loop.later(0, lambda: driver.handle(Ping()))
    loop.run()
    said = [type(one).__name__ for one in loop.said]
    assert said.count("Scan") == 3
    assert said[-1] == "Scan", "the ping did not wait for the end"


def test_a_folder_that_is_named_like_a_picture_is_named_in_an_error(tmp_path: Path) -> None:
    """What cannot be opened, for whatever reason, is an event and not the end."""
    (tmp_path / "a.png").mkdir()
    save(tmp_path, "b.png", b"1")
    loop = run(lambda _: False, paths=(str(tmp_path),))
    assert loop.told() == ["a.png", "b.png"]
    assert isinstance(loop.said[0], Error)
