"""The frames of one view: a sheet, bent or folded, moving in a hand before a pinhole camera."""

from __future__ import annotations

from functools import cached_property
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kiosk.harness.badge_views import sheet
from kiosk.harness.badge_views.view import Lens, View
from kiosk.harness.homography import rotation
from kiosk.harness.texture import Frame, Grey, blurred, clouds
from kiosk.harness.wear import worn

FPS: Final = 30
#: Pixels between the places whose way to the paper is worked out; between them it is interpolated.
_COARSE: Final = 8
#: Times that a place on a bent sheet is looked for from the one found before.
_ROUNDS: Final = 4
#: Deviation in pixels of the blur any lens has.
_LENS_BLUR: Final = 0.6
_DESK: Final = 0.35
#: The shade of what is not on the paper.
_NOTHING: Final = -1.0
_TINY: Final = 1e-12
_MM_PER_INCH: Final = 25.4

#: Numbers in rows: points, ways between planes.
Vector: TypeAlias = NDArray[np.float64]
#: Left, top, right and bottom, in pixels.
Box: TypeAlias = tuple[int, int, int, int]


class Pose(NamedTuple):
    """How a sheet is turned (3 x 3), and where its code's middle is, in millimetres from the lens."""

    turned: Vector
    place: Vector


class Film:
    """What the camera sees of `view`. The same view gives the same frames."""

    def __init__(self, view: View, lens: Lens | None = None) -> None:
        self.view = view
        self.lens = lens or Lens()
        self._rng = np.random.default_rng([view.seed, 7])
        self.content = sheet.content(self._rng)
        badge = sheet.badge(self.content, view.dpi)
        self._dots_per_mm = view.dpi / _MM_PER_INCH
        self._middle = np.array(badge.middle) / self._dots_per_mm
        paper = sheet.printed(badge.page)
        if view.wear is not None:
            paper = worn(paper, self._dots_per_mm, view.wear, self._rng)
        self._paper = Image.fromarray(paper)
        self._phases = self._rng.uniform(0, 2 * np.pi, (2, 6))
        self._rates = self._rng.uniform(0.3, 0.9, 6)
        self._shine = self._rng.uniform(-12, 12, 2), float(self._rng.uniform(0, np.pi)), self._rng.uniform(4, 9)

    def frame(self, number: int) -> Frame:
        """The frame taken `number` thirtieths of a second after the hand came up: H x W, grey."""
        return self._developed(self._scene(number / FPS), number)

    def empty(self, number: int) -> Frame:
        """The same moment if no hand had come up."""
        return self._developed(self._desk, number)

    def _developed(self, light: Grey, number: int) -> Frame:
        rng = np.random.default_rng([self.view.seed, 11, number])
        down, right = rng.integers(0, 64, 2)
        grain = self._grain[down : down + self.lens.height, right : right + self.lens.width]
        seen = np.float32(self.view.contrast) * light
        seen += np.float32(self.view.noise) * grain
        seen += np.float32(self.view.black)
        return np.clip(seen, 0, 255, out=seen).astype(np.uint8)

    @cached_property
    def _grain(self) -> Grey:
        shape = self.lens.height + 64, self.lens.width + 64
        return np.random.default_rng([self.view.seed, 13]).standard_normal(shape, dtype=np.float32)

    @cached_property
    def _desk(self) -> Grey:
        shape = self.lens.height, self.lens.width
        soft = clouds(shape, (60, 90), self._rng) + 0.4 * clouds(shape, (9, 9), self._rng)
        return (_DESK * (1 + 0.15 * soft)).astype(np.float32)

    def _pose(self, time: float) -> Pose:
        view = self.view
        slow = np.sin(2 * np.pi * self._rates * time + self._phases[0])
        quick = np.sin(2 * np.pi * 9 * (0.8 + self._rates) * time + self._phases[1])
        angles = (
            np.array([view.yaw, view.pitch, view.roll]) + 0.6 * view.sway * slow[3:] + 0.5 * view.tremor * quick[3:]
        )
        place = np.array([0, 0, view.away]) + (view.sway * slow[:3] + view.tremor * quick[:3]) * [1, 0.6, 1]
        place[2] = max(35.0, place[2])
        return Pose(rotation(*angles), place)

    def _scene(self, time: float) -> Grey:
        pose = self._pose(time)
        scene = self._desk.copy()
        box = self._box(pose)
        left, top, right, bottom = box
        if right <= left or bottom <= top:
            return scene
        part = self._lit(pose, box, time, scene[top:bottom, left:right])
        # Only where the sheet is: the desk is soft already.
        part = blurred(part, float(np.hypot(_LENS_BLUR, self.lens.defocus(float(pose.place[2])))))
        scene[top:bottom, left:right] = self._smeared(part, time)
        return scene

    def _lit(self, pose: Pose, box: Box, time: float, around: Grey) -> Grey:
        """What is seen in a box: the sheet with the light that falls on it, and `around` where it is not."""
        paper, fine = self._reduced(float(pose.place[2]))
        flat = not (self.view.bend or self.view.fold)
        if flat and not self.view.glare:
            return self._flat(paper, fine, pose, box, around)
        across, down = self._ways(pose, box)
        if flat:
            return self._flat(paper, fine, pose, box, around) + self._glare(across, down, time)
        wide, high = paper.size
        x = (across + np.float32(self._middle[0])) * np.float32(fine) + np.float32(wide / 2 - 0.5)
        y = (down + np.float32(self._middle[1])) * np.float32(fine) + np.float32(high / 2 - 0.5)
        return _taken(np.asarray(paper), x, y, around) + self._glare(across, down, time)

    def _flat(self, paper: Image.Image, fine: float, pose: Pose, box: Box, around: Grey) -> Grey:
        """A flat sheet is one projection, which Pillow does in one go."""
        wide, high = paper.size
        # Pillow counts from the corners of pixels, the camera from their middles.
        to_sight = _moved(box[0] - self.lens.width / 2 - 0.5, box[1] - self.lens.height / 2 - 0.5)
        on_paper = np.diag([fine, fine, 1.0]) @ _moved(*self._middle)
        way = _moved(wide / 2, high / 2) @ on_paper @ self._back(pose) @ to_sight
        size = (box[2] - box[0], box[3] - box[1])
        coefficients = tuple((way / way[2, 2]).ravel()[:8])
        seen = paper.transform(
            size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR, fillcolor=_NOTHING
        )
        shades = np.array(seen, dtype=np.float32)
        return np.where(shades < 0, around, shades)

    def _smeared(self, part: Grey, time: float) -> Grey:
        """The picture moved while the shutter is open, as far as the code's middle does."""
        half = self.view.shutter / 2
        (_, before), (_, after) = self._pose(time - half), self._pose(time + half)
        shift = self.lens.focal * (after[:2] / after[2] - before[:2] / before[2])
        steps = int(np.ceil(np.hypot(*shift))) + 1
        if steps <= 1:
            return part
        reach = int(np.ceil(np.abs(shift).max() / 2)) + 1
        padded = np.pad(part, reach, mode="edge")
        total = np.zeros_like(part)
        high, wide = part.shape
        for share in np.linspace(-0.5, 0.5, steps):
            x, y = (np.round(shift * share).astype(int) + reach).tolist()
            total += padded[y : y + high, x : x + wide]
        return total / np.float32(steps)

    def _reduced(self, distance: float) -> tuple[Image.Image, float]:
        """The paper no finer than the camera sees it, and its pixels per millimetre."""
        wanted = self.lens.focal / distance
        times = max(1, round(self._dots_per_mm / (1.5 * wanted)))
        if times not in self._sizes:
            self._sizes[times] = self._paper.reduce(times) if times > 1 else self._paper
        return self._sizes[times], self._dots_per_mm / times

    @cached_property
    def _sizes(self) -> dict[int, Image.Image]:
        return {}

    @property
    def _half(self) -> Vector:
        """Half the width and the height of the sheet in millimetres."""
        return np.array(self._paper.size) / 2 / self._dots_per_mm

    def _box(self, pose: Pose) -> Box:
        """The part of the frame that the sheet is in: left, top, right, bottom in pixels."""
        edge = np.linspace(-1, 1, 9)
        rim = np.array([(x, y) for x in edge for y in edge]) * self._half - self._middle
        seen = self._seen(rim, pose)
        size = np.array([self.lens.width, self.lens.height])
        left, top = np.clip(seen.min(axis=0) - 4, 0, size).astype(int).tolist()
        right, bottom = np.clip(seen.max(axis=0) + 4, 0, size).astype(int).tolist()
        return left, top, right, bottom

    def _back(self, pose: Pose) -> Vector:
        """From pixels off the middle of the frame to millimetres off the code's middle on a flat sheet: 3 x 3."""
        flat = np.column_stack([pose.turned[:, 0], pose.turned[:, 1], pose.place])
        return np.asarray(np.linalg.inv(np.diag([self.lens.focal, self.lens.focal, 1.0]) @ flat))

    def _ways(self, pose: Pose, box: Box) -> tuple[Grey, Grey]:
        """For each pixel of a box its x and y on the sheet, in millimetres from the code's middle."""
        left, top, right, bottom = box
        rows = np.arange(top, bottom + _COARSE, _COARSE, dtype=np.float64)
        columns = np.arange(left, right + _COARSE, _COARSE, dtype=np.float64)
        target = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
        target -= np.array([self.lens.width, self.lens.height]) / 2
        back = self._back(pose)
        found = _projected(back, target)
        for _ in range(_ROUNDS if self.view.bend or self.view.fold else 0):
            found = np.clip(found, -3 * self._half, 3 * self._half)
            off = self._seen(found, pose) - self._seen(found, pose, flat=True)
            found = _projected(back, target - off)
        shape = len(rows), len(columns)
        return (
            _finer(found[:, 0].reshape(shape), right - left, bottom - top),
            _finer(found[:, 1].reshape(shape), right - left, bottom - top),
        )

    def _seen(
        self,
        points: Vector,
        pose: Pose,
        *,
        flat: bool = False,
    ) -> Vector:
        """Pixels at which points of the sheet are seen."""
        bent = np.column_stack([points, np.zeros(len(points))]) if flat else self._bent(points)
        there = bent @ pose.turned.T + pose.place
        return self.lens.focal * there[:, :2] / np.maximum(there[:, 2:], 5.0) + [
            self.lens.width / 2,
            self.lens.height / 2,
        ]

    def _bent(self, points: Vector) -> Vector:
        """Where points of the flat sheet are when it is curled and folded: n x 3, millimetres."""
        turn = np.radians(self.view.bend_turn)
        axis = np.array([np.cos(turn), np.sin(turn)])
        along, height = points @ axis, np.zeros(len(points))
        moved = along
        if self.view.bend:
            angle = np.clip(along / self.view.bend, -1.4, 1.4)
            moved = self.view.bend * np.sin(angle)
            height = self.view.bend * (1 - np.cos(angle))
        if self.view.fold:
            slope = np.radians(self.view.fold / 2)
            moved, height = along * np.cos(slope), np.abs(along) * np.sin(slope)
        return np.column_stack([points + np.outer(moved - along, axis), height])

    def _glare(self, across: Grey, down: Grey, time: float) -> Grey | float:
        """A lamp's streak on the pouch, which wanders as the pouch is turned."""
        if not self.view.glare:
            return 0.0
        middle, turn, width = self._shine
        slow = np.sin(2 * np.pi * self._rates[:2] * time + self._phases[0, 3:5])
        x, y = across - np.float32(middle[0] + 6 * slow[0]), down - np.float32(middle[1] + 6 * slow[1])
        beside = np.float32(np.cos(turn)) * x + np.float32(np.sin(turn)) * y
        along = np.float32(np.cos(turn)) * y - np.float32(np.sin(turn)) * x
        streak = np.exp(-((beside / np.float32(width)) ** 2) - (along / np.float32(4 * width)) ** 2)
        return np.asarray(np.float32(self.view.glare) * streak + np.float32(0.06 * self.view.glare), dtype=np.float32)


