"""The broker's side of the line: broker, a witness that reads along, and the cable to them."""

import asyncio
from contextlib import AsyncExitStack
from typing import Self

from bench.cable import HOST, Cable
from inspectd.publish.topics import VERDICT
from inspectd.simulate.broker import EmbeddedBroker
from inspectd.simulate.subscriber import VerdictSubscriber

_LOOK_S = 0.2


class BrokerPost:
    """What the service finds at its `[mqtt] port`, as long as it is there.

    The broker keeps nothing when it stops. So that nothing that it acknowledged goes unseen, the
    cable is pulled before the witness leaves, and plugged in only once the next one listens.
    """

    def __init__(self, port: int, line_name: str) -> None:
        self._cable = Cable(port, (HOST, 0))
        self._topic = VERDICT.of(line_name)
        self._running = AsyncExitStack()
        self._witness: VerdictSubscriber | None = None
        self._reports: list[dict[int, str]] = []

    async def __aenter__(self) -> Self:
        """Start. PublishError where the port is taken."""
        await self._cable.__aenter__()
        await self.come_back()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self._running.aclose()
        await self._cable.__aexit__(None, None, None)

    async def go_away(self) -> None:
        """Cut the service off, let the witness read to the end, and stop the broker."""
        self._cable.pull()
        assert self._witness is not None
        before = -1
        while before != (before := self._witness.seen().verdicts):  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(_LOOK_S)
        self._reports.append(self._witness.seen().decisions)
        self._witness = None
        await self._running.aclose()

    async def come_back(self) -> None:
        """Start a new broker with a new witness, and only then let the service in."""
        broker = await self._running.enter_async_context(EmbeddedBroker(HOST, 0))
        witness = VerdictSubscriber(HOST, broker.port, self._topic)
        # The broker runs on this loop, so whoever waits for its answer must not.
        await asyncio.to_thread(witness.__enter__)
        self._running.push_async_callback(asyncio.to_thread, witness.__exit__, None, None, None)
        self._witness = witness
        self._cable.target = (HOST, broker.port)
        self._cable.plug_in()

    def seen(self) -> int:
        """Verdicts that the present witness has seen."""
        return self._witness.seen().verdicts if self._witness else 0

    def reports(self) -> list[dict[int, str]]:
        """What every witness so far has seen: decisions by acquisition id."""
        now = [self._witness.seen().decisions] if self._witness else []
        return [*self._reports, *now]
