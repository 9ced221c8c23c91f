"""The chain: export, prune, distil, quantise; each step is kept only if it is worth it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from inspectd_models.nets.checkpoint import Checkpoint, read_checkpoint
from inspectd_models.shrink.distil import student, taught_by
from inspectd_models.shrink.measure import Measured, Run, measured, run_of, times_ms
from inspectd_models.shrink.prune import pruned
from inspectd_models.shrink.quantise import quantise
from inspectd_models.shrink.tflite import quantise_tflite, write_tflite
from inspectd_models.training.dataset import Examples
from inspectd_models.training.export import export_onnx
from inspectd_models.training.loop import Loss, Stage, Training, as_tensor, cross_entropy
from inspectd_models.training.method import Work
from inspectd_models.training.net_options import NetOptions
from inspectd_models.training.network import CHECKPOINT, split_for_validation

_PRUNED_SHARE = 0.5
_VALIDATION_SHARE = 0.15
# What is nearer to 1 is noise of the clock.
_WORTH_IT = 0.97


@dataclass(frozen=True, slots=True)
class Limits:
    """How much accuracy may be lost in all, and how long a changed net learns."""

    max_loss: float
    epochs: int
    seed: int


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the table; `why` says what it brought, or what speaks against it."""

    name: str
    accuracy: float
    size_mb: float
    latency_ms: float
    kept: bool
    why: str


class Chain:
    """Where the chain stands: `best` is what was kept last, `now` the same in PyTorch."""

    def __init__(
        self,
        trained: Path,
        work: Work,
        learned: Examples,
        test: Examples,
        *,
        limits: Limits,
    ) -> None:
        self._limits, self._work = limits, work
        self._learned, self._test = learned, test
        self._picture = as_tensor(test.pictures[:1]).numpy()
        self._first = read_checkpoint(trained / CHECKPOINT)
        self.now = self._first
        net = self._first.build()

        def in_torch(pictures: object) -> object:
            with torch.inference_mode():
                return net(torch.from_numpy(pictures)).numpy()

        self.best = measured(trained / CHECKPOINT, in_torch, test)  # type: ignore[arg-type]
        self._first_accuracy = self.best.accuracy
        self.tflite: Measured | None = None

    def steps(self) -> Iterator[Step]:
        """Every step in turn, the trained net before them."""
        first_ms = self._ms(self.best.run)[0]
        yield self._line("as trained", self.best, first_ms, kept=True, why="")
        # The host runs no PyTorch, so this one need not be worth anything.
        yield self._taken("ONNX", self._exported("onnx", self.now), self.now, needed=True)
        narrow = self._learning("pruned", pruned(self.now, _PRUNED_SHARE), cross_entropy)
        yield self._taken("pruned", self._exported("pruned", narrow), narrow)
        small = self._learning("distilled", student(self.now), taught_by(self._first.build()))
        yield self._taken("distilled", self._exported("distilled", small), small)
        file = self._work.folder / "int8.onnx"
        quantise(self._exported("float", self.now), file, as_tensor(self._learned.pictures).numpy())
        yield self._taken("INT8", file, self.now)

    def tflite_steps(self) -> Iterator[Step]:
        """The net that is left, as TFLite, and that in 8 bits."""
        file = self._work.folder / "float.tflite"
        write_tflite(self.now.build(), self.now.size_px, file)
        step, self.tflite = self._judged("TFLite", file, self.best, needed=True)
        yield step
        small = self._work.folder / "int8.tflite"
        quantise_tflite(file, small)
        step, found = self._judged("TFLite INT8", small, self.tflite)
        if step.kept:
            self.tflite = found
        yield step

    def _exported(self, name: str, checkpoint: Checkpoint) -> Path:
        file = self._work.folder / f"{name}.onnx"
        export_onnx(checkpoint.build(), checkpoint.size_px, file)
        return file

    def _learning(self, name: str, checkpoint: Checkpoint, loss: Loss) -> Checkpoint:
        """Epochs after which a changed net knows again what it knew."""
        limits = self._limits
        options = NetOptions(
            epochs=limits.epochs, patience=limits.epochs, size_px=checkpoint.size_px
        )
        net = checkpoint.build(options.dropout)
        seen, check = split_for_validation(self._learned, _VALIDATION_SHARE, limits.seed)
        training = Training(
            net,
            seen,
            check,
            options,
            seed=limits.seed,
            work=replace(self._work, name=name),
            loss=loss,
        )
        training.run([Stage("training", options.epochs, options.learning_rate)])
        return replace(checkpoint, weights=net.state_dict())

    def _taken(
        self, name: str, file: Path, checkpoint: Checkpoint, *, needed: bool = False
    ) -> Step:
        step, found = self._judged(name, file, self.best, needed=needed)
        if step.kept:
            self.best, self.now = found, checkpoint
        return step

    def _judged(
        self, name: str, file: Path, before: Measured, *, needed: bool = False
    ) -> tuple[Step, Measured]:
        found = measured(file, run_of(file), self._test)
        before_ms, now_ms = self._ms(before.run, found.run)
        faster, smaller = now_ms / before_ms, found.size_bytes / before.size_bytes
        why = f"{before_ms:.2f} to {now_ms:.2f} ms, {smaller:.2f} of the size"
        lost = self._first_accuracy - found.accuracy
        kept = True
        if lost > self._limits.max_loss:
            kept = False
            why = f"loses {lost:.3f} of accuracy, {self._limits.max_loss:g} are allowed ({why})"
        elif min(faster, smaller) > _WORTH_IT and not needed:
            kept, why = False, f"neither faster nor smaller ({why})"
        return self._line(name, found, now_ms, kept=kept, why=why), found

    def _ms(self, *runs: Run) -> list[float]:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        found = times_ms(list(runs), self._picture)
        torch.set_num_threads(threads)
        return found

    @staticmethod
    def _line(name: str, found: Measured, now_ms: float, *, kept: bool, why: str) -> Step:
        return Step(name, found.accuracy, found.size_bytes / 1e6, now_ms, kept, why)
