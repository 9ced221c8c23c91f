"""The chain: export, prune, distil, quantise; each step is kept only if it is worth it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from inspectd.core.errors import ConfigurationError
from inspectd.infer.manifest import Manifest
from inspectd.infer.store import MANIFEST
from inspectd.pipelines.host.evaluation.scores import score
from inspectd.toml_file import load_model
from inspectd_models.nets.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from inspectd_models.shrink.distil import student, taught_by
from inspectd_models.shrink.measure import Measured, Run, measured, onnx_run, times_ms
from inspectd_models.shrink.prune import pruned
from inspectd_models.shrink.quantise import quantise
from inspectd_models.training.dataset import Dataset, Examples, find_pictures, load_examples
from inspectd_models.training.export import export_onnx
from inspectd_models.training.loop import Loss, Stage, Training, as_tensor, cross_entropy
from inspectd_models.training.model_folder import Origin, model_name, write_model_folder
from inspectd_models.training.net_options import NetOptions
from inspectd_models.training.network import (
    CHECKPOINT,
    FILE,
    net_input,
    split_for_validation,
)
from inspectd_models.training.train import ASKED, MODEL, read_split

_PRUNED_SHARE = 0.5
_VALIDATION_SHARE = 0.15
# What is nearer to 1 is noise of the clock. The first step, from PyTorch to the ONNX that the host
# runs, need not be worth anything.
_WORTH_IT = 0.97


@dataclass(frozen=True, slots=True)
class Asked:
    """`trained` is what `inspectd side train` wrote, `folder` the pictures it was trained on."""

    trained: Path
    folder: Path
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


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The table and the model that is left."""

    steps: tuple[Step, ...]
    manifest: Manifest


class _Chain:
    """Where the chain stands: the net that was kept last, in torch and as it runs."""

    def __init__(
        self,
        asked: Asked,
        out: Path,
        learned: Examples,
        test: Examples,
        tell: Callable[[str], None],
    ) -> None:
        self.asked, self._work, self._tell = asked, out / "work", tell
        self._work.mkdir(parents=True)
        self.first = read_checkpoint(asked.trained / CHECKPOINT)
        self.now = self.first
        self.learned, self.test = learned, test
        self._picture = as_tensor(test.pictures[:1]).numpy()
        net = self.first.build()

        def in_torch(pictures: object) -> object:
            with torch.inference_mode():
                return net(torch.from_numpy(pictures)).numpy()

        self.best = measured(asked.trained / CHECKPOINT, in_torch, test)  # type: ignore[arg-type]
        self._first_accuracy = self.best.accuracy

    def steps(self) -> Iterator[Step]:
        """Every step in turn, the trained net before them."""
        yield self._line("as trained", self.best, self._ms(self.best.run)[0], kept=True, why="")
        yield self._judged("ONNX", self._exported("onnx", self.now), self.now)
        narrow = pruned(self.now, _PRUNED_SHARE)
        narrow = self._learning("pruned", narrow, cross_entropy)
        yield self._judged("pruned", self._exported("pruned", narrow), narrow)
        small = student(self.now)
        small = self._learning("distilled", small, taught_by(self.first.build()))
        yield self._judged("distilled", self._exported("distilled", small), small)
        file = self._work / "int8.onnx"
        quantise(self._exported("float", self.now), file, as_tensor(self.learned.pictures).numpy())
        yield self._judged("INT8", file, self.now)

    def _ms(self, *runs: Run) -> list[float]:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        found = times_ms(list(runs), self._picture)
        torch.set_num_threads(threads)
        return found

    def _exported(self, name: str, checkpoint: Checkpoint) -> Path:
        file = self._work / f"{name}.onnx"
        export_onnx(checkpoint.build(), checkpoint.size_px, file)
        return file

    def _learning(self, name: str, checkpoint: Checkpoint, loss: Loss) -> Checkpoint:
        """Epochs after which a changed net knows again what it knew."""
        options = NetOptions(epochs=self.asked.epochs, size_px=checkpoint.size_px)
        net = checkpoint.build(options.dropout)
        seen, check = split_for_validation(self.learned, _VALIDATION_SHARE, self.asked.seed)
        stage = Stage(name, options.epochs, options.learning_rate)
        training = Training(
            net,
            seen,
            check,
            options,
            seed=self.asked.seed,
            state_file=self._work / f"{name}.pt",
            tell=self._tell,
            loss=loss,
        )
        training.run([stage])
        return replace(checkpoint, weights=net.state_dict())

    def _judged(self, name: str, file: Path, checkpoint: Checkpoint) -> Step:
        found = measured(file, onnx_run(file), self.test)
        before_ms, now_ms = self._ms(self.best.run, found.run)
        faster, smaller = now_ms / before_ms, found.size_bytes / self.best.size_bytes
        gain = f"{faster:.2f} of the time, {smaller:.2f} of the size"
        lost = self._first_accuracy - found.accuracy
        if lost > self.asked.max_loss:
            why = f"loses {lost:.3f} of accuracy, {self.asked.max_loss:g} are allowed ({gain})"
        elif min(faster, smaller) > _WORTH_IT and self.best.file.suffix == ".onnx":
            why = f"neither faster nor smaller ({gain})"
        else:
            line = self._line(name, found, now_ms, kept=True, why=gain)
            self.best, self.now = found, checkpoint
            return line
        return self._line(name, found, now_ms, kept=False, why=why)

    @staticmethod
    def _line(name: str, found: Measured, now_ms: float, *, kept: bool, why: str) -> Step:
        return Step(name, found.accuracy, found.size_bytes / 1e6, now_ms, kept, why)

    def end(self) -> None:
        """Remove what no step needs any more."""
        for path in self._work.iterdir():
            path.unlink()
        self._work.rmdir()


