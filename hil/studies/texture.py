#!/usr/bin/env python3
"""Study: how like the texture filters' map is to that of the dense filters, on real pictures.

The dense ones are the bench's textbook: 16 filters (8 directions, real and imaginary part) of
21 x 21 through cv2.filter2D at full resolution. The shared pictures of magnetic tiles and steel
strip are looked for in INSPECTD_DATA, or ../shared/data beside the checkout. An anomaly map is its
energy, shifted and scaled: both correlate alike.

    python hil/studies/texture.py
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from inspectd.commands.bench.compositions import Textbook
from inspectd.core.frame import Pixels
from inspectd.vision.decode import decode_picture
from inspectd.vision.normalise import linearise
from inspectd.vision.texture import gabor_energy

Plane = NDArray[np.floating | np.integer]

DATA = Path(os.environ.get("INSPECTD_DATA", Path(__file__).parents[3] / "shared" / "data"))
SETS = ("magnetic_tile", "steel_strip")
_SCALE = 4
_SMALLEST_SIDE_PX = 32
_WANTED = 0.98


def main() -> None:
    """Print the correlations of both sets."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--every", type=int, default=1, help="take every n-th picture only")
    every = parser.parse_args().every
    typer.echo(
        "set             pictures   lowest   below 0.98   median   lowest inside   at full size"
    )
    for name in SETS:
        found = [correlations(pixels) for pixels in pictures(DATA / name, every)]
        quarter, inside, full = np.array(found).T
        typer.echo(
            f"{name:14s}  {len(found):8d}   {quarter.min():.4f}   "
            f"{np.count_nonzero(quarter < _WANTED):10d}   {np.median(quarter):.4f}   "
            f"{inside.min():13.4f}   {full.min():9.4f}"
        )


def pictures(folder: Path, every: int) -> Iterator[Pixels]:
    """Every n-th photograph below a folder, in grey, whole quarters of it."""
    photographs = sorted(path for path in folder.rglob("*.jpg") if "ground_truth" not in path.parts)
    for path in photographs[::every]:
        pixels = decode_picture(path.read_bytes())
        if pixels.ndim > 2:  # noqa: PLR2004 - grey pictures, stored in colour
            pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        rows, columns = (int(side) // _SCALE * _SCALE for side in pixels.shape)
        if min(rows, columns) >= _SMALLEST_SIDE_PX and pixels.min() < pixels.max():
            yield np.ascontiguousarray(pixels[:rows, :columns], dtype=np.uint8)


def correlations(pixels: Pixels) -> tuple[float, float, float]:
    """Of both maps at a quarter of the resolution, the same inside, and at full resolution (cubic).

    Inside leaves out 8 px at each border, where one mirrors the full and one the half picture.
    """
    textbook = Textbook(pixels)
    for do in textbook.stages().values():
        do()
    dense = textbook.energy
    ours = gabor_energy(linearise(pixels, 1.0).half, 10.0, 8)
    coarse = cv2.resize(dense, ours.shape[::-1], interpolation=cv2.INTER_AREA)
    fine = cv2.resize(ours, dense.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return (
        _correlation(ours, coarse),
        _correlation(ours[2:-2, 2:-2], coarse[2:-2, 2:-2]),
        _correlation(fine, dense),
    )


def _correlation(one: Plane, two: Plane) -> float:
    return float(np.corrcoef(one.ravel(), two.ravel())[0, 1])


if __name__ == "__main__":
    main()
