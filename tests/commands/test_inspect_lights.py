"""`inspectd inspect` with the shots of four lights: the way of the how-to."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from studies.dents import job
from support.calibrate import run

from inspectd.commands.calibrate.artefacts import write_calibration, write_toml
from inspectd.simulate.dent import Dent
from inspectd.simulate.light import DIRECTED
from inspectd.simulate.render import PartSpec, render_part


def test_four_shots_and_a_calibration_with_lights_give_a_dent_with_depth(tmp_path: Path) -> None:
    work = job()
    assert work.calibration is not None
    calibration, recipe = tmp_path / "top.toml", tmp_path / "recipe.toml"
    write_calibration(calibration, work.calibration.sealed())
    write_toml(recipe, work.recipe.model_dump(mode="json", exclude_none=True))
    part = PartSpec(defects=(Dent((10.0, 8.0), 3.0, 0.15),), width_px=400, height_px=320)
    shots: list[str] = []
    for light in DIRECTED:
        file = tmp_path / f"{light.name}.png"
        cv2.imwrite(str(file), render_part(replace(part, light=light), 4))
        shots += ["--shot", f"{light.name}={file}"]

    told = run(
        *("--recipe", recipe, "--calibration", calibration, "--json", *shots), group="inspect"
    )

    ((dent,),) = (part["defects"] for part in json.loads(told.stdout))
    assert dent["kind"] == "dent"
    assert dent["diameter_mm"] == pytest.approx(3.0, abs=0.09)
    assert abs(dent["depth_mm"] - 0.15) < dent["depth_uncertainty_mm"]
    assert dent["volume_mm3"] > 0.0
