"""The gauge on a running line: armed, measured, remembered; what it finds locks PASS out."""

import asyncio
import json
import shutil
import sys
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
import tomli_w
from pymodbus.client import AsyncModbusTcpClient
from support.service import Service, play

from inspectd.core.commands import LineCommand
from inspectd.core.verdict import Decision
from inspectd.publish.register_map import (
    CONTROL,
    CONTROL_BITS,
    encode,
    pack_bits,
)
from inspectd.simulate.picture_set import PictureSet

GOOD, GAUGE = 0, 1  # of the four pictures that `parts` has; the gauge has a scratch of 9 mm


@pytest.fixture
def line(service: Service) -> Service:
    """A service with a gauge that two parts verify."""
    feature = {
        "name": "scratch-9",
        "kind": "scratch",
        "size": "length",
        "nominal": 9.0,
        "uncertainty": 0.01,
        "bias_limit": 0.3,
        "spread_limit": 0.1,
    }
    gauge = {"name": "test plate", "serial": "G1", "certificate": "none: rendered"}
    gauge |= {"valid_until": "2999-12-31", "features": [feature]}  # type: ignore[dict-item]
    (service.folder / "gauge.toml").write_text(tomli_w.dumps(gauge))
    service.settings["verification"] = {"gauge": "gauge.toml", "parts": 2}
    return service


def shows(service: Service, parts: PictureSet, *plan: int) -> None:
    """The camera shows these parts one after the other, each with noise of its own."""
    pictures = sorted(parts.folder.iterdir())
    folder = service.folder / "shown"
    folder.mkdir()
    for number, which in enumerate(plan):
        picture = cv2.imread(str(pictures[which]), cv2.IMREAD_UNCHANGED)
        assert picture is not None
        noise = np.random.default_rng(number).normal(0.0, 1.3, picture.shape)
        shown = np.clip(picture + noise, 0.0, 255.0).astype(np.uint8)
        cv2.imwrite(str(folder / f"{number:03}{pictures[which].suffix}"), shown)
    service.settings["stations"][0]["camera"]["pictures"] = str(folder)


def post(service: Service, path: str = "") -> tuple[int, dict[str, Any]]:
    address = f"http://127.0.0.1:{service.ports['web']}/api/verification{path}"
    answer = httpx.post(address, json={}, timeout=60)
    found: dict[str, Any] = answer.json()
    return answer.status_code, found


async def told(service: Service, part_id: int) -> tuple[str, list[str]]:
    """Decision and reason codes of one more part, as the journal has them."""
    await play(service, [part_id])
    (verdict,) = [v for v in service.verdicts() if v["part_id"] == part_id]
    return verdict["decision"], [reason["code"] for reason in verdict["reasons"]]


async def test_a_shift_from_its_first_verification_to_a_failed_one_and_back(
    line: Service, parts: PictureSet
) -> None:
    shows(line, parts, GOOD, *[GAUGE] * 2, *[GOOD] * 4, *[GAUGE] * 2, *[GOOD] * 2)
    line.start_and_wait()
    assert await told(line, 1) == ("NO_VERDICT", ["verification_due"])
    assert post(line)[0] == 202
    for part_id in (2, 3):
        decision, reasons = await told(line, part_id)
        assert (decision, reasons[0]) == ("NO_VERDICT", "verification")
    assert line.get("/api/verification")["last"]["good"]
    assert await told(line, 4) == ("PASS", [])
    # Somebody lays in another part than the gauge.
    assert post(line)[0] == 202
    assert post(line)[0] == 409
    assert [(await told(line, part_id))[0] for part_id in (5, 6)] == ["NO_VERDICT"] * 2
    assert await told(line, 7) == ("NO_VERDICT", ["verification_failed"])
    assert post(line, "/acknowledge")[0] == 409
    assert post(line)[0] == 202
    assert [(await told(line, part_id))[0] for part_id in (8, 9)] == ["NO_VERDICT"] * 2
    assert await told(line, 10) == ("NO_VERDICT", ["verification_failed"])
    assert post(line, "/acknowledge")[0] == 202
    assert await told(line, 11) == ("PASS", [])
    assert line.stop() == 0
    events = [event["event"] for event in line.events() if event["logger"] == "verification"]
    assert events == [
        *("verification_started", "verification_good"),
        *("verification_started", "verification_failed"),
        *("verification_started", "verification_good", "verification_acknowledged"),
    ]


