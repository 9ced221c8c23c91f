"""Tables, sentences and pictures of a study say what its numbers are."""

import numpy as np
import pytest
from inspectd_calibration.msa import plots
from inspectd_calibration.msa.attribute import attribute_agreement
from inspectd_calibration.msa.capability import type_1
from inspectd_calibration.msa.grr import GrrResult, gauge_rr
from inspectd_calibration.msa.pages import attribute_sections, grr_sections, type_1_sections
from inspectd_calibration.msa.remarks import attribute_remarks, grr_remarks, type_1_remarks
from inspectd_calibration.msa.study import Study, ratings
from inspectd_calibration.msa.tables import (
    anova_table,
    components_table,
    kappa_table,
    p_text,
    ranges_table,
    repeats_table,
)
from inspectd_calibration.report import Section, report_html
from support.msa_studies import (
    AIAG,
    AIAG_ATTRIBUTE,
    AIAG_BIAS,
    ISO_22514_7,
    VDA_5,
    arranged,
    drawn,
)

RESULT = gauge_rr(AIAG)
UNPOOLED = gauge_rr(drawn((10, 3, 3), interaction=2.0))
ONE_STATION = gauge_rr(drawn((5, 1, 3)))
NO_SPREAD = gauge_rr(arranged(np.arange(4.0)[:, None, None] * np.ones((4, 2, 3))))

every_result = pytest.mark.parametrize(
    "result", [RESULT, UNPOOLED, ONE_STATION, NO_SPREAD, gauge_rr(ISO_22514_7)]
)


def pictures(sections: list[Section]) -> int:
    return sum(len(section.pictures) for section in sections)


@every_result
def test_every_table_is_rectangular(result: GrrResult) -> None:
    for section in grr_sections(result, 8.0):
        if section.table is not None:
            assert {len(row) for row in section.table.rows} == {len(section.table.head)}


@every_result
def test_every_study_has_a_page(result: GrrResult) -> None:
    page = report_html("Study", grr_sections(result, None))

    assert page.count("data:image/png;base64,") == 5


def test_the_column_of_the_tolerance_is_there_where_one_was_given() -> None:
    assert len(components_table(RESULT.components, None).head) == 4
    with_tolerance = components_table(RESULT.components, 8.0)
    assert with_tolerance.rows[3] == ("GRR gauge R&R", "0.302372", "27.86", "7.76", "22.68")


def test_the_table_without_interaction_is_shown_where_that_was_used() -> None:
    headings = [section.heading for section in grr_sections(RESULT, None)]
    assert "Without part x operator" in headings
    assert "Without part x operator" not in [s.heading for s in grr_sections(UNPOOLED, None)]


def test_a_probability_is_never_shown_as_zero() -> None:
    assert (p_text(1e-20), p_text(0.0001), p_text(0.25)) == ("< 0.0001", "= 0.0001", "= 0.2500")
    assert anova_table(RESULT.full).rows[0][-1] == "< 0.0001"


def test_the_average_and_range_method_stands_beside_where_it_reaches() -> None:
    table = ranges_table(RESULT)

    assert table is not None
    assert table.rows[2][1:] == ("0.302372", "0.305766", "27.9", "26.7")
    assert ranges_table(gauge_rr(drawn((12, 3, 3)))) is None


def test_what_became_of_the_interaction_is_said() -> None:
    assert "pooled with repeatability" in " ".join(grr_remarks(RESULT, None))
    assert "It is part of GRR" in " ".join(grr_remarks(UNPOOLED, None))
    assert "One operator" in " ".join(grr_remarks(ONE_STATION, None))


def test_the_gauge_is_judged_by_the_tolerance_too() -> None:
    told = " ".join(grr_remarks(RESULT, 1.0))

    assert "27.9 % of the total variation: may do" in told
    assert "181.4 % of the tolerance (6 standard deviations): not acceptable" in told
    assert "4 distinct categories (ndc): at least 5 are asked for" in told


def test_a_good_gauge_is_acceptable() -> None:
    told = " ".join(grr_remarks(gauge_rr(ISO_22514_7), 100.0))

    assert told.count("acceptable (below 10 %)") == 2
    assert "17 distinct categories (ndc): enough" in told


def test_a_gauge_without_spread_is_not_praised() -> None:
    told = " ".join(grr_remarks(NO_SPREAD, 1.0))

    assert "record more digits" in told
    assert "acceptable" not in told


