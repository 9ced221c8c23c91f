"""The net for phones and small boards: TFLite by litert-torch, 8 bits by ai-edge-quantizer."""

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from inspectd.core.errors import ConfigurationError
from inspectd_models.training.export import check_same, example_for


def check_converter() -> None:
    """ConfigurationError where the converter is not installed."""
    with _quiet():
        try:
            import litert_torch  # noqa: F401, PLC0415 - 300 MB, for this alone
        except ModuleNotFoundError as error:
            msg = (
                f"--tflite: {error.name} is missing; install it "
                "(pip install --no-deps -r requirements/tflite.txt)"
            )
            raise ConfigurationError(msg) from None


def write_tflite(net: Any, size_px: int, path: Path) -> None:
    """One picture at a time, (1, 3, size, size) float32. ConfigurationError: it says otherwise."""
    import litert_torch  # noqa: PLC0415

    net.eval()
    example = example_for(size_px)
    with _quiet():
        litert_torch.convert(net, (example[:1],)).export(str(path))
    with torch.inference_mode():
        check_same("litert", path, example.numpy(), net(example).numpy())


def quantise_tflite(source: Path, target: Path) -> None:
    """8-bit weights, activations in 8 bits by each picture's own range; numbers in and out."""
    with _quiet():
        from ai_edge_quantizer import quantizer, recipe  # noqa: PLC0415

        made = quantizer.Quantizer(str(source), recipe.dynamic_wi8_afp32())
        found = made.quantize(enable_progress_bar=False, enable_progress_report=False)
    target.write_bytes(found.quantized_model)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Both tell their every step."""
    logging.getLogger("torch").setLevel(logging.ERROR)
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield
