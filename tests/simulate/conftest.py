"""Fixtures of the simulation's tests."""

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from inspectd.simulate.broker import EmbeddedBroker


@pytest.fixture
def embedded_broker() -> Iterator[EmbeddedBroker]:
    """An embedded broker on a free port; its event loop runs beside the test."""
    broker = EmbeddedBroker("127.0.0.1", 0)
    loop = asyncio.new_event_loop()
    listening = threading.Event()
    leave = asyncio.Event()

    async def serve() -> None:
        async with broker:
            listening.set()
            await leave.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert listening.wait(20.0)
    yield broker
    loop.call_soon_threadsafe(leave.set)
    thread.join(20.0)
    assert not thread.is_alive()
    loop.close()


@pytest.fixture
def no_progress() -> Callable[[], None]:
    """For callers that do not watch."""
    return lambda: None
