"""The names and shapes are those of torchvision 0.29.1 (sha256 of "name shape" lines)."""

import hashlib

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: networks are not tested")
from inspectd_models.nets.checkpoint import INNER, NETS, Shape  # noqa: E402

PUBLISHED = {
    "resnet18": (
        11_689_512,
        "02568eab318c210f0d857b7e345cc37b86e30b66a49663acb8af1653c0d25830",
    ),
    "mobilenet-v3-small": (
        2_542_856,
        "35d37abdb2f5f3977ca26fee3b7c16ce3a59b706a2f0bc10768534a9fbc6b1f9",
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_published_weights_fit(name: str) -> None:
    net = Shape(name, 1000, INNER[name]).build(0.0)
    count, names = PUBLISHED[name]
    assert sum(weight.numel() for weight in net.parameters()) == count
    lines = "".join(f"{key} {list(value.shape)}\n" for key, value in net.state_dict().items())
    assert hashlib.sha256(lines.encode()).hexdigest() == names


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("size", [(32, 32), (65, 97)])
def test_pictures_of_any_size_become_one_row_of_numbers(name: str, size: tuple[int, int]) -> None:
    net = Shape(name, 5, INNER[name]).build(0.0).eval()
    with torch.inference_mode():
        assert net(torch.zeros(2, 3, *size)).shape == (2, 5)
