import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectd.core.defect import Defect, DefectKind
from inspectd.core.verdict import Decision, Provenance, Reason, ReasonCode, Verdict
from inspectd.core.verdict_json import (
    MAX_DOCUMENT_BYTES,
    verdict_json,
    verdict_schema,
    with_historical,
)

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
    "array": list,
    "object": dict,
}


def _complaints(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> list[str]:
    """What the part of JSON Schema 2020-12 that our schema uses says against a value."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    if "anyOf" in schema:
        found = [_complaints(value, option, root) for option in schema["anyOf"]]
        return [] if [] in found else found[0]
    if "type" in schema and not isinstance(value, _TYPES[schema["type"]]):
        return [f"{value!r} is no {schema['type']}"]
    if value not in schema.get("enum", [value]):
        return [f"{value!r} is none of {schema['enum']}"]
    complaints = []
    if isinstance(value, dict):
        known = schema.get("properties", {})
        complaints += [
            f"{key} is missing" for key in schema.get("required", []) if key not in value
        ]
        for key, item in value.items():
            expected = known.get(key, schema.get("additionalProperties"))
            complaints += (
                [f"{key} is not in the schema"]
                if expected is None
                else (_complaints(item, expected, root))
            )
    if isinstance(value, list):
        for item in value if "items" in schema else []:
            complaints += _complaints(item, schema["items"], root)
    return complaints


_text = st.text(st.characters(codec="utf-8"), max_size=20)
_size = st.floats(0, 1e6, allow_nan=False)
_points = st.lists(st.tuples(_size, _size), max_size=4).map(tuple)
_u32 = st.integers(0, 2**32 - 1)
_defects = st.builds(
    Defect,
    st.sampled_from(DefectKind),
    *[_size] * 4,
    st.none() | _size,
    *[_size] * 3,
    _text,
    _points,
    _points,
)
_verdicts = st.builds(
    Verdict,
    _text,
    *[_u32] * 4,
    st.sampled_from(Decision),
    st.lists(st.builds(Reason, st.sampled_from(ReasonCode), _text), max_size=3).map(tuple),
    st.lists(_defects, max_size=3).map(tuple),
    *[st.booleans()] * 4,
    _text,
    _u32,
    _size,
    st.dictionaries(_text, _size, max_size=3),
    st.builds(
        Provenance,
        _text,
        _text,
        _u32,
        _text,
        st.dictionaries(_text, _text, max_size=2),
        st.dictionaries(_text, _text, max_size=2),
    ),
)


@given(_verdicts, st.booleans())
def test_every_published_verdict_obeys_the_published_schema(
    verdict: Verdict, historical: bool
) -> None:
    schema = verdict_schema()
    published = json.loads(with_historical(verdict_json(verdict), historical=historical))
    assert _complaints(published, schema, schema) == []
    assert published["historical"] is historical


def test_the_schema_refuses_a_decision_by_number(make_verdict: Callable[..., Verdict]) -> None:
    schema = verdict_schema()
    published = json.loads(verdict_json(make_verdict()))
    assert _complaints(published | {"decision": 2}, schema, schema)


@pytest.mark.parametrize("decision", list(Decision))
def test_a_decision_is_published_by_its_name(
    decision: Decision, make_verdict: Callable[..., Verdict]
) -> None:
    assert json.loads(verdict_json(make_verdict(decision=decision)))["decision"] == decision.name


def test_contours_are_in_mm_and_never_in_pixels(
    make_verdict: Callable[..., Verdict],
) -> None:
    defect = json.loads(verdict_json(make_verdict()))["defects"][0]
    assert defect["contour_mm"] == [[0.0, 0.0], [3.0, 0.0], [3.0, 3.0]]
    assert "contour_px" not in defect


def test_a_document_too_large_for_a_broker_loses_its_contours_and_says_so(
    make_verdict: Callable[..., Verdict],
) -> None:
    plain = make_verdict()
    contour = tuple((i / 7, i / 3) for i in range(20_000))
    large = replace(plain, defects=(replace(plain.defects[0], contour_mm=contour),))
    document = verdict_json(large)
    assert len(document) <= MAX_DOCUMENT_BYTES
    published = json.loads(document)
    assert published["contours_omitted"] is True
    assert published["defects"][0]["contour_mm"] == []
    assert published["defects"][0]["diameter_mm"] == 3.25


def test_an_ordinary_document_keeps_its_contours(make_verdict: Callable[..., Verdict]) -> None:
    assert json.loads(verdict_json(make_verdict()))["contours_omitted"] is False


def test_the_document_is_compact_utf8(make_verdict: Callable[..., Verdict]) -> None:
    document = verdict_json(make_verdict(boot_id="Prüfung"))
    assert document.startswith('{"boot_id":"Prüfung",'.encode())


def test_the_example_in_the_documentation_obeys_the_schema() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "mqtt.md"
    example, *_ = re.findall(r"```json\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    schema = verdict_schema()
    published = json.loads(example)
    assert _complaints(published, schema, schema) == []
    assert set(published) == set(schema["properties"])
