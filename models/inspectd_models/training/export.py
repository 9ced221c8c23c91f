"""A net becomes ONNX, checked against what it said in torch."""

import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from inspectd.core.errors import ConfigurationError
from inspectd.infer.runtimes import OPENERS

# Sums in another order differ in the last digits; anything more is a wrong export.
_MOST_DIFFERENCE = 1e-3


def example_for(size_px: int) -> torch.Tensor:
    """Two pictures of noise, (2, 3, size, size): exporters take a batch of one for a constant."""
    values = np.random.default_rng(0).normal(size=(2, 3, size_px, size_px))
    return torch.from_numpy(values.astype(np.float32))


def export_onnx(net: Any, size_px: int, path: Path) -> None:
    """Write ONNX that takes any number of pictures. ConfigurationError where it says otherwise."""
    net.eval()
    example = example_for(size_px)
    # It tells of libraries that it does without.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net,
            (example,),
            str(path),
            input_names=["picture"],
            output_names=["numbers"],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    with torch.inference_mode():
        check_same("onnxruntime", path, example.numpy(), net(example).numpy())


def check_same(
    runtime: str, path: Path, pictures: NDArray[np.float32], wanted: NDArray[np.float32]
) -> None:
    """ConfigurationError where a file gives other numbers than the net it was made of."""
    found = OPENERS[runtime](path, 1).run(pictures)
    difference = float(np.abs(found - wanted).max() / max(1.0, float(np.abs(wanted).max())))
    if difference > _MOST_DIFFERENCE:
        msg = f"{path}: says otherwise than PyTorch, by {difference:.2g}; keep the checkpoint"
        raise ConfigurationError(msg)
