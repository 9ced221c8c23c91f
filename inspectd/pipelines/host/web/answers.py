"""What the REST interface answers, as pydantic models: they are also the OpenAPI document."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, JsonValue, StringConstraints

from inspectd.pipelines.host.result import Finding, Label, Provenance

# What every database takes as a row's number.
JobNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Taken(BaseModel):
    """One file that is now in the inbox; `is_new` is false where its bytes were known."""

    name: str
    sha256: str
    job: int
    is_new: bool


class Refused(BaseModel):
    """One file that was not taken, and why."""

    name: str
    why: str


class Submitted(BaseModel):
    """Every file of a request is in one of the two lists."""

    taken: list[Taken]
    refused: list[Refused]


class JobAnswer(BaseModel):
    """One picture's job: `findings` and `artefacts` are there when it is done."""

    job: int
    sha256: str
    name: str
    state: str
    progress: float
    error: str | None
    findings: list[Finding]
    artefacts: dict[str, str]
    provenance: Provenance


class PipelineCard(BaseModel):
    """One pipeline: `options` is a JSON schema."""

    name: str
    title: str
    accepts: list[str]
    sensitive: bool
    options: dict[str, Any]


class Pipelines(BaseModel):
    """Those that can be used, and why others cannot."""

    pipelines: list[PipelineCard]
    off: dict[str, str]


class Status(BaseModel):
    """The host at this moment; `held` says why the line has the machine."""

    pictures: int
    refused: int
    waiting: int
    running: int
    done: int
    failed: int
    held: str


class Question(BaseModel):
    """One picture that a person is to check."""

    id: int
    sha256: str
    name: str
    pipeline: str
    sample: str
    proposed: str


class Answers(BaseModel):
    """Answers to questions by number: a label, or null for "as proposed"."""

    answers: dict[JobNumber, Label | None]
    reviewer: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class Error(BaseModel):
    """What is wrong, where, and what to do."""

    error: str


Options = dict[str, JsonValue]
