"""Gauge repeatability and reproducibility by crossed analysis of variance.

AIAG MSA, 4th edition, chapter III section B and appendix A: parts and operators are random effects.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspectd_calibration.msa.study import Study

# AIAG's appendix A asks for a high level, so that an interaction is not thrown away; 0.25 is
# what Minitab and the practice take it for.
POOLING_ALPHA = 0.25
SIGMAS = 6.0
# One category for each 97 % confidence interval that fits into the parts' spread: sqrt(2).
_CATEGORIES = 1.41
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: sum of squares, degrees of freedom, mean square, F and its p."""

    ss: float
    df: int
    f: float | None = None
    p: float | None = None

    @property
    def ms(self) -> float:
        """Mean square."""
        return self.ss / self.df


@dataclass(frozen=True, slots=True)
class Anova:
    """A table; `operator` and `interaction` are None where the model has no such term.

    F is against the interaction where there is one, else against repeatability: the expected mean
    squares of random effects (Montgomery, Design and Analysis of Experiments, section 13.2).
    """

    part: Row
    operator: Row | None
    interaction: Row | None
    repeatability: Row

    @property
    def total(self) -> Row:
        """Sum of all lines."""
        rows = [row for row in self.rows.values() if row is not None]
        return Row(sum(row.ss for row in rows), sum(row.df for row in rows))

    @property
    def rows(self) -> dict[str, Row | None]:
        """The lines by name, without the total."""
        return {
            "part": self.part,
            "operator": self.operator,
            "part x operator": self.interaction,
            "repeatability": self.repeatability,
        }


@dataclass(frozen=True, slots=True)
class Components:
    """Standard deviations, in the unit of the values, by AIAG's names.

    `negative`: names of those whose variance came out below zero, and was set to zero.
    """

    ev: float
    av: float
    interaction: float
    pv: float
    negative: tuple[str, ...] = ()

    @property
    def grr(self) -> float:
        """Repeatability and reproducibility together."""
        return math.sqrt(self.ev**2 + self.av**2 + self.interaction**2)

    @property
    def tv(self) -> float:
        """Total variation."""
        return math.hypot(self.grr, self.pv)

    @property
    def ndc(self) -> int | None:
        """Number of distinct categories, truncated; None where no spread of measuring was seen."""
        if self.grr == 0.0:
            return None
        return max(1, math.floor(_CATEGORIES * self.pv / self.grr))

    @property
    def by_name(self) -> dict[str, float]:
        """All of them, in the order of the report."""
        return {
            "EV": self.ev,
            "AV": self.av,
            "INT": self.interaction,
            "GRR": self.grr,
            "PV": self.pv,
            "TV": self.tv,
        }

    def percent_of_total(self, name: str) -> float:
        """Share of the total variation, of standard deviations; 0 where nothing varies."""
        return 100.0 * self.by_name[name] / self.tv if self.tv else 0.0

    def percent_contribution(self, name: str) -> float:
        """Share of the total variance."""
        return 100.0 * (self.by_name[name] / self.tv) ** 2 if self.tv else 0.0

    def percent_of_tolerance(self, name: str, tolerance: float) -> float:
        """Six standard deviations as a share of the tolerance."""
        return 100.0 * SIGMAS * self.by_name[name] / tolerance


@dataclass(frozen=True, slots=True, eq=False)
class GrrResult:
    """A study's table with all terms, the one that was used, and what follows from it."""

    study: Study
    full: Anova
    used: Anova
    components: Components

    @property
    def pooled(self) -> bool:
        """The interaction was not significant, and went into repeatability."""
        return self.full.interaction is not None and self.used.interaction is None


def gauge_rr(study: Study) -> GrrResult:
    """Analyse a study: with its interaction if p < 0.25, else pooled with repeatability."""
    full = analysis_of_variance(study)
    test = full.interaction
    keep = test is None or (test.p is not None and test.p < POOLING_ALPHA)
    used = full if keep else pooled(full)
    return GrrResult(study, full, used, components(used, study.values.shape))


def analysis_of_variance(study: Study) -> Anova:
    """The table with all terms that the study's size allows."""
    x = study.values
    parts, operators, repeats = x.shape
    mean, cell = x.mean(), x.mean(axis=2)
    by_part, by_operator = x.mean(axis=(1, 2)) - mean, x.mean(axis=(0, 2)) - mean
    crossed = cell - mean - by_part[:, None] - by_operator[None, :]
    floor = _ROUNDING * float(np.abs(x).max())
    error = Row(_squares(x - cell[:, :, None], floor), parts * operators * (repeats - 1))
    part = Row(operators * repeats * _squares(by_part, floor), parts - 1)
    if operators == 1:
        return Anova(_tested(part, error), None, None, error)
    operator = Row(parts * repeats * _squares(by_operator, floor), operators - 1)
    both = Row(repeats * _squares(crossed, floor), (parts - 1) * (operators - 1))
    return Anova(_tested(part, both), _tested(operator, both), _tested(both, error), error)


def pooled(table: Anova) -> Anova:
    """The table without its interaction, which goes into repeatability."""
    if table.interaction is None:
        return table
    error = Row(
        table.repeatability.ss + table.interaction.ss,
        table.repeatability.df + table.interaction.df,
    )
    operator = None if table.operator is None else _tested(table.operator, error)
    return Anova(_tested(table.part, error), operator, None, error)


def components(table: Anova, shape: tuple[int, ...]) -> Components:
    """Components of variation from a table; `shape` is (parts, operators, repeats)."""
    parts, operators, repeats = shape
    error = table.repeatability.ms
    below = error if table.interaction is None else table.interaction.ms
    operator = 0.0 if table.operator is None else (table.operator.ms - below) / (parts * repeats)
    variances = {
        "AV": operator,
        "INT": (below - error) / repeats,
        "PV": (table.part.ms - below) / (operators * repeats),
    }
    root = {name: math.sqrt(max(0.0, variance)) for name, variance in variances.items()}
    negative = tuple(name for name, variance in variances.items() if variance < 0.0)
    return Components(math.sqrt(error), root["AV"], root["INT"], root["PV"], negative)


def _squares(effects: NDArray[np.float64], floor: float) -> float:
    """Sum of squares; effects below `floor` are rounding."""
    return float(np.square(np.where(np.abs(effects) < floor, 0.0, effects)).sum())


def _tested(row: Row, against: Row) -> Row:
    from scipy import stats  # noqa: PLC0415 - half a second that other commands need not wait

    if against.ms == 0.0:
        return Row(row.ss, row.df, None, 0.0 if row.ss > 0.0 else None)
    f = row.ms / against.ms
    return Row(row.ss, row.df, f, float(stats.f.sf(f, row.df, against.df)))
