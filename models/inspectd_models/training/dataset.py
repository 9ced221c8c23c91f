"""Labelled pictures: FOLDER/<class>/<picture>, or FOLDER/<class>/<object>/<picture>.

Pictures in one object's folder belong together and are never split between training and test:
otherwise a net is asked about what it has seen, and every score is too good.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from inspectd.core.errors import ConfigurationError, PictureError
from inspectd.infer.manifest import ModelInput
from inspectd.infer.session import prepared
from inspectd.pipelines.host.decode import decode_rgb

_MAX_PIXELS = 200_000_000
_SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif"))
_FEWEST_CLASSES = 2


@dataclass(frozen=True, slots=True)
class Picture:
    """One labelled picture; `group` is its object, a number that no other class has."""

    path: Path
    label: str
    group: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """All pictures by class and path; `left_out` says which files were not taken, and why."""

    folder: Path
    labels: tuple[str, ...]
    pictures: tuple[Picture, ...]
    left_out: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """Names the data: the same pictures under the same labels have the same."""
        digest = hashlib.sha256()
        for line in sorted(f"{each.sha256} {each.label}\n" for each in self.pictures):
            digest.update(line.encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Examples:
    """Pictures as a model takes them: (N, H, W, C) uint8, with class and object numbers.

    A class number is a place in `labels`.
    """

    labels: tuple[str, ...]
    pictures: NDArray[np.uint8]
    classes: NDArray[np.int64]
    groups: NDArray[np.int64]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.classes)

    def take(self, chosen: NDArray[np.int64]) -> "Examples":
        """Those at these places."""
        return Examples(
            self.labels, self.pictures[chosen], self.classes[chosen], self.groups[chosen]
        )


def find_pictures(folder: Path) -> Dataset:
    """Look at a folder of classes. ConfigurationError: no classes, or a picture in two of them."""
    if not folder.is_dir():
        msg = f"{folder}: no such folder; give one that has a folder of pictures for each class"
        raise ConfigurationError(msg)
    found: dict[str, Picture] = {}
    left_out: list[str] = []
    groups: dict[Path, int] = {}
    left_out += [f"{path}: in no folder of a class" for path in sorted(folder.glob("*.*"))]
    for path in sorted(path for path in folder.glob("*/**/*") if path.is_file()):
        if path.suffix.lower() not in _SUFFIXES or path.name.startswith("."):
            left_out.append(f"{path}: no picture by its ending")
            continue
        inside = path.relative_to(folder).parts
        # `inspectd side collect` writes the label `clothing/top` as the folder `clothing%2Ftop`.
        label = unquote(inside[0])
        whole = path if path.parent == folder / inside[0] else path.parent
        group = groups.setdefault(whole, len(groups))
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        before = found.get(sha256)
        if before is None:
            found[sha256] = Picture(path, label, group, sha256)
        elif before.label == label:
            left_out.append(f"{path}: the same picture as {before.path}")
        else:
            msg = f"{path} is the same picture as {before.path}, of another class; remove one"
            raise ConfigurationError(msg)
    labels = tuple(sorted({each.label for each in found.values()}))
    if len(labels) < _FEWEST_CLASSES:
        names = ", ".join(labels) or "none"
        msg = f"{folder}: needs two folders with pictures at least, one a class; found: {names}"
        raise ConfigurationError(msg)
    pictures = sorted(found.values(), key=lambda each: (each.label, str(each.path)))
    return Dataset(folder, labels, tuple(pictures), tuple(left_out))


def load_examples(dataset: Dataset, wanted: ModelInput) -> tuple[Dataset, Examples]:
    """Decode and resize all; a picture that cannot be read is left out, and named.

    ConfigurationError where a class has none left.
    """
    size = ModelInput(**(wanted.model_dump() | _AS_BYTES))
    kept: list[Picture] = []
    pixels: list[NDArray[np.uint8]] = []
    left_out = list(dataset.left_out)
    for each in dataset.pictures:
        try:
            picture = decode_rgb(each.path.read_bytes(), _MAX_PIXELS)
        except (PictureError, OSError) as error:
            left_out.append(f"{each.path}: {error}")
            continue
        kept.append(each)
        pixels.append(prepared(picture, size))
    empty = set(dataset.labels) - {each.label for each in kept}
    if empty:
        msg = f"{dataset.folder}: no readable picture of {', '.join(sorted(empty))}: {left_out[-1]}"
        raise ConfigurationError(msg)
    place = {label: number for number, label in enumerate(dataset.labels)}
    examples = Examples(
        dataset.labels,
        np.stack(pixels),
        np.array([place[each.label] for each in kept], np.int64),
        np.array([each.group for each in kept], np.int64),
    )
    return Dataset(dataset.folder, dataset.labels, tuple(kept), tuple(left_out)), examples


_AS_BYTES = {"dtype": "uint8", "layout": "NHWC", "mean": (), "std": ()}


def fewest_objects(examples: Examples) -> tuple[str, int]:
    """The class with the fewest objects, and how many those are."""
    objects = {(int(c), int(g)) for c, g in zip(examples.classes, examples.groups, strict=True)}
    number, fewest = Counter(number for number, _ in objects).most_common()[-1]
    return examples.labels[number], fewest


def parts(examples: Examples, count: int, seed: int) -> list[NDArray[np.int64]]:
    """Split into parts of about equal classes, no object in two; the places of each part.

    ConfigurationError where a class has fewer objects than there are parts.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415 - 70 MB

    label, fewest = fewest_objects(examples)
    if fewest < count:
        msg = (
            f"class {label}: {fewest} objects (pictures, or folders of pictures "
            f"of one object) are too few to be split into {count} parts; add some, or ask for fewer"
        )
        raise ConfigurationError(msg)
    split = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    return [
        np.asarray(part, np.int64)
        for _, part in split.split(examples.pictures, examples.classes, examples.groups)
    ]


def others(examples: Examples, part: NDArray[np.int64]) -> NDArray[np.int64]:
    """All places but these."""
    return np.setdiff1d(np.arange(len(examples)), part)
