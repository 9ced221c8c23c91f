"""The classical methods: HOG or SIFT words, then a support vector machine or nearest neighbours.

Stored by skops, which names every type it holds. ONNX does not apply: neither HOG nor SIFT is made
of ONNX's operators, and half a model in ONNX is of no use.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.calibration import CalibratedClassifierCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from inspectd.core.errors import ConfigurationError
from inspectd.infer.classical import HogFeatures, SiftDescriptors, VisualWords
from inspectd.infer.manifest import ModelInput, Runtime
from inspectd_models.training.dataset import Examples
from inspectd_models.training.method import MethodOptions, Work

FILE = "model.skops"
_CALIBRATION_PARTS = 5


class HogOptions(MethodOptions):
    """HOG sees edges and their directions on a grid."""

    size_px: int = Field(128, ge=32, le=512, description="Side of the picture that HOG sees.")
    cell_px: int = Field(16, ge=4, le=64, description="Side of one cell of the grid.")
    orientations: int = Field(9, ge=4, le=36, description="Directions that are told apart.")


class HogSvmOptions(HogOptions):
    """HOG and a support vector machine with a radial kernel."""

    penalty: float = Field(10.0, gt=0, le=1e6, description="C of the support vector machine.")


class HogKnnOptions(HogOptions):
    """HOG and the nearest neighbours."""

    neighbours: int = Field(5, ge=1, le=100, description="Neighbours that vote, by distance.")


class SiftOptions(MethodOptions):
    """SIFT sees small spots wherever they are."""

    size_px: int = Field(200, ge=64, le=1024, description="Side of the picture that SIFT sees.")
    descriptors: int = Field(300, ge=10, le=5000, description="SIFT points of a picture, at most.")
    words: int = Field(200, ge=10, le=5000, description="Words of the vocabulary.")
    penalty: float = Field(10.0, gt=0, le=1e6, description="C of the support vector machine.")


@dataclass(frozen=True, slots=True)
class FittedClassical:
    """A scikit-learn pipeline that gives probabilities."""

    model: Any

    def scores(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, K)."""
        return np.asarray(self.model.predict_proba(pictures), np.float32)

    def write(self, folder: Path) -> Path:
        """By skops."""
        from skops.io import dump  # noqa: PLC0415 - only when a model is written

        dump(self.model, folder / FILE)
        return folder / FILE


@dataclass(frozen=True, slots=True)
class Classical:
    """One classical method: `build` makes the untrained pipeline."""

    name: str
    options: type[MethodOptions]
    build: Callable[[Any, Examples, int], Any]
    runtime: Runtime = "skops"

    def input(self, options: MethodOptions) -> ModelInput:
        """Grey bytes of one size."""
        side = options.model_dump()["size_px"]
        return ModelInput(
            height_px=side, width_px=side, colour="grey", dtype="uint8", resize="stretch"
        )

    def check(self, options: MethodOptions) -> None:
        """They begin with nothing."""

    def activation(self) -> str:
        """They are probabilities already."""
        return "none"

    def fit(
        self, examples: Examples, options: MethodOptions, seed: int, work: Work
    ) -> FittedClassical:
        """Train. ConfigurationError where nothing can be seen in the pictures."""
        work.tell(f"{work.name}: {len(examples)} pictures")
        try:
            model = self.build(options, examples, seed)
            return FittedClassical(model.fit(examples.pictures, examples.classes))
        except ValueError as error:
            msg = f"{self.name}: {str(error).splitlines()[0]}"
            raise ConfigurationError(msg) from None


def _machine(penalty: float, examples: Examples, seed: int) -> Any:
    """A support vector machine whose distances become probabilities (Platt 1999)."""
    count = min(_CALIBRATION_PARTS, int(np.bincount(examples.classes).min()))
    machine = SVC(C=penalty, kernel="rbf", gamma="scale", random_state=seed)
    return CalibratedClassifierCV(machine, method="sigmoid", cv=max(2, count), ensemble=False)


def _hog_svm(options: HogSvmOptions, examples: Examples, seed: int) -> Any:
    seen = HogFeatures(options.orientations, options.cell_px)
    return make_pipeline(seen, StandardScaler(), _machine(options.penalty, examples, seed))


def _hog_knn(options: HogKnnOptions, examples: Examples, seed: int) -> Any:
    del seed
    seen = HogFeatures(options.orientations, options.cell_px)
    count = min(options.neighbours, len(examples))
    return make_pipeline(seen, KNeighborsClassifier(count, weights="distance"))


def _sift_bow_svm(options: SiftOptions, examples: Examples, seed: int) -> Any:
    return make_pipeline(
        SiftDescriptors(options.descriptors),
        VisualWords(options.words, seed),
        _machine(options.penalty, examples, seed),
    )


CLASSICAL = (
    Classical("hog-svm", HogSvmOptions, _hog_svm),
    Classical("hog-knn", HogKnnOptions, _hog_knn),
    Classical("sift-bow-svm", SiftOptions, _sift_bow_svm),
)
