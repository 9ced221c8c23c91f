"""The pictures of a study. Figures are made without pyplot, so that nothing is global."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from numpy.typing import NDArray

from inspectd_calibration.msa.attribute import AttributeResult
from inspectd_calibration.msa.capability import Type1
from inspectd_calibration.msa.grr import GrrResult
from inspectd_calibration.msa.kappa import Proportion
from inspectd_calibration.msa.study import Study

# D4 of range charts by repeats (ASTM MNL 7, Manual on Presentation of Data, table 6).
_D4 = {2: 3.267, 3: 2.574, 4: 2.282, 5: 2.114, 6: 2.004, 7: 1.924, 8: 1.864, 9: 1.816, 10: 1.777}
_FEW = 12


def by_part(study: Study) -> Figure:
    """Every value over its part, and the parts' means."""
    figure, axes = _figure("part", study.quantity)
    for number, values in enumerate(study.values.reshape(len(study.parts), -1)):
        axes.plot([number] * values.size, values, "o", color="0.6", markersize=3)
    axes.plot(study.values.mean(axis=(1, 2)), "o-", color="C0", label="mean")
    _name(axes, study.parts)
    axes.legend()
    return figure


def by_operator(study: Study) -> Figure:
    """Every value less its part's mean, over its operator: AIAG's error chart, as boxes.

    AIAG MSA, 4th edition, chapter III section B, "Error Charts".
    """
    figure, axes = _figure("operator", f"less the part's mean: {study.quantity}")
    errors = _less_the_part(study)
    columns = [errors[:, number].ravel() for number in range(len(study.operators))]
    axes.boxplot(columns, positions=range(len(columns)), widths=0.4)
    axes.plot([column.mean() for column in columns], "o-", color="C0", label="mean")
    _name(axes, study.operators)
    axes.legend()
    return figure


def interaction(study: Study) -> Figure:
    """The mean of each part by each operator, less the part's: parallel is no interaction."""
    figure, axes = _figure("part", f"less the part's mean: {study.quantity}")
    means = _less_the_part(study).mean(axis=2)
    for number, operator in enumerate(drawable(study.operators)):
        axes.plot(means[:, number], "o-", markersize=4, label=operator)
    _name(axes, study.parts)
    _legend_beside(axes)
    return figure


def components_of_variation(result: GrrResult, tolerance: float | None) -> Figure:
    """Shares of GRR, its two sources, and the parts."""
    found = result.components
    names = ("GRR", "EV", "AV", "INT", "PV")
    series = [
        ("% contribution", [found.percent_contribution(name) for name in names]),
        ("% of total variation", [found.percent_of_total(name) for name in names]),
    ]
    if tolerance is not None:
        # The parts of a study may span many tolerances, beside which the gauge would vanish.
        of_gauge = [found.percent_of_tolerance(name, tolerance) for name in names[:-1]]
        percent = [*of_gauge, math.nan]
        series.append(("% of tolerance", percent))
    figure, axes = _figure("component", "percent")
    width = 0.8 / len(series)
    for number, (label, heights) in enumerate(series):
        left = np.arange(len(names)) + (number - (len(series) - 1) / 2.0) * width
        axes.bar(left, heights, width, label=label)
    _name(axes, names)
    axes.legend()
    return figure


def ranges(study: Study) -> Figure:
    """The range of every cell, operator by operator; above the limit a repeat went wrong."""
    figure, axes = _figure("part, operator by operator", f"range of {study.quantity}")
    spread = study.values.max(axis=2) - study.values.min(axis=2)
    parts = len(study.parts)
    for number, operator in enumerate(drawable(study.operators)):
        axes.plot(number * parts + np.arange(parts), spread[:, number], "o-", label=operator)
    axes.axhline(spread.mean(), color="0.4", label="mean")
    factor = _D4.get(study.values.shape[2])
    if factor is not None:
        limit = factor * spread.mean()
        axes.axhline(limit, color="C3", linestyle="--", label="control limit")
    _name(axes, study.parts * len(study.operators))
    axes.set_ylim(bottom=0.0)
    _legend_beside(axes)
    return figure


def agreement(result: AttributeResult) -> Figure:
    """Shares with their intervals, appraiser by appraiser, beside AIAG's limits."""
    figure = Figure(figsize=(8.0, 3.6), layout="constrained")
    panels = figure.subplots(1, 3)
    names = [one.name for one in result.appraisers]
    effectiveness = [one.effectiveness for one in result.appraisers]
    _shares(panels[0], names, effectiveness, "effectiveness, %", (90.0, 80.0))
    _shares(panels[1], names, [one.miss for one in result.appraisers], "miss rate, %", (2.0, 5.0))
    alarms = [one.false_alarm for one in result.appraisers]
    _shares(panels[2], names, alarms, "false-alarm rate, %", (5.0, 10.0))
    return figure


def run_chart(found: Type1) -> Figure:
    """The values in their order, the reference and 10 % of the tolerance about it."""
    figure, axes = _figure("measurement", "value")
    axes.plot(np.arange(1, found.values.size + 1), found.values, "o-", markersize=4)
    axes.axhline(found.reference, color="0.3", label="reference")
    axes.axhline(found.mean, color="C0", linestyle=":", label="mean")
    for side, label in ((-0.1, "± 10 % of tolerance"), (0.1, None)):
        level = found.reference + side * found.tolerance
        axes.axhline(level, color="C3", linestyle="--", label=label)
    _legend_beside(axes)
    return figure


def drawable(names: Sequence[str]) -> list[str]:
    """Names as the plots' font can draw them, else #1, #2...: their places in the tables."""
    glyphs = get_font(findfont(FontProperties())).get_charmap()
    return [
        # A dollar would begin a formula, and a legend leaves out what begins with an underscore.
        f" {name}".replace("$", r"\$")
        if all(ord(sign) in glyphs for sign in name)
        else f"#{number}"
        for number, name in enumerate(names, 1)
    ]


def _less_the_part(study: Study) -> NDArray[np.float64]:
    return np.asarray(study.values - study.values.mean(axis=(1, 2), keepdims=True))


def _figure(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8.0, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(axis="y", alpha=0.3)
    return figure, axes


def _name(axes: Axes, names: Sequence[str]) -> None:
    """Names below the axis, and on their side where they are many."""
    crowded = sum(len(name) for name in names) > _FEW * 8
    axes.set_xticks(range(len(names)), drawable(names), rotation=90 if crowded else 0)


def _legend_beside(axes: Axes) -> None:
    """A limit must not hide behind it."""
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _shares(
    axes: Axes,
    names: Sequence[str],
    found: Sequence[Proportion],
    label: str,
    limits: tuple[float, float],
) -> None:
    shares = np.array([100.0 * one.share for one in found])
    low, high = 100.0 * np.array([one.interval for one in found]).T
    axes.errorbar(range(len(names)), shares, (shares - low, high - shares), fmt="o", capsize=4)
    axes.axhline(limits[0], color="C2", linestyle="--", label="acceptable")
    axes.axhline(limits[1], color="C3", linestyle="--", label="marginal")
    axes.set_xlim(-0.5, len(names) - 0.5)
    _name(axes, names)
    axes.set_ylabel(label)
    axes.grid(axis="y", alpha=0.3)
    axes.legend(fontsize="small")
