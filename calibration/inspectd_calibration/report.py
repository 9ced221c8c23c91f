"""A report as one HTML file that needs nothing beside it: text, tables, pictures as PNG."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from inspectd.core.errors import ConfigurationError

_DPI = 110

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #fff; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.25rem; margin-top: 2rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #ccc; padding: .25rem .75rem; text-align: left; }
thead th { border-bottom: 2px solid #666; }
figure { margin: 1rem 0; } img { max-width: 100%; } figcaption { color: #555; }
</style>
</head>
<body>
<h1>{{ title }}</h1>
{%- for section in sections %}
<section>
<h2>{{ section.heading }}</h2>
{%- for paragraph in section.paragraphs %}
<p>{{ paragraph }}</p>
{%- endfor %}
{%- if section.table %}
<table>
<thead><tr>{% for cell in section.table.head %}<th>{{ cell }}</th>{% endfor %}</tr></thead>
<tbody>
{%- for row in section.table.rows %}
<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{%- endfor %}
</tbody>
</table>
{%- endif %}
{%- for picture in section.pictures %}
<figure><img alt="{{ picture.caption }}" src="data:image/png;base64,{{ png(picture.figure) }}">
<figcaption>{{ picture.caption }}</figcaption></figure>
{%- endfor %}
</section>
{%- endfor %}
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text, ready to be read: every row as long as the head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A figure, made without pyplot, and what there is to see in it."""

    figure: Figure
    caption: str


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A heading, and under it text, then a table, then pictures."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    table: Table | None = None
    pictures: tuple[Picture, ...] = ()


def notes(warnings: Sequence[str]) -> tuple[str, ...]:
    """Warnings as paragraphs."""
    return tuple(f"Note: {warning}." for warning in warnings)


def figure_png(figure: Figure) -> bytes:
    """The figure as a PNG file."""
    FigureCanvasAgg(figure)
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=_DPI)
    return data.getvalue()


def report_html(title: str, sections: Sequence[Section]) -> str:
    """The page. All text is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(_PAGE).render(title=title, sections=sections, png=_base64)


def write_report(path: Path, title: str, sections: Sequence[Section]) -> None:
    """Write the page. ConfigurationError where `path` cannot be written."""
    try:
        path.write_text(report_html(title, sections), "utf-8")
    except OSError as error:
        msg = f"{path}: the report cannot be written: {error.strerror}; name another --report"
        raise ConfigurationError(msg) from None


def _base64(figure: Figure) -> str:
    return base64.b64encode(figure_png(figure)).decode("ascii")
