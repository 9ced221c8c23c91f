#!/usr/bin/env python3
"""Study: what the line notices of a side host that is saturated, or of a network that is trained.

Rounds of the demo's line in turn, beside an idle side host, beside one whose queue is kept at 500
pictures and more, and with --training beside `inspectd side train --method cnn`. Printed are the
line's times in ms (frame received to the PLC's record) of each.

    PYTHONPATH=hil python hil/studies/shadow.py --rounds 3 --parts 200 --training
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from side_site import DATA, counts, make_pictures, running_host, tell, write_settings

from inspectd.pipelines.host.settings import load_side_settings
from inspectd.pipelines.host.site import Site
from inspectd.simulate.ports import free_port

_QUEUED = 500
_TOP_UP_EVERY_S = 2.0


class Saturated:
    """Keeps the queue full while it is entered."""

    def __init__(self, site: Site, sha256s: list[str]) -> None:
        self._site = site
        self._sha256s = sha256s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._fill)

    def __enter__(self) -> None:
        self._fill_once()
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._site.jobs.cancel(self._site.jobs.queued())
        self._site.queue.clear()

    def _fill(self) -> None:
        while not self._stop.wait(_TOP_UP_EVERY_S):
            if counts(self._site).get("queued", 0) < _QUEUED:
                self._fill_once()

    def _fill_once(self) -> None:
        self._site.ask(self._sha256s, "classify", {}, again="all")


@contextlib.contextmanager
def training(file: Path, out: Path) -> Iterator[None]:
    """A training that never ends by itself, in its first epochs."""
    words = ["-m", "inspectd", "side", "train", str(DATA / "steel_strip" / "test")]
    words += ["--method", "cnn", "--folds", "0", "--out", str(out), "--config", str(file)]
    words += ["-o", "epochs=1000", "-o", "patience=1000"]
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, *words], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for told in process.stderr:
            if "epoch 1/" in told:
                break
        reading = threading.Thread(target=process.stderr.read)
        reading.start()
        try:
            yield
        finally:
            process.kill()
            reading.join()


def line(parts: int, rate_hz: float, web_port: int) -> dict[str, Any]:
    """One round of the demo."""
    ports = [f"--{name}-port=0" for name in ("modbus", "mqtt", "metrics")]
    command = [sys.executable, "-m", "inspectd", "demo", "--json", f"--parts={parts}"]
    options = [f"--rate={rate_hz}", f"--web-port={web_port}", *ports]
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, *options], check=True, capture_output=True, text=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--parts", type=int, default=200)
    parser.add_argument("--rate", type=float, default=8.0)
    parser.add_argument("--training", action="store_true")
    asked = parser.parse_args()
    web_port = free_port()
    idle: list[dict[str, Any]] = []
    busy: list[dict[str, Any]] = []
    trained: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="inspectd-shadow-") as name:
        folder = Path(name)
        address = f"http://127.0.0.1:{web_port}"
        file = write_settings(folder, line={"address": address}, workers={"count": 2})
        pictures = make_pictures(folder / "pictures", 2 * _QUEUED, 1)
        with Site(load_side_settings(file)) as site, running_host(file):
            taken = [site.inbox.receive_file(path, "study").picture.sha256 for path in pictures]
            for number in range(asked.rounds):
                idle.append(line(asked.parts, asked.rate, web_port))
                with Saturated(site, taken):
                    busy.append(line(asked.parts, asked.rate, web_port))
                if asked.training:
                    with training(file, folder / f"trained-{number}"):
                        trained.append(line(asked.parts, asked.rate, web_port))
            log = file.with_name("host.log").read_text(encoding="utf-8")
    told: dict[str, Any] = {"holds": log.count('"side_hold"')}
    for name, rounds in (("idle", idle), ("saturated", busy), ("training", trained)):
        if not rounds:
            continue
        told[name] = {
            f"{what}_{q}": round(statistics.median(each[what][q] for each in rounds), 2)
            for what in ("latency_ms", "beyond_vision_ms", "vision_ms")
            for q in ("p50", "p99")
        } | {"lost": sum(each["lost"] for each in rounds)}
        told[name]["p99_ratio"] = round(
            told[name]["latency_ms_p99"] / told["idle"]["latency_ms_p99"], 3
        )
    tell(told)


if __name__ == "__main__":
    main()
