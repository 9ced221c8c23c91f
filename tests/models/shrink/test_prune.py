import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: networks are not tested")
from inspectd_models.nets.checkpoint import INNER, Checkpoint, Shape  # noqa: E402
from inspectd_models.shrink.prune import pruned  # noqa: E402


def _checkpoint(name: str) -> Checkpoint:
    torch.manual_seed(0)
    shape = Shape(name, 3, INNER[name])
    return Checkpoint(shape, ("a", "b", "c"), 32, shape.build(0.0).state_dict())


def _silenced(checkpoint: Checkpoint) -> Checkpoint:
    """Every second inner channel of every block says nothing."""
    net = checkpoint.build()
    for block in net.blocks():
        importance = block.importance()
        if importance is None:
            continue
        norms = [
            module
            for module in block.modules()
            if isinstance(module, torch.nn.BatchNorm2d) and module.num_features == len(importance)
        ]
        # The last of a ResNet block may be as wide, and is not inside.
        last = norms[0] if checkpoint.shape.net == "resnet18" else norms[-1]
        with torch.no_grad():
            last.weight[::2] = 0.0
            last.bias[::2] = 0.0
    return Checkpoint(checkpoint.shape, checkpoint.labels, 32, net.state_dict())


@pytest.mark.parametrize("name", INNER)
def test_channels_that_say_nothing_go_first_and_nothing_changes(name: str) -> None:
    whole = _silenced(_checkpoint(name))
    half = pruned(whole, 0.5)
    assert sum(half.shape.inner) < 0.62 * sum(whole.shape.inner)
    picture = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected, found = whole.build()(picture), half.build()(picture)
    assert torch.allclose(expected, found, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", INNER)
def test_widths_are_multiples_of_eight_and_never_nothing(name: str) -> None:
    almost_all = pruned(_checkpoint(name), 0.99)
    assert all(width >= 8 and width % 8 == 0 for width in almost_all.shape.inner)


def test_nothing_taken_out_leaves_the_net_as_it_was() -> None:
    whole = _checkpoint("resnet18")
    same = pruned(whole, 0.0)
    assert same.shape == whole.shape
    assert all(torch.equal(same.weights[name], whole.weights[name]) for name in whole.weights)