def _moved(x: float, y: float) -> Vector:
    """The way that is a move by x and y: 3 x 3."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], dtype=np.float64)


def _projected(way: Vector, points: Vector) -> Vector:
    mapped = np.column_stack([points, np.ones(len(points))]) @ way.T
    deep = np.where(np.abs(mapped[:, 2:]) < _TINY, _TINY, mapped[:, 2:])
    return np.asarray(mapped[:, :2] / deep)


def _finer(coarse: Vector, wide: int, high: int) -> Grey:
    """Values at every _COARSEth pixel as values at each of `wide` x `high`."""
    picture = Image.fromarray(coarse.astype(np.float32))
    step = 1 / _COARSE
    # Values stand for places, not areas: half a pixel of the coarse picture is its first place.
    way = (step, 0, 0.5 - step / 2, 0, step, 0.5 - step / 2)
    fine = picture.transform((wide, high), Image.Transform.AFFINE, way, Image.Resampling.BILINEAR)
    return np.array(fine, dtype=np.float32)


def _taken(paper: Grey, x: Grey, y: Grey, around: Grey) -> Grey:
    """The shade of `paper` at each place x, y in its pixels, and beside it what is `around`."""
    high, wide = paper.shape
    on_paper = (x >= 0) & (y >= 0) & (x < wide - 1) & (y < high - 1)
    x, y = np.clip(x, 0, wide - 1.001), np.clip(y, 0, high - 1.001)
    left, top = x.astype(np.int32), y.astype(np.int32)
    right_share, low_share = x - left, y - top
    start = top * wide + left
    flat = paper.ravel()
    upper = flat[start] * (1 - right_share) + flat[start + 1] * right_share
    lower = flat[start + wide] * (1 - right_share) + flat[start + wide + 1] * right_share
    return np.where(on_paper, upper * (1 - low_share) + lower * low_share, around).astype(np.float32)
