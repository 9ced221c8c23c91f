"""What classical methods see of a picture: scikit-learn transformers that models are stored with.

Pictures are (N, H, W, 1) uint8, grey. A stored model may hold the types in
TRUSTED beside scikit-learn's own, and nothing else: no pickle is ever read.
"""

from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.feature import hog
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import MiniBatchKMeans

_SIFT_LENGTH = 128


class HogFeatures(TransformerMixin, BaseEstimator):
    """Histograms of oriented gradients (Dalal and Triggs 2005), by scikit-image."""

    def __init__(self, orientations: int = 9, cell_px: int = 16) -> None:
        self.orientations = orientations
        self.cell_px = cell_px

    def fit(self, pictures: NDArray[np.uint8], classes: object = None) -> Self:
        """There is nothing to learn."""
        del pictures, classes
        return self

    def __sklearn_is_fitted__(self) -> bool:
        """It always is."""
        return True

    def transform(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, F) float32; blocks of 2 x 2 cells, L2-Hys as in the paper."""
        rows = [
            hog(
                picture[:, :, 0],
                orientations=self.orientations,
                pixels_per_cell=(self.cell_px, self.cell_px),
                cells_per_block=(2, 2),
                block_norm="L2-Hys",
            )
            for picture in pictures
        ]
        return np.asarray(rows, dtype=np.float32)


class SiftDescriptors(TransformerMixin, BaseEstimator):
    """SIFT (Lowe 2004) as RootSIFT (Arandjelovic and Zisserman 2012), by OpenCV."""

    def __init__(self, most: int = 300) -> None:
        self.most = most

    def fit(self, pictures: NDArray[np.uint8], classes: object = None) -> Self:
        """There is nothing to learn."""
        del pictures, classes
        return self

    def __sklearn_is_fitted__(self) -> bool:
        """It always is."""
        return True

    def transform(self, pictures: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """One (K, 128) float32 a picture; K is 0 where nothing stands out."""
        # A lower contrast than OpenCV's 0.04: textures of metal are faint.
        sift = cv2.SIFT.create(nfeatures=self.most, contrastThreshold=0.02)
        return [_root(sift.detectAndCompute(picture[:, :, 0], None)[1]) for picture in pictures]


def _root(found: Any) -> NDArray[np.float32]:
    if found is None:
        return np.zeros((0, _SIFT_LENGTH), np.float32)
    values = np.asarray(found, np.float32)
    shares = values / values.sum(axis=1, keepdims=True).clip(min=1e-6)
    return np.asarray(np.sqrt(shares), np.float32)


class VisualWords(TransformerMixin, BaseEstimator):
    """Descriptors become the share of each word of a vocabulary (Csurka et al. 2004)."""

    def __init__(self, words: int = 200, seed: int = 0) -> None:
        self.words = words
        self.seed = seed

    def fit(self, descriptors: list[NDArray[np.float32]], classes: object = None) -> Self:
        """Learn the vocabulary. ValueError where no picture has anything that stands out."""
        del classes
        together = np.concatenate(descriptors)
        if len(together) == 0:
            msg = "SIFT finds nothing that stands out in any of the pictures; use another method"
            raise ValueError(msg)
        count = min(self.words, len(together))
        self.vocabulary_ = MiniBatchKMeans(
            count, random_state=self.seed, n_init=3, batch_size=4096
        ).fit(together)
        return self

    def transform(self, descriptors: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        """(N, words) float32: roots of shares, so that a dot product compares histograms."""
        rows = np.zeros((len(descriptors), self.vocabulary_.n_clusters), np.float32)
        for row, found in zip(rows, descriptors, strict=True):
            if len(found):
                words = self.vocabulary_.predict(found)
                row[:] = np.sqrt(np.bincount(words, minlength=len(row)) / len(words))
        return rows


TRUSTED = (
    *(f"{each.__module__}.{each.__qualname__}" for each in (HogFeatures, SiftDescriptors)),
    f"{VisualWords.__module__}.{VisualWords.__qualname__}",
    # Parts of CalibratedClassifierCV, which skops does not count among scikit-learn's public types.
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
)


class SkopsBackend:
    """A stored scikit-learn model with `predict_proba`; ValueError for types not trusted here."""

    def __init__(self, path: Path, threads: int) -> None:
        from skops.io import get_untrusted_types, load  # noqa: PLC0415 - the host's cold start
        from threadpoolctl import ThreadpoolController  # noqa: PLC0415

        strange = set(get_untrusted_types(file=path)) - set(TRUSTED)
        if strange:
            msg = f"it holds types that are not trusted here: {', '.join(sorted(strange))}"
            raise ValueError(msg)
        self._model = load(path, trusted=list(TRUSTED))
        self._threads = threads
        self._pools = ThreadpoolController()

    def run(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        """(N, K) probabilities of (N, H, W, 1) uint8."""
        with self._pools.limit(limits=self._threads):
            return np.asarray(self._model.predict_proba(batch), dtype=np.float32)
