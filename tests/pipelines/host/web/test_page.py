"""The page in a real browser, in front of a real side host."""

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomli_w
from support.browser import Browser
from support.side import MakeSettings, picture

_COLOURS = ((200, 20, 20), (20, 200, 20), (20, 20, 200))


@pytest.fixture
def address(make_settings: MakeSettings, tmp_path: Path) -> Iterator[str]:
    """A side host of its own, as a user starts it; its page."""
    settings = make_settings(web={"port": 0}, inbox={"max_mb": 0.2})
    file = tmp_path / "side.toml"
    file.write_text(tomli_w.dumps(settings.model_dump(mode="json", exclude_defaults=True)))
    process = subprocess.Popen(
        [sys.executable, "-m", "inspectd", "side", "run", "-c", str(file)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if '"side_page_up"' in line:
            break
    else:
        pytest.fail("".join(said))
    yield str(json.loads(line)["address"]) + "/"
    process.send_signal(signal.SIGTERM)
    rest = process.communicate(timeout=60)[1]
    assert process.returncode == 0, rest
    assert "Traceback" not in rest


def _files(folder: Path) -> list[Path]:
    """20 files: one is no picture, one is too large."""
    folder.mkdir()
    for place in range(18):
        red, green, blue = _COLOURS[place % 3]
        name = folder / f"part {place:02}.png"
        name.write_bytes(picture((red + place, green + place, blue + place), size=96))
    (folder / "letter.png").write_bytes(b"Dear all, this is no picture." * 20)
    (folder / "huge.bmp").write_bytes(picture(size=600, form="BMP"))
    return sorted(folder.iterdir())


def test_twenty_files_are_dropped_and_each_comes_to_an_end(
    address: str, browser: Browser, tmp_path: Path
) -> None:
    browser.open(address)
    browser.wait_until("document.querySelector('#pipeline option[value=tint]')")
    browser.evaluate("document.getElementById('pipeline').value = 'tint'")
    place = browser.evaluate(
        "(() => { const r = document.getElementById('drop').getBoundingClientRect();"
        " return [r.x + r.width / 2, r.y + 20]; })()"
    )
    browser.drop(_files(tmp_path / "sent"), *place)
    browser.wait_until("document.querySelectorAll('#cards .card').length === 20")
    browser.wait_until("document.getElementById('progress').textContent.startsWith('20 of 20')")
    words = browser.words()
    assert "18 done, 2 without a result" in words
    assert "it is no picture of a kind that a pipeline here reads" in words
    assert "larger than the 0.2 MB that are allowed here" in words
    for label in ("colour/red: 6", "colour/green: 6", "colour/blue: 6"):
        assert label in words
    browser.wait_until("[...document.querySelectorAll('.card img')].every(i => i.naturalWidth > 0)")
    borders = browser.evaluate(
        "new Set([...document.querySelectorAll('.card:not(.bad)')]"
        ".map(card => getComputedStyle(card).borderTopColor)).size"
    )
    assert borders == 3
    _keep(browser, "side-page")
    browser.open(address, width=320, height=640)
    browser.wait_until("document.querySelector('#pipeline option')")
    wide = browser.evaluate("document.documentElement.scrollWidth")
    assert wide <= 320
    _keep(browser, "side-page-narrow")


def test_a_picture_sent_again_shows_its_stored_result(
    address: str, browser: Browser, tmp_path: Path
) -> None:
    _files(tmp_path / "sent")
    browser.open(address)
    browser.wait_until("document.querySelector('#pipeline option[value=tint]')")
    browser.evaluate("document.getElementById('pipeline').value = 'tint'")
    for count in (1, 2):
        browser.drop([tmp_path / "sent" / "part 00.png"], 200, 150)
        browser.wait_until(f"document.querySelectorAll('.card img').length === {count}")
    assert "2 of 2 ended: 2 done" in browser.words()
    assert "1 pictures" in browser.evaluate(
        "fetch('/api/status').then(a => a.json()).then(s => `${s.pictures} pictures`)"
    )


def _keep(browser: Browser, name: str) -> None:
    """Save a picture for people to look at, where PICTURES names a folder."""
    if folder := os.environ.get("PICTURES"):
        Path(folder, f"{name}.png").write_bytes(base64.b64decode(browser.screenshot()))
