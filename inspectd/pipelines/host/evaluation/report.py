"""The report on scores: one HTML file with its plots inside, and the same as JSON."""

import base64
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import jinja2
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from inspectd.core.errors import ConfigurationError
from inspectd.pipelines.host.evaluation.gates import GateVerdict
from inspectd.pipelines.host.evaluation.scores import Scores

# More classes than this make a picture in which no number can be read.
_MOST_NUMBERS = 25
_DARK = 0.5


@dataclass(frozen=True, slots=True)
class Section:
    """Scores of one method or pipeline; `facts` are further lines, such as a training time."""

    title: str
    scores: Scores
    facts: dict[str, str] = field(default_factory=dict)
    gates: Sequence[GateVerdict] = ()


def confusion_png(scores: Scores) -> bytes:
    """The confusion matrix as a picture: rows are the truth, each row's share is its colour."""
    count = len(scores.labels)
    side = min(max(3.2, 0.5 * count + 2.2), 14)
    figure = Figure(figsize=(side + 0.6, side), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    rows = scores.confusion.sum(axis=1, keepdims=True)
    share = scores.confusion / rows.clip(min=1)
    shown = axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(shown, ax=axes, label="share of the true class", shrink=0.8)
    axes.set_xticks(range(count), scores.labels, rotation=45, ha="right")
    axes.set_yticks(range(count), scores.labels)
    axes.set_xlabel("told")
    axes.set_ylabel("true")
    if count <= _MOST_NUMBERS:
        for row in range(count):
            for column in range(count):
                colour = "white" if share[row, column] > _DARK else "black"
                number = str(scores.confusion[row, column])
                axes.text(column, row, number, ha="center", va="center", color=colour)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return file.getvalue()


def as_document(sections: Sequence[Section]) -> list[dict[str, object]]:
    """What the JSON holds."""
    return [
        {
            "title": section.title,
            "figures": section.scores.figures(),
            "classes": {name: asdict(each) for name, each in section.scores.classes.items()},
            "labels": list(section.scores.labels),
            "confusion": section.scores.confusion.tolist(),
            "facts": section.facts,
            "gates": [asdict(gate) for gate in section.gates],
        }
        for section in sections
    ]


def write_report(folder: Path, title: str, sections: Sequence[Section]) -> Path:
    """Write `report.html` and `report.json` into a folder; the page. ConfigurationError."""
    plots = [
        base64.b64encode(confusion_png(section.scores)).decode("ascii") for section in sections
    ]
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__, "."), autoescape=True, trim_blocks=True
    )
    page = environment.get_template("report.html.j2").render(
        title=title, parts=list(zip(sections, plots, strict=True))
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.json").write_text(json.dumps(as_document(sections), indent=2) + "\n")
        target = folder / "report.html"
        target.write_text(page, encoding="utf-8")
    except OSError as error:
        msg = f"{folder}: cannot be written: {error.strerror}"
        raise ConfigurationError(msg) from None
    return target
