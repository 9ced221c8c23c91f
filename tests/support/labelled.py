"""Small folders of labelled pictures that every method can learn."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

LABELS = ("checks", "stripes")


def patterned(stripes: bool, seed: int, size: int = 64) -> NDArray[np.uint8]:
    """(size, size, 3) uint8: stripes up and down, or checks, with noise."""
    rng = np.random.default_rng(seed)
    wave = np.sin(np.arange(size) * rng.uniform(0.5, 1.0) + rng.uniform(0, 6))
    shape = np.tile(wave, (size, 1)) if stripes else wave[:, None] * wave[None, :]
    grey = np.clip(120 + 80 * shape + rng.normal(0, 8, (size, size)), 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def write_labelled(folder: Path, each: int = 12) -> Path:
    """FOLDER/checks and FOLDER/stripes, with so many pictures each."""
    for place, label in enumerate(LABELS):
        (folder / label).mkdir(parents=True)
        for number in range(each):
            picture = patterned(label == "stripes", 1000 * place + number)
            cv2.imwrite(str(folder / label / f"{number:03}.png"), picture)
    return folder
