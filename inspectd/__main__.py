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


if __name__ == "__main__":
    main()
