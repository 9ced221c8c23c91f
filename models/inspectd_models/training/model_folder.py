"""A trained model as the host imports it: manifest, file, labels and card in one folder."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from inspectd.infer.manifest import Manifest, ModelInput
from inspectd.infer.store import CARD, MANIFEST, sha256_of
from inspectd.pipelines.host.evaluation.scores import Scores
from inspectd_models.training.dataset import Dataset

_LABELS = "labels.txt"
_FIGURES = ("accuracy", "precision", "recall", "f1", "kappa", "kappa_low", "kappa_high")


@dataclass(frozen=True, slots=True)
class Origin:
    """How a model came about. `scores` are those of pictures that it never saw."""

    name: str
    method: str
    options: dict[str, Any]
    seed: int
    dataset: Dataset
    pictures: int
    scores: Scores


def model_name(text: str) -> str:
    """A name that a model may have, made of any text."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:80].strip("-") or "model"


def write_model_folder(
    file: Path, runtime: str, wanted: ModelInput, activation: str, origin: Origin
) -> Manifest:
    """Describe a model file in the folder where it lies."""
    folder = file.parent
    labels = folder / _LABELS
    labels.write_text("".join(f"{label}\n" for label in origin.dataset.labels), encoding="utf-8")
    figures = origin.scores.figures()
    told = {
        "name": origin.name,
        "version": origin.dataset.sha256[:8],
        "title": f"{', '.join(origin.dataset.labels)}"[:160] + f" ({origin.method})",
        "task": "classification",
        "runtime": runtime,
        "file": {
            "name": file.name,
            "sha256": sha256_of(file),
            "size_bytes": file.stat().st_size,
        },
        "licence": {
            "spdx": "NOASSERTION",
            "non_commercial": False,
            "statement": _licence(origin.options.get("trunk")),
        },
        "input": wanted.model_dump(mode="json"),
        "output": {
            "labels": _LABELS,
            "labels_sha256": sha256_of(labels),
            "activation": activation,
        },
        "training": {
            "method": origin.method,
            "seed": origin.seed,
            "pictures": origin.pictures,
            "data_sha256": origin.dataset.sha256,
            "scores": {name: round(figures[name], 4) for name in _FIGURES},
        },
    }
    manifest = Manifest.model_validate(told)
    (folder / MANIFEST).write_text(tomli_w.dumps(told), encoding="utf-8")
    (folder / CARD).write_text(_card(manifest, origin), encoding="utf-8")
    return manifest


def _licence(trunk: object) -> str:
    ours = "Trained here; the licence of the pictures holds"
    return f"{ours}, and that of the weights it began with ({trunk})" if trunk else ours


def _card(manifest: Manifest, origin: Origin) -> str:
    counts = Counter(each.label for each in origin.dataset.pictures)
    classes = "\n".join(f"- {label}: {counts[label]} pictures" for label in origin.dataset.labels)
    scores = origin.scores
    options = "\n".join(f"- {name}: {value}" for name, value in origin.options.items())
    return f"""# {manifest.title}

Tells {len(origin.dataset.labels)} classes apart. It knows nothing else: a picture of anything else
gets the class that it resembles most, and a score that means little.

## Data

{origin.dataset.folder.name} (sha256 of all pictures and labels: {origin.dataset.sha256[:16]}...)

{classes}

## Scores

On {scores.pictures} pictures that it never saw: accuracy {scores.accuracy:.3f}, macro precision
{scores.precision:.3f}, recall {scores.recall:.3f}, F1 {scores.f1:.3f}, Cohen's kappa
{scores.kappa:.3f} (95 %: {scores.kappa_95[0]:.3f} to {scores.kappa_95[1]:.3f}). Pictures of another
camera, light or place can score otherwise; check a sample of them.

## Training

Method {origin.method}, seed {origin.seed}, {origin.pictures} pictures.

{options}
"""
