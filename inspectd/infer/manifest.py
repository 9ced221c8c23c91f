"""A model's manifest: `model.toml`, which says what the file is and how pictures go into it."""

import re
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
# Also the name of the model's folder: nothing that a path could be made of.
ModelName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9._-]{0,78}[a-z0-9])?$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")]
Runtime = Literal["onnxruntime", "litert", "skops", "opencv", "torch"]
_ADDRESS = re.compile(r"^(https://|http://(127\.0\.0\.1|localhost)[:/])\S+$")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ModelFile(_Section):
    """The file itself. `address` is where it is published, for `inspectd models fetch`."""

    name: FileName
    sha256: Sha256
    size_bytes: int = Field(gt=0, le=10_000_000_000)
    address: str = ""


class Licence(_Section):
    """What its makers allow. Where nothing is stated, nothing is: say `non_commercial = true`."""

    spdx: Annotated[str, Field(min_length=1, max_length=80)]
    non_commercial: bool
    statement: str = ""


class ModelInput(_Section):
    """How a picture goes in: resized to this size, then (value - mean) / std for each channel.

    Without `mean` and `std` (in units of 0 to 255) the bytes go in as they are.
    """

    height_px: int = Field(gt=0, le=8192)
    width_px: int = Field(gt=0, le=8192)
    colour: Literal["RGB", "BGR", "grey"] = "RGB"
    layout: Literal["NHWC", "NCHW"] = "NHWC"
    dtype: Literal["uint8", "float32"] = "float32"
    # `crop`: the shorter side is resized and the middle taken; `stretch`: both sides are.
    resize: Literal["crop", "stretch"] = "crop"
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        channels = 1 if self.colour == "grey" else 3
        if len(self.mean) != len(self.std) or len(self.mean) not in (0, channels):
            msg = f"mean and std: give {channels} numbers each, or none"
            raise ValueError(msg)
        if any(value <= 0 for value in self.std):
            msg = "std: above 0"
            raise ValueError(msg)
        if self.dtype == "uint8" and self.mean:
            msg = "mean and std: a model that takes bytes takes them as they are"
            raise ValueError(msg)
        return self


class ModelOutput(_Section):
    """What comes out: one number a label. `softmax` makes shares of raw numbers."""

    labels: FileName
    labels_sha256: Sha256
    labels_address: str = ""
    activation: Literal["none", "softmax"] = "none"


class Thresholds(_Section):
    """Below this score a finding is not reported, where nothing else is asked for."""

    min_score: float = Field(0.1, ge=0, le=1)


class Training(_Section):
    """How it came about, where we trained it."""

    method: str
    seed: int
    pictures: int = Field(ge=1)
    data_sha256: Sha256
    scores: dict[str, float] = Field(default_factory=dict)


class FileNeeded(NamedTuple):
    """A file that a model is made of; `address` is empty where it is not published."""

    name: str
    sha256: str
    address: str


class Manifest(_Section):
    """One model, of one version."""

    name: ModelName
    version: Annotated[str, Field(min_length=1, max_length=40)]
    title: Annotated[str, Field(max_length=200)] = ""
    task: Literal["classification", "detection", "segmentation", "embedding", "quality"]
    runtime: Runtime
    file: ModelFile
    further_files: Annotated[tuple[ModelFile, ...], Field(max_length=20)] = ()
    licence: Licence
    input: ModelInput | None = None
    output: ModelOutput | None = None
    thresholds: Thresholds = Thresholds()
    training: Training | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.task == "classification" and (self.output is None or self.input is None):
            msg = "a classification needs [input] and [output]"
            raise ValueError(msg)
        if any(each.address and not _ADDRESS.match(each.address) for each in self.files()):
            msg = "address: use https://, or http:// on this very host"
            raise ValueError(msg)
        return self

    def files(self) -> tuple[FileNeeded, ...]:
        """Every file that belongs to it, labels included."""
        found = [FileNeeded(f.name, f.sha256, f.address) for f in (self.file, *self.further_files)]
        if (told := self.output) is not None:
            found.append(FileNeeded(told.labels, told.labels_sha256, told.labels_address))
        return tuple(found)