async def test_a_service_that_dies_in_a_verification_comes_back_locked(
    line: Service, parts: PictureSet
) -> None:
    shows(line, parts, GAUGE, GAUGE, GAUGE, GOOD)
    line.start_and_wait()
    post(line)
    await play(line, [1, 2])
    post(line)
    await play(line, [3])
    record = line.folder / "journal.sqlite.verification.json"
    line.until(lambda: json.loads(record.read_bytes())["pending_since"] is not None)
    assert line.process is not None
    line.process.kill()
    line.process.wait(60)
    line.settings["stations"][0]["camera"]["pictures"] = str(parts.folder)
    line.start_and_wait()
    decision, reasons = await told(line, 4)
    assert (decision, reasons) == ("NO_VERDICT", ["verification_failed"])
    assert "the service ended while it ran" in line.get("/readyz")["notices"][0]


async def test_a_verification_survives_a_restart_but_no_other_exposure(
    line: Service, parts: PictureSet
) -> None:
    shows(line, parts, GAUGE, GAUGE, GOOD, GOOD)
    line.start_and_wait()
    post(line)
    await play(line, [1, 2])
    assert line.stop() == 0
    shutil.rmtree(line.folder / "shown")
    shows(line, parts, GOOD, GOOD)
    line.start_and_wait()
    assert await told(line, 3) == ("PASS", [])
    assert line.stop() == 0
    line.settings["stations"][0]["camera"]["exposure_us"] = 2_500.0
    line.start_and_wait()
    assert await told(line, 4) == ("NO_VERDICT", ["verification_due"])
    assert "camera settings" in line.get("/readyz")["notices"][0]


async def test_the_command_waits_for_the_gauge_and_prints_what_was_measured(
    line: Service, parts: PictureSet
) -> None:
    shows(line, parts, GAUGE, GAUGE, GOOD, GOOD)
    line.start_and_wait()
    config = line.folder / "inspectd.toml"
    command = (sys.executable, "-m", "inspectd", "verify", "--config", config, "--json")
    for part_ids, code in (((1, 2), 0), ((3, 4), 3)):
        verify = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        line.until(lambda: line.get("/api/verification").get("left") == 2)
        await play(line, list(part_ids))
        said, mistake = await verify.communicate()
        assert verify.returncode == code, mistake
        (feature,) = json.loads(said)["features"]
        assert (feature["bias"] is not None) is (code == 0)
        assert (b"is this the gauge" in mistake) is (code == 3)


async def test_the_plc_starts_a_verification_and_fail_stays_fail_without_one(
    line: Service, parts: PictureSet
) -> None:
    shows(line, parts, GAUGE, GOOD, GAUGE, GAUGE)
    line.start_and_wait()
    plc = await play(line, [1, 2])
    assert [plc.results[part].decision for part in (1, 2)] == [Decision.FAIL, Decision.NO_VERDICT]
    async with AsyncModbusTcpClient("127.0.0.1", port=line.ports["plc"]) as client:
        values = {"control": pack_bits(CONTROL_BITS, {"ExecuteCommand": 1})}
        values |= {"plc_heartbeat": 9, "command_code": LineCommand.VERIFY}
        await client.write_registers(0, list(encode(CONTROL, values, "high_first")), device_id=1)
    assert line.get("/api/verification")["left"] == 2
    await play(line, [3, 4])
    assert line.get("/api/verification")["last"]["good"]
    line.until(lambda: line.get("/readyz")["notices"] == [])
