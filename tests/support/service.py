"""A real service as its own process, on free ports, and a PLC that plays parts to it."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from inspectd.simulate.conveyor import PhotoEye
from inspectd.simulate.picture_set import PictureSet
from inspectd.simulate.plc import SimulatedPlc
from inspectd.simulate.ports import free_port

READY_S = 180.0
_ANSWER_S = 60.0


class Service:
    """`inspectd run` on files in `folder`; `change` edits the settings before `start`."""

    def __init__(self, folder: Path, pictures: PictureSet) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in ("plc", "mqtt", "metrics", "web")}
        self.settings: dict[str, Any] = {
            "recipe": "recipe.toml",
            "journal": {"path": "journal.sqlite"},
            "trigger": {"deadline_ms": 2_000, "match_window_ms": 1_500},
            **{name: {"port": port} for name, port in self.ports.items()},
            "stations": [self.station("top", pictures)],
        }
        self.recipe: dict[str, Any] = {"name": "test"}
        scale = [0.05, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0, 0.0, 1.0]
        self.calibration: dict[str, Any] = {"homography": scale}
        self.process: subprocess.Popen[bytes] | None = None
        self.undo: list[Callable[[], object]] = []

    def station(self, name: str, pictures: PictureSet, **camera: object) -> dict[str, Any]:
        return {
            "name": name,
            "calibration": "calibration.toml",
            "line1_socket": f"{name}.sock",
            "camera": {
                "driver": "replay",
                "pixel_format": pictures.pixel_format,
                "width_px": pictures.width_px,
                "height_px": pictures.height_px,
                "pictures": str(pictures.folder),
                **camera,
            },
        }

    def start(self) -> None:
        self._write("calibration.toml", self.calibration)
        self._write("recipe.toml", self.recipe)
        self._write("inspectd.toml", self.settings)
        with (self.folder / "service.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "inspectd", "run", self.folder / "inspectd.toml"],
                stdin=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )

    def until(self, true: Callable[[], bool], timeout_s: float = READY_S) -> None:
        """Wait for a condition on the running service, at most `timeout_s`."""
        give_up_s = time.monotonic() + timeout_s
        pause = socket.socketpair()
        pause[0].settimeout(0.05)
        try:
            while not true():
                assert self.process is not None
                assert self.process.poll() is None, self.log()
                assert time.monotonic() < give_up_s, self.log()
                with pytest.raises(TimeoutError):
                    pause[0].recv(1)
        finally:
            for end in pause:
                end.close()

    def start_and_wait(self) -> None:
        self.start()
        self.until(lambda: bool(self.get("/readyz").get("ok")))

    def get(self, path: str) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.ports['web']}{path}", timeout=_ANSWER_S
            ) as answer:
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                found = json.load(error)
        except OSError:
            return {}
        return found

    def station_pid(self) -> int:
        pids = [e["pid"] for e in self.events() if e.get("event") == "station_started"]
        return int(pids[-1])

    def events(self) -> list[dict[str, Any]]:
        lines = self.log().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def log(self) -> str:
        return (self.folder / "service.log").read_text(errors="replace")

    def verdicts(self, journal: str = "journal.sqlite") -> list[dict[str, Any]]:
        """The journal's documents, in order."""
        path = self.folder / journal
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            rows = database.execute("SELECT document FROM verdicts ORDER BY id").fetchall()
        return [json.loads(row[0]) for row in rows]

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_ANSWER_S)

    def destroy(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(_ANSWER_S)
        for undo in self.undo:
            undo()

    def _write(self, name: str, data: dict[str, Any]) -> None:
        (self.folder / name).write_text(tomli_w.dumps(data))


async def play(
    service: Service, part_ids: list[int], *, edges: bool = True, ready_timeout_ms: float = 3e4
) -> SimulatedPlc:
    """Announce each part, give its edge on every Line1, and wait for its record."""
    sockets = [service.folder / station["line1_socket"] for station in service.settings["stations"]]
    async with SimulatedPlc(
        "127.0.0.1", service.ports["plc"], ready_timeout_ms=ready_timeout_ms
    ) as plc:
        with PhotoEye(sockets) as eye:
            for part_id in part_ids:
                await plc.announce(part_id, 7)
                if edges:
                    eye.pulse()
                async with asyncio.timeout(_ANSWER_S):
                    await plc.drained()
    return plc
