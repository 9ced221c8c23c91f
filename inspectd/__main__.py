"""The `inspectd` command, and `python -m inspectd`."""

import sys
from typing import NoReturn


def main() -> NoReturn:
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


def _comes_of_ctrl_c(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


if __name__ == "__main__":
    main()
