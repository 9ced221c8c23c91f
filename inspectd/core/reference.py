"""What is known of a good part: taught on one station, under one recipe and calibration.

A reference is a head (`ReferenceHead`, sealed) and arrays, whose hashes the head names. All maps
are at a quarter of the picture's resolution, in the place where the anchor part lay.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from inspectd.core.calibration import Calibration
from inspectd.core.recipe import Recipe
from inspectd.core.sealed import Sealed, Sha256

Map = NDArray[np.float32]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
# `picture`: each picture's own median and spread; `station`: one mean and spread for all good
# parts; `place`: a mean and a spread for every place of the part.
Statistics = Literal["picture", "station", "place"]

_MAPS = ("texture_mean", "texture_sigma", "departure_sigma")


class Taught(BaseModel):
    """A quantity whose usual value and spread were taught."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: Finite
    sigma: Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


class ShotHead(BaseModel):
    """What is known of one shot, but for its maps.

    `registration_limit`: the lowest score of a part that is the taught one, a large defect on it
    or not; None where parts do not register. `likeness_limit`: the lowest likeness of a part that
    may pass. `level`: median lightness of the part, 1 is full scale; `structure`: standard
    deviation of lightness over the picture, as a share of its mean. `focus`, `anisotropy_*`: as in
    `vision.sharpness`, focus None where good parts have no edges to tell it by. `texture`: Gabor
    energy; `departure_sigmas`: of lightness and, in colour, of a* and b*; the limits of both, and
    of faint lines (`vision.lines`), are in standard deviations. `held_out_*`: parts that the limits
    were tried on without having been made of them, and how many of those raised an alarm.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    statistics: Statistics
    registration_limit: Annotated[float, Field(gt=0.0, lt=1.0)] | None
    likeness_limit: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    level: Positive
    focus: Positive | None
    anisotropy_x: Finite
    anisotropy_y: Finite
    structure: Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
    texture: Taught
    texture_limit: Positive
    line_limit: Positive
    departure_sigmas: tuple[Positive, ...] = Field(min_length=1, max_length=3)
    departure_limits: tuple[Positive, ...] = Field(min_length=1, max_length=3)
    held_out_parts: int = Field(ge=0)
    held_out_alarms: int = Field(ge=0)


class ReferenceHead(Sealed):
    """Everything of a reference but its arrays."""

    schema_version: int = Field(1, ge=1, le=1)
    station: str = Field(max_length=64)
    camera_serial: str = Field(max_length=64)
    width_px: int | None = Field(None, ge=1, le=65_535)
    height_px: int | None = Field(None, ge=1, le=65_535)
    recipe_name: str = Field(max_length=64)
    recipe_sha256: Sha256
    looks_sha256: Sha256
    calibration_sha256: Sha256
    software_version: str = Field(max_length=64)
    made_at: str = Field(max_length=40)
    made_by: str = Field(max_length=128)
    false_alarm_rate: float = Field(gt=0.0, lt=1.0)
    pictures: dict[str, Sha256]
    dropped: dict[str, str] = Field(default_factory=dict)
    shots: dict[str, ShotHead]
    arrays: dict[str, Sha256]

    @property
    def sha256(self) -> str:
        """Hash of the content, as named in every verdict; it holds those of the arrays."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @model_validator(mode="after")
    def _has_shots(self) -> Self:
        if not self.shots:
            msg = "a reference without a shot"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True, eq=False)
class ShotReference:
    """One shot of a reference.

    `lightness`: (channels, rows, columns) float32, the median good part, channels as in
    `vision.background.Departure`: the anchor of the registration, and the background that a
    part's stains are told from. `mask`: (rows, columns) uint8, 1 on the part. `texture_mean`,
    `texture_sigma`: (rows, columns) float32 Gabor energy by place; `departure_sigma`: (channels,
    rows, columns) float32; all three None unless `head.statistics` is "place".
    """

    head: ShotHead
    lightness: Map
    mask: NDArray[np.uint8]
    texture_mean: Map | None = None
    texture_sigma: Map | None = None
    departure_sigma: Map | None = None

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What is stored, by name."""
        maps = {name: getattr(self, name) for name in _MAPS}
        found = {"lightness": self.lightness, "mask": self.mask, **maps}
        return {name: array for name, array in found.items() if array is not None}


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What a good part looks like on one station."""

    head: ReferenceHead
    shots: dict[str, ShotReference]

    @classmethod
    def opened(cls, head: ReferenceHead, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """A reference as it was stored; ValueError where an array is not the sealed one."""
        if head.content_sha256 is None:
            msg = "it has no seal: teach again"
            raise ValueError(msg)
        if arrays.keys() != head.arrays.keys():
            msg = "its arrays are not those that were taught: take the original, or teach again"
            raise ValueError(msg)
        for name, array in arrays.items():
            if array_sha256(array) != head.arrays[name]:
                msg = f"its array {name} was changed: take the original, or teach again"
                raise ValueError(msg)
        return cls(head, {name: _shot(name, shot, arrays) for name, shot in head.shots.items()})

    def misfits(
        self, station: str, recipe: Recipe, calibration: Calibration | None, camera_serial: str
    ) -> list[str]:
        """Why it does not hold there; empty where it does. `camera_serial`: empty if unknown."""
        head = self.head
        found = []
        if head.station != station:
            found.append(f"was taught on station {head.station}")
        if head.recipe_name != recipe.name:
            found.append(f"was taught for recipe {head.recipe_name}, not {recipe.name}")
        if head.looks_sha256 != looks_sha256(recipe):
            found.append("was taught with other shots or another [vision] of the recipe")
        if calibration is None or head.calibration_sha256 != calibration.sha256:
            found.append("was taught under another calibration")
        if head.camera_serial and camera_serial not in ("", head.camera_serial):
            found.append(f"was taught with camera {head.camera_serial}, not {camera_serial}")
        return found


def looks_sha256(recipe: Recipe) -> str:
    """Hash of what of a recipe changes pictures and maps; limits may change after teaching."""
    looks = recipe.model_dump_json(include={"shots", "vision"})
    return hashlib.sha256(looks.encode()).hexdigest()


def array_sha256(array: NDArray[np.generic]) -> str:
    """Hash of an array's type, shape and values."""
    shape = "x".join(map(str, array.shape))
    head = f"{array.dtype.str} {shape} ".encode()
    return hashlib.sha256(head + np.ascontiguousarray(array).tobytes()).hexdigest()


def _shot(name: str, head: ShotHead, arrays: Mapping[str, NDArray[np.generic]]) -> ShotReference:
    lightness, mask = arrays.get(f"{name}/lightness"), arrays.get(f"{name}/mask")
    if lightness is None or mask is None or lightness.shape[1:] != mask.shape:
        msg = f"shot {name} is without its picture or its mask: teach again"
        raise ValueError(msg)
    maps = {key: arrays.get(f"{name}/{key}") for key in _MAPS}
    if head.statistics == "place" and None in [None if m is None else 1 for m in maps.values()]:
        msg = f"shot {name} is without its maps: teach again"
        raise ValueError(msg)
    channels = len(head.departure_sigmas)
    if not len(lightness) == channels == len(head.departure_limits):
        msg = f"shot {name} has limits for other channels than its picture: teach again"
        raise ValueError(msg)
    return ShotReference(
        head,
        np.asarray(lightness, dtype=np.float32),
        np.asarray(mask, dtype=np.uint8),
        **{k: None if m is None else np.asarray(m, dtype=np.float32) for k, m in maps.items()},
    )
