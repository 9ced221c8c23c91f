"""Sheets, read back from the SVG and the PDF as a printer would draw them."""

import re
import xml.etree.ElementTree as ET
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspectd_calibration.detect import detect
from inspectd_calibration.sheet import PAGES_MM, Page, Sheet, Words, make_sheet
from inspectd_calibration.sheet_files import to_pdf, to_svg
from inspectd_calibration.target import Kind, Target
from numpy.typing import NDArray

from inspectd.core.errors import CalibrationError, ConfigurationError

SVG = "{http://www.w3.org/2000/svg}"
PX_PER_MM = 4.0
TARGETS = {
    "chessboard": Target(kind="chessboard", columns=8, rows=5, pitch_mm=20.0),
    "charuco": Target(kind="charuco", columns=8, rows=5, pitch_mm=20.0, marker_mm=14.0),
    "dots": Target(kind="dots", columns=9, rows=7, pitch_mm=17.5),
}
every_kind = pytest.mark.parametrize("kind", list(TARGETS))
pages: st.SearchStrategy[Page] = st.sampled_from(list(PAGES_MM))


def svg_of(sheet: Sheet) -> ET.Element:
    return ET.fromstring(to_svg(sheet))  # noqa: S314 - our own bytes


def numbers(element: ET.Element, *names: str) -> list[float]:
    return [float(element.attrib[name]) for name in names]


def boxes(svg: ET.Element) -> list[tuple[str, list[float]]]:
    """Fill, and x, y, width, height in mm of every rectangle but the paper."""
    found = svg.findall(f"{SVG}rect")[1:]
    return [(e.attrib["fill"], numbers(e, "x", "y", "width", "height")) for e in found]


def cover(low: float, high: float, count: int) -> NDArray[np.float64]:
    """The share of each of `count` pixels between two places."""
    at = np.arange(count)
    return np.asarray((np.minimum(high, at + 1.0) - np.maximum(low, at)).clip(0.0, 1.0))


def scanned(svg: ET.Element) -> NDArray[np.uint8]:
    """The sheet's boxes and discs at PX_PER_MM, each pixel the mean of its area."""
    _, _, width, height = (float(v) for v in svg.attrib["viewBox"].split())
    page = np.full((round(height * PX_PER_MM), round(width * PX_PER_MM)), 230.0)
    for fill, box in boxes(svg):
        x, y, w, h = (PX_PER_MM * v for v in box)
        share = np.outer(cover(y, y + h, page.shape[0]), cover(x, x + w, page.shape[1]))
        page += share * ((25.0 if fill == "black" else 230.0) - page)
    rows, columns = np.indices(page.shape) + 0.5
    for disc in svg.findall(f"{SVG}circle"):
        x, y, radius = (PX_PER_MM * v for v in numbers(disc, "cx", "cy", "r"))
        share = (radius + 0.5 - np.hypot(columns - x, rows - y)).clip(0.0, 1.0)
        page += share * (25.0 - page)
    blurred = cv2.GaussianBlur(page, (0, 0), 0.8)
    return np.asarray(np.rint(blurred), dtype=np.uint8)


@every_kind
def test_a_drawn_sheet_is_found_with_its_points_at_their_millimetres(kind: str) -> None:
    target = TARGETS[kind]
    sheet = make_sheet(target, "A4")
    found = detect(scanned(svg_of(sheet)), target, "sheet.svg")

    # Pixel 0 reaches from 0 to 1 / PX_PER_MM.
    on_page_mm = (found.points_px + 0.5) / PX_PER_MM
    assert len(found.ids) == target.columns * target.rows
    assert on_page_mm - sheet.first_mm == pytest.approx(target.points_mm[found.ids], abs=0.01)


def test_a_charuco_sheet_printed_mirrored_is_refused() -> None:
    mirrored = scanned(svg_of(make_sheet(TARGETS["charuco"], "A4")))[:, ::-1]
    with pytest.raises(CalibrationError, match="board is mirrored"):
        detect(mirrored, TARGETS["charuco"], "sheet.svg")


@every_kind
@pytest.mark.parametrize("page", ["A4", "letter"])
def test_one_unit_of_the_svg_is_one_millimetre_of_the_page(kind: str, page: Page) -> None:
    svg = svg_of(make_sheet(TARGETS[kind], page))
    width, height = svg.attrib["width"], svg.attrib["height"]
    assert svg.attrib["viewBox"] == f"0 0 {width[:-2]} {height[:-2]}"
    assert width.endswith("mm")
    assert height.endswith("mm")
    assert sorted((float(width[:-2]), float(height[:-2]))) == list(PAGES_MM[page])


@every_kind
def test_the_rule_is_100_mm_long_with_a_tick_every_10_mm(kind: str) -> None:
    thin = [box for _, box in boxes(svg_of(make_sheet(TARGETS[kind], "A4"))) if min(box[2:]) < 1.0]
    (rule,) = (box for box in thin if box[2] == 100.0)
    ticks = [box for box in thin if box[2] < 1.0]

    middles = sorted(x + w / 2.0 for x, _, w, _ in ticks)
    assert middles == pytest.approx([rule[0] + mm for mm in range(0, 101, 10)])
    assert all(y + h == pytest.approx(rule[1] + rule[3] / 2.0) for _, y, _, h in ticks)


