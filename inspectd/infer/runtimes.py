"""Loads model files: ONNX by onnxruntime, TFLite by LiteRT, scikit-learn by skops.

Each import only when it is needed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inspectd.infer.session import Backend


class _Onnx:
    def __init__(self, path: Path, threads: int) -> None:
        import onnxruntime as ort  # noqa: PLC0415

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads that spin while they wait would take the processor from the line.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # noqa: BLE001 - onnxruntime's have no common base
            msg = str(error)
            raise RuntimeError(msg) from None
        self._input = self._session.get_inputs()[0].name

    def run(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        """The first output, (N, ...)."""
        return np.asarray(self._session.run(None, {self._input: batch})[0], dtype=np.float32)


class _LiteRt:
    """One picture at a time: the file says how many it takes, and that is one."""

    def __init__(self, path: Path, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415

        self._model = Interpreter(str(path), num_threads=threads)
        self._model.allocate_tensors()
        self._input = self._model.get_input_details()[0]["index"]
        output = self._model.get_output_details()[0]
        self._output = output["index"]
        scale, zero = output["quantization"]
        self._scale: float = scale or 1.0
        self._zero: int = zero

    def run(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        """The first output, (N, ...), dequantised: scale * (value - zero point)."""
        rows = []
        for picture in batch:
            self._model.set_tensor(self._input, picture[None])
            self._model.invoke()
            values = self._model.get_tensor(self._output).astype(np.float32)
            rows.append((values - self._zero) * self._scale)
        return np.concatenate(rows)


def _skops(path: Path, threads: int) -> Backend:
    from inspectd.infer.classical import SkopsBackend  # noqa: PLC0415 - scikit-learn costs 70 MB

    return SkopsBackend(path, threads)


OPENERS: dict[str, Callable[[Path, int], Backend]] = {
    "onnxruntime": _Onnx,
    "litert": _LiteRt,
    "skops": _skops,
}
