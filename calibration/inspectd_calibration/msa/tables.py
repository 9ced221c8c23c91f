"""The tables of a study, for the terminal and the report alike."""

from inspectd_calibration.msa.attribute import Appraiser, AttributeResult, kappa_word
from inspectd_calibration.msa.average_range import averages, by_ranges
from inspectd_calibration.msa.capability import CAPABLE, SOURCES, Type1
from inspectd_calibration.msa.grr import Anova, Components, GrrResult, Row
from inspectd_calibration.msa.kappa import Kappa, Proportion
from inspectd_calibration.report import Table

NAMES = {
    "EV": "EV repeatability",
    "AV": "AV reproducibility",
    "INT": "INT interaction",
    "GRR": "GRR gauge R&R",
    "PV": "PV parts",
    "TV": "TV total",
}


def anova_table(table: Anova) -> Table:
    """Sums of squares, degrees of freedom, mean squares, F and p."""
    rows = tuple(_anova_row(name, row) for name, row in table.rows.items() if row is not None)
    total = table.total
    return Table(
        ("source", "SS", "df", "MS", "F", "p"),
        (*rows, ("total", f"{total.ss:.6g}", str(total.df), "", "", "")),
    )


def components_table(found: Components, tolerance: float | None) -> Table:
    """Components of variation: standard deviations, and their shares (6 of them in a tolerance)."""
    head = ("component", "std. dev.", "% of TV", "% of TV²")
    extra = () if tolerance is None else ("% of tolerance",)
    return Table(
        head + extra,
        tuple(
            (
                NAMES[name],
                f"{value:.6g}",
                f"{found.percent_of_total(name):.2f}",
                f"{found.percent_contribution(name):.2f}",
                *_of_tolerance(found, name, tolerance),
            )
            for name, value in found.by_name.items()
        ),
    )


def ranges_table(result: GrrResult) -> Table | None:
    """The components by averages and ranges beside those by analysis of variance."""
    other = by_ranges(averages(result.study))
    if other is None:
        return None
    one = result.components
    return Table(
        ("component", "by ANOVA", "by ranges", "% of TV", "by ranges"),
        tuple(
            (
                NAMES[name],
                f"{one.by_name[name]:.6g}",
                f"{value:.6g}",
                f"{one.percent_of_total(name):.1f}",
                f"{other.percent_of_total(name):.1f}",
            )
            for name, value in other.by_name.items()
            if name != "INT"
        ),
    )


def appraisers_table(result: AttributeResult) -> Table:
    """Each appraiser against the reference, with 95 % intervals."""
    return Table(
        ("appraiser", "effective, %", "misses, %", "false alarms, %", "verdict"),
        tuple(_appraiser_row(one) for one in result.appraisers),
    )


def kappa_table(result: AttributeResult) -> Table:
    """Every kappa with its interval and AIAG's word."""
    rows = [
        *((f"{one.name}, reference", "Cohen", one.kappa) for one in result.appraisers),
        *((f"{a}, {b}", "Cohen", kappa) for (a, b), kappa in result.pairs.items()),
        *((f"{one.name}, repeats", "Fleiss", one.within) for one in result.appraisers),
        ("all", "Fleiss", result.together),
    ]
    return Table(
        ("between", "kappa of", "kappa", "95 % interval", "agreement"),
        tuple(
            (between, kind, _kappa(kappa), _interval(kappa), kappa_word(kappa.value))
            for between, kind, kappa in rows
        ),
    )


def repeats_table(result: AttributeResult) -> Table:
    """Parts on which an appraiser, and then all of them, always said the same."""
    rows = [
        *((f"{one.name}, with itself", one.repeats) for one in result.appraisers),
        ("all, with each other", result.agreement),
        ("all, and with the reference", result.effectiveness),
    ]
    return Table(
        ("agreement in every trial", "parts", "%, 95 % interval"),
        tuple((name, f"{found.hits} of {found.trials}", share(found)) for name, found in rows),
    )


def type_1_table(found: Type1) -> Table:
    """Everything of a type-1 study."""
    low, high = found.bias_interval
    half = found.sigmas // 2
    return Table(
        ("quantity", "value"),
        (
            ("values", str(found.values.size)),
            ("reference", f"{found.reference:g}"),
            ("tolerance", f"{found.tolerance:g}"),
            ("mean", f"{found.mean:.6g}"),
            ("standard deviation s", f"{found.s:.4g}"),
            ("bias (mean - reference)", f"{found.bias:.4g}"),
            ("95 % interval of the bias", f"{low:.4g} to {high:.4g}"),
            ("t-test of no bias", f"t = {found.t:.3f}, p {p_text(found.p)}"),
            (f"Cg = 0.2 T / {found.sigmas} s ({SOURCES[found.sigmas]})", f"{found.cg:.2f}"),
            (f"Cgk = (0.1 T - |bias|) / {half} s", f"{found.cgk:.2f}"),
            (f"both at least {CAPABLE}", "yes" if found.capable else "no"),
        ),
    )


def share(found: Proportion) -> str:
    """Percent with its interval."""
    low, high = found.interval
    return f"{100.0 * found.share:.1f} ({100.0 * low:.0f}-{100.0 * high:.0f})"


def p_text(p: float) -> str:
    """A probability to four places, never as 0."""
    return "< 0.0001" if p < 0.0001 else f"= {p:.4f}"  # noqa: PLR2004 - the last place shown


def _anova_row(name: str, row: Row) -> tuple[str, ...]:
    return (
        name,
        f"{row.ss:.6g}",
        str(row.df),
        f"{row.ms:.6g}",
        "" if row.f is None else f"{row.f:.3f}",
        "" if row.p is None else p_text(row.p).removeprefix("= "),
    )


def _of_tolerance(found: Components, name: str, tolerance: float | None) -> tuple[str, ...]:
    return () if tolerance is None else (f"{found.percent_of_tolerance(name, tolerance):.2f}",)


def _appraiser_row(one: Appraiser) -> tuple[str, ...]:
    shares = (one.effectiveness, one.miss, one.false_alarm)
    return (one.name, *(share(found) for found in shares), one.grade)


def _kappa(kappa: Kappa) -> str:
    return "-" if kappa.value is None else f"{kappa.value:.2f}"


def _interval(kappa: Kappa) -> str:
    if kappa.low is None or kappa.high is None:
        return "-"
    return f"{kappa.low:.2f} to {kappa.high:.2f}"
