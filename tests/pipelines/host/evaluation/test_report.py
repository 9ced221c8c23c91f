import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from inspectd.core.errors import ConfigurationError
from inspectd.pipelines.host.evaluation.gates import gate_verdicts
from inspectd.pipelines.host.evaluation.report import Section, confusion_png, write_report
from inspectd.pipelines.host.evaluation.scores import score

SCORES = score(["a", "a", "b<script>"], ["a", "b<script>", "b<script>"])


def test_the_report_is_one_page_with_its_plot_inside(tmp_path: Path) -> None:
    gates = gate_verdicts(["kappa > 0.99"], SCORES.figures())
    page = write_report(tmp_path / "r", "Scores", [Section("m", SCORES, {"time": "3 s"}, gates)])
    text = page.read_text()
    assert "data:image/png;base64," in text
    assert "does not hold" in text
    assert "b<script>" not in text
    assert "http" not in text.replace("http-equiv", "")
    (told,) = json.loads((tmp_path / "r" / "report.json").read_text())
    assert told["confusion"] == [[1, 1], [0, 1]]


def test_the_confusion_matrix_is_a_picture() -> None:
    picture = cv2.imdecode(np.frombuffer(confusion_png(SCORES), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.min() < 100 < picture.max()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_report(tmp_path / "file" / "r", "Scores", [Section("m", SCORES)])
