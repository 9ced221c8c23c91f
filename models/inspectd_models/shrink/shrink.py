"""A training's folder in, a smaller model's folder out."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inspectd.core.errors import ConfigurationError
from inspectd.infer.manifest import Manifest
from inspectd.pipelines.host.evaluation.scores import score
from inspectd_models.nets.checkpoint import read_checkpoint, write_checkpoint
from inspectd_models.shrink.chain import Chain, Limits, Step
from inspectd_models.shrink.measure import Measured, runtime_of
from inspectd_models.shrink.tflite import check_converter
from inspectd_models.training.dataset import Dataset, Examples, find_pictures, load_examples
from inspectd_models.training.method import Work, go_on
from inspectd_models.training.model_folder import Origin, model_name, write_model_folder
from inspectd_models.training.network import CHECKPOINT, net_input
from inspectd_models.training.train import ASKED, MODEL, read_split

_WORK, _ASKED = "work", "asked.txt"


@dataclass(frozen=True, slots=True)
class Asked:
    """`trained` is what `inspectd side train` wrote, `folder` the pictures it was trained on."""

    trained: Path
    folder: Path
    limits: Limits
    tflite: bool = False


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The table and the models that are left; the second one is TFLite's, where that was asked."""

    steps: tuple[Step, ...]
    models: tuple[Manifest, ...]


def shrink(
    asked: Asked, out: Path, tell: Callable[[str], None], pause: Callable[[], None] = go_on
) -> Shrunk:
    """Run the chain, and write what is left as model folders. ConfigurationError.

    The same call goes on with what was cut off: what had been learned is not learned again.

    `pause` is called between steps, and returns when the machine is free.
    """
    _check(asked, out)
    size_px = read_checkpoint(asked.trained / CHECKPOINT).size_px
    dataset, examples = load_examples(find_pictures(asked.folder), net_input(size_px))
    learned, test = (examples.take(places) for places in read_split(asked.trained, dataset))
    work = Work(out / _WORK, "shrink", tell, pause)
    try:
        work.folder.mkdir(parents=True, exist_ok=True)
        (work.folder / _ASKED).write_text(repr(asked))
    except OSError as error:
        msg = f"{out}: cannot be written: {error.strerror}"
        raise ConfigurationError(msg) from None
    chain = Chain(asked.trained, work, learned, test, limits=asked.limits)
    steps = []
    for step in chain.steps():
        tell(f"{step.name}: {'kept' if step.kept else 'refused'} {step.why}")
        steps.append(step)
    kept = ", ".join(step.name for step in steps[1:] if step.kept)
    description = _Description(asked, dataset, test, len(learned), kept)
    models = [description.write(out / MODEL, chain.best)]
    if asked.tflite:
        steps += chain.tflite_steps()
        assert chain.tflite is not None
        models.append(description.write(out / f"{MODEL}-tflite", chain.tflite))
    write_checkpoint(out / CHECKPOINT, chain.now)
    shutil.rmtree(work.folder)
    return Shrunk(tuple(steps), tuple(models))


def _check(asked: Asked, out: Path) -> None:
    if not (asked.trained / CHECKPOINT).is_file():
        msg = (
            f"{asked.trained}: no {CHECKPOINT} in it; name the --out of `inspectd side train "
            "--method cnn` or `head` (classical models have nothing to prune)"
        )
        raise ConfigurationError(msg)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        told = out / _WORK / _ASKED
        if not told.is_file() or told.read_text() != repr(asked) or (out / MODEL).exists():
            msg = f"{out}: is there already, and not of the same call; give a new folder by --out"
            raise ConfigurationError(msg)
    if asked.tflite:
        check_converter()


@dataclass(frozen=True, slots=True)
class _Description:
    """What the manifests of all models of one run say."""

    asked: Asked
    dataset: Dataset
    test: Examples
    pictures: int
    kept: str

    def write(self, folder: Path, found: Measured) -> Manifest:
        """The model's folder."""
        folder.mkdir()
        trained, limits, labels = self.asked.trained, self.asked.limits, self.test.labels
        told = json.loads((trained / ASKED).read_text())
        runtime = runtime_of(found.file)
        ending = "" if runtime == "onnxruntime" else "-tflite"
        truth = [labels[each] for each in self.test.classes]
        origin = Origin(
            model_name(f"{folder.parent.resolve().name}{ending}"),
            f"{told['method']}, then {self.kept}",
            told["options"] | {"max_loss": limits.max_loss, "shrink_epochs": limits.epochs},
            limits.seed,
            self.dataset,
            self.pictures,
            score(truth, [labels[each] for each in found.told], seed=limits.seed),
        )
        file = folder / f"model{found.file.suffix}"
        file.write_bytes(found.file.read_bytes())
        wanted = net_input(read_checkpoint(trained / CHECKPOINT).size_px)
        return write_model_folder(file, runtime, wanted, "softmax", origin)
