"""ResNet-18 (He et al. 2016), with torchvision's names: published state dicts load."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

_STAGES = (64, 128, 256, 512)
_BLOCKS = 2
INNER = tuple(width for width in _STAGES for _ in range(_BLOCKS))


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions and a way around them; `inner` channels between the two."""

    def __init__(self, before: int, after: int, inner: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, inner, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(inner, after, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.downsample: nn.Module | None = None
        if stride != 1 or before != after:
            self.downsample = nn.Sequential(
                nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after)
            )

    def importance(self) -> Tensor:
        """(inner,): how much each inner channel can do to what comes out.

        Its scale (Liu et al. 2017) times the weights that read it (Li et al. 2017).
        """
        return self.bn1.weight.abs() * self.conv2.weight.abs().sum((0, 2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """(N, before, H, W) to (N, after, H / stride, W / stride)."""
        around = x if self.downsample is None else self.downsample(x)
        through = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(through)) + around)


class ResNet18(nn.Module):
    """(N, 3, H, W) float32 to (N, classes) numbers, before softmax.

    `inner`: channels inside each of the eight blocks; fewer after pruning.
    """

    def __init__(self, classes: int, dropout: float = 0.0, inner: Sequence[int] = INNER) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        widths = iter(inner)
        for number, (before, after) in enumerate(pairwise((64, *_STAGES)), start=1):
            stride = 1 if number == 1 else 2
            blocks = (
                BasicBlock(before, after, next(widths), stride),
                BasicBlock(after, after, next(widths), 1),
            )
            self.add_module(f"layer{number}", nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(_STAGES[-1], classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    @property
    def head(self) -> nn.Module:
        """The part that belongs to the classes; all else is the trunk."""
        return self.fc

    def blocks(self) -> list[BasicBlock]:
        """The eight blocks, from the picture on."""
        return [module for module in self.modules() if isinstance(module, BasicBlock)]

    def forward(self, x: Tensor) -> Tensor:
        """Picture to numbers."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for number in range(1, len(_STAGES) + 1):
            x = self.get_submodule(f"layer{number}")(x)
        return self.fc(self.dropout(torch.flatten(self.avgpool(x), 1)))
