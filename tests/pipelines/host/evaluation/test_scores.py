import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    precision_recall_fscore_support,
)

from inspectd.core.errors import ConfigurationError
from inspectd.pipelines.host.evaluation.gates import gate_verdicts
from inspectd.pipelines.host.evaluation.scores import score

_LABELS = st.sampled_from("abcd")


@given(st.lists(st.tuples(_LABELS, _LABELS), min_size=1, max_size=60))
def test_all_figures_are_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    truth, told = [a for a, _ in pairs], [b for _, b in pairs]
    scores = score(truth, told, resamples=2)
    labels = list(scores.labels)
    # Two classes at least, or scikit-learn warns.
    expected_confusion = confusion_matrix(truth, told, labels=[*labels, "z"])[:-1, :-1]
    assert (scores.confusion == expected_confusion).all()
    assert scores.accuracy == pytest.approx(accuracy_score(truth, told))
    expected = precision_recall_fscore_support(truth, told, labels=labels, zero_division=0.0)
    for place, label in enumerate(labels):
        found = scores.classes[label]
        assert (found.precision, found.recall, found.f1) == pytest.approx(
            tuple(row[place] for row in expected[:3])
        )
    if len(labels) > 1:
        assert scores.kappa == pytest.approx(cohen_kappa_score(truth, told))


def test_kappas_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    inside = 0
    for trial in range(100):
        truth = rng.choice(list("ab"), 150)
        # Right in 8 of 10: kappa 0.6.
        told = np.where(rng.random(150) < 0.8, truth, np.where(truth == "a", "b", "a"))
        low, high = score(truth.tolist(), told.tolist(), seed=trial, resamples=200).kappa_95
        inside += low <= 0.6 <= high
    assert 88 <= inside <= 100


def test_no_picture_has_no_scores() -> None:
    with pytest.raises(ValueError, match="one at least"):
        score([], [])
    with pytest.raises(ValueError, match="as many"):
        score(["a"], ["a", "b"])


def test_gates_are_read_and_judged() -> None:
    held, unmet = gate_verdicts(["kappa > 0.85", "accuracy>=0.9"], {"kappa": 0.9, "accuracy": 0.8})
    assert (held.holds, unmet.holds) == (True, False)
    assert unmet.figure == pytest.approx(0.8)


@pytest.mark.parametrize("condition", ["kappa", "kapa > 0.8", "kappa > x", "kappa > 1 or 1", ""])
def test_a_gate_that_cannot_be_read_is_refused(condition: str) -> None:
    with pytest.raises(ConfigurationError, match="write FIGURE > NUMBER; figures: kappa"):
        gate_verdicts([condition], {"kappa": 1.0})
