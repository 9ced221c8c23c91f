from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.labelled import LABELS, patterned

torch = pytest.importorskip("torch", reason="PyTorch is not installed: networks are not tested")
from inspectd_models.nets.checkpoint import INNER, Shape, read_tensors  # noqa: E402
from inspectd_models.training.dataset import Examples  # noqa: E402
from inspectd_models.training.loop import Stage, Training, numbers  # noqa: E402
from inspectd_models.training.method import Work  # noqa: E402
from inspectd_models.training.net_options import NetOptions  # noqa: E402

OPTIONS = NetOptions(net="mobilenet-v3-small", size_px=32, batch=8, patience=50)
STAGES = [Stage("first", 2, 0.001, frozen_trunk=True), Stage("second", 2, 0.001)]


def _examples(count: int, seed: int) -> Examples:
    pictures = np.stack([patterned(n % 2 == 1, seed + n, 32) for n in range(count)])
    return Examples(LABELS, pictures, np.arange(count) % 2, np.arange(count))


def _quiet(_line: str) -> None:
    pass


def _training(
    state_file: Path, tell: Callable[[str], None] = _quiet, options: NetOptions = OPTIONS
) -> Training:
    torch.manual_seed(0)
    net = Shape("mobilenet-v3-small", 2, INNER["mobilenet-v3-small"]).build(options.dropout)
    seen, check = _examples(16, 0), _examples(8, 100)
    work = Work(state_file.parent, state_file.stem, lambda line: tell(line.partition(": ")[2]))
    return Training(net, seen, check, options, seed=3, work=work)


def _weights(net: Any) -> bytes:
    return b"".join(value.numpy().tobytes() for value in net.state_dict().values())


class KilledError(Exception):
    """Stands for a kill after an epoch's file was written."""


@pytest.mark.parametrize("after", ["first epoch 2", "second epoch 1", "second epoch 2"])
def test_a_training_that_was_cut_off_ends_as_one_that_was_not(tmp_path: Path, after: str) -> None:
    whole = _training(tmp_path / "whole.pt")
    whole.run(STAGES)

    def kill(line: str) -> None:
        if line.startswith(after):
            raise KilledError

    with pytest.raises(KilledError):
        _training(tmp_path / "cut.pt", kill).run(STAGES)
    told: list[str] = []
    again = _training(tmp_path / "cut.pt", told.append)
    again.run(STAGES)
    assert _weights(again.net) == _weights(whole.net)
    assert not any(line.startswith("first epoch 1") for line in told)


def test_a_finished_training_is_not_done_again(tmp_path: Path) -> None:
    first = _training(tmp_path / "t.pt")
    first.run(STAGES)
    told: list[str] = []
    again = _training(tmp_path / "t.pt", told.append)
    again.run(STAGES)
    assert told == []
    assert _weights(again.net) == _weights(first.net)


def test_a_frozen_trunk_stays_as_it_was_and_the_head_does_not(tmp_path: Path) -> None:
    training = _training(tmp_path / "t.pt")
    before = {name: value.clone() for name, value in training.net.state_dict().items()}
    training.run(STAGES[:1])
    changed = {
        name for name, value in training.net.state_dict().items() if (value != before[name]).any()
    }
    assert changed
    assert all(name.startswith("classifier.") for name in changed)


@pytest.mark.parametrize(("optimiser", "rate"), [("sgd", 0.01), ("adam", 0.001)])
def test_it_learns_with_either_optimiser(tmp_path: Path, optimiser: str, rate: float) -> None:
    options = OPTIONS.model_copy(update={"optimiser": optimiser, "augment": ()})
    losses: list[float] = []

    def keep(line: str) -> None:
        losses.append(float(line.partition("loss ")[2].partition(",")[0]))

    _training(tmp_path / "t.pt", keep, options).run([Stage("all", 8, rate)])
    assert losses[-1] < 0.6 * losses[0]


def test_the_learning_rate_falls_by_steps(tmp_path: Path) -> None:
    options = OPTIONS.model_copy(update={"step_epochs": 2, "step_factor": 0.1})
    rates: list[float] = []
    file = tmp_path / "t.pt"

    def keep(_line: str) -> None:
        rates.append(read_tensors(file)["schedule"]["_last_lr"][0])

    _training(file, keep, options).run([Stage("all", 5, 0.01)])
    assert rates == pytest.approx([0.01, 0.001, 0.001, 0.0001, 0.0001])


def test_it_stops_where_nothing_gets_better_and_keeps_the_best(tmp_path: Path) -> None:
    options = OPTIONS.model_copy(update={"patience": 2})
    told: list[str] = []
    # A learning rate of nearly nothing: no epoch is better than the first in any digit that counts.
    training = _training(tmp_path / "t.pt", told.append, options)
    training._quality = lambda: (0.5, -1.0)  # type: ignore[method-assign]
    training.run([Stage("all", 30, 1e-9)])
    assert len(told) == 3


def test_the_best_epoch_counts_and_not_the_last(tmp_path: Path) -> None:
    training = _training(tmp_path / "t.pt")
    qualities = iter([(0.5, -1.0), (0.9, -1.0), (0.6, -1.0)])
    kept: dict[float, bytes] = {}

    def quality() -> tuple[float, float]:
        found = next(qualities)
        kept[found[0]] = _weights(training.net)
        return found

    training._quality = quality  # type: ignore[method-assign]
    training.run([Stage("all", 3, 0.01)])
    assert _weights(training.net) == kept[0.9]


def test_numbers_do_not_depend_on_how_pictures_are_batched(tmp_path: Path) -> None:
    net = _training(tmp_path / "t.pt").net
    pictures = _examples(5, 7).pictures
    assert np.allclose(numbers(net, pictures, batch=2), numbers(net, pictures), atol=1e-5)
