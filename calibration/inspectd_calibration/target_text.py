"""A target in one word: `chessboard:9x6:24.23`, `charuco:9x6:30:22`, `dots:11x9:10`."""

import re

from pydantic import ValidationError

from inspectd.core.errors import ConfigurationError
from inspectd_calibration.target import Target

FORM = "KIND:COLUMNSxROWS:PITCH_MM, for a charuco board :MARKER_MM behind it"
_NUMBER = r"\d{1,4}(?:\.\d{1,9})?"
_TEXT = re.compile(
    rf"(?P<kind>chessboard|charuco|dots):(?P<columns>\d{{1,3}})x(?P<rows>\d{{1,3}})"
    rf":(?P<pitch_mm>{_NUMBER})(?::(?P<marker_mm>{_NUMBER}))?",
    re.ASCII,
)


def parse_target(text: str) -> Target:
    """Read the short form, with the flatness and the pitch's uncertainty at their defaults.

    ConfigurationError says what is wrong with it.
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        msg = f"target {text!r}: write {FORM} (chessboard:9x6:24.23), or name a target's TOML file"
        raise ConfigurationError(msg)
    words = {name: word for name, word in found.groupdict().items() if word is not None}
    try:
        return Target.model_validate(words)
    except ValidationError as error:
        said = "; ".join(
            f"{'.'.join(map(str, mistake['loc']))} {mistake['msg']}".strip()
            for mistake in error.errors()
        ).replace("Value error, ", "")
        msg = f"target {text!r}: {said}"
        raise ConfigurationError(msg) from None


def target_text(target: Target) -> str:
    """The short form of a target; what it has no place for is left out."""
    marker = "" if target.marker_mm is None else f":{target.marker_mm:.9g}"
    return f"{target.kind}:{target.columns}x{target.rows}:{target.pitch_mm:.9g}{marker}"
