"""A trained net on disk: which one, how wide, its labels and weights. Never a pickle."""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from inspectd.core.errors import ConfigurationError
from inspectd_models.nets import mobilenet_v3, resnet

NETS: dict[str, Callable[..., nn.Module]] = {
    "resnet18": resnet.ResNet18,
    "mobilenet-v3-small": mobilenet_v3.MobileNetV3Small,
}
INNER = {"resnet18": resnet.INNER, "mobilenet-v3-small": mobilenet_v3.INNER}
# The last layer of each; in a file of another set of classes it has another shape.
_LAST = {"resnet18": "fc.", "mobilenet-v3-small": "classifier.3."}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a net is built from."""

    net: str
    classes: int
    inner: tuple[int, ...]

    def build(self, dropout: float) -> Any:
        """The net with weights by chance, of torch's seed."""
        return NETS[self.net](self.classes, dropout, self.inner)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A trained net; `weights` is its state dict, `size_px` the side of its pictures."""

    shape: Shape
    labels: tuple[str, ...]
    size_px: int
    weights: dict[str, Any]

    def build(self, dropout: float = 0.0) -> Any:
        """The net with its weights, ready to run."""
        net = self.shape.build(dropout)
        net.load_state_dict(self.weights)
        return net.eval()


def save_atomically(path: Path, content: dict[str, Any]) -> None:
    """All of it or nothing: whoever is killed in between finds the old file."""
    beside = path.with_suffix(".part")
    torch.save(content, beside)
    with beside.open("rb") as file:
        os.fsync(file.fileno())
    beside.replace(path)


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """To a file that `read_checkpoint` reads."""
    shape = checkpoint.shape
    save_atomically(
        path,
        {
            "net": shape.net,
            "classes": shape.classes,
            "inner": list(shape.inner),
            "labels": list(checkpoint.labels),
            "size_px": checkpoint.size_px,
            "weights": checkpoint.weights,
        },
    )


def read_tensors(path: Path) -> dict[str, Any]:
    """What torch saved, tensors and plain values alone. ConfigurationError."""
    try:
        with warnings.catch_warnings():
            # Of files that it then refuses.
            warnings.simplefilter("ignore")
            found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror or 'it is empty'}"
        raise ConfigurationError(msg) from None
    except Exception:  # noqa: BLE001 - torch has many, and advises to switch the check off
        msg = (
            f"{path}: is no file of weights of PyTorch, or holds more than weights (a pickle), "
            "which is not read: take another file"
        )
        raise ConfigurationError(msg) from None
    if not isinstance(found, dict):
        msg = f"{path}: holds no state dict"
        raise ConfigurationError(msg)
    return found


def read_checkpoint(path: Path) -> Checkpoint:
    """A net that was trained here. ConfigurationError."""
    found = read_tensors(path)
    try:
        shape = Shape(found["net"], found["classes"], tuple(found["inner"]))
        return Checkpoint(shape, tuple(found["labels"]), found["size_px"], found["weights"])
    except KeyError as error:
        msg = f"{path}: has no {error}; give the checkpoint.pt that `inspectd side train` wrote"
        raise ConfigurationError(msg) from None


def trunk_weights(path: Path, net: str) -> dict[str, Any]:
    """Weights of all but the last layer: of a net trained here, or published. ConfigurationError.

    Published files are state dicts by torchvision's names (`resnet18-f37072fd.pth` and its like).
    """
    found = read_tensors(path)
    weights = found.get("weights", found)
    trunk = {name: value for name, value in weights.items() if not name.startswith(_LAST[net])}
    wanted = NETS[net](2).state_dict()
    lacking = [
        name
        for name, value in wanted.items()
        if not name.startswith(_LAST[net])
        # Files of before PyTorch 0.4 do not count their batches.
        and not name.endswith("num_batches_tracked")
        and (name not in trunk or trunk[name].shape != value.shape)
    ]
    if lacking:
        msg = f"{path}: no {net}: {lacking[0]} and {len(lacking) - 1} more are missing or differ"
        raise ConfigurationError(msg)
    return {name: value for name, value in trunk.items() if name in wanted}
