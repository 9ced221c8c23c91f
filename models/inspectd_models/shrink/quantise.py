"""Weights and activations in 8 bits, their ranges taken from real pictures; by ONNX Runtime."""

import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

_PICTURES = 100
_BATCH = 10


class _Pictures(CalibrationDataReader):
    """Feeds prepared pictures, (N, 3, H, W) float32, batch by batch."""

    def __init__(self, name: str, pictures: NDArray[np.float32]) -> None:
        self._feeds = iter(
            {name: pictures[start : start + _BATCH]} for start in range(0, len(pictures), _BATCH)
        )

    def get_next(self) -> dict[str, Any] | None:
        """One batch, until there is none."""
        return next(self._feeds, None)


def quantise(source: Path, target: Path, pictures: NDArray[np.float32]) -> None:
    """Write an INT8 copy: 8-bit weights for each channel, 8-bit activations (QDQ)."""
    # It advises steps that are done here.
    logging.getLogger().setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        ready = Path(name) / "ready.onnx"
        # Its symbolic inference knows no dynamic batch of dynamo's; ONNX's own is enough.
        quant_pre_process(source, ready, skip_symbolic_shape=True)
        quantize_static(
            ready,
            target,
            _Pictures("picture", pictures[:_PICTURES]),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
        )
