"""MobileNetV3-small (Howard et al. 2019), with torchvision's names: published state dicts load."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn


class _Row(NamedTuple):
    """One line of the paper's table 2."""

    kernel: int
    inner: int
    after: int
    squeezes: Literal["SE", ""]
    act: Literal["HS", "RE"]
    stride: int


_ROWS = (
    _Row(3, 16, 16, "SE", "RE", 2),
    _Row(3, 72, 24, "", "RE", 2),
    _Row(3, 88, 24, "", "RE", 1),
    _Row(5, 96, 40, "SE", "HS", 2),
    _Row(5, 240, 40, "SE", "HS", 1),
    _Row(5, 240, 40, "SE", "HS", 1),
    _Row(5, 120, 48, "SE", "HS", 1),
    _Row(5, 144, 48, "SE", "HS", 1),
    _Row(5, 288, 96, "SE", "HS", 2),
    _Row(5, 576, 96, "SE", "HS", 1),
    _Row(5, 576, 96, "SE", "HS", 1),
)
INNER = tuple(row.inner for row in _ROWS)
_FIRST, _LAST, _HEAD = 16, 576, 1024
_DIVISOR = 8
_DROPOUT_AS_PUBLISHED = 0.2


def _divisible(channels: float) -> int:
    """The nearest multiple of 8 that is not more than 10 % smaller (the authors' code)."""
    near = max(_DIVISOR, int(channels + _DIVISOR / 2) // _DIVISOR * _DIVISOR)
    return near + _DIVISOR if near < 0.9 * channels else near


def _conv(
    before: int,
    after: int,
    kernel: int,
    stride: int,
    groups: int,
    *,
    act: Callable[[], nn.Module] | None,
) -> nn.Sequential:
    layers = [
        nn.Conv2d(before, after, kernel, stride, kernel // 2, groups=groups, bias=False),
        # torch's own momentum: torchvision's 0.01 follows over thousands of steps, and a training
        # on hundreds of pictures has hundreds; its running means would be those of the beginning.
        nn.BatchNorm2d(after, eps=0.001),
    ]
    return nn.Sequential(*layers, *([act()] if act else []))


class SqueezeExcitation(nn.Module):
    """Channels weigh each other by their means (Hu et al. 2018)."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.activation = nn.ReLU()
        self.scale_activation = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same."""
        weight = self.fc2(self.activation(self.fc1(self.avgpool(x))))
        return self.scale_activation(weight) * x


class InvertedResidual(nn.Module):
    """Expand, filter each channel, weigh, project; a way around where the shape stays."""

    def __init__(self, before: int, row: _Row, inner: int) -> None:
        super().__init__()
        act = nn.Hardswish if row.act == "HS" else nn.ReLU
        layers: list[nn.Module] = []
        # The paper's first row does not expand, so its inner channels are those before.
        if row.inner != before:
            layers.append(_conv(before, inner, 1, 1, 1, act=act))
        layers.append(_conv(inner, inner, row.kernel, row.stride, inner, act=act))
        if row.squeezes:
            layers.append(SqueezeExcitation(inner, _divisible(row.inner / 4)))
        layers.append(_conv(inner, row.after, 1, 1, 1, act=None))
        self.block = nn.Sequential(*layers)
        self.around = row.stride == 1 and before == row.after
        self._filtered = len(layers) - (3 if row.squeezes else 2)
        self._expands = row.inner != before

    def importance(self) -> Tensor | None:
        """(inner,): how much each inner channel can do to what comes out, as in ResNet's blocks.

        None where the inner channels are those that come in.
        """
        if not self._expands:
            return None
        scale = self.block[self._filtered][1].weight.abs()
        return scale * self.block[-1][0].weight.abs().sum((0, 2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """(N, before, H, W) to (N, after, H / stride, W / stride)."""
        through = self.block(x)
        return x + through if self.around else through


class MobileNetV3Small(nn.Module):
    """(N, 3, H, W) float32 to (N, classes) numbers, before softmax.

    `inner`: channels inside each of the eleven blocks; fewer after pruning.
    """

    def __init__(
        self,
        classes: int,
        dropout: float = _DROPOUT_AS_PUBLISHED,
        inner: Sequence[int] = INNER,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [_conv(3, _FIRST, 3, 2, 1, act=nn.Hardswish)]
        before = _FIRST
        for row, width in zip(_ROWS, inner, strict=True):
            layers.append(InvertedResidual(before, row, width))
            before = row.after
        layers.append(_conv(before, _LAST, 1, 1, 1, act=nn.Hardswish))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Linear(_LAST, _HEAD), nn.Hardswish(), nn.Dropout(dropout), nn.Linear(_HEAD, classes)
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")

    @property
    def head(self) -> nn.Module:
        """The part that belongs to the classes; all else is the trunk."""
        return self.classifier

    def blocks(self) -> list[InvertedResidual]:
        """The eleven blocks, from the picture on."""
        return [module for module in self.modules() if isinstance(module, InvertedResidual)]

    def forward(self, x: Tensor) -> Tensor:
        """Picture to numbers."""
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))
