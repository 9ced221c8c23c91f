"""A worker process, as `crew` starts it: settings file (or empty), its name, its pipe."""

import sys
from pathlib import Path

from inspectd.pipelines.host.logs import log_to_stderr
from inspectd.pipelines.host.settings import load_side_settings
from inspectd.pipelines.host.worker import work

if __name__ == "__main__":
    file, name, pipe = sys.argv[1:]
    log_to_stderr(worker=name)
    work(load_side_settings(Path(file) if file else None), name, int(pipe))
