"""General classification by a small net that is really run, and by the published one."""

from pathlib import Path

import pytest
from support.models import write_model
from support.side import DATA, WEIGHTS, picture

from inspectd.core.errors import PictureError
from inspectd.infer.store import ModelStore
from inspectd.pipelines.classify.pipeline import ClassifyOptions, make_pipeline
from inspectd.pipelines.host.context import Hold, JobContext
from inspectd.pipelines.host.item import Item
from inspectd.pipelines.host.pipeline import Corpus, Found, Group, Reduction
from inspectd.pipelines.host.result import Finding

PIPELINE = make_pipeline()


@pytest.fixture
def context(tmp_path: Path) -> JobContext:
    folder = write_model(tmp_path / "made")
    store = ModelStore(tmp_path / "models")
    store.install(folder / "model.toml", lambda name: folder / name)
    return _context(store, tmp_path)


def _context(store: ModelStore, folder: Path) -> JobContext:
    hold = Hold(folder / "hold")
    return JobContext(lambda n: store.open(n, 1), lambda _: None, lambda _: True, hold)


def _item(data: bytes) -> Item:
    return Item("0" * 64, "p", "image/png", data, 100_000_000)


def test_the_likeliest_labels_come_first(context: JobContext) -> None:
    options = ClassifyOptions(model="mean-colour", top=2, min_score=0.0)
    result = PIPELINE.run(_item(picture((20, 200, 60))), options, context)
    assert [finding.label for finding in result.findings] == ["green", "blue"]
    assert result.features["scores"].shape == (3,)
    assert PIPELINE.models(options) == ("mean-colour",)


def test_what_is_not_sure_enough_is_not_told(context: JobContext) -> None:
    options = ClassifyOptions(model="mean-colour", min_score=0.9)
    assert PIPELINE.run(_item(picture((100, 100, 100))), options, context).findings == ()


def test_the_same_picture_gives_the_same_result(context: JobContext) -> None:
    options = ClassifyOptions(model="mean-colour", min_score=0.0)
    first, second = (PIPELINE.run(_item(picture()), options, context) for _ in range(2))
    assert first.findings == second.findings
    assert (first.features["scores"] == second.features["scores"]).all()


def test_a_damaged_picture_is_the_pictures_fault(context: JobContext) -> None:
    cut = picture(size=64)[:2000]
    with pytest.raises(PictureError):
        PIPELINE.run(_item(cut), ClassifyOptions(model="mean-colour"), context)


def _found(sha256: str, label: str | None) -> Found:
    findings = () if label is None else (Finding(kind="class", label=label, score=0.9),)
    return Found(sha256, sha256, 0.0, findings, {})


def test_pictures_are_grouped_by_their_label(context: JobContext) -> None:
    before = Reduction((Group("class", "cat", ("a", "b")),))
    corpus = Corpus([_found("c", "cat"), _found("d", None)], frozenset("a"), before)
    groups = PIPELINE.reduce(corpus, ClassifyOptions(), context).groups
    assert {group.label: group.members for group in groups} == {
        "cat": ("b", "c"),
        "unsure": ("d",),
    }


def test_scores_compare_the_likeliest_label_with_the_truth() -> None:
    found = [_found("a", "cat"), _found("b", "dog"), _found("c", "cat")]
    scores = PIPELINE.evaluate({"a": "cat", "b": "cat"}, found)
    assert scores.pictures == 2
    assert scores.accuracy == pytest.approx(0.5)


def test_the_published_net_knows_a_zebra(tmp_path: Path) -> None:
    published = pytest.importorskip("inspectd_models.published")
    photo = DATA / "photos" / "people" / "000000215245.jpg"
    if not photo.is_file():
        pytest.skip(f"no photos and weights in {DATA} (set INSPECTD_DATA)")
    _, path, card = published.published("mobilenet-v2-imagenet-int8")
    store = ModelStore(tmp_path / "models")
    store.install(path, lambda name: WEIGHTS / name, card)
    item = Item("0" * 64, "zebra.jpg", "image/jpeg", photo.read_bytes(), 100_000_000)
    result = PIPELINE.run(item, ClassifyOptions(), _context(store, tmp_path))
    assert result.findings[0].label == "zebra"
    assert result.findings[0].score > 0.9
