"""The first picture after installing takes longer, and says why."""

from pathlib import Path

import pytest

from inspectd.commands.kernel_cache import tell_if_cold


def test_a_cold_cache_is_told_on_stderr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    tell_if_cold()
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "compiling kernels, once: about 20 s\n")


def test_a_filled_cache_is_not_worth_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    (tmp_path / "kernels_1").mkdir()
    (tmp_path / "kernels_1" / "median.1.nbc").write_bytes(b"")
    tell_if_cold()
    assert capsys.readouterr().err == ""
