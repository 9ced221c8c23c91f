from pathlib import Path

import pytest


@pytest.fixture
def path(journal_path: Path) -> Path:
    return journal_path
