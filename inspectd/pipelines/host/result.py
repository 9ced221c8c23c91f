"""What a pipeline says of a picture, and who said it.

A pipeline returns a `Result`; the host adds the `Provenance`, so no pipeline can forget it.
Coordinates are pixels of the upright picture (EXIF orientation applied), x to the right, y down,
(0, 0) the outer corner of the first pixel.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
)

Px = Annotated[float, Field(allow_inf_nan=False)]
Point = tuple[Px, Px]
# `clothing/top/shirt`: from the general to the particular, no empty step.
LabelPath = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^/]+(/[^/]+)*$")]


def _readable(label: str) -> str:
    if any(unicodedata.category(letter).startswith("C") for letter in label):
        msg = "no control characters, and no halves of letters"
        raise ValueError(msg)
    return label


# What a person says a picture is.
Label = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_readable),
]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Box(_Record):
    """An upright rectangle."""

    shape: Literal["box"] = "box"
    left_px: Px
    top_px: Px
    width_px: Annotated[float, Field(gt=0)]
    height_px: Annotated[float, Field(gt=0)]


class Polygon(_Record):
    """A closed outline of three or more points."""

    shape: Literal["polygon"] = "polygon"
    points_px: Annotated[tuple[Point, ...], Field(min_length=3)]


class Mask(_Record):
    """The set pixels of the PNG artefact of this name, which has the picture's size."""

    shape: Literal["mask"] = "mask"
    artefact: Annotated[str, Field(min_length=1)]


class Box3d(_Record):
    """An upright cuboid in the frame of a volume: centre and size along its axes."""

    shape: Literal["box3d"] = "box3d"
    centre_mm: tuple[float, float, float]
    size_mm: tuple[float, float, float]


Geometry = Annotated[Box | Polygon | Mask | Box3d, Field(discriminator="shape")]


class Finding(_Record):
    """One thing that was found: `score` is the pipeline's own trust in it, 0 to 1."""

    kind: Annotated[str, Field(min_length=1, max_length=60)]
    label: LabelPath
    score: Annotated[float, Field(ge=0, le=1)]
    geometry: Geometry | None = None
    attributes: dict[str, JsonValue] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file that a pipeline made of a picture: a mask, a crop, a report."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Result:
    """All that one run found. `features`: name to a vector or matrix, kept as float16."""

    findings: tuple[Finding, ...] = ()
    features: Mapping[str, NDArray[np.floating]] = field(default_factory=dict)
    artefacts: Mapping[str, Artefact] = field(default_factory=dict)


class ModelStamp(_Record):
    """Which model it was, to the last bit."""

    name: str
    version: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Provenance(_Record):
    """Who found it: stamped by the host on every result."""

    pipeline: str
    models: tuple[ModelStamp, ...]
    options: dict[str, JsonValue]
    code_version: str

    @property
    def key(self) -> str:
        """One name for pipeline, models and options, in which a picture has one result.

        Not the code's version: an update would have every archive worked through again.
        """
        told = [
            self.pipeline,
            [[model.version, model.sha256] for model in self.models],
            self.options,
        ]
        text = json.dumps(told, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
