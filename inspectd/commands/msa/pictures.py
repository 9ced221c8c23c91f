"""A study from pictures: each is judged as the line would, and one defect of it is measured."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inspectd_calibration.msa.study import Study, study
from rich.console import Console
from rich.progress import track

from inspectd.commands.calibrate.pictures import by_numbers, picture_files
from inspectd.commands.inspect_command import chosen_calibration
from inspectd.commands.inspect_pictures import inspect_part, job_of_files
from inspectd.core.defect import Defect, DefectKind
from inspectd.core.errors import CalibrationError, ConfigurationError
from inspectd.core.recipe import Recipe
from inspectd.core.verdict import Decision, ViewResult
from inspectd.toml_file import load_model

_UNITS = {"length": "mm", "width": "mm", "diameter": "mm", "area": "mm²"}


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """What the command line says; `size` is length, width, diameter or area."""

    folder: Path
    recipe: Path | None
    calibration: Path | None
    mm_per_px: float | None
    defect: DefectKind
    size: str


def study_of_pictures(options: PictureOptions) -> Study:
    """Judge every picture of `folder`/PART/OPERATOR, and take the largest defect's size.

    CalibrationError names a picture that cannot be judged, or in which there is no such defect.
    """
    recipe = Recipe() if options.recipe is None else load_model(options.recipe, Recipe)
    calibration = chosen_calibration(options.calibration, options.mm_per_px)
    if calibration is None:
        msg = "pictures are measured in mm: give --calibration or --mm-per-px"
        raise ConfigurationError(msg)
    job = job_of_files(recipe, calibration, options.calibration)
    pictures = list(_pictures(options.folder))
    rows = []
    for part, operator, path in track(
        pictures, "Measuring", console=Console(stderr=True), transient=True
    ):
        result = inspect_part({recipe.shots[0].name: path}, job).result
        rows.append((part, operator, measured(path, result, options.defect, options.size)))
    quantity = f"{options.defect.value} {options.size}, {_UNITS[options.size]}"
    return study(rows, quantity)


def measured(path: Path, result: ViewResult, kind: DefectKind, size: str) -> float:
    """The size of the largest defect of a class; CalibrationError where there is none."""
    if result.decision is Decision.NO_VERDICT:
        reasons = "; ".join(reason.text for reason in result.reasons)
        msg = f"{path}: cannot be judged: {reasons}; take this picture again"
        raise CalibrationError(msg)
    found = [defect for defect in result.defects if defect.kind is kind]
    if not found:
        msg = (
            f"{path}: no {kind.value} was found, so that nothing can be measured: take parts with "
            "one, or name another --defect"
        )
        raise CalibrationError(msg)
    worst = max(found, key=lambda defect: _size(defect, size))
    if worst.cut:
        msg = f"{path}: the {kind.value} reaches the picture's edge: its size is not known"
        raise CalibrationError(msg)
    return _size(worst, size)


def _pictures(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """Part, operator and file, in the order of the numbers in their names."""
    for part in _folders(folder, "one folder for each part"):
        for operator in _folders(part, "one folder for each operator or station"):
            for path in picture_files([operator]):
                yield part.name, operator.name, path


def _folders(folder: Path, wanted: str) -> list[Path]:
    if not folder.is_dir():
        msg = f"{folder}: no such folder"
        raise ConfigurationError(msg)
    found = sorted((path for path in folder.iterdir() if path.is_dir()), key=by_numbers)
    if not found:
        msg = f"{folder}: there must be {wanted} in it: PART/OPERATOR/*.png"
        raise ConfigurationError(msg)
    return found


def _size(defect: Defect, size: str) -> float:
    return {
        "length": defect.length_mm,
        "width": defect.width_mm,
        "diameter": defect.diameter_mm,
        "area": defect.area_mm2,
    }[size]
