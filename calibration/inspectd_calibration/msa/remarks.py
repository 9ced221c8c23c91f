"""What a study's numbers mean, in sentences: the same in the terminal, the report and JSON."""

from inspectd_calibration.msa.attribute import AttributeResult
from inspectd_calibration.msa.capability import CAPABLE, RECOMMENDED, SOURCES, Type1
from inspectd_calibration.msa.grr import POOLING_ALPHA, GrrResult
from inspectd_calibration.msa.tables import p_text

# AIAG MSA, 4th edition, chapter II section D: gauge R&R in percent, and the categories.
_GOOD, _BAD = 10.0, 30.0
_CATEGORIES = 5
_AIAG_PARTS = 10


def grr_remarks(result: GrrResult, tolerance: float | None) -> list[str]:
    """What was done, and how far the gauge will do."""
    return [*_method(result), *_judgement(result, tolerance)]


def attribute_remarks(result: AttributeResult) -> list[str]:
    """Who is not acceptable, and why."""
    limits = (
        "AIAG's limits: effectiveness at least 90 % (marginal from 80 %), misses at most 2 % "
        "(marginal to 5 %), false alarms at most 5 % (marginal to 10 %)."
    )
    shown = (
        "Effective: judged rightly in every trial. Intervals of shares are "
        "exact (Clopper-Pearson, trials taken as independent), those of kappas by the jackknife "
        "over parts; no interval: the ratings leave it open."
    )
    grades: dict[str, list[str]] = {}
    for one in result.appraisers:
        grades.setdefault(one.grade, []).append(one.name)
    found = "; ".join(f"{', '.join(names)}: {grade}" for grade, names in grades.items())
    return [f"{found} (the worst of three criteria).", limits, shown]


def type_1_remarks(found: Type1) -> list[str]:
    """Whether the gauge is capable, and whether it is off."""
    index = f"Cg {found.cg:.2f}, Cgk {found.cgk:.2f}"
    word = "Capable" if found.capable else "Not capable"
    source = f"{found.sigmas} standard deviations ({SOURCES[found.sigmas]})"
    remarks = [
        f"{word}: {index}, {CAPABLE} is asked for.",
        f"20 % of the tolerance against {source}.",
    ]
    if found.biased:
        remarks.append(
            f"The bias of {found.bias:.4g} is significant (p {p_text(found.p)}): calibrate again, "
            "or correct for it."
        )
    if found.values.size < RECOMMENDED:
        remarks.append(f"{found.values.size} values; {RECOMMENDED} are recommended.")
    return remarks


def _method(result: GrrResult) -> list[str]:
    remarks = []
    test = result.full.interaction
    if test is None:
        remarks.append(
            "One operator: reproducibility is not in this study (a type-3 study, parts x repeats)."
        )
    elif result.pooled:
        shown = "" if test.p is None else f", p {p_text(test.p)}"
        remarks.append(
            f"Part x operator is not significant at {POOLING_ALPHA:g} (AIAG){shown}: it was "
            "pooled with repeatability."
        )
    else:
        remarks.append(
            f"Part x operator is significant at {POOLING_ALPHA:g} (AIAG): operators measure "
            "different parts differently. It is part of GRR."
        )
    remarks += [
        f"{name}: the variance came out negative, and was set to zero."
        for name in result.components.negative
    ]
    if len(result.study.parts) < _AIAG_PARTS:
        remarks.append(f"{len(result.study.parts)} parts; AIAG recommends {_AIAG_PARTS}.")
    return remarks


def _judgement(result: GrrResult, tolerance: float | None) -> list[str]:
    found = result.components
    if found.ndc is None:
        return ["No spread of measuring was seen: record more digits before you trust this."]
    shares = [("of the total variation", found.percent_of_total("GRR"))]
    if tolerance is not None:
        shares.append(
            (
                "of the tolerance (6 standard deviations)",
                found.percent_of_tolerance("GRR", tolerance),
            )
        )
    remarks = [f"GRR is {percent:.1f} % {of}: {_word(percent)}." for of, percent in shares]
    word = "enough" if found.ndc >= _CATEGORIES else f"at least {_CATEGORIES} are asked for"
    return [*remarks, f"{found.ndc} distinct categories (ndc): {word}."]


def _word(percent: float) -> str:
    if percent < _GOOD:
        return "acceptable (below 10 %)"
    if percent <= _BAD:
        return "may do, depending on the use (10 to 30 %)"
    return "not acceptable (above 30 %)"
