from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from support.labelled import patterned, write_labelled

torch = pytest.importorskip("torch", reason="PyTorch is not installed: networks are not tested")
from inspectd_models.nets.checkpoint import read_checkpoint  # noqa: E402
from inspectd_models.shrink.chain import Limits  # noqa: E402
from inspectd_models.shrink.shrink import Asked, Shrunk, shrink  # noqa: E402
from inspectd_models.training.methods import find_method  # noqa: E402
from inspectd_models.training.train import Asked as AskedTraining  # noqa: E402
from inspectd_models.training.train import train  # noqa: E402

from inspectd.core.errors import ConfigurationError  # noqa: E402
from inspectd.infer.store import ModelStore  # noqa: E402


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    cnn = find_method("cnn")
    options = cnn.options.model_validate({"size_px": 32, "epochs": 6, "batch": 8, "augment": []})
    asked = AskedTraining(write_labelled(folder / "d", 20), cnn, options, 0, 0)
    train(asked, folder / "out", lambda _: None)
    return folder


MAX_LOSS = 0.13


def _shrink(trained: Path, out: Path) -> Shrunk:
    tflite = find_spec("litert_torch") is not None
    asked = Asked(trained / "out", trained / "d", Limits(MAX_LOSS, 3, 0), tflite)
    return shrink(asked, out, lambda _: None)


@pytest.fixture(scope="module")
def small(trained: Path) -> Shrunk:
    return _shrink(trained, trained / "small")


def test_every_step_is_kept_only_if_it_is_worth_it(small: Shrunk) -> None:
    first, *steps = small.steps
    assert [step.name for step in steps[:4]] == ["ONNX", "pruned", "distilled", "INT8"]
    for step in steps:
        right = first.accuracy - step.accuracy <= MAX_LOSS
        assert step.kept <= right, step
        assert right or "of accuracy" in step.why
    last = [step for step in steps[:4] if step.kept][-1]
    size = small.models[0].file.size_bytes
    assert size / 1e6 == pytest.approx(last.size_mb)
    assert size < 0.6e6 * first.size_mb


@pytest.mark.parametrize("which", ["model", "model-tflite"])
def test_what_is_left_runs_on_the_host(
    trained: Path, small: Shrunk, tmp_path: Path, which: str
) -> None:
    folder = trained / "small" / which
    if not folder.exists():
        pytest.skip("litert-torch is not installed (make networks): TFLite is not tested")
    store = ModelStore(tmp_path / "models")
    manifest = store.install(folder / "model.toml", lambda name: folder / name)
    assert manifest in small.models
    session = store.open(manifest.name, 1)
    pictures = [patterned(number % 2 == 1, 7000 + number) for number in range(20)]
    right = session.scores(pictures).argmax(axis=1) == np.arange(20) % 2
    assert right.mean() >= 0.8


def test_what_is_left_can_be_trained_further(trained: Path, small: Shrunk) -> None:
    assert small.steps
    found = read_checkpoint(trained / "small" / "checkpoint.pt")
    assert found.build()(torch.zeros(1, 3, 32, 32)).shape == (1, 2)
    assert not (trained / "small" / "work").exists()


def test_a_classical_model_has_nothing_to_prune(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="classical models have nothing to prune"):
        shrink(Asked(tmp_path, tmp_path, Limits(0.01, 1, 0)), tmp_path / "small", lambda _: None)


def test_a_folder_that_is_there_is_left_alone(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(ConfigurationError, match="is there already"):
        _shrink(trained, tmp_path)


def test_a_killed_call_goes_on_where_it_was(trained: Path, tmp_path: Path) -> None:
    asked = Asked(trained / "out", trained / "d", Limits(MAX_LOSS, 2, 0))
    told: list[str] = []

    def kill(line: str) -> None:
        if line.startswith("distilled: training epoch 1"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shrink(asked, tmp_path / "small", kill)
    other = Asked(trained / "out", trained / "d", Limits(MAX_LOSS, 3, 0))
    with pytest.raises(ConfigurationError, match="not of the same call"):
        shrink(other, tmp_path / "small", told.append)
    shrink(asked, tmp_path / "small", told.append)
    assert not any(line.startswith("pruned: training epoch") for line in told)
    assert "distilled: goes on after epoch 1 of training" in told
