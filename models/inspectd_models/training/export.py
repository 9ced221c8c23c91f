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


def export_onnx(net: Any, size_px: int, path: Path) -> None:
    """Write ONNX that takes any number of pictures. ConfigurationError where it says otherwise."""
    net.eval()
    # Two at least: an exporter takes a batch of one for a constant.
    example = torch.from_numpy(
        np.random.default_rng(0).normal(size=(2, 3, size_px, size_px)).astype(np.float32)
    )
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
        wanted: NDArray[np.float32] = net(example).numpy()
    found = OPENERS["onnxruntime"](path, 1).run(example.numpy())
    difference = float(np.abs(found - wanted).max() / max(1.0, float(np.abs(wanted).max())))
    if difference > _MOST_DIFFERENCE:
        msg = f"{path}: ONNX says otherwise than PyTorch, by {difference:.2g}; keep the checkpoint"
        raise ConfigurationError(msg)
