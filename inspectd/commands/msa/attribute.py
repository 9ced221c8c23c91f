"""What `inspectd msa attribute` does."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from inspectd_calibration.msa.attribute import AttributeResult, attribute_agreement
from inspectd_calibration.msa.csv_file import read_ratings
from inspectd_calibration.msa.kappa import Proportion
from inspectd_calibration.msa.pages import attribute_sections
from inspectd_calibration.msa.remarks import attribute_remarks

from inspectd.commands.calibrate.outputs import check_outputs
from inspectd.commands.msa.show import present


def run_attribute(csv: Path, report: Path | None, *, as_json: bool) -> None:
    """Read, analyse, print. ConfigurationError and CalibrationError."""
    check_outputs(None, report, [csv])
    result = attribute_agreement(read_ratings(csv))
    present(
        "Attribute agreement",
        attribute_sections(result),
        attribute_json(result),
        report,
        as_json=as_json,
    )


def attribute_json(result: AttributeResult) -> dict[str, Any]:
    """The command's JSON object."""
    return {
        "parts": list(result.ratings.parts),
        "trials": result.ratings.accepted.shape[2],
        "appraisers": [
            {
                "name": one.name,
                "agrees_with_itself": _share(one.repeats),
                "effectiveness": _share(one.effectiveness),
                "miss_rate": _share(one.miss),
                "false_alarm_rate": _share(one.false_alarm),
                "kappa_reference": asdict(one.kappa),
                "kappa_repeats": asdict(one.within),
                "verdict": one.grade,
            }
            for one in result.appraisers
        ],
        "pairs": [{"between": list(pair), **asdict(kappa)} for pair, kappa in result.pairs.items()],
        "fleiss_kappa": asdict(result.together),
        "agreement": _share(result.agreement),
        "effectiveness": _share(result.effectiveness),
        "remarks": attribute_remarks(result),
    }


def _share(found: Proportion) -> dict[str, float]:
    low, high = found.interval
    return {
        "hits": found.hits,
        "trials": found.trials,
        "share": found.share,
        "low": low,
        "high": high,
    }
