"""A photograph of a sheet of paper on a desk, as a phone or a webcam would take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from kiosk.harness.homography import (
    Homography,
    pillow_coefficients,
    plane_to_frame,
    project,
    rotation,
    scaling,
    shifting,
)
from kiosk.harness.paper import MM_PER_INCH, Sheet
from kiosk.harness.texture import Frame, Grey, Shape, blurred, clouds, smeared
from kiosk.harness.wear import Wear, worn

#: Millimetres of paper beside the print head on each side: 80 mm paper, 72 mm of dots.
PAPER_MARGIN_MM: Final = 4.0
#: Pixels rendered for each pixel of the frame, in each direction.
_OVER: Final = 2
#: Pixels of the paper for each dot, in each direction.
_FINE: Final = 2
_PAPER_WHITE, _INK_BLACK = 0.90, 0.07


@dataclass(frozen=True)
class Glare:
    """A light's reflection: its centre and radius as shares of the frame's width and height, and how bright it is."""

    x: float
    y: float
    radius: float
    strength: float


@dataclass(frozen=True)
class View:
    """Where the camera is, how good it is, and what light there is. Lengths in the frame are pixels.

    `distance_cm` is from lens to sheet; `px_per_mm` says the same in the middle of the frame and wins; with neither
    the camera is as near as shows the whole sheet. Angles are degrees; `motion` is how far the picture moved while
    the shutter was open, towards `motion_direction`. A grey value is `black_level + contrast * light`, light being
    what the paper reflects (1 is white) times `exposure`; it is cut off at 0 and 255. `falloff` is the share of the
    light that is missing in the frame's darkest corner, from one side (`light_from`, degrees); `vignetting` that
    which the lens loses in every corner.
    """

    width: int = 1280
    height: int = 720
    distance_cm: float | None = None
    px_per_mm: float | None = None
    field_of_view: float = 62.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    off_centre: tuple[float, float] = (0.0, 0.0)
    defocus: float = 0.0
    motion: float = 0.0
    motion_direction: float = 0.0
    exposure: float = 1.0
    black_level: float = 12.0
    contrast: float = 225.0
    falloff: float = 0.0
    light_from: float = 225.0
    vignetting: float = 0.0
    noise: float = 0.0
    glare: Glare | None = None
    desk: float = 0.42

    @property
    def focal(self) -> float:
        """The lens's focal length in pixels."""
        return float(self.width / 2 / np.tan(np.radians(self.field_of_view / 2)))


def paper_size_mm(sheet: Sheet) -> tuple[float, float]:
    """How wide and how high the piece of paper is."""
    return (
        sheet.width / sheet.dpi * MM_PER_INCH + 2 * PAPER_MARGIN_MM,
        sheet.height / sheet.dpi * MM_PER_INCH,
    )


def sheet_to_frame(sheet: Sheet, view: View) -> Homography:
    """From millimetres on the paper (its centre the origin) to pixels of the frame."""
    turned = rotation(view.yaw, view.pitch, view.roll)
    centre = (view.width * (0.5 + view.off_centre[0]), view.height * (0.5 + view.off_centre[1]))
    return plane_to_frame(turned, _distance_mm(sheet, view, turned), view.focal, centre)


def _distance_mm(sheet: Sheet, view: View, turned: NDArray[np.float64]) -> float:
    if view.px_per_mm is not None:
        return view.focal / view.px_per_mm
    if view.distance_cm is not None:
        return view.distance_cm * 10
    return _whole_sheet(_corners(sheet), view, turned)


def _whole_sheet(corners: NDArray[np.float64], view: View, turned: NDArray[np.float64]) -> float:
    """The least distance at which every corner is in the frame, with a rim of three hundredths of it."""
    away = turned[2, :2] @ corners.T
    room = 0.94 * np.array([view.width, view.height]) / 2 / view.focal
    return float((np.abs(turned[:2, :2] @ corners.T) / room[:, None] - away).max())


def _corners(sheet: Sheet) -> NDArray[np.float64]:
    width, height = paper_size_mm(sheet)
    return np.array([[x * width / 2, y * height / 2] for y in (-1, 1) for x in (-1, 1)])


class Camera:
    """One camera over one desk; `rng` chooses the desk's grain, the paper's and every frame's noise."""

    def __init__(self, view: View, rng: np.random.Generator) -> None:
        self.view = view
        self._rng = rng
        self._desk = _desk((view.height, view.width), view.desk, rng)

    def still(
        self,
        sheet: Sheet | None = None,
        view: View | None = None,
        wear: Wear | None = None,
        rng: np.random.Generator | None = None,
    ) -> Grey:
        """What falls on the sensor in grey values, without its noise: the desk, with `sheet` on it if there is one.

        `view` is for this picture only, its frame as large as the camera's; `wear` is what the sheet went through,
        and `rng`, where it is given, chooses where.
        """
        view = view or self.view
        scene = self._desk.copy() if sheet is None else self._with_paper(sheet, view, wear, rng or self._rng)
        scene *= _light(view)
        seen = smeared(blurred(scene, view.defocus), view.motion, view.motion_direction)
        return view.black_level + np.float32(view.contrast * view.exposure) * seen

    def develop(self, still: Grey, noise: float | None = None) -> Frame:
        """One frame of a still: with noise of that deviation in grey values, as bytes."""
        noise = self.view.noise if noise is None else noise
        grain = self._rng.standard_normal(still.shape, dtype=np.float32) * np.float32(noise)
        return np.clip(still + grain, 0, 255).astype(np.uint8)

    def photograph(self, sheet: Sheet | None = None, view: View | None = None, wear: Wear | None = None) -> Frame:
        """One frame."""
        return self.develop(self.still(sheet, view, wear), (view or self.view).noise)

    def _with_paper(self, sheet: Sheet, view: View, wear: Wear | None, rng: np.random.Generator) -> Grey:
        dots_per_mm = sheet.dpi / MM_PER_INCH
        paper = _printed(sheet, round(PAPER_MARGIN_MM * dots_per_mm))
        if wear is not None:
            paper = worn(paper, dots_per_mm, wear, rng)
        paper = _spread(paper * _curl(paper.shape, rng))
        to_frame = sheet_to_frame(sheet, view) @ scaling(1 / (dots_per_mm * _FINE))
        to_frame = to_frame @ shifting(-paper.shape[1] / 2, -paper.shape[0] / 2)
        cover = _cover(corners_in_frame(sheet, view), view)
        desk = self._desk * (1 - 0.45 * _shadow(cover, view))
        return (desk * (1 - cover) + _seen(paper, to_frame, view) * cover).astype(np.float32)


