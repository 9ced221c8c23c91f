"""The latency study's clients, against a real link."""

import asyncio
import time
from collections.abc import Callable

from studies.latency import Readers

from inspectd.core.verdict import Verdict
from inspectd.publish.plc import PlcLink
from inspectd.settings.plc import PlcSettings


class Nobody:
    """Takes no part."""

    def on_trigger(self, *_: object) -> None:
        """Not needed here."""

    def on_missed(self, *_: object) -> None:
        """Not needed here."""

    def on_command(self, *_: object) -> None:
        """Not needed here."""

    def on_error_cleared(self) -> None:
        """Not needed here."""


async def test_the_first_client_that_reads_a_record_tells_when(
    make_verdict: Callable[..., Verdict],
) -> None:
    link = PlcLink(PlcSettings(port=0), Nobody())
    await link.start()
    readers = Readers(link.port, 3)
    async with asyncio.timeout(60), readers:
        while not readers.polls_ms:  # noqa: ASYNC110 - a poll has no event
            await asyncio.sleep(0.001)
        assert readers.seen_ns == {}
        before_ns = time.monotonic_ns()
        link.publish(make_verdict(part_id=7), 1.0)
        while not readers.seen_ns:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)
        after_ns = time.monotonic_ns()
    await link.stop()
    assert list(readers.seen_ns) == [7]
    assert before_ns < readers.seen_ns[7] <= after_ns
