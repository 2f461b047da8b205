"""Where a point of a flat sheet lands in a camera's frame: the pinhole camera, and nothing else."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

#: 3 by 3, maps (x, y, 1) to (u w, v w, w).
Homography: TypeAlias = NDArray[np.float64]


def rotation(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """Degrees: roll in the plane of the sheet, then pitch (its top goes away), then yaw (its right goes away)."""
    (sy, cy), (sp, cp), (sr, cr) = ((np.sin(a), np.cos(a)) for a in np.radians([yaw, pitch, roll]))
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z)


def plane_to_frame(
    turned: NDArray[np.float64], distance: float, focal: float, centre: tuple[float, float]
) -> Homography:
    """From millimetres on the sheet, its centre the origin and x right, y down, to pixels.

    `distance` is from the lens to the sheet's centre in millimetres, `focal` the focal length in pixels, `centre`
    where the sheet's centre is seen.
    """
    lens = np.array([[focal, 0, centre[0]], [0, focal, centre[1]], [0, 0, 1]])
    placed = np.column_stack([turned[:, 0], turned[:, 1], [0, 0, distance]])
    return np.asarray(lens @ placed)


def project(homography: Homography, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (n by 2) through a homography."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ homography.T
    return np.asarray(mapped[:, :2] / mapped[:, 2:])


def pillow_coefficients(homography: Homography) -> list[float]:
    """The eight numbers of Pillow's PERSPECTIVE transform, which asks for the way back: from frame to picture."""
    back = np.linalg.inv(homography)
    return [float(value) for value in (back / back[2, 2]).ravel()[:8]]


def scaling(s: float) -> Homography:
    """Everything `s` times as large."""
    return np.diag([s, s, 1.0])


def shifting(x: float, y: float) -> Homography:
    """Everything moved by (x, y)."""
    return np.array([[1.0, 0, x], [0, 1.0, y], [0, 0, 1.0]])
