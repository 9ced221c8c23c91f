"""Parts under four directed lights, and the job of a station that knows where those are."""

import math
from dataclasses import replace

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Frame, View
from inspectd.core.job import Job
from inspectd.core.lights import CalibratedLight
from inspectd.core.recipe import Recipe, Shot
from inspectd.core.verdict import ViewResult
from inspectd.simulate.light import DIRECTED, Light
from inspectd.simulate.render import PartSpec, render_part
from inspectd.vision.inspect import inspect

MM_PER_PX = 0.05


def calibrated(light: Light) -> CalibratedLight:
    """Where this light is, as a calibration would say it."""
    azimuth, elevation = math.radians(light.azimuth_deg), math.radians(light.elevation_deg)
    return CalibratedLight(
        name=light.name,
        direction=(
            math.cos(elevation) * math.cos(azimuth),
            math.cos(elevation) * math.sin(azimuth),
            math.sin(elevation),
        ),
    )


LIGHTS = tuple(calibrated(light) for light in DIRECTED)


def job(recipe: Recipe | None = None) -> Job:
    """Four shots, and the calibration that knows where their lights are."""
    shots = tuple(Shot(name=light.name, light=light.name) for light in DIRECTED)
    calibration = Calibration.from_scale(MM_PER_PX).model_copy(update={"lights": LIGHTS})
    return Job((recipe or Recipe()).model_copy(update={"shots": shots}), calibration)


def judged(spec: PartSpec, seed: int, work: Job) -> ViewResult:
    """Render all shots of a part and judge them."""
    frames = tuple(
        Frame(render_part(replace(spec, light=light), seed), light.name, 0) for light in DIRECTED
    )
    return inspect(View(frames, "", simulated=True), work, lambda: 0)
