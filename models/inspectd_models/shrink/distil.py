"""A small net learns from a large one what it thinks of every picture (Hinton et al. 2015)."""

from typing import Any

import torch
from torch import Tensor, nn

from inspectd_models.nets.checkpoint import INNER, Checkpoint, Shape
from inspectd_models.shrink.prune import pruned
from inspectd_models.training.loop import Loss

# The paper's: soft answers at temperature 4, which count nine times what the label does.
_TEMPERATURE = 4.0
_SOFT_SHARE = 0.9
_SMALLER = {"resnet18": "mobilenet-v3-small"}
_NARROWER_BY = 0.5


def student(now: Checkpoint) -> Checkpoint:
    """The next smaller net: MobileNetV3 after ResNet, and after that one half as wide."""
    smaller = _SMALLER.get(now.shape.net)
    if smaller is None:
        return pruned(now, _NARROWER_BY)
    shape = Shape(smaller, now.shape.classes, INNER[smaller])
    return Checkpoint(shape, now.labels, now.size_px, shape.build(0.0).state_dict())


def taught_by(teacher: Any) -> Loss:
    """The loss of a student: what the teacher says of the same picture, and the label."""
    teacher.eval()

    def loss(told: Tensor, classes: Tensor, pictures: Tensor) -> Tensor:
        with torch.no_grad():
            soft = nn.functional.softmax(teacher(pictures) / _TEMPERATURE, dim=1)
        ours = nn.functional.log_softmax(told / _TEMPERATURE, dim=1)
        apart = nn.functional.kl_div(ours, soft, reduction="batchmean") * _TEMPERATURE**2
        hard = nn.functional.cross_entropy(told, classes)
        return _SOFT_SHARE * apart + (1 - _SOFT_SHARE) * hard

    return loss
