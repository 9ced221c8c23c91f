"""One picture on its way through a pipeline."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from inspectd.pipelines.host.decode import decode_rgb


@dataclass(frozen=True)
class Item:
    """The bytes as they were sent, named by their sha256. `name` is for people only."""

    sha256: str
    name: str
    media_type: str
    data: bytes
    max_pixels: int

    @cached_property
    def rgb(self) -> NDArray[np.uint8]:
        """Upright pixels, (height, width, 3) uint8, RGB. PictureError of a damaged picture."""
        return decode_rgb(self.data, self.max_pixels)

    def rgb_at_most(self, side_px: int) -> NDArray[np.uint8]:
        """The same with its longer side brought down to `side_px`: cheap for large JPEG."""
        return decode_rgb(self.data, self.max_pixels, at_most_px=side_px)
