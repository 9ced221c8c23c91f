#!/usr/bin/env python3
"""Study: how true the normals of photometric stereo are on a published gray sphere.

The normals of a sphere are known from its outline. The pictures and directions are those of
`photometric_stereo/` in the shared data: 12 lights, 8 bits, directions read from a chrome sphere.

    python hil/studies/photometric.py ../shared/data/photometric_stereo

The median error in degrees over the sphere, of all 12 lights and (the median) of the subsets of
four lights with a condition number below 6: by plain least squares, and as the line does it. The
second line, "refined", tells how much of what is left the directions are to blame for: they are
adjusted, and held to unit length, by the 12 pictures themselves, without knowing that they show a
sphere. The last line knows the truth: lights fitted to the true normals, as the limit of what any
matt model gives here.
"""

import argparse
import itertools
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.vision.depth.normals import Directions, Levels, normals

COLUMN_PX, ROW_PX, RADIUS_PX = 244.5, 144.5, 108.0
LIGHTS = 12
_LARGEST_CONDITION = 6.0
_LIT = 0.1  # of a pixel's brightest level
_ROUNDS, _SCALINGS = 10, 20

Solver = Callable[[Levels, Directions], Levels]
Normals = NDArray[np.float64]


def plain(levels: Levels, directions: Directions) -> Levels:
    """Least squares over all lights, shadows included."""
    return np.asarray(np.linalg.lstsq(directions, levels, rcond=None)[0], dtype=np.float32)


def sphere(folder: Path) -> tuple[Levels, Directions, Normals]:
    """Levels (12, pixels), the directions of `lights.txt`, and the true normals (3, pixels)."""
    pictures = np.empty((LIGHTS, *_picture(folder / "gray" / "0.png").shape), np.float32)
    for light, picture in enumerate(pictures):
        picture[:] = _picture(folder / "gray" / f"{light}.png")
    rows, columns = np.indices(pictures.shape[1:])
    x, y = (columns - COLUMN_PX) / RADIUS_PX, (ROW_PX - rows) / RADIUS_PX
    mask = cv2.imread(str(folder / "gray" / "mask.png"), cv2.IMREAD_GRAYSCALE)
    inside = (np.hypot(x, y) < 1.0) & (np.asarray(mask) > 127)  # noqa: PLR2004 - white
    x, y = x[inside], y[inside]
    truth = np.array([x, y, np.sqrt(1.0 - x * x - y * y)])
    directions = np.loadtxt(folder / "lights.txt", skiprows=1)
    return pictures[:, inside], directions, truth


def _picture(file: Path) -> Levels:
    """The mean of the channels, 1 is full scale."""
    mean = np.asarray(cv2.imread(str(file)), dtype=np.float32).mean(axis=2)
    return np.asarray(mean / np.float32(255), dtype=np.float32)


def error_deg(found: Levels, truth: Normals) -> float:
    """Median angle between found and true normals."""
    unit = found / np.maximum(np.linalg.norm(found, axis=0), 1e-9)
    return float(np.nanmedian(np.degrees(np.arccos(np.clip((unit * truth).sum(axis=0), -1, 1)))))


def subsets(directions: Directions) -> list[list[int]]:
    """Four lights each, well enough apart by `directions`."""
    four = itertools.combinations(range(LIGHTS), 4)
    return [
        list(chosen)
        for chosen in four
        if np.linalg.cond(directions[[*chosen]]) < _LARGEST_CONDITION
    ]


def refined(levels: Levels, directions: Directions) -> Directions:
    """Directions that explain the pictures best, turned as a whole towards the given ones.

    Normals by the lights and lights by the normals in turn; three by three numbers stay free, and
    are those that bring the lights nearest to the directions that were read.
    """
    lights = directions.copy()
    lit = levels > _LIT * levels.max(axis=0)
    for _ in range(_ROUNDS):
        surface = normals(levels, lights / np.linalg.norm(lights, axis=1, keepdims=True))
        known = np.isfinite(surface).all(axis=0)
        fitted = np.array(
            [
                np.linalg.lstsq(surface[:, seen].T, level[seen], rcond=None)[0]
                for level, seen in zip(levels, lit & known, strict=True)
            ]
        )
        scale = np.ones(LIGHTS)
        for _ in range(_SCALINGS):
            turned = fitted @ np.linalg.lstsq(fitted, directions * scale[:, None], rcond=None)[0]
            scale = (turned * directions).sum(axis=1)
            scale /= scale.mean()
        lights = turned
    return np.asarray(lights / np.linalg.norm(lights, axis=1, keepdims=True))


def true_lights(levels: Levels, truth: Normals) -> Directions:
    """Lights fitted to the true normals where they reach the surface."""
    lit = levels > _LIT * levels.max(axis=0)
    lights = np.array(
        [
            np.linalg.lstsq(truth[:, seen].T, level[seen], rcond=None)[0]
            for level, seen in zip(levels, lit, strict=True)
        ]
    )
    return np.asarray(lights / np.linalg.norm(lights, axis=1, keepdims=True))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="The folder photometric_stereo.")
    levels, read, truth = sphere(parser.parse_args().folder)
    chosen = subsets(read)
    _say("directions", "plain 12", "robust 12", "plain 4", "robust 4")
    for name, directions in (
        ("lights.txt", read),
        ("refined", refined(levels, read)),
        ("from the truth", true_lights(levels, truth)),
    ):
        figures = []
        for solver in (plain, normals):
            of_four = [error_deg(solver(levels[four], directions[four]), truth) for four in chosen]
            figures.append(
                (error_deg(solver(levels, directions), truth), float(np.median(of_four)))
            )
        (all_plain, four_plain), (all_robust, four_robust) = figures
        values = (all_plain, all_robust, four_plain, four_robust)
        _say(name, *(f"{value:.2f}" for value in values))
    sys.stdout.write(f"{len(chosen)} subsets of four lights\n")


def _say(*words: str) -> None:
    sys.stdout.write("".join(f"{word:<16}" for word in words).rstrip() + "\n")


if __name__ == "__main__":
    main()
