from pathlib import Path

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from support.labelled import patterned

from inspectd.infer.classical import HogFeatures, SiftDescriptors, SkopsBackend, VisualWords

PICTURES = np.stack([patterned(number % 2 == 1, number)[:, :, :1] for number in range(8)])
FLAT = np.full((1, 64, 64, 1), 90, np.uint8)


def test_hog_tells_stripes_from_checks() -> None:
    seen = HogFeatures().fit(PICTURES).transform(PICTURES)
    assert seen.shape == (8, 3 * 3 * 2 * 2 * 9)
    apart = np.linalg.norm(seen[0] - seen[1])
    assert apart > np.linalg.norm(seen[0] - seen[2])


def test_a_picture_in_which_nothing_stands_out_has_no_words() -> None:
    (found,) = SiftDescriptors().transform(FLAT)
    assert found.shape == (0, 128)
    seen = SiftDescriptors().transform(PICTURES)
    words = VisualWords(words=10).fit(seen).transform([found, *seen])
    assert not words[0].any()
    assert np.square(words[1:]).sum(axis=1) == pytest.approx(1.0)


def test_pictures_in_which_nothing_stands_out_cannot_be_learned() -> None:
    with pytest.raises(ValueError, match="nothing that stands out"):
        VisualWords().fit(SiftDescriptors().transform(FLAT))


class Stranger(SVC):  # type: ignore[misc, unused-ignore]
    """A type that a stored model must not bring along."""


def test_a_stored_model_with_a_type_of_somebody_else_is_not_loaded(tmp_path: Path) -> None:
    skops = pytest.importorskip("skops.io")
    model = make_pipeline(HogFeatures(), Stranger())
    skops.dump(model.fit(PICTURES, [0, 1] * 4), tmp_path / "m.skops")
    with pytest.raises(ValueError, match=r"not trusted here: .*Stranger"):
        SkopsBackend(tmp_path / "m.skops", 1)
