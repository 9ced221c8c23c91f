"""The reference page of the register map."""

from pathlib import Path

from inspectd.core.handshake_rules import LinkFault
from inspectd.publish.register_map import (
    CONTROL,
    CONTROL_BITS,
    INPUT,
    STATE_NAMES,
    STATUS_2_BITS,
    STATUS_BITS,
    LineFault,
    LineState,
)
from inspectd.publish.register_page import page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "modbus-map.md"


def test_the_page_in_docs_is_the_one_that_the_table_makes() -> None:
    remedy = "python -m inspectd.publish.register_page > docs/reference/modbus-map.md"
    assert PAGE.read_text() == page(), f"make it anew: {remedy}"


def test_every_register_and_bit_stands_on_the_page() -> None:
    written = page()
    for item in (*CONTROL, *INPUT, *CONTROL_BITS, *STATUS_BITS, *STATUS_2_BITS):
        assert f"| {item.name} |" in written


def test_every_state_and_error_code_stands_on_the_page_once() -> None:
    written = page().partition("## Error codes")[2] + page().partition("## Commands")[0]
    codes = [*LineFault, *LinkFault]
    for code in codes:
        assert written.count(f"\n| {code:d} | ") == 1
    for state in LineState:
        assert f"\n| {state:d} | {STATE_NAMES[state]} | " in written
    assert max(LineFault) < 900 <= min(LinkFault)
