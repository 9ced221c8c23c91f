"""Another recipe on a running line: activated between two parts, everywhere, or not at all."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from typing import Any

import pytest
import tomli_w
from support.service import Service

from inspectd.core.commands import CommandResult, LineCommand
from inspectd.core.verdict import Decision
from inspectd.simulate.conveyor import PhotoEye
from inspectd.simulate.plc import SimulatedPlc

PREPARE, ACTIVATE = LineCommand.PREPARE_RECIPE, LineCommand.ACTIVATE_RECIPE
LIMIT_S = 60.0
# The second of the four pictures has a scratch of 9 mm: 5 mm are allowed by recipe 1.
LENIENT: dict[str, Any] = {"name": "lenient", "number": 2, "scratch": {"max_length_mm": 20.0}}
OTHER_SHOTS: dict[str, Any] = {"name": "dim", "number": 3, "shots": [{"name": "dim"}]}


@pytest.fixture
def line(service: Service) -> Service:
    """A line that three recipes are known to: the second is lenient, the third exposes anew."""
    for recipe in (LENIENT, OTHER_SHOTS):
        (service.folder / f"{recipe['name']}.toml").write_text(tomli_w.dumps(recipe))
    service.settings["recipes"] = [{"file": "lenient.toml"}, {"file": "dim.toml"}]
    return service


class Conveyor:
    """Parts one after the other, while commands come in between."""

    def __init__(self, line: Service, plc: SimulatedPlc, eye: PhotoEye) -> None:
        self.line, self.plc, self._eye = line, plc, eye
        self.part = 0

    async def run(self, parts: int) -> None:
        for _ in range(parts):
            self.part += 1
            if await self.plc.announce(self.part, 7) is not None:
                self._eye.pulse()
            async with asyncio.timeout(LIMIT_S):
                await self.plc.drained()

    async def command(self, code: int, argument: int = 0) -> CommandResult:
        async with asyncio.timeout(LIMIT_S):
            return await self.plc.command(code, argument)


async def start(line: Service, stack: AsyncExitStack) -> Conveyor:
    line.start_and_wait()
    sockets = [line.folder / station["line1_socket"] for station in line.settings["stations"]]
    plc = SimulatedPlc("127.0.0.1", line.ports["plc"], ready_timeout_ms=3e4)
    return Conveyor(
        line, await stack.enter_async_context(plc), stack.enter_context(PhotoEye(sockets))
    )


async def test_no_part_is_told_under_another_recipe_than_it_was_judged_by(line: Service) -> None:
    async with AsyncExitStack() as stack:
        conveyor = await start(line, stack)
        assert await conveyor.command(PREPARE, 2) is CommandResult.DONE
        numbers = [1]
        for _ in range(6):
            running = asyncio.create_task(conveyor.run(6))
            # In the middle of the parts, each time elsewhere.
            await asyncio.sleep(0.037 * len(numbers))
            number = 3 - numbers[-1]
            assert await conveyor.command(ACTIVATE, number) is CommandResult.DONE
            numbers.append(number)
            await running
            await conveyor.run(1)
        results = [conveyor.plc.results[part] for part in range(1, conveyor.part + 1)]
    assert line.stop() == 0
    assert conveyor.plc.tally.mismatches == 0
    scratched = [r for r in results if r.values["scratches"]]
    assert {r.values["recipe_used"] for r in scratched} == {1, 2}
    for result in scratched:
        lenient = result.values["recipe_used"] == LENIENT["number"]
        assert (result.decision is Decision.PASS) == lenient
    used = [r.values["recipe_used"] for r in results]
    changes = [n for i, n in enumerate(used) if i == 0 or n != used[i - 1]]
    assert changes == numbers
    assert len({verdict["part_id"] for verdict in line.verdicts()}) == conveyor.part


async def test_a_recipe_with_other_shots_starts_the_stations_anew(line: Service) -> None:
    async with AsyncExitStack() as stack:
        conveyor = await start(line, stack)
        pid = line.station_pid()
        assert await conveyor.command(PREPARE, 3) is CommandResult.DONE
        assert await conveyor.command(ACTIVATE, 3) is CommandResult.DONE
        await conveyor.run(2)
        assert line.station_pid() != pid
        used = {result.values["recipe_used"] for result in conveyor.plc.results.values()}
    assert used == {3}
    assert line.get("/api/state")["status"]["recipe_number"] == 3


async def test_an_unknown_recipe_is_refused_and_the_line_goes_on(line: Service) -> None:
    async with AsyncExitStack() as stack:
        conveyor = await start(line, stack)
        assert await conveyor.command(ACTIVATE, 9) is CommandResult.UNKNOWN_RECIPE
        assert await conveyor.command(PREPARE, 9) is CommandResult.UNKNOWN_RECIPE
        await conveyor.run(1)
        assert conveyor.plc.results[1].values["recipe_used"] == 1


async def test_a_service_that_was_killed_comes_back_with_the_product_that_the_line_makes(
    line: Service,
) -> None:
    async with AsyncExitStack() as stack:
        conveyor = await start(line, stack)
        assert await conveyor.command(ACTIVATE, 2) is CommandResult.DONE
    assert line.process is not None
    os.killpg(line.process.pid, signal.SIGKILL)
    line.process.wait(LIMIT_S)
    line.start_and_wait()
    assert line.get("/api/state")["status"]["recipe_number"] == 2


async def test_a_line_that_is_taken_offline_takes_no_part_until_it_is_online_again(
    line: Service,
) -> None:
    async with AsyncExitStack() as stack:
        conveyor = await start(line, stack)
        assert await conveyor.command(LineCommand.GO_OFFLINE) is CommandResult.DONE
        line.until(lambda: not line.get("/readyz").get("ok"))
        assert await conveyor.command(LineCommand.VERIFY) is CommandResult.NOT_POSSIBLE_NOW
        assert await conveyor.command(LineCommand.GO_ONLINE) is CommandResult.DONE
        await conveyor.run(1)
        assert conveyor.plc.tally.missed == 0
