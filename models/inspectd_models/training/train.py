"""One training: cross-validation, a model on all but the test part, its scores, its folder."""

import csv
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import ConfigurationError
from inspectd.infer.manifest import Manifest
from inspectd.infer.session import open_session
from inspectd.pipelines.host.decode import decode_rgb
from inspectd.pipelines.host.evaluation.scores import Scores, score
from inspectd_models.training.dataset import (
    Dataset,
    Examples,
    find_pictures,
    load_examples,
    others,
    parts,
)
from inspectd_models.training.method import Fitted, Method, MethodOptions, Work, go_on
from inspectd_models.training.model_folder import Origin, model_name, write_model_folder

# One part of five is never learned from; shrinking and later models are measured on it, too.
_PARTS = 5
SPLIT = "split.csv"
MODEL = "model"
_WORK = "work"
ASKED = "training.json"
_TIMED_PICTURES = 30
_TEST, _TRAINING = "test", "training"


@dataclass(frozen=True, slots=True)
class Asked:
    """One training as it is asked for; `folds` 0 leaves the cross-validation out."""

    folder: Path
    method: Method
    options: MethodOptions
    folds: int
    seed: int


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of it. Times of the final model's training, and of one picture on one thread."""

    dataset: Dataset
    manifest: Manifest
    cross_validated: Scores | None
    test: Scores
    training_s: float
    latency_p50_ms: float
    latency_p99_ms: float


def train(
    asked: Asked, out: Path, tell: Callable[[str], None], pause: Callable[[], None] = go_on
) -> Trained:
    """Train into a folder; the same call goes on with what was cut off. ConfigurationError.

    `pause` is called between steps, and returns when the machine is free.
    """
    asked.method.check(asked.options)
    wanted = asked.method.input(asked.options)
    dataset, examples = load_examples(find_pictures(asked.folder), wanted)
    test = parts(examples, _PARTS, asked.seed)[0]
    learned = examples.take(others(examples, test))
    folds = parts(learned, asked.folds, asked.seed + 1) if asked.folds else []
    _begin(asked, dataset, out)
    _write_split(out, dataset, test)
    work = Work(out / _WORK, "final", tell, pause)
    crossed = _cross_validated(asked, learned, folds, work)
    started_s = time.perf_counter()
    fitted = _fit(asked, learned, work)
    training_s = time.perf_counter() - started_s
    held = examples.take(test)
    scores = scored(held, fitted, asked.seed)
    folder = out / MODEL
    folder.mkdir(exist_ok=True)
    origin = Origin(
        model_name(out.resolve().name),
        asked.method.name,
        asked.options.model_dump(mode="json"),
        asked.seed,
        dataset,
        len(learned),
        scores,
    )
    manifest = write_model_folder(
        fitted.write(folder), asked.method.runtime, wanted, asked.method.activation(), origin
    )
    p50, p99 = latency_ms(folder, manifest, dataset, test)
    _end(out / _WORK)
    return Trained(dataset, manifest, crossed, scores, training_s, p50, p99)


def scored(examples: Examples, fitted: Fitted, seed: int) -> Scores:
    """A model's scores on pictures."""
    told = fitted.scores(examples.pictures).argmax(axis=1)
    return _score(examples.labels, examples.classes.tolist(), told.tolist(), seed)


def _score(labels: tuple[str, ...], truth: list[int], told: list[int], seed: int) -> Scores:
    return score([labels[each] for each in truth], [labels[each] for each in told], seed=seed)


def _cross_validated(
    asked: Asked, learned: Examples, folds: list[NDArray[np.int64]], work: Work
) -> Scores | None:
    """Each picture is told once, by a model that never saw it."""
    if not folds:
        return None
    truth: list[int] = []
    told: list[int] = []
    for number, fold in enumerate(folds, start=1):
        done = work.folder / f"fold-{number}.json"
        if not done.exists():
            work.pause()
            mine = replace(work, name=done.stem)
            fitted = _fit(asked, learned.take(others(learned, fold)), mine)
            found = fitted.scores(learned.pictures[fold]).argmax(axis=1)
            _write(done, found.tolist())
            done.with_suffix(".pt").unlink(missing_ok=True)
        told += json.loads(done.read_text())
        truth += learned.classes[fold].tolist()
    return _score(learned.labels, truth, told, asked.seed)


