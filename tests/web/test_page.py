"""The page in a real browser: what a person would read on it."""

from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np
import pytest

from inspectd.core.verdict import Decision, Reason, ReasonCode, Verdict
from inspectd.observe.snapshot import (
    BrokerSnapshot,
    JournalSnapshot,
    LineSnapshot,
    PlcSnapshot,
    StationSnapshot,
)

MakeVerdict = Callable[..., Verdict]
MakeSnapshot = Callable[..., LineSnapshot]
VERDICT = "document.getElementById('verdict')"
BANNERS = "document.getElementById('banners').innerText"
LAMPS = "document.getElementById('lamp-list').innerText"
WORD = "document.getElementById('word').innerText"


class Browser(Protocol):
    def open(self, address: str, width: int = 1280, height: int = 720) -> None: ...
    def evaluate(self, expression: str) -> object: ...
    def wait_until(self, expression: str, timeout_s: float = 60.0) -> None: ...
    def words(self) -> str: ...


class Page(Protocol):
    address: str

    def add(self, verdict: Verdict, latency_ms: float) -> None: ...
    def add_preview(
        self, acquisition_id: int, station: str, jpeg: bytes, w: int, h: int
    ) -> None: ...
    def set_status(self, status: LineSnapshot) -> None: ...
    def stop(self) -> None: ...


@pytest.fixture
def jpeg() -> bytes:
    picture = np.full((60, 80, 3), 128, np.uint8)
    return bytes(cv2.imencode(".jpg", picture)[1])


def test_a_failed_part_is_shown_with_word_shape_reason_size_and_picture(
    page: Page, browser: Browser, make_verdict: MakeVerdict, jpeg: bytes
) -> None:
    browser.open(page.address)
    browser.wait_until(f"{WORD} === 'WAITING'")

    page.add(make_verdict(part_id=4711), 24.5)
    page.add_preview(1, "cam1", jpeg, 80, 60)

    browser.wait_until(f"{WORD} === 'FAIL'")
    browser.wait_until("document.querySelector('#pictures img')?.naturalWidth === 80")
    assert browser.evaluate("document.getElementById('icon').getAttribute('href')") == "#icon-FAIL"
    words = browser.words()
    assert "dent of 3.25 mm, at most 2 mm" in words
    assert "4711" in words
    assert browser.evaluate("document.querySelector('td.main').innerText") == "3.25"
    card = "document.querySelector('#strip .why').innerText"
    assert browser.evaluate(card) == "Dent 3.25 mm"
    assert browser.evaluate("document.getElementById('live').innerText") == (
        "Part 4711: FAIL. dent of 3.25 mm, at most 2 mm"
    )


def test_parts_from_before_the_page_was_opened_are_shown(
    page: Page, browser: Browser, make_verdict: MakeVerdict
) -> None:
    for number in (1, 2, 3):
        page.add(make_verdict(sequence=number, part_id=100 + number), 24.5)
    browser.open(page.address)

    browser.wait_until("document.querySelectorAll('#strip li').length === 3")
    assert "103" in str(browser.evaluate("document.querySelector('#strip li').innerText"))


def test_a_part_picked_with_the_keyboard_stays_until_escape(
    page: Page, browser: Browser, make_verdict: MakeVerdict
) -> None:
    title = "document.getElementById('detail-title').innerText"
    page.add(make_verdict(sequence=1, part_id=101), 24.5)
    browser.open(page.address)
    browser.wait_until(f"{title} === 'Latest part 101'")

    browser.evaluate("document.querySelector('#strip button').click()")
    page.add(make_verdict(sequence=2, part_id=102, decision=Decision.PASS), 24.5)

    browser.wait_until(f"{WORD} === 'PASS'")
    assert browser.evaluate(title) == "Part 101"
    browser.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'}))")
    browser.wait_until(f"{title} === 'Latest part 102'")


def test_a_lost_service_is_told_and_the_old_verdict_loses_its_colour(
    page: Page, browser: Browser, make_verdict: MakeVerdict
) -> None:
    page.add(make_verdict(decision=Decision.PASS, reasons=(), defects=()), 24.5)
    browser.open(page.address)
    browser.wait_until(f"{WORD} === 'PASS'")
    green = browser.evaluate(f"getComputedStyle({VERDICT}).backgroundColor")

    page.stop()

    browser.wait_until(f"{BANNERS}.includes('lost the service')")
    assert "Last known part" in browser.words()
    assert green == "rgb(0, 98, 47)"
    assert browser.evaluate(f"getComputedStyle({VERDICT}).backgroundImage") != "none"


