"""The methods `cnn` and `head`: networks, trained from the beginning or from a trained trunk."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from inspectd.infer.manifest import ModelInput, Runtime
from inspectd.infer.session import softmax
from inspectd_models.nets.checkpoint import (
    INNER,
    Checkpoint,
    Shape,
    trunk_weights,
    write_checkpoint,
)
from inspectd_models.training.dataset import Examples, fewest_objects, others, parts
from inspectd_models.training.export import export_onnx
from inspectd_models.training.loop import MEAN, STD, Stage, Training, numbers
from inspectd_models.training.method import MethodOptions, Work
from inspectd_models.training.net_options import HeadOptions, NetOptions

FILE = "model.onnx"
CHECKPOINT = "checkpoint.pt"


def net_input(size_px: int) -> ModelInput:
    """What all networks take."""
    return ModelInput(
        height_px=size_px,
        width_px=size_px,
        layout="NCHW",
        resize="stretch",
        mean=MEAN,
        std=STD,
    )


@dataclass(frozen=True, slots=True)
class FittedNet:
    """A trained network."""

    net: Any
    shape: Shape
    labels: tuple[str, ...]
    size_px: int

    def scores(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, K) probabilities."""
        return softmax(numbers(self.net, pictures))

    def write(self, folder: Path) -> Path:
        """ONNX for the host; the checkpoint goes to the folder above, for further training."""
        write_checkpoint(
            folder.parent / CHECKPOINT,
            Checkpoint(self.shape, self.labels, self.size_px, self.net.state_dict()),
        )
        export_onnx(self.net, self.size_px, folder / FILE)
        return folder / FILE


@dataclass(frozen=True, slots=True)
class Network:
    """A method of this kind."""

    name: str
    options: type[MethodOptions]
    runtime: Runtime = "onnxruntime"

    def input(self, options: MethodOptions) -> ModelInput:
        """Colour, by ImageNet's mean and deviation."""
        assert isinstance(options, NetOptions)
        return net_input(options.size_px)

    def check(self, options: MethodOptions) -> None:
        """The trunk can be read, and is one of this net. ConfigurationError."""
        if isinstance(options, HeadOptions):
            trunk_weights(options.trunk, options.net)

    def activation(self) -> str:
        """Numbers become probabilities."""
        return "softmax"

    def fit(self, examples: Examples, options: MethodOptions, seed: int, work: Work) -> FittedNet:
        """Train, or go on where an earlier training was cut off. ConfigurationError."""
        assert isinstance(options, NetOptions)
        torch.manual_seed(seed)
        shape = Shape(options.net, len(examples.labels), INNER[options.net])
        net = shape.build(options.dropout)
        stages = [Stage("training", options.epochs, options.learning_rate)]
        if isinstance(options, HeadOptions):
            stages = _stages_of_head(net, options)
        seen, check = split_for_validation(examples, options.validation_share, seed)
        Training(net, seen, check, options, seed=seed, work=work).run(stages)
        return FittedNet(net, shape, examples.labels, options.size_px)


def _stages_of_head(net: Any, options: HeadOptions) -> list[Stage]:
    net.load_state_dict(trunk_weights(options.trunk, options.net), strict=False)
    rate = options.learning_rate
    frozen = Stage("frozen trunk", options.frozen_epochs, rate, frozen_trunk=True)
    tuning = Stage("fine tuning", options.epochs, rate * options.tuning_factor)
    return [frozen, tuning] if options.epochs else [frozen]


def split_for_validation(examples: Examples, share: float, seed: int) -> tuple[Examples, Examples]:
    """Pictures to learn from, and those that tell which epoch is best. ConfigurationError."""
    # Small data: the share grows, down to two parts.
    count = max(2, min(round(1 / share), fewest_objects(examples)[1]))
    check = parts(examples, count, seed)[0]
    return examples.take(others(examples, check)), examples.take(check)


NETWORKS = (Network("cnn", NetOptions), Network("head", HeadOptions))
