from pathlib import Path

import pytest
from inspectd_models.training.methods import CLASSICAL, NETWORKS, find_method

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "train-a-classifier.md"


@pytest.mark.parametrize("name", [*CLASSICAL, *NETWORKS])
def test_every_option_of_every_method_is_documented(name: str) -> None:
    if name in NETWORKS:
        pytest.importorskip("torch", reason="PyTorch is not installed: networks are not tested")
    method = find_method(name)
    assert method.name == name
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    for field in method.options.model_fields:
        assert any(f"`{field}` (" in row for row in rows), field
