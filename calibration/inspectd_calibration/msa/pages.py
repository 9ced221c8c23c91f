"""The sections of a study's report."""

from inspectd_calibration.msa import plots
from inspectd_calibration.msa.attribute import AttributeResult
from inspectd_calibration.msa.capability import Type1
from inspectd_calibration.msa.grr import GrrResult
from inspectd_calibration.msa.remarks import attribute_remarks, grr_remarks, type_1_remarks
from inspectd_calibration.msa.tables import (
    anova_table,
    appraisers_table,
    components_table,
    kappa_table,
    ranges_table,
    repeats_table,
    type_1_table,
)
from inspectd_calibration.report import Picture, Section

_PARALLEL = "Part x operator: each mean less its part's; lines should be parallel."
_RANDOM_EFFECTS = "F is against part x operator where it is in the model, else repeatability."


def grr_sections(result: GrrResult, tolerance: float | None) -> list[Section]:
    """Gauge R&R: verdict, tables, pictures."""
    study = result.study
    parts, operators, repeats = study.values.shape
    design = f"{parts} parts x {operators} operators or stations x {repeats} repeats."
    sections = [
        Section("Result", (design, *grr_remarks(result, tolerance))),
        Section("Components of variation", (), components_table(result.components, tolerance)),
        Section("Analysis of variance", (_RANDOM_EFFECTS,), anova_table(result.full)),
    ]
    if result.pooled:
        sections.append(Section("Without part x operator", (), anova_table(result.used)))
    by_ranges = ranges_table(result)
    if by_ranges is not None:
        sections.append(Section("Beside AIAG's average and range method", (), by_ranges))
    return [*sections, Section("Pictures", pictures=_grr_pictures(result, tolerance))]


def attribute_sections(result: AttributeResult) -> list[Section]:
    """Attribute agreement: verdict, tables, picture."""
    picture = Picture(plots.agreement(result), "Shares with 95 % intervals, and AIAG's limits.")
    return [
        Section("Result", tuple(attribute_remarks(result)), appraisers_table(result), (picture,)),
        Section("Kappa", (), kappa_table(result)),
        Section("Repeats", (), repeats_table(result)),
    ]


def type_1_sections(found: Type1) -> list[Section]:
    """Type-1 study: verdict, table, picture."""
    picture = Picture(plots.run_chart(found), "The values in the order in which they were taken.")
    return [Section("Result", tuple(type_1_remarks(found)), type_1_table(found), (picture,))]


def _grr_pictures(result: GrrResult, tolerance: float | None) -> tuple[Picture, ...]:
    study = result.study
    components = plots.components_of_variation(result, tolerance)
    return (
        Picture(components, "Components of variation: the parts should be far above the rest."),
        Picture(plots.ranges(study), "Ranges: a point above the limit is a repeat to look at."),
        Picture(plots.by_part(study), "By part: all values, and their mean."),
        Picture(plots.by_operator(study), "By operator: all values less their part's mean."),
        Picture(
            plots.interaction(study),
            "Part x operator: each mean less the part's; lines should be parallel.",
        ),
    )
