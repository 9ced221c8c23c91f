"""A small net that is really run: it tells which colour is strongest."""

import hashlib
from pathlib import Path

import numpy as np
import tomli_w
from onnx import TensorProto, helper, numpy_helper


def mean_colour_net() -> bytes:
    """ONNX: (N, 3, 16, 16) float32 becomes the mean of each channel, (N, 3), times ten."""
    picture = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 16, 16])
    told = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])
    ten = numpy_helper.from_array(np.array([10], np.float32), "ten")
    axes = numpy_helper.from_array(np.array([2, 3], np.int64), "axes")
    nodes = [
        helper.make_node("ReduceMean", ["x", "axes"], ["m"], keepdims=0),
        helper.make_node("Mul", ["m", "ten"], ["y"]),
    ]
    graph = helper.make_graph(nodes, "mean", [picture], [told], [ten, axes])
    opset = [helper.make_opsetid("", 18)]
    made = helper.make_model(graph, opset_imports=opset, ir_version=9)
    return bytes(made.SerializeToString())


def write_model(
    folder: Path, *, data: bytes | None = None, labels: str = "red\ngreen\nblue\n", **more: object
) -> Path:
    """A folder with manifest, net and labels; `more` are further keys of the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    net = mean_colour_net() if data is None else data
    (folder / "net.onnx").write_bytes(net)
    (folder / "labels.txt").write_text(labels)
    told = {
        "name": "mean-colour",
        "version": "1",
        "task": "classification",
        "runtime": "onnxruntime",
        "file": {"name": "net.onnx", "sha256": _sha(net), "size_bytes": len(net)},
        "licence": {"spdx": "Apache-2.0", "non_commercial": False},
        "input": {
            "height_px": 16,
            "width_px": 16,
            "layout": "NCHW",
            "mean": [0.0, 0.0, 0.0],
            "std": [255.0, 255.0, 255.0],
        },
        "output": {
            "labels": "labels.txt",
            "labels_sha256": _sha(labels.encode()),
            "activation": "softmax",
        },
    } | more
    (folder / "model.toml").write_text(tomli_w.dumps(told))
    return folder


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
