"""Station processes, and the pictures that they are shown."""

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.station import StartStation, Station

from inspectd.core.calibration import Calibration
from inspectd.core.camera import CameraSettings
from inspectd.core.messages import Configure
from inspectd.core.recipe import Recipe


@pytest.fixture
def start_station() -> Iterator[StartStation]:
    """Start stations; `program` replaces `-m inspectd.station`. All are ended, and were asked."""
    stations: list[Station] = []

    def start(*program: str) -> Station:
        station = Station((sys.executable, *(program or ("-m", "inspectd.station"))))
        stations.append(station)
        return station

    yield start
    for station in stations:
        station.end()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Eight small noisy grey pictures; picture n has a mean level of 100 + 2 n."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    rng = np.random.default_rng(1)
    for number in range(8):
        noise = rng.normal(100 + 2 * number, 2.0, (128, 160))
        cv2.imwrite(str(folder / f"part_{number:05d}.png"), noise.astype(np.uint8))
    return folder


@pytest.fixture
def configure(tmp_path: Path, pictures: Path) -> Configure:
    """A replay camera on Line1 with one shot a part."""
    camera = CameraSettings(driver="replay", width_px=160, height_px=128, pictures=str(pictures))
    return Configure(
        station="top",
        camera=camera,
        recipe=Recipe(),
        calibration=Calibration.from_scale(0.05),
        queue_depth=4,
        # Not the settings' own: the tests share their processors, and a station that stands still
        # for longer rightly answers NO-VERDICT.
        shot_gap_ms=1_000,
        match_window_ms=10_000,
        preview_max_px=64,
        line1_socket=str(tmp_path / "line1"),
    )
