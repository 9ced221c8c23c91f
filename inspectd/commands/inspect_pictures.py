"""`inspectd inspect`: judge picture files with the same code as the line."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspectd.core.calibration import Calibration
from inspectd.core.errors import ConfigurationError, PictureError
from inspectd.core.frame import Frame, Pixels, View
from inspectd.core.job import Job
from inspectd.core.parts import no_view
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import ReasonCode, ViewResult
from inspectd.load import fields_path, load_calibration
from inspectd.station.fields import load_fields
from inspectd.vision.decode import decode_picture
from inspectd.vision.inspect import inspect


@dataclass(frozen=True, slots=True, eq=False)
class InspectedPart:
    """One part: its picture files by shot, the pixels of the first, and what was found."""

    files: dict[str, Path]
    pixels: Pixels | None
    result: ViewResult


def parts_to_inspect(images: list[Path], shots: list[str], recipe: Recipe) -> list[dict[str, Path]]:
    """Every image is a part with the recipe's first shot; all `NAME=FILE` shots are one more."""
    parts = [{recipe.shots[0].name: image} for image in images]
    if shots:
        parts.append(_shots(shots, recipe))
    if not parts:
        msg = "nothing to inspect: name a picture, or shots as --shot NAME=FILE"
        raise ConfigurationError(msg)
    for files in parts:
        for path in files.values():
            _must_be_file(path)
    return parts


def inspect_part(files: dict[str, Path], job: Job) -> InspectedPart:
    """Judge the pictures of one part. A picture that is none gives NO_VERDICT, not an error."""
    frames: list[Frame] = []
    for shot, path in files.items():
        try:
            pixels = decode_picture(path.read_bytes())
        except PictureError as error:
            result = no_view(ReasonCode.PICTURE_INVALID, f"{path}: {error}")
            return InspectedPart(files, None, result)
        except OSError as error:
            msg = f"{path}: cannot be read: {error.strerror}"
            raise ConfigurationError(msg) from None
        frames.append(Frame(pixels, shot, time.monotonic_ns()))
    view = View(tuple(frames), camera_serial="", simulated=False)
    result = inspect(view, job, time.perf_counter_ns)
    return InspectedPart(files, frames[0].pixels, result)


def calibration_of_files(path: Path) -> Calibration:
    """Read a calibration to judge picture files with; ConfigurationError.

    A file does not say which camera took it, nor which part of its sensor: who names both vouches
    for that.
    """
    return load_calibration(path).model_copy(update={"camera_serial": "", "aoi": None})


def job_of_files(recipe: Recipe, calibration: Calibration | None, path: Path | None) -> Job:
    """What picture files are judged by, with the fields that the calibration at `path` names.

    CalibrationError where they are not the ones.
    """
    if calibration is None or path is None or (fields := fields_path(path, calibration)) is None:
        return Job(recipe, calibration)
    return Job(recipe, calibration, load_fields(fields, calibration.fields_sha256).correction())


def part_json(part: InspectedPart) -> dict[str, Any]:
    """One element of the command's JSON array."""
    result = part.result
    return {
        "image": str(next(iter(part.files.values()))),
        "shots": {name: str(path) for name, path in part.files.items()},
        "decision": result.decision.name,
        "reasons": [{"code": r.code.value, "text": r.text, "rule": r.rule} for r in result.reasons],
        "defects": [
            {
                "kind": d.kind.value,
                "length_mm": d.length_mm,
                "width_mm": d.width_mm,
                "diameter_mm": d.diameter_mm,
                "area_mm2": d.area_mm2,
                "depth_mm": d.depth_mm,
                "depth_uncertainty_mm": d.depth_uncertainty_mm,
                "volume_mm3": d.volume_mm3,
                "volume_uncertainty_mm3": d.volume_uncertainty_mm3,
                "uncertainty_mm": d.uncertainty_mm,
                "area_uncertainty_mm2": d.area_uncertainty_mm2,
                "max_width_mm": d.max_width_mm,
                "direction_deg": d.direction_deg,
                "in_grain": d.in_grain,
                "hides": d.hides,
                "delta_e": d.delta_e,
                "hue_deg": d.hue_deg,
                "contrast": d.contrast,
                "shot": d.shot,
                "cut": d.cut,
                "clipped": d.clipped,
                "contour_mm": d.contour_mm,
            }
            for d in result.defects
        ],
        "truncated": result.truncated,
        "vision_ms": result.vision_ms,
        "stages_ms": result.stages_ms,
        "measures": result.measures,
    }


def _shots(texts: list[str], recipe: Recipe) -> dict[str, Path]:
    """The files of one part by shot. ConfigurationError where one would take another's place."""
    files: dict[str, Path] = {}
    for text in texts:
        name, path = _shot(text, recipe)
        if name in files:
            msg = f"--shot {text}: {name} is {files[name]} already: one picture for each shot"
            raise ConfigurationError(msg)
        files[name] = path
    return files


def _shot(text: str, recipe: Recipe) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    known = [shot.name for shot in recipe.shots]
    if not equals or not path:
        msg = f"--shot {text}: write it as NAME=FILE"
        raise ConfigurationError(msg)
    if name not in known:
        msg = f"--shot {text}: recipe {recipe.name} has no shot {name!r}, only {', '.join(known)}"
        raise ConfigurationError(msg)
    return name, Path(path)


def _must_be_file(path: Path) -> None:
    if not path.exists():
        msg = f"{path}: no such file"
        raise ConfigurationError(msg)
    if not path.is_file():
        hint = f"; name the pictures in it, for example {path}/*" if path.is_dir() else ""
        msg = f"{path}: not a file{hint}"
        raise ConfigurationError(msg)
