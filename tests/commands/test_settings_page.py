"""The reference page of the files that people write."""

from pathlib import Path

from inspectd.commands.settings_page import page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


def test_the_page_in_docs_is_the_one_that_the_models_make() -> None:
    remedy = "python -m inspectd.commands.settings_page > docs/reference/settings.md"
    assert PAGE.read_text() == page(), f"make it anew: {remedy}"


def test_every_key_has_a_meaning() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert [row for row in rows if row.endswith("|  |")] == []
