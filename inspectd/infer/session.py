"""A loaded model: pictures of any size in, one row of scores each out.

The way into the model (resize, channel order, mean and std, layout) is the manifest's; so no
pipeline prepares pictures by itself, and a trained model sees on the host what it saw in training.
"""

from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import ConfigurationError
from inspectd.infer.manifest import Manifest, ModelInput

_BYTE = 255.0


class Backend(Protocol):
    """One runtime's loaded model: a batch in, its first output as it comes."""

    def run(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        """(N, ...) in the manifest's layout and dtype; (N, K) numbers, dequantised."""
        ...


class Session:
    """A model ready to run; one thread at a time."""

    def __init__(
        self, manifest: Manifest, path: Path, labels: tuple[str, ...], backend: Backend
    ) -> None:
        self.manifest = manifest
        self.path = path
        self.labels = labels
        self._backend = backend

    def scores(self, pictures: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(N, K) float32 for N pictures, each (H, W, 3) uint8 RGB of any size."""
        assert self.manifest.input is not None  # `open_session` asks for it
        batch = np.stack([prepared(picture, self.manifest.input) for picture in pictures])
        numbers = self._backend.run(batch).reshape(len(pictures), -1)
        if self.manifest.output is not None and self.manifest.output.activation == "softmax":
            numbers = softmax(numbers)
        if self.labels and numbers.shape[1] != len(self.labels):
            msg = (
                f"model {self.manifest.name}: gives {numbers.shape[1]} numbers for "
                f"{len(self.labels)} labels; its manifest names the wrong labels"
            )
            raise ConfigurationError(msg)
        return numbers


def prepared(picture: NDArray[np.uint8], wanted: ModelInput) -> NDArray[Any]:
    """(H, W, 3) uint8 RGB of any size becomes one (h, w, c) or (c, h, w) input."""
    if wanted.resize == "crop":
        picture = _middle(picture, wanted.height_px / wanted.width_px)
    size = (wanted.width_px, wanted.height_px)
    small = np.asarray(cv2.resize(picture, size, interpolation=_filter(picture, wanted)), np.uint8)
    values: NDArray[Any] = np.ascontiguousarray(_coloured(small, wanted.colour))
    if wanted.dtype == "float32":
        values = values.astype(np.float32)
        if wanted.mean:
            values = (values - np.asarray(wanted.mean, np.float32)) / np.asarray(
                wanted.std, np.float32
            )
    return values.transpose(2, 0, 1) if wanted.layout == "NCHW" else values


def _filter(picture: NDArray[np.uint8], wanted: ModelInput) -> int:
    """By area where it shrinks, which leaves out no pixel; linear where it grows."""
    shrinks = picture.shape[0] > wanted.height_px or picture.shape[1] > wanted.width_px
    return cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR


def _middle(picture: NDArray[np.uint8], tall: float) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    keep_h = min(height, max(1, round(width * tall)))
    keep_w = min(width, max(1, round(height / tall)))
    top, left = (height - keep_h) // 2, (width - keep_w) // 2
    return picture[top : top + keep_h, left : left + keep_w]


def _coloured(picture: NDArray[np.uint8], colour: str) -> NDArray[Any]:
    if colour == "grey":
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))[:, :, None]
    return picture[:, :, ::-1] if colour == "BGR" else picture


def softmax(numbers: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, K) numbers to shares of each row."""
    raised = np.exp(numbers - numbers.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def open_session(manifest: Manifest, path: Path, labels: tuple[str, ...], threads: int) -> Session:
    """Load a file whose hash has been checked. ConfigurationError."""
    from inspectd.infer import runtimes  # noqa: PLC0415 - a runtime costs 30 MB: only when used

    opener = runtimes.OPENERS.get(manifest.runtime)
    if opener is None or manifest.input is None:
        msg = (
            f"model {manifest.name}: {manifest.runtime} models have no scores to give here; "
            f"the pipeline that reads them opens the file itself ({path.name})"
        )
        raise ConfigurationError(msg)
    try:
        return Session(manifest, path, labels, opener(path, threads))
    except ModuleNotFoundError as error:
        msg = f"model {manifest.name}: {error.name} is missing; install inspectd[side]"
        raise ConfigurationError(msg) from None
    except Exception as error:  # noqa: BLE001 - each runtime has its own for a file that is none
        told = str(error).partition("\n")[0] or type(error).__name__
        msg = (
            f"model {manifest.name}: {path} cannot be loaded by {manifest.runtime}: {told}; "
            "import the right file"
        )
        raise ConfigurationError(msg) from None
