"""The command's outermost layer: Ctrl-C ends quietly, wherever it comes."""

import signal
import subprocess
import sys

import pytest

import inspectd.cli
from inspectd.__main__ import main


def wrapped() -> None:
    """As a library says it that was building its classes when the key was pressed."""
    try:
        pressed()
    except KeyboardInterrupt as key:
        msg = "Error calling __set_name__"
        raise RuntimeError(msg) from key


def pressed() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("run", [pressed, wrapped])
def test_ctrl_c_is_exit_code_130(run: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspectd.cli, "main", run)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130


def test_a_fault_of_the_program_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        msg = "a defect"
        raise RuntimeError(msg)

    monkeypatch.setattr(inspectd.cli, "main", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        main()


@pytest.mark.parametrize(
    ("error", "words"), [("KeyboardInterrupt", ""), ("RuntimeError('a defect')", "a defect")]
)
def test_ctrl_c_before_main_is_quiet_too_and_a_fault_is_not(error: str, words: str) -> None:
    program = f"import inspectd.__main__\nraise {error}"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert words in ended.stderr
    assert bool(words) == ("Traceback" in ended.stderr)
    assert ended.returncode == (1 if words else -signal.SIGINT)
