"""The page's words, read as the table that they are: no browser is needed."""

import re
from importlib.resources import files
from itertools import pairwise

import pytest

from inspectd.core.alarm_table import Priority
from inspectd.core.alarms import AlarmState
from inspectd.core.defect import DefectKind
from inspectd.core.verdict import Decision, ReasonCode
from inspectd.publish.register_map import STATE_NAMES

STATIC = files("inspectd.web").joinpath("static")


def source(name: str) -> str:
    return STATIC.joinpath(name).read_text(encoding="utf-8")


def table(language: str) -> list[tuple[str, str]]:
    """(key, words) of one language, in the order of the file."""
    (block,) = re.findall(
        rf"^  {language}: {{$(.*?)^  }},$", source("strings.js"), re.DOTALL | re.MULTILINE
    )
    return re.findall(r'(\w+): "((?:[^"\\]|\\.)*)"', block)


ENGLISH, CHINESE = dict(table("en")), dict(table("zh"))
# What the service sends and the page shows as a word of its own.
FROM_THE_SERVICE = {
    *(decision.name for decision in Decision),
    *(kind.value for kind in DefectKind),
    *STATE_NAMES.values(),
    *(f"priority_{priority}" for priority in Priority),
    *(f"alarm_{state}" for state in AlarmState),
    # What alarms.js makes of its buttons' names.
    *(f"alarm_do_{name}" for name in ("acknowledge", "shelve", "unshelve")),
}


def test_both_languages_have_the_same_words_and_chinese_one_for_every_reason() -> None:
    reasons = {f"reason_{code}" for code in ReasonCode}

    assert set(CHINESE) == set(ENGLISH) | reasons
    # Reasons come from the service in English.
    assert not reasons & set(ENGLISH)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_word_is_there_twice_or_empty(language: str) -> None:
    words = table(language)

    assert [key for key, other in pairwise(sorted(key for key, _ in words)) if key == other] == []
    assert [key for key, said in words if not said] == []


@pytest.mark.parametrize("key", ENGLISH)
def test_a_word_has_the_same_gaps_in_both_languages(key: str) -> None:
    gaps = re.compile(r"\{\w+\}")

    assert sorted(gaps.findall(CHINESE[key])) == sorted(gaps.findall(ENGLISH[key]))


def test_the_page_asks_for_no_word_that_is_not_there() -> None:
    asked = re.findall(r'data-string="(\w+)"', source("index.html"))
    # text("key"), and both branches of text(condition ? "one" : "other").
    for call in re.findall(r"\btext\(([^()]*)\)", source("page.js")):
        first = re.sub(r"\{.*", "", call)
        asked += re.findall(r'"(\w+)"', first)

    assert len(asked) >= 40
    assert [key for key in asked if key not in ENGLISH] == []
    assert FROM_THE_SERVICE - set(ENGLISH) == set()


def test_there_is_no_word_that_the_page_never_says() -> None:
    page = source("page.js") + source("alarms.js") + source("index.html")

    assert [k for k in ENGLISH if f'"{k}"' not in page and k not in FROM_THE_SERVICE] == []
