"""warm_vision: the rehearsal goes through every stage, whatever the station's settings."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from inspectd.core.calibration import Calibration
from inspectd.core.camera import PixelFormat
from inspectd.core.messages import Configure
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import ViewResult
from inspectd.station import warm
from inspectd.station.threads import Threads
from inspectd.vision.inspect import inspect


@pytest.fixture
def rehearsals(monkeypatch: pytest.MonkeyPatch) -> list[ViewResult]:
    results: list[ViewResult] = []

    def noted(*given: object) -> ViewResult:
        results.append(inspect(*given))  # type: ignore[arg-type]
        return results[-1]

    monkeypatch.setattr(warm, "inspect", noted)
    return results


@pytest.fixture
def threads() -> Iterator[Threads]:
    made = Threads(2)
    yield made
    made.close()


@pytest.mark.parametrize("pixel_format", ["Mono8", "Mono10", "Mono16", "BGR8", "BayerRG8"])
def test_every_stage_is_rehearsed_in_every_pixel_format(
    configure: Configure, rehearsals: list[ViewResult], threads: Threads, pixel_format: PixelFormat
) -> None:
    camera = configure.camera.model_copy(
        update={"pixel_format": pixel_format, "width_px": 400, "height_px": 320}
    )
    warm.warm_vision(replace(configure, camera=camera), threads)
    assert len(rehearsals) >= 2
    assert all("measure" in result.stages_ms for result in rehearsals)


def test_wavelengths_and_fields_of_the_station_do_not_stop_the_rehearsal(
    configure: Configure, rehearsals: list[ViewResult], threads: Threads
) -> None:
    recipe = Recipe.model_validate({"vision": {"wavelengths_mm": [0.5, 1.0]}})
    calibration = Calibration.from_scale(0.05).model_copy(
        update={"fields": "f.npz", "fields_sha256": "0" * 64}
    )
    warm.warm_vision(replace(configure, recipe=recipe, calibration=calibration), threads)
    assert all("measure" in result.stages_ms for result in rehearsals)
