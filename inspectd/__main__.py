"""The `inspectd` command, and `python -m inspectd`."""

import sys


def main() -> None:
    """Run the command line. Ctrl-C, also while its modules load, ends it without a traceback."""
    try:
        from inspectd.cli import main as run  # noqa: PLC0415 - loading takes long enough for a Ctrl-C

        run()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        # Libraries wrap what happens while they build their classes.
        if not _comes_of_ctrl_c(error):
            raise
        sys.exit(130)


def _quiet(kind: type[BaseException], error: BaseException, _: object) -> None:
    if not _comes_of_ctrl_c(error):
        sys.__excepthook__(kind, error, error.__traceback__)


def _comes_of_ctrl_c(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


# The script that pip writes does a little of its own before `main` (nothing here is slow to load).
sys.excepthook = _quiet

if __name__ == "__main__":
    main()