def test_a_line_that_is_not_ready_says_why(
    page: Page, browser: Browser, make_snapshot: MakeSnapshot
) -> None:
    browser.open(page.address)
    down = StationSnapshot("cam1", up=False, reason="camera was removed")
    page.set_status(
        make_snapshot(
            ready=False,
            reasons=("station cam1: camera was removed",),
            stations=(down,),
            plc=PlcSnapshot(connected=True, watchdog_tripped=True),
            broker=BrokerSnapshot(connected=False, backlog=12),
            journal=JournalSnapshot(ok=False, reason="disk full"),
        )
    )

    browser.wait_until(f"{BANNERS}.includes('not ready')")
    assert "camera was removed" in str(browser.evaluate(BANNERS))
    lamps = str(browser.evaluate(LAMPS))
    assert "Camera cam1: down" in lamps
    assert "PLC: heartbeat silent" in lamps
    assert "12 waiting to be sent" in lamps
    assert "disk full" in lamps


def test_simulated_pictures_are_never_taken_for_real_ones(
    page: Page, browser: Browser, make_snapshot: MakeSnapshot
) -> None:
    browser.open(page.address)
    page.set_status(make_snapshot(stations=(StationSnapshot("cam1", up=True, simulated=True),)))

    browser.wait_until(f"{BANNERS}.includes('SIMULATED')")


def test_a_line_where_all_is_well_has_no_banner_and_shows_its_yield(
    page: Page, browser: Browser, make_snapshot: MakeSnapshot
) -> None:
    browser.open(page.address)
    page.set_status(make_snapshot(decisions={Decision.PASS: 99_999, Decision.FAIL: 1}))

    # Never rounded up to 100 %.
    browser.wait_until("document.getElementById('yield').innerText.includes('99.9 %')")
    assert browser.evaluate(BANNERS) == ""


def test_text_from_the_line_is_never_markup(
    page: Page, browser: Browser, make_verdict: MakeVerdict
) -> None:
    evil = "<img src=x onerror=\"document.title='owned'\"><b>bold</b>"
    browser.open(page.address)
    page.add(make_verdict(reasons=(Reason(ReasonCode.VISION_ERROR, evil),)), 24.5)

    browser.wait_until(f"{WORD} === 'FAIL'")
    assert evil in browser.words()
    assert browser.evaluate("document.querySelectorAll('main b').length") == 0


def test_the_page_speaks_chinese_and_remembers(
    page: Page, browser: Browser, make_verdict: MakeVerdict
) -> None:
    page.add(make_verdict(), 24.5)
    browser.open(page.address)
    browser.wait_until(f"{WORD} === 'FAIL'")

    browser.evaluate("document.getElementById('language').click()")

    browser.wait_until(f"{WORD} === '不合格'")
    assert "凹坑过大: dent of 3.25 mm" in browser.words()
    assert browser.evaluate("document.documentElement.lang") == "zh-CN"
    browser.open(page.address)
    browser.wait_until(f"{WORD} === '不合格'")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (400, 800)])
def test_nothing_hangs_over_the_edge_of_the_screen(
    page: Page,
    browser: Browser,
    make_verdict: MakeVerdict,
    make_snapshot: MakeSnapshot,
    width: int,
    height: int,
) -> None:
    unseen = Reason(ReasonCode.DEADLINE_MISSED, "no result from station cam1 within 500 ms")
    browser.open(page.address, width, height)
    page.add(make_verdict(decision=Decision.NO_VERDICT, reasons=(unseen,), part_id=2**32 - 1), 1.0)
    page.set_status(make_snapshot(ready=False, reasons=("a" * 80, "b" * 80)))

    browser.wait_until(f"{WORD}.startsWith('NO')")
    assert browser.evaluate("document.documentElement.scrollWidth") == width
    assert browser.evaluate(f"{VERDICT}.getBoundingClientRect().bottom <= innerHeight")
