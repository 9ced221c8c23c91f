"""Epochs of training, with a file after each: whoever is killed goes on with the next one.

Every epoch draws from a generator of its own (seed and number), so a training that was cut off ends
with the same weights as one that was not.
"""

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inspectd_models.nets.checkpoint import read_tensors, save_atomically
from inspectd_models.training.augment import augmented
from inspectd_models.training.dataset import Examples
from inspectd_models.training.method import Work
from inspectd_models.training.net_options import NetOptions

# ImageNet's, in units of 0 to 255: published trunks were trained with them.
MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)
# Of numbers, true classes, and the pictures themselves (a teacher looks at them, too).
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of epochs with one set of weights to learn."""

    name: str
    epochs: int
    learning_rate: float
    frozen_trunk: bool = False


def as_tensor(pictures: NDArray[np.uint8]) -> Tensor:
    """(N, H, W, 3) uint8 to (N, 3, H, W) float32, as the host's manifest says."""
    values = torch.from_numpy(np.ascontiguousarray(pictures)).float()
    values = (values - torch.tensor(MEAN)) / torch.tensor(STD)
    return values.permute(0, 3, 1, 2).contiguous()


def numbers(net: Any, pictures: NDArray[np.uint8], batch: int = 64) -> NDArray[np.float32]:
    """(N, K) numbers before softmax."""
    net.eval()
    with torch.inference_mode():
        told = [
            net(as_tensor(pictures[start : start + batch])).numpy()
            for start in range(0, len(pictures), batch)
        ]
    return np.concatenate(told)


def cross_entropy(told: Tensor, classes: Tensor, _pictures: Tensor) -> Tensor:
    """The usual loss."""
    return nn.functional.cross_entropy(told, classes)


class Training:
    """One net on its way; `seen` are its pictures, `check` those that tell how good it is."""

    def __init__(
        self,
        net: Any,
        seen: Examples,
        check: Examples,
        options: NetOptions,
        *,
        seed: int,
        work: Work,
        loss: Loss = cross_entropy,
    ) -> None:
        self.net = net
        self._seen, self._check = seen, check
        self._options, self._seed = options, seed
        self._work = work
        self._file = work.folder / f"{work.name}.pt"
        self._loss = loss
        self._saved = read_tensors(self._file) if self._file.exists() else {}
        if self._saved:
            net.load_state_dict(self._saved["net"])

    def run(self, stages: Iterable[Stage]) -> None:
        """Train through all stages; `net` then has the best weights of the last."""
        for stage in stages:
            self._run(stage)

    def _run(self, stage: Stage) -> None:
        if stage.name in self._saved.get("past", []):
            return
        optimiser, schedule = self._steps(stage)
        best = (-1.0, float("-inf"))
        best_weights = copy.deepcopy(self.net.state_dict())
        first, stale = 0, 0
        if self._saved.get("stage") == stage.name:
            optimiser.load_state_dict(self._saved["optimiser"])
            schedule.load_state_dict(self._saved["schedule"])
            best_weights = self._saved["best_weights"]
            best = (self._saved["best"][0], self._saved["best"][1])
            first, stale = self._saved["epoch"] + 1, self._saved["stale"]
            self._tell(f"goes on after epoch {first} of {stage.name}")
        for epoch in range(first, stage.epochs):
            if stale >= self._options.patience:
                break
            mean_loss = self._epoch(stage, epoch, optimiser)
            schedule.step()
            found = self._quality()
            stale = 0 if found > best else stale + 1
            if found > best:
                best, best_weights = found, copy.deepcopy(self.net.state_dict())
            self._keep(
                stage=stage.name,
                epoch=epoch,
                stale=stale,
                best=list(best),
                best_weights=best_weights,
                optimiser=optimiser.state_dict(),
                schedule=schedule.state_dict(),
            )
            self._tell(
                f"{stage.name} epoch {epoch + 1}/{stage.epochs}: loss {mean_loss:.3f}, "
                f"validation {found[0]:.3f} (best {best[0]:.3f})"
            )
        self.net.load_state_dict(best_weights)
        self._keep(past=[*self._saved.get("past", []), stage.name], stage="")

    def _tell(self, line: str) -> None:
        self._work.tell(f"{self._work.name}: {line}")

    def _keep(self, **state: Any) -> None:
        self._saved = self._saved | state | {"net": self.net.state_dict()}
        save_atomically(self._file, self._saved)

    def _steps(self, stage: Stage) -> tuple[Any, Any]:
        asked = self._options
        learned = self.net.head if stage.frozen_trunk else self.net
        for weight in self.net.parameters():
            weight.requires_grad = not stage.frozen_trunk
        for weight in learned.parameters():
            weight.requires_grad = True
        kind = torch.optim.Adam if asked.optimiser == "adam" else torch.optim.SGD
        more = {} if asked.optimiser == "adam" else {"momentum": 0.9}
        optimiser = kind(
            learned.parameters(),
            lr=stage.learning_rate,
            weight_decay=asked.weight_decay,
            **more,
        )
        schedule = torch.optim.lr_scheduler.StepLR(optimiser, asked.step_epochs, asked.step_factor)
        return optimiser, schedule

    def _epoch(self, stage: Stage, epoch: int, optimiser: Any) -> float:
        rng = np.random.default_rng([self._seed, epoch, *stage.name.encode()])
        torch.manual_seed(int(rng.integers(2**31)))
        self.net.train()
        if stage.frozen_trunk:
            # A frozen trunk keeps the means that it was trained with, too.
            self.net.eval()
            self.net.head.train()
        losses = []
        order = rng.permutation(len(self._seen))
        for start in range(0, len(order), self._options.batch):
            places = order[start : start + self._options.batch]
            # Batch normalisation cannot do with one picture.
            if len(places) == 1 and start:
                continue
            changed = [
                augmented(self._seen.pictures[place], self._options.augment, rng)
                for place in places
            ]
            self._work.pause()
            pictures = as_tensor(np.stack(changed))
            classes = torch.from_numpy(self._seen.classes[places])
            loss = self._loss(self.net(pictures), classes, pictures)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    def _quality(self) -> tuple[float, float]:
        """Accuracy, and where that is equal the less loss."""
        told = torch.from_numpy(numbers(self.net, self._check.pictures))
        classes = torch.from_numpy(self._check.classes)
        accuracy = float((told.argmax(1) == classes).float().mean())
        return accuracy, -float(nn.functional.cross_entropy(told, classes))
