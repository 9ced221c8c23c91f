"""Another calibration on a running line: taken over whole, between parts, or not at all."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from support.service import Service, play

from inspectd.core.calibration import Calibration, Origin
from inspectd.core.verdict import Decision
from inspectd.load import load_calibration

# Twice the scale of the calibration that the service starts with.
COARSE = Calibration.from_scale(0.1).model_copy(update={"width_px": 480, "height_px": 400})
SCRATCH_MM = 9.0


def written(calibration: Calibration, path: Path) -> Path:
    path.write_text(tomli_w.dumps(calibration.model_dump(exclude_none=True)))
    return path


def install(service: Service, source: Path) -> "subprocess.CompletedProcess[str]":
    config = service.folder / "inspectd.toml"
    return subprocess.run(
        [
            *(sys.executable, "-m", "inspectd", "calibrate", "install", source),
            *("--config", config, "--station", "top"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def refusal(service: Service) -> str:
    """Have it reload, and wait until it has refused once more; why."""

    def said() -> list[str]:
        return [e["why"] for e in service.events() if e.get("event") == "reload_refused"]

    before = len(said())
    assert service.process is not None
    service.process.send_signal(signal.SIGHUP)
    service.until(lambda: len(said()) > before)
    return said()[-1]


def scratches(service: Service) -> list[tuple[str, float]]:
    """Hash and length of the longest defect of every part that shows the scratch."""
    found = []
    for verdict in service.verdicts():
        lengths = [d["length_mm"] for d in verdict["defects"] if d["kind"] == "scratch"]
        if lengths:
            found.append((verdict["provenance"]["calibration_sha256"]["top"], max(lengths)))
    return found


async def test_no_part_is_told_under_another_calibration_than_it_was_judged_with(
    service: Service,
) -> None:
    service.start_and_wait()
    old = load_calibration(service.folder / "calibration.toml").sha256
    new = COARSE.sealed()
    await play(service, [1, 2, 3, 4])
    done = install(service, written(new, service.folder / "coarse.toml"))
    assert (done.returncode, done.stderr) == (0, "")
    assert old in done.stdout
    assert new.sha256 in done.stdout
    assert service.process is not None
    # It reloads in the middle of the parts that follow.
    loop = asyncio.get_running_loop()
    loop.call_later(0.3, service.process.send_signal, signal.SIGHUP)
    part_id = 5
    while not any(sha256 == new.sha256 for sha256, _ in scratches(service)):
        await play(service, list(range(part_id, part_id + 4)))
        part_id += 4
        assert part_id < 2_000, service.log()
    assert service.stop() == 0
    allowed = {old: SCRATCH_MM, new.sha256: 2 * SCRATCH_MM}
    found = scratches(service)
    assert {sha256 for sha256, _ in found} == set(allowed)
    for sha256, length_mm in found:
        assert length_mm == pytest.approx(allowed[sha256], rel=0.05)
    (event,) = [e for e in service.events() if e["event"] == "calibration_changed"]
    assert (event["station"], event["old"], event["new"]) == ("top", old, new.sha256)
    # What was replaced is kept under its hash.
    kept = service.folder / "history" / old[:16] / "calibration.toml"
    assert load_calibration(kept).sha256 == old


def damaged(path: Path) -> None:
    path.unlink()
    sealed = tomli_w.dumps(COARSE.sealed().model_dump(exclude_none=True))
    path.write_text(sealed.replace("0.1", "0.2", 1))


def expired(path: Path) -> None:
    made = Origin.model_validate(origin(datetime.now(UTC) - timedelta(days=2)))
    written(COARSE.model_copy(update={"origin": made, "valid_days": 1}).sealed(), path)


def foreign(path: Path) -> None:
    written(COARSE.model_copy(update={"camera_serial": "other"}), path)


SPOILT = (
    (damaged, "changed after it was made"),
    (expired, "expired"),
    (foreign, "camera other"),
)


async def test_a_file_that_will_not_do_changes_nothing_and_is_logged(service: Service) -> None:
    service.start_and_wait()
    station = service.station_pid()
    for spoil, said in SPOILT:
        spoil(service.folder / "calibration.toml")
        assert said in refusal(service)
    written(COARSE, service.folder / "calibration.toml")
    (service.folder / "recipe.toml").write_text('name = "another"\n')
    assert "restart the service" in refusal(service)
    assert service.station_pid() == station
    plc = await play(service, [1])
    assert plc.results[1].decision is Decision.PASS
    assert service.verdicts()[0]["provenance"]["recipe_name"] == "test"


def sealed(calibration: dict[str, Any], **more: object) -> dict[str, Any]:
    """As a command writes it."""
    return Calibration.model_validate(calibration | more).sealed().model_dump(exclude_none=True)


def origin(made_at: datetime) -> dict[str, Any]:
    made = made_at.isoformat(timespec="seconds")
    return {"made_at": made, "made_by": "t", "software_version": "0", "target": "t", "pictures": {}}


async def test_a_calibration_that_has_expired_lets_nothing_pass_and_the_page_says_why(
    service: Service,
) -> None:
    made = origin(datetime.now(UTC) - timedelta(days=4))
    service.calibration = sealed(service.calibration, valid_days=3, origin=made)
    service.start_and_wait()
    assert "expired on" in service.get("/readyz")["notices"][0]
    plc = await play(service, [1, 2])
    assert [plc.results[part].decision for part in (1, 2)] == [Decision.NO_VERDICT, Decision.FAIL]
    (first, _) = service.verdicts()
    assert [reason["code"] for reason in first["reasons"]] == ["calibration_expired"]


async def test_a_calibration_that_expires_soon_is_announced_and_parts_pass(
    service: Service,
) -> None:
    made_at = datetime.now(UTC) - timedelta(days=4, hours=-1)
    # Its area of interest is the one that the camera says it has.
    aoi = {"offset_x_px": 0}
    service.calibration = sealed(service.calibration, valid_days=7, origin=origin(made_at), aoi=aoi)
    service.start_and_wait()
    said = service.get("/readyz")
    assert said["ok"]
    assert "expires in 3 days" in said["notices"][0]
    plc = await play(service, [1])
    assert plc.results[1].decision is Decision.PASS


def test_the_installed_calibration_survives_a_failed_installation(service: Service) -> None:
    service.start()
    assert service.process is not None
    os.killpg(service.process.pid, signal.SIGKILL)
    service.process.wait(10)
    target = service.folder / "calibration.toml"
    before = target.read_bytes()
    source = service.folder / "other.toml"
    foreign_size = COARSE.model_copy(update={"width_px": 640})
    done = install(service, written(foreign_size, source))
    assert done.returncode == 2
    assert "640 x 400 px" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert target.read_bytes() == before
