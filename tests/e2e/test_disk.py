"""The journal's disk fills up under a running service."""

import contextlib
import os
import subprocess
from pathlib import Path

import pytest
from support.service import Service, play

from inspectd.core.verdict import Decision

_MB = 1_000_000


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass


@pytest.fixture
def small_disk(service: Service) -> Path:
    """A file system of 4 MB in memory, mounted where the journal goes."""
    folder = service.folder / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.decode().strip()}")
    service.undo.append(lambda: subprocess.run(["umount", "-l", folder], check=True))
    return folder


async def test_a_full_disk_turns_parts_into_no_verdict_until_there_is_room(
    service: Service, small_disk: Path
) -> None:
    service.settings["journal"] = {"path": "disk/journal.sqlite"}
    service.start_and_wait()
    ballast = small_disk / "ballast"
    fill(ballast)
    # The log's preallocated pages may take a few more verdicts; then the disk is full.
    decisions: list[Decision] = []
    while Decision.NO_VERDICT not in decisions:
        plc = await play(service, [4 * len(decisions) + 1])
        decisions += [result.decision for result in plc.results.values()]
        assert len(decisions) < 100
    service.until(lambda: "full" in str(service.get("/readyz")))
    ballast.unlink()
    service.until(lambda: bool(service.get("/readyz").get("ok")))
    assert service.stop() == 0
    stored = [verdict["decision"] for verdict in service.verdicts("disk/journal.sqlite")]
    assert stored == [decision.name for decision in decisions]
