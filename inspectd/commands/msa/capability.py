"""What `inspectd msa capability` does."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspectd_calibration.msa.capability import Sigmas, Type1, type_1
from inspectd_calibration.msa.csv_file import read_values
from inspectd_calibration.msa.pages import type_1_sections
from inspectd_calibration.msa.remarks import type_1_remarks

from inspectd.commands.calibrate.outputs import check_outputs
from inspectd.commands.msa.show import check_tolerance, present
from inspectd.core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class CapabilityOptions:
    """What the command line says."""

    csv: Path
    reference: float
    tolerance: float
    sigmas: int
    report: Path | None


def run_capability(options: CapabilityOptions, *, as_json: bool) -> None:
    """Read, analyse, print. ConfigurationError and CalibrationError."""
    check_tolerance(options.tolerance)
    if not math.isfinite(options.reference):
        msg = f"--reference {options.reference}: give the part's true value"
        raise ConfigurationError(msg)
    check_outputs(None, options.report, [options.csv])
    values = read_values(options.csv)
    found = type_1(values, options.reference, options.tolerance, _sigmas(options.sigmas))
    present(
        "Type-1 study of a measuring system",
        type_1_sections(found),
        type_1_json(found),
        options.report,
        as_json=as_json,
    )


def type_1_json(found: Type1) -> dict[str, Any]:
    """The command's JSON object."""
    return {
        "values": found.values.size,
        "reference": found.reference,
        "tolerance": found.tolerance,
        "sigmas": found.sigmas,
        "mean": found.mean,
        "standard_deviation": found.s,
        "bias": found.bias,
        "bias_low": found.bias_interval[0],
        "bias_high": found.bias_interval[1],
        "t": found.t,
        "p": found.p,
        "cg": found.cg,
        "cgk": found.cgk,
        "capable": found.capable,
        "remarks": type_1_remarks(found),
    }


def _sigmas(number: int) -> Sigmas:
    if number == 6:  # noqa: PLR2004 - Bosch Booklet 10
        return 6
    if number == 4:  # noqa: PLR2004 - VDA 5
        return 4
    msg = f"--sigmas {number}: 6 (Bosch Booklet 10) or 4 (VDA 5)"
    raise ConfigurationError(msg)
