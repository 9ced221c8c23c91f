from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from support.labelled import patterned, write_labelled

torch = pytest.importorskip("torch", reason="PyTorch is not installed: networks are not tested")
from inspectd_models.training.dataset import Examples, find_pictures, load_examples  # noqa: E402
from inspectd_models.training.method import Work  # noqa: E402
from inspectd_models.training.net_options import HeadOptions, NetOptions  # noqa: E402
from inspectd_models.training.network import (  # noqa: E402
    NETWORKS,
    FittedNet,
    Network,
    split_for_validation,
)

from inspectd.core.errors import ConfigurationError  # noqa: E402
from inspectd.infer.runtimes import OPENERS  # noqa: E402
from inspectd.infer.session import prepared  # noqa: E402

CNN, HEAD = NETWORKS
TINY = NetOptions(net="mobilenet-v3-small", size_px=32, epochs=1, batch=8)


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    folder = write_labelled(tmp_path_factory.mktemp("data") / "d", 8)
    return load_examples(find_pictures(folder), CNN.input(TINY))[1]


def _fit(method: Network, options: NetOptions, examples: Examples, folder: Path) -> FittedNet:
    folder.mkdir(parents=True, exist_ok=True)
    return method.fit(examples, options, 0, Work(folder, "fit", lambda _: None))


def test_onnx_says_what_the_net_says_for_any_number_of_pictures(
    examples: Examples, tmp_path: Path
) -> None:
    fitted = _fit(CNN, TINY, examples, tmp_path / "run" / "work")
    (tmp_path / "run" / "model").mkdir()
    file = fitted.write(tmp_path / "run" / "model")
    wanted = CNN.input(TINY)
    pictures = [patterned(stripes=False, seed=n) for n in range(3)]
    for count in (1, 3):
        batch = np.stack([prepared(picture, wanted) for picture in pictures[:count]])
        raw = OPENERS["onnxruntime"](file, 2).run(batch)
        size = wanted.model_copy(update={"dtype": "uint8", "layout": "NHWC", "mean": (), "std": ()})
        small = np.stack([prepared(picture, size) for picture in pictures[:count]])
        shares = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
        assert np.allclose(shares, fitted.scores(small), atol=1e-4)
    assert (tmp_path / "run" / "checkpoint.pt").is_file()


def test_a_head_begins_with_a_trunk_and_leaves_it_as_it_is(
    examples: Examples, tmp_path: Path
) -> None:
    first = _fit(CNN, TINY, examples, tmp_path / "a" / "work")
    (tmp_path / "a" / "model").mkdir()
    first.write(tmp_path / "a" / "model")
    options = HeadOptions(
        **(TINY.model_dump() | {"epochs": 0, "frozen_epochs": 1}),
        trunk=tmp_path / "a" / "checkpoint.pt",
    )
    second = _fit(HEAD, options, examples, tmp_path / "b")
    before, after = first.net.state_dict(), second.net.state_dict()
    trunk = [name for name in before if not name.startswith("classifier.")]
    assert all(torch.equal(before[name], after[name]) for name in trunk)
    assert not torch.equal(before["classifier.3.weight"], after["classifier.3.weight"])


def test_a_head_without_a_trunk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="trunk"):
        HeadOptions.model_validate({"size_px": 32})
    (tmp_path / "x.pt").write_text("hi")
    with pytest.raises(ConfigurationError, match="is no file of weights"):
        HEAD.check(HeadOptions(size_px=32, trunk=tmp_path / "x.pt"))


def test_few_pictures_are_split_in_two_at_least(examples: Examples) -> None:
    few = examples.take(np.array([0, 1, 8, 9], np.int64))
    seen, check = split_for_validation(few, 0.15, 0)
    assert len(seen) == len(check) == 2