def shrink(asked: Asked, out: Path, tell: Callable[[str], None]) -> Shrunk:
    """Run the chain, and write what is left as a model folder. ConfigurationError."""
    if not (asked.trained / CHECKPOINT).is_file():
        msg = (
            f"{asked.trained}: no {CHECKPOINT} in it; name the --out of `inspectd side train "
            "--method cnn` or `head` (classical models have nothing to prune)"
        )
        raise ConfigurationError(msg)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        msg = f"{out}: is there already; give a new folder by --out"
        raise ConfigurationError(msg)
    size_px = read_checkpoint(asked.trained / CHECKPOINT).size_px
    dataset, examples = load_examples(find_pictures(asked.folder), net_input(size_px))
    learned, test = (examples.take(places) for places in read_split(asked.trained, dataset))
    chain = _Chain(asked, out, learned, test, tell)
    steps = []
    for step in chain.steps():
        tell(f"{step.name}: {'kept' if step.kept else 'refused'} {step.why}")
        steps.append(step)
    manifest = _write(out, chain, dataset, steps)
    chain.end()
    return Shrunk(tuple(steps), manifest)


def _write(out: Path, chain: _Chain, dataset: Dataset, steps: list[Step]) -> Manifest:
    asked, test = chain.asked, chain.test
    folder = out / MODEL
    folder.mkdir()
    file = folder / FILE
    file.write_bytes(chain.best.file.read_bytes())
    write_checkpoint(out / CHECKPOINT, chain.now)
    truth = [test.labels[each] for each in test.classes]
    scores = score(truth, [test.labels[each] for each in chain.best.told], seed=asked.seed)
    before = load_model(asked.trained / MODEL / MANIFEST, Manifest)
    kept = ", ".join(step.name for step in steps[1:] if step.kept)
    told = json.loads((asked.trained / ASKED).read_text())
    origin = Origin(
        model_name(f"{before.name}-small"),
        f"{told['method']}, then {kept}",
        told["options"] | {"max_loss": asked.max_loss, "shrink_epochs": asked.epochs},
        asked.seed,
        dataset,
        len(chain.learned),
        scores,
    )
    return write_model_folder(file, "onnxruntime", net_input(chain.now.size_px), "softmax", origin)
