"""Channels that do least are taken out of every block; what is left is a plain, narrower net."""

from typing import Any

import torch
from torch import Tensor

from inspectd_models.nets.checkpoint import Checkpoint, Shape

# Vector units work on eight numbers at a time; other widths cost as much as the next multiple.
_MULTIPLE = 8


def pruned(checkpoint: Checkpoint, share: float) -> Checkpoint:
    """Take out this share of each block's inner channels; it has to learn again afterwards."""
    old = checkpoint.build()
    kept = [_kept(block.importance(), share) for block in old.blocks()]
    inner = tuple(
        width if places is None else len(places)
        for width, places in zip(checkpoint.shape.inner, kept, strict=True)
    )
    shape = Shape(checkpoint.shape.net, checkpoint.shape.classes, inner)
    new = shape.build(0.0)
    weights = old.state_dict()
    place_of = {id(block): places for block, places in zip(new.blocks(), kept, strict=True)}
    for prefix, module in new.named_modules():
        places = place_of.get(id(module))
        if places is not None:
            _narrow(weights, module, prefix, places)
    return Checkpoint(shape, checkpoint.labels, checkpoint.size_px, weights)


def _kept(importance: Tensor | None, share: float) -> Tensor | None:
    if importance is None:
        return None
    wanted = (1 - share) * len(importance)
    count = min(len(importance), max(_MULTIPLE, round(wanted / _MULTIPLE) * _MULTIPLE))
    return torch.topk(importance, count).indices.sort().values


def _narrow(weights: dict[str, Any], block: Any, prefix: str, places: Tensor) -> None:
    """Only the inner channels' axes have another length in the narrower block."""
    for name, narrow in block.state_dict().items():
        full = weights[f"{prefix}.{name}"]
        for axis, length in enumerate(narrow.shape):
            if full.shape[axis] != length:
                full = full.index_select(axis, places)
        weights[f"{prefix}.{name}"] = full
