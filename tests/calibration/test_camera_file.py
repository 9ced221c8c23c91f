"""The lens file: it comes back as it was, and a changed one is refused."""

import tomllib

import numpy as np
import pytest
import tomli_w
from inspectd_calibration.camera import calibrate_camera
from inspectd_calibration.camera_file import LensFile
from inspectd_calibration.camera_views import SeenView
from pydantic import ValidationError
from support.seen_targets import HEIGHT_PX, WIDTH_PX, views

from inspectd.core.calibration import Origin

ORIGIN = Origin(
    made_at="2026-01-02T03:04:05+00:00",
    made_by="Ada",
    software_version="0.1",
    target="chessboard",
    pictures={"a.png": "ab" * 32},
    dropped=("b.png",),
    reprojection_rms_px=0.03,
)


@pytest.fixture(scope="module")
def made() -> LensFile:
    found = views(10, np.random.default_rng(31))
    return calibrate_camera([SeenView(view, 0.5) for view in found]).lens_file(ORIGIN)


def as_toml(lens: LensFile) -> str:
    return tomli_w.dumps(lens.model_dump(mode="json", exclude_none=True))


def test_a_lens_file_comes_back_as_it_was(made: LensFile) -> None:
    again = LensFile.model_validate(tomllib.loads(as_toml(made)))

    assert again == made
    assert again.content_sha256 == made.seal
    assert (again.width_px, again.height_px) == (WIDTH_PX, HEIGHT_PX)
    assert (np.linalg.eigvalsh(again.covariance_matrix) > 0.0).all()


def test_a_lens_file_with_one_digit_changed_is_refused(made: LensFile) -> None:
    changed = as_toml(made).replace("width_px = 1024", "width_px = 1025")
    with pytest.raises(ValidationError, match=r"changed after it was made .* calibrate again"):
        LensFile.model_validate(tomllib.loads(changed))


@pytest.mark.parametrize(
    ("row", "column", "value", "said"),
    [(0, 1, 1.0, "symmetric"), (0, 0, float("nan"), "finite"), (3, 3, -1.0, "not negative")],
)
def test_a_covariance_that_cannot_be_one_is_refused(
    made: LensFile, row: int, column: int, value: float, said: str
) -> None:
    matrix = made.covariance_matrix
    matrix[row, column] = value
    content = {**made.model_dump(), "covariance": matrix.tolist(), "content_sha256": None}
    with pytest.raises(ValidationError, match=said):
        LensFile.model_validate(content)
