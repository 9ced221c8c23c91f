"""`inspectd calibrate ...`, and other groups of commands, as tests call them."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

from inspectd.cli import app


def run(*args: object, group: str = "calibrate") -> Result:
    """`inspectd calibrate ...`; its errors are raised."""
    result = CliRunner().invoke(app, [group, *map(str, args)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def answered(*args: object, group: str = "calibrate") -> dict[str, Any]:
    """The same with --json."""
    result = run(*args, "--json", group=group)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def write(path: Path, pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> Path:
    """A picture file, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return path
