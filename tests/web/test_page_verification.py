"""The verification on the page, in a real browser."""

from collections.abc import Callable
from typing import Any, Protocol

from inspectd.observe.snapshot import LineSnapshot, VerificationSnapshot

BANNERS = "document.getElementById('banners').innerText"
BUTTON = "document.getElementById('verify')"
ACKNOWLEDGE = "document.getElementById('acknowledge')"
LAMPS = "document.getElementById('lamp-list').innerText"
ANSWER = "document.getElementById('verification-answer').innerText"

NEVER = VerificationSnapshot("G1", left=0, alarm=False, at="", good=False, bias={}, spread={})
FAILED = VerificationSnapshot("G1", left=0, alarm=True, at="x", good=False, bias={}, spread={})
MENDED = VerificationSnapshot("G1", left=0, alarm=True, at="x", good=True, bias={}, spread={})
RUNNING = VerificationSnapshot("G1", left=3, alarm=False, at="x", good=True, bias={}, spread={})


class Browser(Protocol):
    def open(self, address: str, width: int = 1280, height: int = 720) -> None: ...
    def evaluate(self, expression: str) -> Any: ...
    def wait_until(self, expression: str, timeout_s: float = 60.0) -> None: ...


class Page(Protocol):
    address: str

    def set_status(self, status: LineSnapshot) -> None: ...


class Desk(Protocol):
    asked: list[str]
    why_not: str


def test_what_keeps_parts_from_passing_and_what_will_is_on_top(
    page: Page, browser: Browser, make_snapshot: Callable[..., LineSnapshot]
) -> None:
    browser.open(page.address)
    page.set_status(make_snapshot(withheld=("verify",), notices=("it expires in 3 days",)))
    browser.wait_until(f"{BANNERS}.includes('Nothing can pass: verify')")
    browser.wait_until(f"{BANNERS}.includes('it expires in 3 days')")


def test_without_a_gauge_there_is_no_button(
    page: Page, browser: Browser, make_snapshot: Callable[..., LineSnapshot]
) -> None:
    browser.open(page.address)
    page.set_status(make_snapshot())
    browser.wait_until("document.getElementById('lamp-list').innerText.includes('Journal')")
    assert browser.evaluate(f"{BUTTON}.offsetParent === null")


def test_the_button_asks_for_a_verification_once_confirmed(
    page: Page, desk: Desk, browser: Browser, make_snapshot: Callable[..., LineSnapshot]
) -> None:
    browser.open(page.address)
    page.set_status(make_snapshot(verification=NEVER))
    browser.wait_until(f"{BUTTON}.offsetParent && !{BUTTON}.disabled")
    browser.evaluate(f"window.confirm = () => false; {BUTTON}.click()")
    assert desk.asked == []
    desk.why_not = "one is running"
    browser.evaluate(f"window.confirm = () => true; {BUTTON}.click()")
    browser.wait_until(f"{ANSWER} === 'one is running'")
    assert desk.asked == ["/api/verification"]
    page.set_status(make_snapshot(verification=RUNNING))
    browser.wait_until(f"{BANNERS}.includes('3 parts to come') && {BUTTON}.disabled")


def test_a_failure_can_be_acknowledged_after_a_good_one_only(
    page: Page, desk: Desk, browser: Browser, make_snapshot: Callable[..., LineSnapshot]
) -> None:
    browser.open(page.address)
    page.set_status(make_snapshot(verification=FAILED))
    browser.wait_until(f"{BUTTON}.offsetParent")
    assert browser.evaluate(f"{ACKNOWLEDGE}.hidden")
    page.set_status(make_snapshot(verification=MENDED))
    browser.wait_until(f"!{ACKNOWLEDGE}.hidden")
    browser.wait_until(f"{LAMPS}.includes('mended, not acknowledged')")
    desk.why_not = "not yet"
    browser.evaluate(f"{ACKNOWLEDGE}.click()")
    browser.wait_until(f"{ANSWER} === 'not yet'")
    page.set_status(make_snapshot(verification=NEVER))
    browser.wait_until(f"{ACKNOWLEDGE}.hidden")
    assert desk.asked == ["/api/verification/acknowledge"]
