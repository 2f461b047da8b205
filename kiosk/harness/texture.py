"""Grey pictures as float arrays (0 black to 1 white): the few filters a photograph needs, in numpy and Pillow."""

from __future__ import annotations

import io
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: Rows of grey values.
Grey: TypeAlias = NDArray[np.float32]
#: What a camera gives: rows of bytes.
Frame: TypeAlias = NDArray[np.uint8]
#: Rows and columns.
Shape: TypeAlias = tuple[int, int]


def clouds(shape: Shape, grain: tuple[float, float], rng: np.random.Generator) -> Grey:
    """Smooth noise of mean 0 and about deviation 1, its lumps `grain` pixels high and wide."""
    coarse = [max(2, round(size / step) + 1) for size, step in zip(shape, grain, strict=True)]
    noise = Image.fromarray(rng.standard_normal(coarse, dtype=np.float32))
    return np.array(noise.resize((shape[1], shape[0]), Image.Resampling.BICUBIC), dtype=np.float32)


def blurred(picture: Grey, sigma: float) -> Grey:
    """A Gaussian blur of `sigma` pixels; the border is repeated."""
    if sigma <= 0:
        return picture
    reach = max(1, round(2.5 * sigma))
    at = np.arange(-reach, reach + 1)
    kernel = np.exp(-(at**2) / (2 * sigma**2))
    return _along(_along(picture, kernel / kernel.sum(), 0), kernel / kernel.sum(), 1)


def _along(picture: Grey, kernel: NDArray[np.float64], axis: int) -> Grey:
    reach, size = len(kernel) // 2, picture.shape[axis]
    edges = [(reach, reach) if a == axis else (0, 0) for a in (0, 1)]
    padded = np.pad(picture, edges, mode="edge")
    out, part = np.zeros_like(picture), np.empty_like(picture)
    for offset, weight in enumerate(kernel):
        moved = padded[offset : offset + size] if axis == 0 else padded[:, offset : offset + size]
        out += np.multiply(moved, np.float32(weight), out=part)
    return out


def smeared(picture: Grey, length: float, direction: float) -> Grey:
    """The picture moved along `length` pixels at `direction` degrees while the shutter was open."""
    if length <= 0:
        return picture
    steps = int(np.ceil(length)) * 2 + 1
    still = Image.fromarray(picture)
    total = np.zeros_like(picture)
    for step in np.linspace(-length / 2, length / 2, steps):
        x, y = step * np.cos(np.radians(direction)), step * np.sin(np.radians(direction))
        moved = still.transform(still.size, Image.Transform.AFFINE, (1, 0, x, 0, 1, y), Image.Resampling.BILINEAR)
        total += np.asarray(moved, dtype=np.float32)
    return (total / steps).astype(np.float32)


def distance_to_line(shape: Shape, point: tuple[float, float], angle: float) -> tuple[Grey, Grey]:
    """For each pixel: how far it is beside the line through `point` (x, y) at `angle` degrees, and along it."""
    c, s = np.float32(np.cos(np.radians(angle))), np.float32(np.sin(np.radians(angle)))
    x = np.arange(shape[1], dtype=np.float32)[None, :] - np.float32(point[0])
    y = np.arange(shape[0], dtype=np.float32)[:, None] - np.float32(point[1])
    return c * y - s * x, c * x + s * y


def jpeg(frame: Frame, quality: int = 90) -> bytes:
    """A frame as JPEG."""
    out = io.BytesIO()
    Image.fromarray(frame).save(out, "JPEG", quality=quality)
    return out.getvalue()


def png(frame: Frame) -> bytes:
    """A frame as PNG."""
    out = io.BytesIO()
    Image.fromarray(frame).save(out, "PNG", compress_level=3)
    return out.getvalue()
