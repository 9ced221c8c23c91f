"""The desk for commands over MQTT: each carried out once, and answered."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from inspectd.core.commands import DONE, CommandAnswer, LineCommand, not_now
from inspectd.supervisor.remote import RemoteDesk


class Line:
    """Notes commands; `end` ends the oldest that is not ended."""

    def __init__(self) -> None:
        self.commands: list[tuple[LineCommand, int]] = []
        self._ended: list[Callable[[CommandAnswer], None]] = []

    def run(
        self, command: LineCommand, argument: int, ended: Callable[[CommandAnswer], None]
    ) -> None:
        self.commands.append((command, argument))
        self._ended.append(ended)

    def end(self, answer: CommandAnswer = DONE) -> None:
        self._ended.pop(0)(answer)


class Broker:
    def __init__(self) -> None:
        self.replies: list[dict[str, Any]] = []
        self.pictures: list[tuple[str, bytes]] = []

    def reply(self, payload: bytes) -> None:
        self.replies.append(json.loads(payload))

    def picture(self, station: str, jpeg: bytes) -> None:
        self.pictures.append((station, jpeg))


class Desk:
    def __init__(self, pictures: dict[str, bytes]) -> None:
        self.line, self.broker = Line(), Broker()
        self.desk = RemoteDesk(self.line, self.broker, lambda: pictures)

    async def take(self, *, retained: bool = False, **message: object) -> None:
        self.desk.receive(json.dumps(message).encode(), retained=retained)
        await asyncio.sleep(0)
        await asyncio.sleep(0)


@pytest.fixture
async def desk() -> Desk:
    return Desk({"top": b"jpeg"})


async def test_a_command_is_carried_out_and_answered_when_it_is_over(desk: Desk) -> None:
    await desk.take(id="a", command="activate_recipe", recipe=3)
    assert desk.line.commands == [(LineCommand.ACTIVATE_RECIPE, 3)]
    assert desk.broker.replies == []
    desk.line.end(not_now("a verification is running"))
    (said,) = desk.broker.replies
    assert (said["id"], said["done"], said["why"]) == ("a", False, "a verification is running")


async def test_the_same_id_is_the_same_command(desk: Desk) -> None:
    await desk.take(id="a", command="verify")
    await desk.take(id="a", command="verify")
    desk.line.end()
    await desk.take(id="a", command="verify")
    assert desk.line.commands == [(LineCommand.VERIFY, 0)]
    assert [said["done"] for said in desk.broker.replies] == [True, True]


async def test_a_retained_command_is_refused(desk: Desk) -> None:
    await desk.take(id="a", command="verify", retained=True)
    assert desk.line.commands == []
    assert "retained" in desk.broker.replies[0]["why"]
    assert desk.desk.refused == 1


async def test_what_is_no_command_is_refused(desk: Desk) -> None:
    await desk.take(command="verify")
    assert desk.line.commands == []
    assert "id" in desk.broker.replies[0]["why"]


async def test_a_snapshot_is_the_last_picture_of_every_station(desk: Desk) -> None:
    await desk.take(id="s", command="snapshot")
    assert desk.broker.pictures == [("top", b"jpeg")]
    assert desk.broker.replies[0]["done"]


async def test_without_a_picture_there_is_no_snapshot() -> None:
    desk = Desk({})
    await desk.take(id="s", command="snapshot")
    assert not desk.broker.replies[0]["done"]


async def test_of_very_many_ids_the_oldest_are_forgotten(desk: Desk) -> None:
    for number in range(300):
        await desk.take(id=f"n{number}", command="verify")
        desk.line.end()
    await desk.take(id="n299", command="verify")
    await desk.take(id="n0", command="verify")
    assert len(desk.line.commands) == 301
