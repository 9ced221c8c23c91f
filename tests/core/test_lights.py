import math
from collections.abc import Sequence
from pathlib import Path

import pytest
import tomli_w
from pydantic import ValidationError

from inspectd.core.calibration import Calibration
from inspectd.core.errors import ConfigurationError
from inspectd.core.lights import CalibratedLight, refuse_directions
from inspectd.toml_file import load_model

EAST, WEST, NORTH = (0.6, 0.0, 0.8), (-0.6, 0.0, 0.8), (0.0, 0.6, 0.8)


def calibration(*directions: tuple[float, float, float]) -> Calibration:
    lights = tuple(
        CalibratedLight(name=f"light{number}", direction=direction)
        for number, direction in enumerate(directions)
    )
    return Calibration.model_validate(
        Calibration.from_scale(0.05).model_dump() | {"lights": lights}
    )


def test_three_lights_around_a_part_tell_normals_apart() -> None:
    assert not refuse_directions([EAST, WEST, NORTH])
    assert calibration(EAST, WEST, NORTH).lights[2].direction == NORTH


@pytest.mark.parametrize(
    ("directions", "words"),
    [
        ([EAST, NORTH], "2 lights: at least 3"),
        ([EAST, WEST, (0.0, 0.0, 1.0)], "lie in one plane"),
        ([EAST, EAST, EAST], "lie in one plane"),
        ([EAST, WEST, (0.0, 0.61, 0.8)], "length of 1.006"),
        ([EAST, WEST, (0.0, 0.0, 0.0)], "length of 0"),
        ([EAST, WEST, (0.0, math.nan, 0.8)], "finite"),
        ([EAST, WEST, (0.0, math.inf, 0.8)], "finite"),
        ([EAST, WEST, (0.0, 0.6, -0.8)], "below the part"),
    ],
)
def test_directions_that_tell_no_normals_are_refused_by_name(
    directions: Sequence[tuple[float, float, float]], words: str
) -> None:
    assert words in refuse_directions(directions)
    with pytest.raises(ValidationError, match=words):
        calibration(*directions)


def test_two_lights_of_one_name_are_refused() -> None:
    lights = [{"name": "a", "direction": direction} for direction in (EAST, WEST, NORTH)]
    with pytest.raises(ValidationError, match="must differ"):
        Calibration.model_validate(
            {"homography": [0.05, 0, 0, 0, 0.05, 0, 0, 0, 1], "lights": lights}
        )


def test_a_file_with_coplanar_lights_is_one_line_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "top.toml"
    lights = [
        {"name": name, "direction": list(direction)}
        for name, direction in (("e", EAST), ("w", WEST), ("up", (0.0, 0.0, 1.0)))
    ]
    content = {"homography": [0.05, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0, 0.0, 1.0], "lights": lights}
    file.write_text(tomli_w.dumps(content))
    with pytest.raises(ConfigurationError, match=r"top\.toml: .*one plane") as caught:
        load_model(file, Calibration)
    assert "\n" not in str(caught.value)


def test_a_seal_covers_the_lights_and_those_without_keep_theirs() -> None:
    plain = Calibration.from_scale(0.05)
    assert "lights" not in plain.model_dump_json()
    sealed = calibration(EAST, WEST, NORTH).sealed()
    moved = sealed.model_dump() | {"lights": calibration(WEST, EAST, NORTH).lights}
    with pytest.raises(ValidationError, match="was changed after"):
        Calibration.model_validate(moved)
    assert Calibration.model_validate_json(sealed.model_dump_json()) == sealed
