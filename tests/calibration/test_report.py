"""Reports: one file, nothing from outside, nothing unescaped."""

import base64
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from inspectd_calibration.report import Picture, Section, Table, report_html, write_report
from matplotlib.figure import Figure

from inspectd.core.errors import ConfigurationError


def figure() -> Figure:
    made = Figure(figsize=(3, 2))
    made.subplots().plot([0, 1], [1, 0])
    return made


def test_a_report_holds_its_text_table_and_pictures(tmp_path: Path) -> None:
    table = Table(("view", "RMS px"), (("left1.jpg", "0.170"), ("left2.jpg", "0.180")))
    section = Section("Views", ("All good.",), table, (Picture(figure(), "errors"),))
    write_report(tmp_path / "r.html", "Camera", [section])

    page = (tmp_path / "r.html").read_text("utf-8")
    assert [re.sub(r"<.*?>", " ", row).split() for row in re.findall("<tr>(.*)</tr>", page)] == [
        ["view", "RMS", "px"],
        ["left1.jpg", "0.170"],
        ["left2.jpg", "0.180"],
    ]
    assert "<p>All good.</p>" in page
    assert "<figcaption>errors</figcaption>" in page


def test_a_picture_in_a_report_is_a_png_that_can_be_decoded() -> None:
    page = report_html("Camera", [Section("Views", pictures=(Picture(figure(), "errors"),))])
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', page)

    assert len(found) == 1
    pixels = cv2.imdecode(np.frombuffer(base64.b64decode(found[0]), np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert pixels.shape == (220, 330, 3)
    assert pixels.min() < pixels.max()


def test_a_report_takes_nothing_from_outside_and_runs_no_name_as_html() -> None:
    table = Table(("view",), (("<script>alert(1)</script>",),))
    page = report_html("<b>", [Section("<i>", ("<u>",), table)])

    assert not re.search(r"<(script|b|i|u)>", page)
    assert not re.search(r'(src|href)="(?!data:)', page)


def test_a_report_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere/r\.html: the report cannot be written"):
        write_report(tmp_path / "nowhere" / "r.html", "Camera", [])
