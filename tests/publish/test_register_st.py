"""The map as Structured Text: read by blark, a parser that was not written here."""

from typing import Any

import pytest
from blark.parse import parse_source_code

from inspectd.publish.register_map import CONTROL, CONTROL_BITS, INPUT, STATUS_BITS
from inspectd.publish.register_st import structured_text


@pytest.fixture(scope="module")
def parsed() -> Any:
    result = parse_source_code(structured_text())
    assert result.exception is None, result.exception
    return result.transform()


def test_a_parser_of_the_standard_reads_all_of_it(parsed: Any) -> None:
    kinds = [type(item).__name__ for item in parsed.items]
    assert kinds.count("DataTypeDeclaration") == 4
    assert kinds.count("FunctionBlock") == 3


def test_a_mistake_in_it_would_be_found() -> None:
    broken = structured_text().replace("END_IF;", "", 1)
    assert parse_source_code(broken).exception is not None


@pytest.mark.parametrize(
    ("structure", "names"),
    [
        ("InspectdInput", {r.name for r in INPUT} - {"status", "status_2", "flags"}),
        ("InspectdInput", {bit.name for bit in STATUS_BITS}),
        ("InspectdControl", {r.name for r in CONTROL} - {"control"}),
        ("InspectdControl", {bit.name for bit in CONTROL_BITS}),
    ],
)
def test_every_register_and_bit_is_declared_by_its_name(
    parsed: Any, structure: str, names: set[str]
) -> None:
    declared = next(
        item.declaration
        for item in parsed.items
        if getattr(getattr(item, "declaration", None), "name", None) == structure
    )
    members = {str(name) for item in declared.declarations for name in item.variables}
    assert names <= members


def test_names_differ_without_regard_to_case() -> None:
    lines = structured_text().partition("InspectdInput : STRUCT")[2].partition("END_STRUCT")[0]
    names = [line.partition(":")[0].strip().lower() for line in lines.splitlines() if ":" in line]
    assert len(names) == len(set(names)) > 50


def test_no_word_is_used_that_only_one_vendor_knows() -> None:
    # Second edition: no bit access (`word.3`), no `//` comments, no references, no methods.
    for foreign in ("//", "%X", "REF_TO", "METHOD", "#region", "__"):
        assert foreign not in structured_text()