def test_what_was_set_to_zero_is_said() -> None:
    values = np.zeros((3, 2, 2))
    values[:, :, 0], values[:, :, 1] = -1.0, 1.0

    told = " ".join(grr_remarks(gauge_rr(arranged(values)), None))
    assert "AV: the variance came out negative" in told
    assert "PV: the variance came out negative" in told


def test_a_crossed_study_without_any_spread_of_repeats_still_plots() -> None:
    assert plots.ranges(NO_SPREAD.study).axes[0].get_ylim()[0] == 0.0


def test_the_control_limit_of_ranges_is_d4_times_their_mean() -> None:
    """AIAG's form: 2.574 x 0.3417 = 0.880; one range of B lies above."""
    axes = plots.ranges(AIAG).axes[0]
    (limit,) = (line for line in axes.lines if line.get_label() == "control limit")

    assert np.asarray(limit.get_ydata())[0] == pytest.approx(2.574 * 0.341667, abs=1e-4)


def test_the_interaction_plot_has_a_line_for_each_operator_about_the_part_s_mean() -> None:
    axes = plots.interaction(AIAG).axes[0]
    lines = np.array([np.asarray(line.get_ydata()) for line in axes.lines])

    assert [str(line.get_label()).strip() for line in axes.lines] == ["A", "B", "C"]
    assert lines.sum(axis=0) == pytest.approx(0.0, abs=1e-12)
    part = AIAG.values[0]
    assert lines[0, 0] == pytest.approx(part[0].mean() - part.mean())


def test_names_that_no_font_or_formula_takes_are_drawn_all_the_same() -> None:
    """Warnings are errors here: a missing glyph, a broken formula, a label left out."""
    names = ("$a_{", "_left", "\u738b", "a\tb", "<b>")
    study = Study(names, ("\u674e", "$"), drawn((5, 2, 3)).values)

    assert plots.drawable(names) == [r" \$a_{", " _left", "#3", "#4", " <b>"]
    page = report_html("Study", grr_sections(gauge_rr(study), 1.0))
    assert page.count("data:image/png;base64,") == 5


def test_the_parts_do_not_fill_the_tolerance_s_bars() -> None:
    """A study's parts may span many tolerances: the gauge's bars would vanish beside theirs."""
    axes = plots.components_of_variation(RESULT, 0.1).axes[0]
    heights = [bar.get_height() for bars in axes.containers for bar in bars]

    assert np.nanmax(heights) == pytest.approx(RESULT.components.percent_of_tolerance("GRR", 0.1))


def test_the_page_of_attribute_agreement_has_every_appraiser_and_kappa() -> None:
    result = attribute_agreement(AIAG_ATTRIBUTE)
    sections = attribute_sections(result)

    assert pictures(sections) == 1
    assert len(kappa_table(result).rows) == 3 + 3 + 3 + 1
    assert repeats_table(result).rows[-1][1:] == ("39 of 50", "78.0 (64-88)")
    assert attribute_remarks(result)[0] == "A, B, C: unacceptable (the worst of three criteria)."
    assert "0.86" in report_html("Attribute", sections)


def test_a_kappa_that_is_not_defined_is_shown_as_such() -> None:
    rows = [(part, name, True) for part in "12345" for name in "AB" for _ in range(2)]
    result = attribute_agreement(ratings(rows, {part: part > "2" for part in "12345"}))

    table = kappa_table(result)
    assert table.rows[-1][2:4] == ("-", "-")
    assert "only one answer" in table.rows[-1][4]
    assert report_html("Attribute", attribute_sections(result))


def test_a_type_1_study_says_its_source_its_bias_and_too_few_values() -> None:
    good = " ".join(type_1_remarks(type_1(VDA_5, 6.002, 0.06)))
    few = " ".join(type_1_remarks(type_1(AIAG_BIAS, 6.0, 1.0, 4)))

    assert good.startswith("Capable: Cg 2.01, Cgk 1.64")
    assert "Bosch Booklet 10" in good
    assert "significant (p < 0.0001)" in good
    assert few.startswith("Not capable")
    assert "VDA 5" in few
    assert "15 values; 50 are recommended" in few
    assert "bias" not in few


def test_the_page_of_a_type_1_study_has_its_run_chart() -> None:
    found = type_1(VDA_5, 6.002, 0.06)
    levels = {
        round(float(np.asarray(line.get_ydata())[0]), 6)
        for line in plots.run_chart(found).axes[0].lines[1:]
    }

    assert levels == {6.002, 6.0009, 5.996, 6.008}
    assert pictures(type_1_sections(found)) == 1
