"""What the pages for people name is there."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from inspectd.cli import app
from inspectd.core.recipe import Recipe
from inspectd.core.verdict_json import verdict_schema
from inspectd.demo.summary import Tallies, summarise
from inspectd.pipelines.host.settings import SideSettings
from inspectd.settings.root import Settings

ROOT = Path(__file__).parents[1]
PAGES = [
    *ROOT.glob("*.md"),
    *sorted(ROOT.glob("docs/**/*.md")),
    *(ROOT / folder / "README.md" for folder in ("calibration", "hil")),
]
FENCED = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def anchors(page: Path) -> set[str]:
    """The places that a link can name, as GitHub makes them from headings."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", FENCED.sub("", page.read_text("utf-8")))
    for link in links:
        if "://" not in link:
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def test_every_page_of_docs_is_reached_from_the_readme() -> None:
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        links = re.findall(r"\]\(([^)\s#]+\.md)", page.read_text("utf-8"))
        found = {(page.parent / link).resolve() for link in links if "://" not in link}
        waiting += [other for other in found if other not in seen]

    assert {page for page in PAGES if page.is_relative_to(ROOT / "docs")} <= seen


def commands(group: Any, name: str = "inspectd") -> Iterator[tuple[str, Any]]:
    """Every command below a group, by all its words."""
    for word, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{name} {word}")
        else:
            yield f"{name} {word}", command


def test_every_command_and_option_is_on_the_reference_page() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text("utf-8")
    missing = []
    for name, command in commands(get_command(app)):
        row = next((line for line in page.splitlines() if line.startswith(f"| `{name}")), "")
        options = [word for option in command.params for word in option.opts if word[0] == "-"]
        missing += [f"{name} {option}" for option in options if option not in row]
        missing += [] if row else [name]

    assert missing == []


def shown_commands(page: Path) -> Iterator[list[str]]:
    """The words of every `inspectd ...` line in a page's shell blocks, without the program's."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            before, program, words = line.partition("inspectd ")
            if program and re.fullmatch(r"(sudo )?(\S*/)?", before):
                yield shlex.split(words, comments=True)


@every_page
def test_commands_that_a_page_shows_have_these_options(page: Path) -> None:
    known = dict(commands(get_command(app)))
    for words in shown_commands(page):
        name = next((n for k in (2, 1) if (n := " ".join(["inspectd", *words[:k]])) in known), "")
        assert name, words
        options = {option for parameter in known[name].params for option in parameter.opts}
        given = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert given - {"--help"} <= options, words


@every_page
def test_settings_that_a_page_shows_are_settings(page: Path) -> None:
    for block in re.findall(
        r"^```toml\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    ):
        if page.stem == "write-a-recipe":
            Recipe.model_validate(tomllib.loads(block))
            continue
        if page.stem == "run-side-pipelines":
            SideSettings.model_validate(tomllib.loads(block))
            continue
        station = {"stations": [{"name": "top", "camera": {}}]}
        Settings.model_validate({"recipe": "r.toml", **station, **tomllib.loads(block)})


def test_the_message_that_the_mqtt_page_shows_has_every_key_of_a_verdict() -> None:
    page = (ROOT / "docs" / "reference" / "mqtt.md").read_text("utf-8")
    shown = json.loads(re.findall(r"^```json\n(.*?)^```", page, re.DOTALL | re.MULTILINE)[0])
    schema = verdict_schema()
    (defect,) = (d for name, d in schema["$defs"].items() if name.endswith("Defect"))

    assert set(shown) == set(schema["properties"])
    assert set(shown["defects"][0]) == set(defect["properties"])
    assert set(shown["provenance"]) == set(schema["$defs"]["Provenance"]["properties"])


def test_every_number_of_the_demo_s_summary_is_explained() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text("utf-8")
    _, _, about = page.partition("## `demo --json`")

    assert [key for key in summarise(Tallies()) if not re.search(rf"\b{key}\b", about)] == []
