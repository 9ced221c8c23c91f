"""followed and trace, by what inspect makes of them: broken, bent and faint lines."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspectd.core.calibration import Calibration
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.frame import Frame, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.vision.inspect import inspect
from inspectd.vision.track import longest_stretch

NOISE = 3.0


def defects(drawing: np.ndarray) -> tuple[Defect, ...]:
    view = View((Frame(drawing, "main", 0),), "", simulated=True)
    return inspect(view, Job(Recipe(), Calibration.from_scale(0.05)), lambda: 0).defects


def noisy_line(
    angle_deg: float, length_px: float, contrast: float, gap_px: float = 0.0, level: float = 120.0
) -> np.ndarray:
    rows, columns = np.mgrid[:400, :500].astype(float)
    cos, sin = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    along = (columns - 250.3) * cos + (rows - 200.6) * sin
    across = (rows - 200.6) * cos - (columns - 250.3) * sin
    outside = np.maximum(np.abs(along) - length_px / 2, np.abs(across) - 2.0)
    outside = np.maximum(outside, gap_px / 2 - np.abs(along - 10.0)) if gap_px else outside
    noise = np.random.default_rng(5).normal(0.0, NOISE, rows.shape)
    drawn = 120.0 - contrast * np.clip(0.5 - outside, 0, 1) + noise
    return np.asarray(np.rint(drawn * level / 120.0).clip(0, 255), np.uint8)


@given(st.floats(0.0, 180.0), st.floats(80.0, 240.0), st.floats(0.5, 1.9))
@settings(max_examples=15, deadline=None)
def test_a_line_four_times_its_noise_is_measured_at_every_angle_and_brightness(
    angle_deg: float, length_px: float, brightness: float
) -> None:
    (scratch,) = defects(noisy_line(angle_deg, length_px, 4.5 * NOISE, level=120.0 * brightness))
    assert scratch.kind is DefectKind.SCRATCH
    assert scratch.length_mm == pytest.approx(0.05 * length_px, abs=0.15)


@pytest.mark.parametrize("gap_px", [6.0, 16.0, 24.0])
@pytest.mark.parametrize("angle_deg", [10.0, 75.0])
def test_a_broken_line_is_one_scratch_from_tip_to_tip(gap_px: float, angle_deg: float) -> None:
    (scratch,) = defects(noisy_line(angle_deg, 160.0, 8 * NOISE, gap_px))
    assert scratch.kind is DefectKind.SCRATCH
    assert scratch.length_mm == pytest.approx(8.0, abs=0.15)


def test_a_gap_is_bridged_only_where_the_piece_beyond_is_worth_it() -> None:
    on = np.zeros(200)
    on[20:100] = 1.0
    on[115:130] = 1.0
    on[150:154] = 1.0
    assert longest_stretch(on, slice(20, 100)) == (20, 130)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("away_px", [8, 12])
def test_a_faint_line_along_the_pictures_edge_is_found_as_any_other(
    turns: int, away_px: int
) -> None:
    noise = np.random.default_rng(7).normal(0.0, NOISE, (400, 400))
    noise[away_px : away_px + 4, 120:260] -= 2.0 * NOISE
    drawn = np.rot90(np.asarray(np.rint(120.0 + noise), np.uint8), turns)
    (found,) = defects(np.ascontiguousarray(drawn))
    assert found.kind is DefectKind.SCRATCH
    assert found.length_mm == pytest.approx(7.0, abs=0.4)
