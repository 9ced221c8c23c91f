"""`inspectd plc map`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from inspectd.cli import app
from inspectd.core.errors import ConfigurationError
from inspectd.publish.register_csv import csv_text
from inspectd.publish.register_page import page
from inspectd.publish.register_st import structured_text


@pytest.mark.parametrize(
    ("form", "made"), [("csv", csv_text), ("st", structured_text), ("markdown", page)]
)
def test_each_form_is_printed_and_written_alike(form: str, made: object, tmp_path: Path) -> None:
    assert callable(made)
    printed = CliRunner().invoke(app, ["plc", "map", "--format", form])
    assert (printed.exit_code, printed.stdout_bytes) == (0, made().encode())
    out = tmp_path / "map"
    CliRunner().invoke(app, ["plc", "map", "--format", form, "--output", str(out)])
    assert out.read_bytes() == made().encode()


def test_an_output_in_no_folder_is_the_users_mistake(tmp_path: Path) -> None:
    arguments = ["plc", "map", "--output", str(tmp_path / "none" / "map.csv")]
    answer = CliRunner().invoke(app, arguments)
    assert isinstance(answer.exception, ConfigurationError)
