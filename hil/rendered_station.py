#!/usr/bin/env python3
"""A station to practise calibration on: its pictures, rendered, and the files that go with them.

How to use it: docs/tutorials/calibrate-a-station.md. Exit codes: 0, or 2 for a mistake.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import tomli_w
import typer
from inspectd_calibration.target import Target
from numpy.typing import NDArray

from inspectd.core.frame import Pixels
from inspectd.core.lens import Lens
from inspectd.simulate.board import render_board
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.scratch import Scratch
from inspectd.simulate.stain import Stain

TARGET = Target(kind="chessboard", columns=9, rows=7, pitch_mm=6.0)
SPEC = PartSpec(width_px=816, height_px=684, mm_per_px=0.075)
SERIAL = "0815-0000"
# The parts lie square to the camera, so far away that a pixel looks at `SPEC.mm_per_px`.
FOCAL_PX = 2_700.0
DISTANCE_MM = FOCAL_PX * SPEC.mm_per_px
# Barrel distortion that shifts the picture's corners by 3 px.
LENS = Lens(
    focal_x_px=FOCAL_PX,
    focal_y_px=FOCAL_PX,
    centre_x_px=(SPEC.width_px - 1) / 2.0,
    centre_y_px=(SPEC.height_px - 1) / 2.0,
    k1=-0.15,
)
SCRATCH_MM, STAIN_MM2 = 8.0, 20.0
PARTS = 5
_TILTS_DEG = (20.0, 35.0)
_TURNS = 6
_NOISE = 1.0
_SEED = 20_261


def main(
    folder: Annotated[Path, typer.Argument(help="Write everything into this new folder.")],
) -> None:
    """Write views/, plane.png, gauge/, gauge.toml, recipe.toml and inspectd.toml."""
    if folder.exists():
        typer.echo(f"{folder}: is there already; name a new folder", err=True)
        raise typer.Exit(2)
    for name in ("views", "gauge", "calibration"):
        (folder / name).mkdir(parents=True)
    rng = np.random.default_rng(_SEED)
    for number, (turn, at_mm) in enumerate(poses(rng), 1):
        write(folder / "views" / f"view_{number:02d}.png", picture_of_target(turn, at_mm, rng))
    # Nobody lays a sheet down to the pixel.
    askew = np.asarray(cv2.Rodrigues(np.array([0.0, 0.0, np.radians(3.0)]))[0], np.float64)
    at_mm = np.array([0.7, -0.4, DISTANCE_MM])
    write(folder / "plane.png", picture_of_target(askew, at_mm, rng))
    for number in range(1, PARTS + 1):
        write(folder / "gauge" / f"gauge_{number}.png", picture_of_gauge(rng, number))
    for name, content in files().items():
        (folder / name).write_text(tomli_w.dumps(content), encoding="utf-8")
    typer.echo(f"{folder}: {_TURNS * len(_TILTS_DEG)} views, plane.png, {PARTS} of a gauge part")


def poses(rng: np.random.Generator) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Rotation (3, 3), and where the target's middle is (3,), mm: tilted to all sides."""
    for tilt_deg in _TILTS_DEG:
        for towards in np.linspace(0.0, 2.0 * np.pi, _TURNS, endpoint=False):
            axis = np.radians(tilt_deg) * np.array([np.cos(towards), np.sin(towards), 0.0])
            roll = np.array([0.0, 0.0, rng.uniform(-0.3, 0.3)])
            turn = cv2.Rodrigues(axis)[0] @ cv2.Rodrigues(roll)[0]
            aside = np.array([8.0 * np.cos(towards), 6.0 * np.sin(towards)])
            yield np.asarray(turn), np.array([*aside, DISTANCE_MM * rng.uniform(1.2, 1.35)])


def picture_of_target(
    turn: NDArray[np.float64], at_mm: NDArray[np.float64], rng: np.random.Generator
) -> Pixels:
    """The target, its middle at `at_mm` before the camera."""
    middle = np.array([*TARGET.points_mm.mean(axis=0), 0.0])
    return render_board(
        TARGET,
        LENS,
        turn,
        at_mm - turn @ middle,
        width_px=SPEC.width_px,
        height_px=SPEC.height_px,
        blur_px=SPEC.blur_px,
        noise=_NOISE,
        rng=rng,
    )


def picture_of_gauge(rng: np.random.Generator, seed: int) -> Pixels:
    """The gauge part, laid in anew: a scratch and a stain of certified sizes."""
    x_mm, y_mm, turn_deg = rng.uniform((-3.0, -3.0, 0.0), (3.0, 3.0, 180.0))
    scratch = Scratch(
        (18.0 + x_mm, 25.0 + y_mm), SCRATCH_MM, 0.3, 0.03, turn_deg, colour=(0.6, 0.6, 0.6)
    )
    stain = Stain((42.0 + x_mm, 25.0 + y_mm), STAIN_MM2, (0.5, 0.55, 0.6))
    straight = np.asarray(render_part(replace(SPEC, defects=(scratch, stain)), seed), np.uint8)
    rows, columns = np.mgrid[: SPEC.height_px, : SPEC.width_px]
    shown = np.column_stack((columns.ravel(), rows.ravel())).astype(np.float64)
    looks_at = LENS.undistorted(shown).astype(np.float32).reshape(*rows.shape, 2)
    # OpenCV's types want a second map, which one of two channels does not need.
    bent = cv2.remap(
        straight, looks_at, np.empty(0), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(bent, np.uint8)


def files() -> dict[str, dict[str, object]]:
    """What a person would write: the gauge's certificate, a recipe and the settings."""
    limits = {"uncertainty": 0.02, "bias_limit": 0.2, "spread_limit": 0.1}
    area_limits = {"uncertainty": 0.1, "bias_limit": 1.0, "spread_limit": 0.3}
    groove = {"name": "groove", "kind": "scratch", "size": "length", "nominal": SCRATCH_MM}
    blot = {"name": "blot", "kind": "stain", "size": "area", "nominal": STAIN_MM2}
    camera = {
        "driver": "replay",
        "serial": SERIAL,
        "pictures": "gauge",
        "width_px": SPEC.width_px,
        "height_px": SPEC.height_px,
    }
    station = {"name": "top", "calibration": "calibration/top.toml", "camera": camera}
    return {
        "gauge.toml": {
            "name": "rendered gauge",
            "serial": "G-1",
            "certificate": "as rendered",
            "valid_until": "2099-12-31",
            "features": [groove | limits, blot | area_limits],
        },
        "recipe.toml": {"name": "practice"},
        "inspectd.toml": {"recipe": "recipe.toml", "stations": [station]},
    }


def write(path: Path, pixels: Pixels) -> None:
    """Write a PNG."""
    _, png = cv2.imencode(".png", pixels)
    path.write_bytes(png.tobytes())


if __name__ == "__main__":
    typer.run(main)
