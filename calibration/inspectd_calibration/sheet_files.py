"""A sheet as SVG and as PDF, both to a ten-thousandth of a millimetre."""

import zlib
from xml.sax.saxutils import escape

from inspectd_calibration.sheet import Arrow, Box, Disc, Shape, Sheet, Words

_POINTS_PER_MM = 72.0 / 25.4
# A quarter of a circle as a Bezier curve; it is off by 0.03 % of the radius at most.
_KAPPA = 0.5522847498


def to_svg(sheet: Sheet) -> bytes:
    """Scalable Vector Graphics 1.1: one user unit is one millimetre."""
    width, height = _n(sheet.width_mm), _n(sheet.height_mm)
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}">\n'
        f'<rect width="{width}" height="{height}" fill="white"/>\n'
    )
    return (head + "\n".join(_svg(shape) for shape in sheet.shapes) + "\n</svg>\n").encode()


def _svg(shape: Shape) -> str:
    match shape:
        case Box(x, y, width, height, black):
            size = f'width="{_n(width)}" height="{_n(height)}"'
            return f'<rect x="{_n(x)}" y="{_n(y)}" {size} fill="{"black" if black else "white"}"/>'
        case Disc(x, y, radius):
            return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"/>'
        case Arrow():
            return f'<polygon points="{" ".join(f"{_n(x)},{_n(y)}" for x, y in _tips(shape))}"/>'
        case Words(x, y, size, text):
            font = f'font-family="Helvetica, Arial, sans-serif" font-size="{_n(size)}"'
            return f'<text x="{_n(x)}" y="{_n(y)}" {font}>{escape(text)}</text>'


def to_pdf(sheet: Sheet) -> bytes:
    """Portable Document Format 1.4 (ISO 32000-1): one page, its content scaled to millimetres."""
    size = " ".join(_n(mm * _POINTS_PER_MM) for mm in (sheet.width_mm, sheet.height_mm))
    shapes = "\n".join(_pdf(shape, sheet.height_mm) for shape in sheet.shapes)
    scale = f"{_POINTS_PER_MM:.9f}"
    content = zlib.compress(f"{scale} 0 0 {scale} 0 0 cm\n{shapes}\n".encode("cp1252"))
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    return _document(
        (
            b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size}] /Contents 4 0 R "
            "/Resources << /Font << /F1 5 0 R >> >> >>".encode(),
            f"<< /Length {len(content)} /Filter /FlateDecode >>\nstream\n".encode()
            + content
            + b"\nendstream",
            font,
        )
    )


def _pdf(shape: Shape, height_mm: float) -> str:
    """Drawing operators; the page's y goes up."""
    match shape:
        case Box(x, y, width, tall, black):
            corner = f"{_n(x)} {_n(height_mm - y - tall)}"
            return f"{int(not black)} g {corner} {_n(width)} {_n(tall)} re f"
        case Disc():
            return _pdf_disc(shape, height_mm)
        case Arrow():
            tips = [f"{_n(x)} {_n(height_mm - y)}" for x, y in _tips(shape)]
            return f"0 g {tips[0]} m {tips[1]} l {tips[2]} l f"
        case Words(x, y, size, text):
            safe = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
            return f"0 g BT /F1 {_n(size)} Tf {_n(x)} {_n(height_mm - y)} Td ({safe}) Tj ET"


def _pdf_disc(disc: Disc, height_mm: float) -> str:
    x, y, r = disc.x_mm, height_mm - disc.y_mm, disc.radius_mm
    k = _KAPPA * r
    curves = (
        (x + r, y + k, x + k, y + r, x, y + r),
        (x - k, y + r, x - r, y + k, x - r, y),
        (x - r, y - k, x - k, y - r, x, y - r),
        (x + k, y - r, x + r, y - k, x + r, y),
    )
    way = " ".join(" ".join(_n(v) for v in curve) + " c" for curve in curves)
    return f"0 g {_n(x + r)} {_n(y)} m {way} f"


def _tips(arrow: Arrow) -> tuple[tuple[float, float], ...]:
    x, y, size = arrow.x_mm, arrow.y_mm, arrow.size_mm
    return (x, y), (x - size / 2.0, y + 1.5 * size), (x + size / 2.0, y + 1.5 * size)


def _document(objects: tuple[bytes, ...]) -> bytes:
    """Number the objects, the first is the root, and list where each one begins."""
    out = b"%PDF-1.4\n"
    starts = []
    for number, content in enumerate(objects, 1):
        starts.append(len(out))
        out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{start:010d} 00000 n \n" for start in starts)
    count = len(objects) + 1
    tail = (
        f"xref\n0 {count}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    )
    return out + tail.encode()


def _n(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")
