import os
import pickle
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: networks are not tested")
from inspectd_models.nets.checkpoint import (  # noqa: E402
    INNER,
    Checkpoint,
    Shape,
    read_checkpoint,
    trunk_weights,
    write_checkpoint,
)

from inspectd.core.errors import ConfigurationError  # noqa: E402

SHAPE = Shape("mobilenet-v3-small", 2, INNER["mobilenet-v3-small"])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("net") / "checkpoint.pt"
    write_checkpoint(path, Checkpoint(SHAPE, ("a", "b"), 64, SHAPE.build(0.0).state_dict()))
    return path


def test_what_was_written_is_read(trained: Path) -> None:
    found = read_checkpoint(trained)
    assert (found.shape, found.labels, found.size_px) == (SHAPE, ("a", "b"), 64)
    picture = torch.ones(1, 3, 64, 64)
    assert torch.equal(found.build()(picture), read_checkpoint(trained).build()(picture))


def test_the_trunk_of_a_trained_net_leaves_its_last_layer_out(trained: Path) -> None:
    trunk = trunk_weights(trained, "mobilenet-v3-small")
    assert "features.0.0.weight" in trunk
    assert not any(name.startswith("classifier.3.") for name in trunk)


def test_a_published_file_of_other_classes_is_a_trunk(tmp_path: Path) -> None:
    path = tmp_path / "resnet18.pth"
    torch.save(Shape("resnet18", 1000, INNER["resnet18"]).build(0.0).state_dict(), path)
    assert "layer4.1.bn2.running_var" in trunk_weights(path, "resnet18")


def test_the_trunk_of_another_net_is_refused(trained: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no resnet18: conv1.weight and .* more"):
        trunk_weights(trained, "resnet18")


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("/nonexistent/made-by-a-pickle",)


def test_a_pickle_is_never_run(tmp_path: Path) -> None:
    path = tmp_path / "evil.pt"
    path.write_bytes(pickle.dumps({"weights": Evil()}))
    with pytest.raises(ConfigurationError, match=r"a pickle.*not read"):
        read_checkpoint(path)


@pytest.mark.parametrize("content", [b"", b"hi", b"no weights", b"\x80\x04."])
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.pt"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="is no file of weights"):
        read_checkpoint(path)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_checkpoint(tmp_path / "none.pt")


def test_weights_that_were_not_trained_here_are_no_checkpoint(tmp_path: Path) -> None:
    torch.save({"fc.weight": torch.zeros(2)}, tmp_path / "x.pt")
    with pytest.raises(ConfigurationError, match=r"give the checkpoint.pt"):
        read_checkpoint(tmp_path / "x.pt")
