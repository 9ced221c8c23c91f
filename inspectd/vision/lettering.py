"""Words in a picture. OpenCV 5 draws any script, ± and ² included."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

BGR = NDArray[np.uint8]
Colour = tuple[int, int, int]

_FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True, slots=True)
class Lettering:
    """Letters of one size. `scale` is OpenCV's: at 1, capitals are 21 px high."""

    scale: float

    @property
    def stroke_px(self) -> int:
        """How thick a letter's lines are."""
        return max(1, round(1.5 * self.scale))

    @property
    def line_px(self) -> int:
        """From one line to the next, and the height of a label."""
        return round(34 * self.scale) + 2

    def width_px(self, words: str) -> int:
        """How wide `words` are."""
        return int(cv2.getTextSize(words, _FONT, self.scale, self.stroke_px)[0][0])

    def write(self, canvas: BGR, words: str, at: tuple[int, int], ink: Colour) -> None:
        """Write one line into `canvas`; `at` is the (column, row) of the line's upper left."""
        base = at[0], at[1] + round(24 * self.scale) + 1
        cv2.putText(canvas, words, base, _FONT, self.scale, ink, self.stroke_px, cv2.LINE_AA)

    def fitted(self, words: str, width_px: int) -> str:
        """The same words, or so many of their first letters as fit into a width."""
        if self.width_px(words) <= width_px:
            return words
        while words and self.width_px(words + "...") > width_px:
            words = words[:-1]
        return words + "..." if words else ""

    def wrapped(self, words: str, width_px: int) -> list[str]:
        """`words` in lines no wider than `width_px`, broken at blanks."""
        lines, line = [], ""
        for word in words.split():
            longer = f"{line} {word}" if line else word
            if line and self.width_px(longer) > width_px:
                lines.append(line)
                longer = word
            line = longer
        return [self.fitted(each, width_px) for each in [*lines, line]]
