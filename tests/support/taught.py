"""Good parts with an outline, small ones, and what is taught of them."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from inspectd.core.calibration import Calibration
from inspectd.core.frame import Frame, Pixels, View
from inspectd.core.job import Job
from inspectd.core.recipe import Recipe
from inspectd.core.reference import Reference
from inspectd.core.verdict import ViewResult
from inspectd.simulate.outline import plate
from inspectd.simulate.render import PartSpec, render_part
from inspectd.simulate.surface import Surface
from inspectd.teach.assemble import assemble
from inspectd.teach.learn import Lesson, learn
from inspectd.teach.sample import Sample, sample
from inspectd.vision.inspect import inspect

MM_PER_PX = 0.05
WIDTH_PX, HEIGHT_PX = 512, 420
SCALE = Calibration.from_scale(MM_PER_PX)
RECIPE = Recipe()
ORIGIN: dict[str, object] = {
    "made_at": "2026-01-01T00:00:00+00:00",
    "made_by": "a test",
    "software_version": "0",
    "pictures": {},
}


def outlined(
    angle_deg: float = 0.0, x_mm: float = 0.0, y_mm: float = 0.0, level: float = 0.45
) -> PartSpec:
    """A plate that is turned and moved from the middle of the picture."""
    width_mm, height_mm = WIDTH_PX * MM_PER_PX, HEIGHT_PX * MM_PER_PX
    centre_mm = (width_mm / 2.0 + x_mm, height_mm / 2.0 + y_mm)
    return PartSpec(
        surface=Surface.CAST,
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        mm_per_px=MM_PER_PX,
        level=level,
        outline=plate(0.55 * width_mm, 0.5 * height_mm, centre_mm, angle_deg),
    )


def good_parts(count: int, seed: int, *, turned: bool = True) -> list[Pixels]:
    """Good parts as a line would bring them: anyhow, in light that varies by a fifth."""
    rng = np.random.default_rng(seed)
    parts = []
    for index in range(count):
        angle_deg = rng.uniform(-180.0, 180.0) if turned else 0.0
        level = 0.45 * rng.uniform(0.9, 1.1)
        x_mm, y_mm = rng.uniform(-1.0, 1.0, 2)
        spec = outlined(angle_deg, x_mm, y_mm, level)
        parts.append(render_part(spec, 1_000 * seed + index))
    return parts


def samples_of(parts: list[Pixels]) -> list[Sample]:
    """As `teach` looks at them."""
    found = [
        sample(f"{n}.png", f"{n}", "main", part, Job(RECIPE, SCALE)) for n, part in enumerate(parts)
    ]
    assert all(isinstance(one, Sample) for one in found)
    return [one for one in found if isinstance(one, Sample)]


@lru_cache(maxsize=1)
def lesson() -> Lesson:
    """What 24 good parts teach; the same for all tests of a process."""
    return learn(samples_of(good_parts(24, seed=1)), 0.001)


@lru_cache(maxsize=1)
def reference() -> Reference:
    """The same, sealed."""
    return sealed({"main": lesson()})


def sealed(lessons: dict[str, Lesson], size_px: tuple[int, int] | None = None) -> Reference:
    """A reference for station `top`, default recipe and scale."""
    return assemble(
        lessons,
        station="top",
        recipe=RECIPE,
        calibration=SCALE,
        size_px=size_px or (WIDTH_PX, HEIGHT_PX),
        rate=0.001,
        origin=ORIGIN,
    )


def judged(pixels: Pixels, taught: Reference | None = None, recipe: Recipe = RECIPE) -> ViewResult:
    """The result with the reference."""
    view = View((Frame(pixels, "main", 1),), "", simulated=True)
    return inspect(view, Job(recipe, SCALE, reference=taught or reference()), lambda: 0)


def with_level(spec: PartSpec, factor: float) -> PartSpec:
    """The same part in more or less light."""
    return replace(spec, level=spec.level * factor)
