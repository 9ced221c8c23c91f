"""What `inspectd msa grr` does."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspectd_calibration.msa.csv_file import read_study
from inspectd_calibration.msa.grr import Anova, GrrResult, Row, gauge_rr
from inspectd_calibration.msa.pages import grr_sections
from inspectd_calibration.msa.remarks import grr_remarks

from inspectd.commands.calibrate.outputs import check_outputs
from inspectd.commands.msa.pictures import PictureOptions, study_of_pictures
from inspectd.commands.msa.show import check_tolerance, present
from inspectd.core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class GrrOptions:
    """What the command line says."""

    csv: Path | None
    pictures: PictureOptions | None
    tolerance: float | None
    report: Path | None


def run_grr(options: GrrOptions, *, as_json: bool) -> None:
    """Read or measure, analyse, print. ConfigurationError and CalibrationError."""
    check_tolerance(options.tolerance)
    if (options.csv is None) == (options.pictures is None):
        msg = "give either a CSV file or --pictures FOLDER"
        raise ConfigurationError(msg)
    check_outputs(None, options.report, [options.csv])
    if options.csv is not None:
        study = read_study(options.csv)
    elif options.pictures is not None:
        study = study_of_pictures(options.pictures)
    result = gauge_rr(study)
    present(
        "Gauge repeatability and reproducibility",
        grr_sections(result, options.tolerance),
        grr_json(result, options.tolerance),
        options.report,
        as_json=as_json,
    )


def grr_json(result: GrrResult, tolerance: float | None) -> dict[str, Any]:
    """The command's JSON object."""
    found = result.components
    return {
        "parts": list(result.study.parts),
        "operators": list(result.study.operators),
        "repeats": result.study.values.shape[2],
        "quantity": result.study.quantity,
        "anova": _table(result.full),
        "pooled": result.pooled,
        "anova_used": _table(result.used),
        "components": {
            name: {
                "standard_deviation": value,
                "percent_of_total": found.percent_of_total(name),
                "percent_contribution": found.percent_contribution(name),
                "percent_of_tolerance": None
                if tolerance is None
                else found.percent_of_tolerance(name, tolerance),
            }
            for name, value in found.by_name.items()
        },
        "set_to_zero": list(found.negative),
        "ndc": found.ndc,
        "remarks": grr_remarks(result, tolerance),
    }


def _table(table: Anova) -> dict[str, dict[str, float | None]]:
    rows = {**table.rows, "total": table.total}
    return {name: _row(row) for name, row in rows.items() if row is not None}


def _row(row: Row) -> dict[str, float | None]:
    return {"ss": row.ss, "df": row.df, "ms": row.ms, "f": row.f, "p": row.p}
