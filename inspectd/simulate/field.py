"""A value at every pixel."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Field = NDArray[np.float32]


def as_field(values: ArrayLike) -> Field:
    """The same values as float32; no copy where they are already."""
    return np.asarray(values, dtype=np.float32)
