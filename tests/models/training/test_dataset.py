from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspectd_models.training.dataset import (
    Examples,
    fewest_objects,
    find_pictures,
    load_examples,
    others,
    parts,
)
from support.labelled import LABELS, write_labelled

from inspectd.core.errors import ConfigurationError
from inspectd.infer.manifest import ModelInput

INPUT = ModelInput(height_px=16, width_px=16, colour="grey", dtype="uint8", resize="stretch")


def test_each_folder_is_a_class(tmp_path: Path) -> None:
    dataset, examples = load_examples(find_pictures(write_labelled(tmp_path / "d", 3)), INPUT)
    assert dataset.labels == LABELS
    assert examples.pictures.shape == (6, 16, 16, 1)
    assert examples.classes.tolist() == [0, 0, 0, 1, 1, 1]
    assert dataset.left_out == ()


def test_the_same_pictures_have_the_same_name_wherever_they_lie(tmp_path: Path) -> None:
    first = find_pictures(write_labelled(tmp_path / "a", 2))
    second = find_pictures(write_labelled(tmp_path / "b", 2))
    assert first.sha256 == second.sha256
    (tmp_path / "b" / "stripes" / "000.png").unlink()
    assert find_pictures(tmp_path / "b").sha256 != first.sha256


def test_what_is_no_picture_or_is_damaged_is_named(tmp_path: Path) -> None:
    folder = write_labelled(tmp_path / "d", 2)
    (folder / "stripes" / "notes.txt").write_text("x")
    (folder / "stripes" / "cut.png").write_bytes(
        (folder / "stripes" / "000.png").read_bytes()[:300]
    )
    twice = folder / "stripes" / "twice.png"
    twice.write_bytes((folder / "stripes" / "000.png").read_bytes())
    dataset, examples = load_examples(find_pictures(folder), INPUT)
    assert len(examples) == len(dataset.pictures) == 4
    told = "\n".join(dataset.left_out)
    assert "notes.txt: no picture by its ending" in told
    assert "twice.png: the same picture as" in told
    assert "cut.png: it ends too soon or is damaged" in told


def test_a_class_without_any_readable_picture_is_refused(tmp_path: Path) -> None:
    folder = write_labelled(tmp_path / "d", 1)
    (folder / "stripes" / "000.png").write_bytes(b"no picture")
    with pytest.raises(ConfigurationError, match=r"no readable picture of stripes: .*000.png"):
        load_examples(find_pictures(folder), INPUT)


def test_a_picture_of_two_classes_is_refused(tmp_path: Path) -> None:
    folder = write_labelled(tmp_path / "d", 1)
    (folder / "checks" / "b.png").write_bytes((folder / "stripes" / "000.png").read_bytes())
    with pytest.raises(ConfigurationError, match="of another class; remove one"):
        find_pictures(folder)


@pytest.mark.parametrize("make", ["", "only"])
def test_one_class_is_none(tmp_path: Path, make: str) -> None:
    if make:
        write_labelled(tmp_path / "d", 1)
        (tmp_path / "d" / "stripes" / "000.png").unlink()
    with pytest.raises(ConfigurationError, match=r"no such folder|two folders with pictures"):
        find_pictures(tmp_path / "d")


def test_pictures_in_a_folder_of_their_own_are_one_object(tmp_path: Path) -> None:
    folder = write_labelled(tmp_path / "d", 4)
    (folder / "stripes" / "part7").mkdir()
    for number in (0, 1):
        (folder / "stripes" / f"00{number}.png").rename(
            folder / "stripes" / "part7" / f"00{number}.png"
        )
    _, examples = load_examples(find_pictures(folder), INPUT)
    assert sorted(np.bincount(examples.groups).tolist()) == [1, 1, 1, 1, 1, 1, 2]
    assert fewest_objects(examples) == ("stripes", 3)
    with pytest.raises(ConfigurationError, match=r"class stripes: 3 objects .* 4 parts"):
        parts(examples, 4, 0)


@given(st.lists(st.integers(1, 3), min_size=8, max_size=30), st.integers(0, 99))
def test_no_object_is_in_two_parts_and_no_picture_is_lost(sizes: list[int], seed: int) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    classes = groups % 2
    examples = Examples(LABELS, np.zeros((len(groups), 1, 1, 1), np.uint8), classes, groups)
    found = parts(examples, 4, seed)
    assert sorted(np.concatenate(found).tolist()) == list(range(len(groups)))
    for part in found:
        assert not set(groups[part]) & set(groups[others(examples, part)])
