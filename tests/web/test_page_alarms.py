"""The alarms on the page, in a real browser."""

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from inspectd.core.alarm_table import BY_ID
from inspectd.observe.snapshot import AlarmSnapshot, LineSnapshot

SECTION = "document.getElementById('alarms')"
WORDS = f"{SECTION}.innerText"
Make = Callable[..., LineSnapshot]


class Browser(Protocol):
    def open(self, address: str, width: int = 1280, height: int = 720) -> None: ...
    def evaluate(self, expression: str) -> Any: ...
    def wait_until(self, expression: str, timeout_s: float = 60.0) -> None: ...
    def screenshot(self) -> str: ...


class Page(Protocol):
    address: str

    def set_status(self, status: LineSnapshot) -> None: ...


class Controls(Protocol):
    asked: list[tuple[str, float | None]]
    why_not: str


def alarm(name: str, **changes: Any) -> AlarmSnapshot:
    found = BY_ID[name]
    values = {
        "id": name,
        "state": "unacknowledged",
        "priority": found.priority.value,
        "detail": "station top: the camera does not answer any more",
        "age_s": 130.0,
        "chattering": False,
        "shelved_s": None,
        "within_min": found.within_min,
        "cause": found.cause,
        "consequence": found.consequence,
        "action": found.action,
    }
    return AlarmSnapshot(**{**values, **changes})


def test_without_an_alarm_there_is_no_list(
    page: Page, browser: Browser, make_snapshot: Make
) -> None:
    browser.open(page.address)
    page.set_status(make_snapshot())
    browser.wait_until("document.getElementById('lamp-list').innerText.includes('Journal')")
    assert browser.evaluate(f"{SECTION}.hidden")


def test_an_alarm_says_what_it_means_and_what_to_do_in_both_languages(
    page: Page, browser: Browser, make_snapshot: Make
) -> None:
    browser.open(page.address)
    found = (alarm("station_down"), alarm("broker_away", chattering=True, detail="unreachable"))
    page.set_status(make_snapshot(alarms=found))
    browser.wait_until(f"{WORDS}.includes('Every part is NO VERDICT.')")
    said = browser.evaluate(WORDS)
    for word in (
        "A camera or its process is away.",
        "High",
        "2 min",
        "→ Look at",
        "comes and goes",
    ):
        assert word in said
    if folder := os.environ.get("PICTURES"):
        Path(folder, "alarms.png").write_bytes(base64.b64decode(browser.screenshot()))
    browser.evaluate("document.getElementById('language').click()")
    browser.wait_until(f"{WORDS}.includes('所有工件均为')")
    browser.evaluate("document.getElementById('language').click()")


def test_an_alarm_is_acknowledged_and_shelved_from_the_page(
    page: Page, controls: Controls, browser: Browser, make_snapshot: Make
) -> None:
    browser.open(page.address)
    page.set_status(make_snapshot(alarms=(alarm("broker_away"),)))
    press = "document.querySelector('#alarms .{}').click()"
    browser.wait_until("document.querySelector('#alarms .acknowledge')")
    browser.evaluate(press.format("acknowledge"))
    browser.evaluate(press.format("shelve"))
    browser.wait_until("true")
    page.set_status(make_snapshot(alarms=(alarm("broker_away", shelved_s=3000.0),)))
    browser.wait_until("document.querySelector('#alarms .unshelve')")
    controls.why_not = "not today"
    browser.evaluate(press.format("unshelve"))
    browser.wait_until("document.getElementById('alarms-answer').innerText === 'not today'")
    assert controls.asked == [("broker_away", None), ("broker_away", 60), ("broker_away", 0)]


@pytest.mark.parametrize("name", ["station_down", "journal_failed"])
def test_an_alarm_of_high_priority_has_no_shelf(
    name: str, page: Page, browser: Browser, make_snapshot: Make
) -> None:
    browser.open(page.address)
    page.set_status(make_snapshot(alarms=(alarm(name),)))
    browser.wait_until(f"document.querySelector('[data-alarm={name}] .acknowledge')")
    assert browser.evaluate("document.querySelector('#alarms .shelve') === null")
