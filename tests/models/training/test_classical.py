from pathlib import Path

import numpy as np
import pytest
from inspectd_models.training.classical import CLASSICAL, Classical
from inspectd_models.training.dataset import Examples, find_pictures, load_examples
from inspectd_models.training.method import Work
from support.labelled import patterned, write_labelled

from inspectd.core.errors import ConfigurationError
from inspectd.infer.manifest import ModelInput
from inspectd.infer.runtimes import OPENERS
from inspectd.infer.session import prepared


def _fitted(method: Classical, folder: Path) -> tuple[object, ModelInput]:
    options = method.options()
    wanted = method.input(options)
    _, examples = load_examples(find_pictures(write_labelled(folder / "d", 12)), wanted)
    work = Work(folder, "fit", lambda _: None)
    fitted = method.fit(examples, options, 0, work)
    fitted.write(folder)
    return fitted, wanted


@pytest.mark.parametrize("method", CLASSICAL, ids=lambda method: method.name)
def test_it_learns_and_the_stored_model_says_the_same(method: Classical, tmp_path: Path) -> None:
    fitted, wanted = _fitted(method, tmp_path)
    unseen = np.stack([prepared(patterned(n % 2 == 1, 5000 + n), wanted) for n in range(20)])
    stored = OPENERS["skops"](tmp_path / "model.skops", 1).run(unseen)
    assert (stored.argmax(axis=1) == np.arange(20) % 2).mean() >= 0.9
    assert stored.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert np.allclose(stored, fitted.scores(unseen), atol=1e-6)  # type: ignore[attr-defined]


def test_what_sift_cannot_see_is_told(tmp_path: Path) -> None:
    method = next(each for each in CLASSICAL if each.name == "sift-bow-svm")
    flat = np.full((4, 64, 64, 1), 90, np.uint8)
    examples = Examples(("a", "b"), flat, np.array([0, 0, 1, 1]), np.arange(4))
    with pytest.raises(ConfigurationError, match="sift-bow-svm: SIFT finds nothing"):
        method.fit(examples, method.options(), 0, Work(tmp_path, "fit", lambda _: None))
