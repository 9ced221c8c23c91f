"""The page of the handshake's states."""

from pathlib import Path

from inspectd.core.handshake import TRANSITIONS
from inspectd.publish.handshake_page import page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "handshake.md"


def test_the_page_in_docs_is_the_one_that_the_table_makes() -> None:
    remedy = "python -m inspectd.publish.handshake_page > docs/reference/handshake.md"
    assert PAGE.read_text() == page(), f"make it anew: {remedy}"


def test_every_transition_is_an_arrow() -> None:
    written = page()
    for (before, event), after in TRANSITIONS.items():
        machine = written.partition(f"## {type(before).__name__}\n")[2].partition("\n## ")[0]
        assert f"    {before.name} --> {after.name}: {event.name}\n" in machine