def _printed(sheet: Sheet, margin: int) -> Grey:
    """The paper's reflectance, a dot a pixel, with its bare margins."""
    dots = np.asarray(sheet.image().convert("L"), dtype=np.float32) / np.float32(255)
    paper = _INK_BLACK + (_PAPER_WHITE - _INK_BLACK) * dots
    return np.pad(paper.astype(np.float32), ((0, 0), (margin, margin)), constant_values=_PAPER_WHITE)


def _spread(paper: Grey) -> Grey:
    """Heat spreads a little past each dot: the paper _FINE times as fine, dots round at the edges."""
    fine = Image.fromarray(paper).resize((paper.shape[1] * _FINE, paper.shape[0] * _FINE), Image.Resampling.NEAREST)
    return blurred(np.asarray(fine, dtype=np.float32), 0.4 * _FINE)


def _curl(shape: Shape, rng: np.random.Generator) -> Grey:
    """The light on a paper that came off a roll: its ends stand up a little; and paper is never quite even."""
    across = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None]
    grain = 0.006 * clouds(shape, (3, 3), rng) + 0.012 * clouds(shape, (260, 260), rng)
    return (1 + 0.045 * across - 0.05 * across**4 + grain).astype(np.float32)


def _seen(paper: Grey, to_frame: Homography, view: View) -> Grey:
    """The paper through the homography into the frame; around it, as white as its edge."""
    size = (view.width * _OVER, view.height * _OVER)
    way = pillow_coefficients(scaling(_OVER) @ to_frame)
    bilinear = Image.Resampling.BILINEAR
    seen = Image.fromarray(paper).transform(size, Image.Transform.PERSPECTIVE, way, bilinear, fillcolor=_PAPER_WHITE)
    return np.array(seen.reduce(_OVER), dtype=np.float32)


def _cover(corners: NDArray[np.float64], view: View) -> Grey:
    """How much of each pixel is paper."""
    mask = Image.new("L", (view.width * 4, view.height * 4))
    ImageDraw.Draw(mask).polygon([tuple(corners[at] * 4) for at in (0, 1, 3, 2)], fill=255)
    return np.asarray(mask.reduce(4), dtype=np.float32) / np.float32(255)


def _shadow(cover: Grey, view: View) -> Grey:
    """Where the paper keeps the light off the desk: beside it, away from the light, softly."""
    towards = np.radians(view.light_from)
    shift = (1, 0, 7 * float(np.cos(towards)), 0, 1, 7 * float(np.sin(towards)))
    mask = Image.fromarray((cover * 255).astype(np.uint8))
    moved = mask.transform(mask.size, Image.Transform.AFFINE, shift).filter(ImageFilter.GaussianBlur(6))
    return np.asarray(moved, dtype=np.float32) / np.float32(255)


def _desk(shape: Shape, tone: float, rng: np.random.Generator) -> Grey:
    """A wooden desk top of reflectance about `tone`."""
    height, _ = shape
    grain = clouds(shape, (5, 260), rng) * 0.5 + clouds(shape, (1.6, 90), rng) * 0.35
    waves = np.sin(np.linspace(0, 34, height, dtype=np.float32)[:, None] + 2.2 * clouds(shape, (180, 420), rng))
    return (tone * (1 + 0.07 * grain + 0.06 * waves + 0.02 * clouds(shape, (1.5, 1.5), rng))).astype(np.float32)


def _light(view: View) -> Grey:
    """The light's share that reaches each pixel, and the glare."""
    y, x = np.mgrid[-1 : 1 : view.height * 1j, -1 : 1 : view.width * 1j].astype(np.float32)
    towards = np.radians(view.light_from)
    along = (np.cos(towards) * x + np.sin(towards) * y) / (abs(np.cos(towards)) + abs(np.sin(towards)))
    light = (1 - view.falloff * (1 - along) / 2) * (1 - view.vignetting * (x**2 + y**2) / 2)
    if view.glare is not None:
        far = np.hypot(x / 2 + 0.5 - view.glare.x, (y / 2 + 0.5 - view.glare.y) * view.height / view.width)
        light = light + view.glare.strength * np.exp(-((far / view.glare.radius) ** 2))
    return np.asarray(light, dtype=np.float32)


def corners_in_frame(sheet: Sheet, view: View) -> NDArray[np.float64]:
    """Where the paper's corners are seen: top left, top right, bottom left, bottom right, in pixels."""
    return project(sheet_to_frame(sheet, view), _corners(sheet))
