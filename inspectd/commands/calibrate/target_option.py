"""What `--target` names: a target's TOML file, or the target in one word."""

from pathlib import Path

from inspectd_calibration.target import Target
from inspectd_calibration.target_text import parse_target

from inspectd.toml_file import load_model

HELP = "The target: its TOML file, or in one word, for example chessboard:9x6:24.23."


def read_target(text: str) -> Target:
    """Read the file that `text` names, or `text` itself; ConfigurationError for neither."""
    path = Path(text)
    if path.suffix == ".toml" or path.exists():
        return load_model(path, Target)
    return parse_target(text)
