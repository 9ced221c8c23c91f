"""Rendered parts as picture files, one for every shot of every part."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from inspectd.core.errors import ConfigurationError
from inspectd.core.recipe import Recipe
from inspectd.simulate.defects import true_defects, true_label
from inspectd.simulate.light import LIGHTS, OBLIQUE, Light
from inspectd.simulate.picture_set import (
    PartTruth,
    PictureSet,
    emptied,
    picture_name,
    write_picture,
)
from inspectd.simulate.render import PartSpec, render_part


def render_pictures(
    folder: Path,
    parts: Sequence[PartSpec],
    recipe: Recipe,
    seed: int,
    on_part: Callable[[], None],
) -> PictureSet:
    """Render every shot of every part into `folder`; `on_part` is called after each part.

    The light of each shot is the one that the recipe names, OBLIQUE where it names none. Raises
    ConfigurationError for an unknown light, parts that differ in size or pixel format, more than
    8 bits, or a folder that cannot be written.
    """
    lights = tuple(_light_of(shot.light) for shot in recipe.shots)
    first = parts[0]
    size = (first.width_px, first.height_px, first.pixel_format)
    if any((part.width_px, part.height_px, part.pixel_format) != size for part in parts):
        msg = "all parts in front of one camera have one picture size and pixel format"
        raise ConfigurationError(msg)
    if first.pixel_format not in ("Mono8", "BGR8"):
        msg = f"picture files have 8 bits: choose Mono8 or BGR8, found {first.pixel_format}"
        raise ConfigurationError(msg)
    target = emptied(folder)

    def render(job: tuple[int, PartSpec]) -> None:
        index, part = job
        for shot, light in enumerate(lights):
            pixels = render_part(replace(part, light=light), seed + index)
            write_picture(target / picture_name(index, shot, recipe.shots[shot].name), pixels)

    with ThreadPoolExecutor(os.cpu_count() or 1, "render") as pool:
        for _ in pool.map(render, enumerate(parts)):
            on_part()
    truths = tuple(
        PartTruth(
            true_label(part.defects, recipe),
            mm_per_px=part.mm_per_px,
            defects=true_defects(part.defects),
        )
        for part in parts
    )
    names = tuple(shot.name for shot in recipe.shots)
    return PictureSet(target, *size, shots=names, parts=truths)


def _light_of(name: str) -> Light:
    if name and name not in LIGHTS:
        msg = f'light "{name}" is not simulated: choose one of {", ".join(LIGHTS)}'
        raise ConfigurationError(msg)
    return LIGHTS[name] if name else OBLIQUE
