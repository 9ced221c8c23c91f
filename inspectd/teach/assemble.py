"""Lessons of all shots, put together and sealed."""

from collections.abc import Mapping

from inspectd.core.calibration import Calibration
from inspectd.core.recipe import Recipe
from inspectd.core.reference import Reference, ReferenceHead, array_sha256, looks_sha256
from inspectd.teach.learn import Lesson


def assemble(
    lessons: Mapping[str, Lesson],
    *,
    station: str,
    recipe: Recipe,
    calibration: Calibration,
    size_px: tuple[int, int] | None,
    rate: float,
    origin: Mapping[str, object],
) -> Reference:
    """A sealed reference.

    `size_px`: (width, height) of the pictures; None where it does not matter. `origin`: the head's
    `made_at`, `made_by`, `software_version` and `pictures`.
    """
    arrays = {
        f"{name}/{key}": array_sha256(array)
        for name, lesson in lessons.items()
        for key, array in lesson.shot.arrays().items()
    }
    head = ReferenceHead.model_validate(
        {
            "station": station,
            "camera_serial": calibration.camera_serial,
            "width_px": size_px and size_px[0],
            "height_px": size_px and size_px[1],
            "recipe_name": recipe.name,
            "recipe_sha256": recipe.sha256,
            "looks_sha256": looks_sha256(recipe),
            "calibration_sha256": calibration.sha256,
            "false_alarm_rate": rate,
            "dropped": {k: v for lesson in lessons.values() for k, v in lesson.dropped.items()},
            "shots": {name: lesson.shot.head for name, lesson in lessons.items()},
            "arrays": arrays,
            **origin,
        }
    ).sealed()
    return Reference(head, {name: lesson.shot for name, lesson in lessons.items()})
