"""The verdict as JSON: what the journal stores, MQTT carries and `inspectd schema` describes.

One description, `PublishedVerdict`, makes both the document and its schema. It differs from
`Verdict` in that the decision is a name.
"""

import json
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, TypeAdapter

from inspectd.core.verdict import Decision, Verdict

# A broker closes the connection on a message over its limit, and the outbox would send the same
# one again for ever. The smallest documented limit is AWS IoT Core's: 128 KiB a message.
MAX_DOCUMENT_BYTES = 120 * 1024

DecisionName = Literal["NONE", "PASS", "FAIL", "REVIEW", "NO_VERDICT"]


def _name(decision: Decision) -> str:
    return decision.name


@dataclass(frozen=True, slots=True)
class PublishedVerdict(Verdict):
    """The answer for one part. Consumers de-duplicate by (`boot_id`, `sequence`)."""

    decision: Annotated[Decision, PlainSerializer(_name, return_type=DecisionName)]
    contours_omitted: Annotated[
        bool, Field(description="The contours were too large to send; the sizes still hold.")
    ] = False
    historical: Annotated[
        bool, Field(description="Sent late, or by a later run: a record, not news.")
    ] = False


_document: TypeAdapter[PublishedVerdict] = TypeAdapter(PublishedVerdict)


def verdict_schema() -> dict[str, Any]:
    """JSON schema (2020-12) of a published verdict."""
    schema = _document.json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def verdict_json(verdict: Verdict) -> bytes:
    """The verdict as compact UTF-8 JSON, without `historical`, which only its sender knows.

    Over `MAX_DOCUMENT_BYTES` the contours are left out, and `contours_omitted` is true.
    """
    document = _dump(_published(verdict))
    return document if len(document) <= MAX_DOCUMENT_BYTES else verdict_json_bare(verdict)


def verdict_json_bare(verdict: Verdict) -> bytes:
    """The same without contours, for those who need it often and draw nothing."""
    bare = tuple(replace(defect, contour_mm=()) for defect in verdict.defects)
    return _dump(replace(_published(replace(verdict, defects=bare)), contours_omitted=True))


def without_outlines(document: bytes) -> bytes | None:
    """A document of `verdict_json` without its contours; None where it has none to lose."""
    found = json.loads(document)
    if not any(defect["contour_mm"] for defect in found["defects"]):
        return None
    for defect in found["defects"]:
        defect["contour_mm"] = []
    found["contours_omitted"] = True
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False).encode()


def with_historical(document: bytes, *, historical: bool) -> bytes:
    """What goes on the wire: a document of `verdict_json` with its `historical` key."""
    head = b'{"historical":true,' if historical else b'{"historical":false,'
    return head + document[1:]


def _published(verdict: Verdict) -> PublishedVerdict:
    return PublishedVerdict(
        **{field.name: getattr(verdict, field.name) for field in fields(Verdict)}
    )


def _dump(published: PublishedVerdict) -> bytes:
    return _document.dump_json(published, exclude={"historical"})
