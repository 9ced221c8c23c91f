import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from inspectd_drivers.basler import make_camera

from inspectd.core.camera import CameraSettings
from inspectd.core.errors import ConfigurationError
from inspectd.simulate.photographs import collect_pictures
from inspectd.simulate.picture_set import PictureSet

Quiet = Callable[[], None]

DATA = Path(os.environ.get("INSPECTD_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels)


def grey(value: int, rows: int = 30, columns: int = 40, depth: type = np.uint8) -> np.ndarray:
    return np.full((rows, columns), value, dtype=depth)


def stored(pictures: PictureSet) -> list[np.ndarray]:
    files = sorted(pictures.folder.iterdir())
    return [np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)) for path in files]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


def test_pictures_of_any_size_keep_it_and_the_largest_sets_the_aoi(
    source: Path, target: Path, no_progress: Quiet
) -> None:
    save(source / "a.png", grey(10, 50, 20))
    save(source / "b.bmp", grey(20, 7, 90))
    pictures = collect_pictures(source, target, None, no_progress)
    assert (pictures.width_px, pictures.height_px) == (90, 50)
    assert [pixels.shape for pixels in stored(pictures)] == [(50, 20), (7, 90)]


def test_the_emulated_camera_shows_each_picture_whole_and_in_its_own_size(
    source: Path, target: Path, no_progress: Quiet
) -> None:
    rng = np.random.default_rng(0)
    shapes = ((31, 17), (64, 90), (1, 1))
    for number, shape in enumerate(shapes):
        save(source / f"{number}.png", rng.integers(0, 256, shape, dtype=np.uint8))
    pictures = collect_pictures(source, target, None, no_progress)
    camera = make_camera(
        CameraSettings(
            emulated=True,
            trigger_source="Software",
            pictures=str(pictures.folder),
            width_px=pictures.width_px,
            height_px=pictures.height_px,
        )
    )
    camera.open()
    try:
        for original in stored(pictures):
            camera.fire()
            grab = camera.retrieve(5_000)
            assert grab is not None
            assert grab.pixels is not None
            assert np.array_equal(grab.pixels, original)
    finally:
        camera.close()


def test_one_colour_picture_makes_the_camera_a_colour_camera(
    source: Path, target: Path, no_progress: Quiet
) -> None:
    save(source / "a.png", grey(10))
    assert collect_pictures(source, target, None, no_progress).pixel_format == "Mono8"
    save(source / "b.png", np.full((30, 40, 3), (10, 20, 30), dtype=np.uint8))
    assert collect_pictures(source, target, None, no_progress).pixel_format == "BGR8"


def test_sixteen_bits_become_eight_with_full_scale_kept(
    source: Path, target: Path, no_progress: Quiet
) -> None:
    save(source / "a.png", grey(65_535, depth=np.uint16))
    save(source / "b.png", grey(257 * 100, depth=np.uint16))
    pictures = collect_pictures(source, target, None, no_progress)
    assert [int(pixels[0, 0]) for pixels in stored(pictures)] == [255, 100]


def test_what_is_no_picture_is_named_with_its_reason_and_the_rest_goes_on(
    source: Path, target: Path, no_progress: Quiet
) -> None:
    save(source / "a.png", grey(1))
    save(source / "z.png", grey(2))
    whole = cv2.imencode(".jpg", grey(3, 300, 300))[1].tobytes()
    (source / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (source / "empty.png").write_bytes(b"")
    (source / "notes.txt").write_text("hello")
    save(source / "wide.png", grey(4, 2, 4_097))
    pictures = collect_pictures(source, target, None, no_progress)
    assert [Path(part.source).name for part in pictures.parts] == ["a.png", "z.png"]
    reasons = dict(line.split(": ", 1) for line in pictures.skipped)
    assert sorted(reasons) == ["cut.jpg", "empty.png", "notes.txt", "wide.png"]
    assert "4097 x 2 px is more than the emulated camera shows" in reasons["wide.png"]
    assert "0 bytes" in reasons["empty.png"]


def test_labels_come_from_the_folders_of_the_mvtec_layout(
    source: Path, target: Path, no_progress: Quiet
) -> None:
    for name in ("test/crack/1.png", "test/good/2.png", "train/good/3.png", "4.png", "odd/5.png"):
        save(source / name, grey(1))
    save(source / "ground_truth/crack/1_mask.png", grey(255))
    pictures = collect_pictures(source, target, None, no_progress)
    labels = {Path(part.source).name: part.label for part in pictures.parts}
    assert labels == {
        "1.png": "crack", "2.png": "good", "3.png": "good", "4.png": None, "5.png": None
    }  # fmt: skip


def test_one_class_of_the_mvtec_layout_knows_its_label(
    source: Path, target: Path, no_progress: Quiet
) -> None:
    save(source / "test" / "crack" / "1.png", grey(1))
    (part,) = collect_pictures(source / "test" / "crack", target, None, no_progress).parts
    assert part.label == "crack"


def test_a_limit_counts_usable_pictures_only(
    source: Path, target: Path, no_progress: Quiet
) -> None:
    (source / "a.png").write_bytes(b"no picture")
    for name in ("b", "c", "d"):
        save(source / f"{name}.png", grey(1))
    pictures = collect_pictures(source, target, 2, no_progress)
    assert [Path(part.source).name for part in pictures.parts] == ["b.png", "c.png"]


def test_a_folder_without_pictures_says_so(source: Path, target: Path, no_progress: Quiet) -> None:
    (source / "a.png").write_bytes(b"no picture")
    with pytest.raises(ConfigurationError, match=r"no usable picture in .*\(a\.png: "):
        collect_pictures(source, target, None, no_progress)


def test_a_folder_that_is_not_there_says_so(source: Path, target: Path, no_progress: Quiet) -> None:
    with pytest.raises(ConfigurationError, match="is not a folder"):
        collect_pictures(source / "missing", target, None, no_progress)


def test_real_magnetic_tiles_are_taken_with_their_classes(target: Path, no_progress: Quiet) -> None:
    tiles = DATA / "magnetic_tile" / "test"
    if not tiles.is_dir():
        pytest.skip(f"real pictures are not there: {tiles}")
    pictures = collect_pictures(tiles, target, None, no_progress)
    labels = Counter(part.label for part in pictures.parts)
    assert set(labels) == {"good", "blowhole", "break", "crack", "fray", "uneven"}
    assert pictures.skipped == ()
    assert pictures.pixel_format == "Mono8"