def _fit(asked: Asked, examples: Examples, work: Work) -> Fitted:
    return asked.method.fit(examples, asked.options, asked.seed, work)


def latency_ms(
    folder: Path, manifest: Manifest, dataset: Dataset, chosen: Any
) -> tuple[float, float]:
    """Median and 99th percentile of a decoded picture to its scores, one thread, as on the host."""
    pictures = [
        decode_rgb(dataset.pictures[place].path.read_bytes(), 200_000_000)
        for place in chosen[:_TIMED_PICTURES]
    ]
    session = open_session(manifest, folder / manifest.file.name, dataset.labels, 1)
    times = []
    for number, picture in enumerate([pictures[0]] + pictures * 3):
        started_s = time.perf_counter()
        session.scores([picture])
        if number:
            times.append(1e3 * (time.perf_counter() - started_s))
    p50, p99 = np.percentile(times, (50, 99))
    return float(p50), float(p99)


def _begin(asked: Asked, dataset: Dataset, out: Path) -> None:
    """Keep what was asked for, or see that it is the same as before. ConfigurationError."""
    wanted = {
        "method": asked.method.name,
        "options": asked.options.model_dump(mode="json"),
        "folds": asked.folds,
        "seed": asked.seed,
        "data_sha256": dataset.sha256,
    }
    told = out / ASKED
    try:
        if out.is_dir() and any(out.iterdir()):
            before = json.loads(told.read_text()) if told.exists() else None
            work = out / _WORK
            # One that was refused before anything was learned leaves nothing to go on with.
            if before is not None and work.is_dir() and not any(work.iterdir()):
                _write(told, wanted)
                return
            if before != wanted or not work.is_dir():
                what = "is not empty" if before is None else "holds another or a finished training"
                msg = f"{out}: {what}; give a new folder by --out"
                raise ConfigurationError(msg)
            return
        (out / _WORK).mkdir(parents=True)
        _write(told, wanted)
    except OSError as error:
        msg = f"{out}: cannot be written: {error.strerror}"
        raise ConfigurationError(msg) from None


def _write(path: Path, content: object) -> None:
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(content, indent=1) + "\n")
    beside.replace(path)


def _write_split(out: Path, dataset: Dataset, test: Any) -> None:
    held = set(test.tolist())
    with (out / SPLIT).open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("sha256", "label", "part"))
        for place, each in enumerate(dataset.pictures):
            rows.writerow((each.sha256, each.label, _TEST if place in held else _TRAINING))


def read_split(out: Path, dataset: Dataset) -> tuple[Any, Any]:
    """Places of the training and of the test part of an earlier training. ConfigurationError.

    Pictures that came since belong to neither.
    """
    try:
        with (out / SPLIT).open(newline="", encoding="utf-8") as file:
            part = {row["sha256"]: row["part"] for row in csv.DictReader(file)}
    except (OSError, KeyError, UnicodeDecodeError) as error:
        msg = f"{out / SPLIT}: cannot be read: {error}; name the --out of `inspectd side train`"
        raise ConfigurationError(msg) from None
    of = [part.get(each.sha256) for each in dataset.pictures]
    found = [
        np.array([place for place, each in enumerate(of) if each == name], np.int64)
        for name in (_TRAINING, _TEST)
    ]
    if not all(map(len, found)):
        msg = f"{dataset.folder}: holds none of the pictures of {out / SPLIT}; name the same folder"
        raise ConfigurationError(msg)
    return found[0], found[1]


def _end(work: Path) -> None:
    for path in work.iterdir():
        path.unlink()
    work.rmdir()


def as_document(done: Trained) -> dict[str, Any]:
    """What `--json` prints."""
    told: dict[str, Any] = {
        "model": done.manifest.model_dump(mode="json"),
        "left_out": list(done.dataset.left_out),
        "test": done.test.figures(),
        "training_s": round(done.training_s, 2),
        "latency_ms": {"p50": round(done.latency_p50_ms, 2), "p99": round(done.latency_p99_ms, 2)},
    }
    if done.cross_validated is not None:
        told["cross_validated"] = done.cross_validated.figures()
        told["classes"] = {
            name: asdict(each) for name, each in done.cross_validated.classes.items()
        }
    return told
