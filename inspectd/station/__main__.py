"""`python -m inspectd.station --fd N`: how the supervisor starts a station."""

import argparse
import faulthandler
import logging
import socket
import sys

from inspectd.station.process import StationProcess
from inspectd.station.report import ReportHandler

# Threads wait this long for the GIL, not the default 5 ms: with it a preview being drawn could
# hold up a judgement or the stamping of a frame for as long as the whole budget beyond vision.
_SWITCH_INTERVAL_S = 0.0005


def main() -> int:
    """Take over the connected stream socket `--fd` and serve it; the exit code."""
    parser = argparse.ArgumentParser(prog="inspectd.station", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="inherited stream socket")
    fd: int = parser.parse_args().fd
    # A driver that crashes says nothing by itself: this leaves the threads' stacks on stderr.
    faulthandler.enable()
    logging.basicConfig(level=logging.WARNING, handlers=[ReportHandler()])
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    try:
        stream = socket.socket(fileno=fd)
        stream.getpeername()
    except OSError as error:
        sys.stderr.write(f"--fd {fd} is no connected socket ({error}); the supervisor gives one\n")
        return 2
    return StationProcess(stream).run()


if __name__ == "__main__":
    sys.exit(main())