@every_kind
def test_a_sheet_says_what_it_is_and_how_to_print_it(kind: str) -> None:
    target = TARGETS[kind]
    svg = svg_of(make_sheet(target, "A4"))
    words = " ".join(e.text or "" for e in svg.findall(f"{SVG}text"))
    assert target.words in words
    assert "100 %" in words
    assert "up" in words.split()
    assert ("DICT_5X5_1000" in words) == (kind == "charuco")
    ((_, tip), (_, left), (_, right)) = (
        [float(v) for v in point.split(",")]
        for point in svg.findall(f"{SVG}polygon")[0].attrib["points"].split()
    )
    assert tip < min(left, right)


@given(
    st.sampled_from(["chessboard", "charuco", "dots"]),
    st.integers(3, 30),
    st.integers(3, 30),
    st.floats(2.0, 60.0),
    pages,
)
@settings(max_examples=60, deadline=None)
def test_a_target_is_on_the_page_with_white_around_it_or_refused(
    kind: Kind, columns: int, rows: int, pitch_mm: float, page: Page
) -> None:
    marker_mm = 0.7 * pitch_mm if kind == "charuco" else None
    target = Target(kind=kind, columns=columns, rows=rows, pitch_mm=pitch_mm, marker_mm=marker_mm)
    try:
        sheet = make_sheet(target, page)
    except ConfigurationError:
        # Refused is right only where it is too large: the half of it always fits.
        size = np.array([columns, rows]) * pitch_mm
        assert max(size) > min(PAGES_MM[page]) / 2.0
        return
    reach = pitch_mm * (0.25 if kind == "dots" else 1.0)
    low = np.array(sheet.first_mm) - reach
    high = np.array(sheet.first_mm) + target.points_mm[-1] + reach
    quiet_mm = max(0.5 * pitch_mm, 5.0) - 1e-9
    assert low.min() >= quiet_mm
    assert sheet.width_mm - high[0] >= quiet_mm

    tops = [s.y_mm - (s.size_mm if isinstance(s, Words) else 0.0) for s in sheet.shapes]
    foot = [top for top in tops if top > high[1] + 1e-6]
    assert min(foot) - high[1] >= quiet_mm
    assert max(foot) < sheet.height_mm - 5.0
    assert min(tops) >= low[1] - 1e-6
    assert sum(isinstance(s, Words) for s in sheet.shapes) == 3
    assert all(
        top in foot for s, top in zip(sheet.shapes, tops, strict=True) if isinstance(s, Words)
    )


def test_what_does_not_fit_names_a_page_that_is_large_enough() -> None:
    target = TARGETS["chessboard"].model_copy(update={"columns": 14, "rows": 9})
    with pytest.raises(ConfigurationError, match=r"320 x 247 mm .* A4 has: take page A3"):
        make_sheet(target, "A4")
    huge = target.model_copy(update={"pitch_mm": 500.0})
    with pytest.raises(ConfigurationError, match="more than A4 has: take a smaller pitch"):
        make_sheet(huge, "A4")


def pdf_content(data: bytes) -> str:
    found = re.search(rb"/Length (\d+) /Filter /FlateDecode >>\nstream\n", data)
    assert found is not None
    length = int(found[1])
    assert data[found.end() + length :].startswith(b"\nendstream")
    return zlib.decompress(data[found.end() : found.end() + length]).decode("cp1252")


@every_kind
def test_the_pdf_draws_what_the_svg_draws(kind: str) -> None:
    sheet = make_sheet(TARGETS[kind], "A4")
    data, svg = to_pdf(sheet), svg_of(sheet)
    content = pdf_content(data)
    scale, *_ = (float(v) for v in content.split(" cm")[0].split())
    drawn = [
        ("white" if grey == "1" else "black", [float(v) for v in numbers_text.split()])
        for grey, numbers_text in re.findall(r"^([01]) g ([-\d. ]+) re f$", content, re.MULTILINE)
    ]
    discs = [
        [float(v) for v in start.split()]
        for start in re.findall(r"^0 g ([-\d.]+ [-\d.]+) m .* c f$", content, re.MULTILINE)
    ]
    # A PDF's unit is 1/72 inch, and its y goes up.
    assert scale == pytest.approx(72.0 / 25.4, abs=1e-8)
    media = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    assert media is not None
    size = [float(v) / scale for v in media.groups()]
    assert size == pytest.approx([sheet.width_mm, sheet.height_mm], abs=0.001)
    assert len(drawn) == len(boxes(svg))
    for (fill, (x, y, w, h)), (svg_fill, box) in zip(drawn, boxes(svg), strict=True):
        assert fill == svg_fill
        assert [x, sheet.height_mm - y - h, w, h] == pytest.approx(box, abs=3e-4)
    circles = [numbers(e, "cx", "cy", "r") for e in svg.findall(f"{SVG}circle")]
    assert [(x, sheet.height_mm - y) for x, y in discs] == [
        pytest.approx((x + r, y), abs=3e-4) for x, y, r in circles
    ]


@every_kind
def test_every_object_of_the_pdf_is_where_its_table_says(kind: str) -> None:
    data = to_pdf(make_sheet(TARGETS[kind], "A4"))
    start = int(data.rsplit(b"startxref\n", 1)[1].split()[0])
    table = data[start:].split(b"trailer")[0].decode().splitlines()
    assert table[:3] == ["xref", "0 6", "0000000000 65535 f "]
    for number, line in enumerate(table[3:], 1):
        assert data[int(line[:10]) :].startswith(f"{number} 0 obj".encode())
    assert b"/PrintScaling /None" in data
