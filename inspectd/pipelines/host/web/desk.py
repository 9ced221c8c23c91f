"""What the REST interface does: calls on the site, in the words of the answers. No HTTP here."""

import json
import time
from collections.abc import Iterator
from typing import BinaryIO

import cv2
from pydantic import JsonValue

from inspectd.core.errors import ConfigurationError, PictureError
from inspectd.pipelines.host.admission import Admission
from inspectd.pipelines.host.decode import decode_rgb
from inspectd.pipelines.host.media import PICTURES
from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.web.answers import (
    Answers,
    JobAnswer,
    PipelineCard,
    Pipelines,
    Question,
    Refused,
    Status,
    Submitted,
    Taken,
)
from inspectd.pipelines.host.web.metrics import exposition

_CHUNK = 1 << 20
_PREVIEW_PX = 320
_ENDED = ("done", "failed", "cancelled")
_LOOK_EVERY_S = 0.02
# A person waits for this picture; an archive does not.
_URGENT = 5


class Desk:
    """Calls may come from several threads at once; each is a few short transactions."""

    def __init__(self, site: Site, admission: Admission) -> None:
        self._site = site
        self._admission = admission

    def pipelines(self) -> Pipelines:
        """What there is, and what is off."""
        registry = self._site.registry
        cards = [
            PipelineCard(
                name=name,
                title=each.card.title,
                accepts=sorted(each.card.accepts),
                sensitive=each.card.sensitive,
                options=each.card.options.model_json_schema(),
            )
            for name, each in sorted(registry.pipelines.items())
        ]
        return Pipelines(pipelines=cards, off=registry.off)

    def submit(
        self, files: list[tuple[str, BinaryIO]], pipeline: str, options: str, source: str
    ) -> Submitted:
        """Take files in and have them looked at. ConfigurationError, StoreError."""
        given = read_options(options)
        self._site.provenance(pipeline, given)
        received, refused = [], []
        for name, file in files:
            try:
                received.append(self._site.inbox.receive(_chunks(file), name, source))
            except PictureError as error:
                shown, _, why = str(error).partition(": ")
                refused.append(Refused(name=shown, why=why))
        names = [each.picture.sha256 for each in received]
        asked = self._site.ask(names, pipeline, given, priority=_URGENT)
        job_of = {job.sha256: job.id for job in self._site.jobs.of(names, asked.wanted.key)}
        taken = [
            Taken(
                name=each.picture.name,
                sha256=each.picture.sha256,
                job=job_of[each.picture.sha256],
                is_new=each.is_new,
            )
            for each in received
        ]
        return Submitted(taken=taken, refused=refused)

    def jobs(self, numbers: list[int]) -> list[JobAnswer]:
        """Jobs by number, those that exist."""
        jobs = self._site.jobs.get(numbers)
        stored = self._site.results.of_jobs(job.id for job in jobs if job.state == "done")
        answers = []
        for job in jobs:
            picture = self._site.pictures.get(job.sha256)
            found = stored.get(job.id)
            answers.append(
                JobAnswer(
                    job=job.id,
                    sha256=job.sha256,
                    name=picture.name if picture is not None else job.sha256,
                    state=job.state,
                    progress=job.progress,
                    error=job.error,
                    findings=list(found.findings) if found else [],
                    artefacts={n: a.media_type for n, a in found.artefacts.items()}
                    if found
                    else {},
                    provenance=job.provenance,
                )
            )
        return answers

    def wait(self, number: int, within_s: float) -> JobAnswer:
        """The job when it has ended, or as it stands when the time is over."""
        until_s = time.monotonic() + within_s
        while True:
            (job,) = self._site.jobs.get([number])
            if job.state in _ENDED or time.monotonic() > until_s:
                return self.jobs([number])[0]
            time.sleep(_LOOK_EVERY_S)

    def cancel(self, numbers: list[int]) -> int:
        """No longer wanted; how many were waiting or running."""
        return self._site.jobs.cancel(numbers)

    def preview(self, sha256: str, *, reveal: bool) -> bytes | None:
        """A small JPEG; None where there is none. ConfigurationError: it is not to be shown."""
        picture = self._site.pictures.get(sha256)
        if picture is None or picture.media_type not in PICTURES:
            return None
        pipelines = self._site.registry.pipelines
        looked = {job.pipeline for job in self._site.jobs.of([sha256])}
        if not reveal and any(
            name not in pipelines or pipelines[name].card.sensitive for name in looked
        ):
            msg = "this picture is sensitive: ask for it with ?reveal=true"
            raise ConfigurationError(msg)
        pixels = decode_rgb(
            self._site.blobs.read(sha256),
            self._site.settings.inbox.max_pixels,
            at_most_px=_PREVIEW_PX,
        )
        _, jpeg = cv2.imencode(".jpg", pixels[:, :, ::-1])
        return jpeg.tobytes()

    def artefact(self, number: int, name: str) -> tuple[str, bytes] | None:
        """Media type and bytes of one file that a pipeline has made."""
        found = self._site.results.of_jobs([number]).get(number)
        if found is None or name not in found.artefacts:
            return None
        kept = found.artefacts[name]
        return kept.media_type, self._site.blobs.read(kept.sha256)

    def status(self) -> Status:
        """The host now."""
        pictures, _, refused = self._site.pictures.counts()
        states: dict[str, int] = {}
        for (_, state), count in self._site.jobs.counts().items():
            states[state] = states.get(state, 0) + count
        return Status(
            pictures=pictures,
            refused=refused,
            waiting=states.get("queued", 0),
            running=states.get("running", 0),
            done=states.get("done", 0),
            failed=states.get("failed", 0),
            held=self._admission.why,
        )

    def metrics(self) -> bytes:
        """The same and more, for Prometheus."""
        return exposition(self._site, self._admission)

    def refusals(self, limit: int) -> list[Refused]:
        """The files refused last, newest first."""
        last = self._site.pictures.last_arrivals(limit, refused_only=True)
        return [Refused(name=each.name, why=each.refused or "") for each in last]

    def questions(self, limit: int) -> list[Question]:
        """Pictures that a person is to check."""
        fields = Question.model_fields
        return [
            Question.model_validate({name: getattr(each, name) for name in fields})
            for each in self._site.reviews.waiting(limit)
        ]

    def answer(self, answers: Answers) -> int:
        """Store a batch of answers; how many questions there were."""
        return self._site.reviews.answer(answers.answers, answers.reviewer)


def read_options(text: str) -> dict[str, JsonValue]:
    """Options as a JSON object; empty: none. ConfigurationError."""
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        msg = 'options: a JSON object is needed, such as {"top": 3}'
        raise ConfigurationError(msg)
    return found


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk
