"""Modbus TCP client: the registers shown in a PLC that is itself the server.

The PLC's control block is polled and handed to the same bank that a server would answer from, and
the bank's input block is written to the PLC: first the record, read back, and only then the status
that says it is valid, read back as well. A PLC that has changed what was written is no PLC to trust
with a verdict: the link is given up, the PLC's bits drop, and the next connection begins afresh.

pymodbus does frames, transactions and timeouts; its own reconnecting and retrying are off, since
neither knows what must happen to the handshake in between.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.pdu import ModbusPDU

from inspectd_drivers.modbus import ModbusCounters
from inspectd_drivers.modbus_bank import RegisterBank

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class BlockLayout:
    """What the client must know of the two blocks; places are words from the block's start.

    `record`: first word and the one after the last. `valid`: word and mask of the bit that says
    that the record stands. `held`: word and mask of control bits that wait for `valid` to drop.
    """

    record: tuple[int, int]
    valid: tuple[int, int]
    held: tuple[int, int]


class LinkLostError(Exception):
    """The PLC cannot be talked to; the text says why. Never leaves this package."""


class ModbusClient:
    """A transport that connects to the PLC. All calls on the loop's thread.

    `settle_s`: how long after connecting the PLC has to lower what it held up before.
    `told` hears of the link: "" when it stands, or why it does not; a reason is told once.
    """

    port = 0

    def __init__(
        self,
        host: str,
        port: int,
        bank: RegisterBank,
        layout: BlockLayout,
        *,
        unit_id: int,
        control_address: int,
        input_address: int,
        poll_s: float,
        timeout_s: float,
        settle_s: float,
        told: Callable[[str], None],
    ) -> None:
        self.counters = ModbusCounters()
        self._client = AsyncModbusTcpClient(
            host,
            port=port,
            timeout=timeout_s,
            retries=0,
            reconnect_delay=0,
            trace_connect=self._connection_changed,
        )
        self._gone = asyncio.Event()
        self._where = f"{host}:{port}"
        self._bank = bank
        self._layout = layout
        self._unit_id = unit_id
        self._control_address = control_address
        self._input_address = input_address
        self._poll_s = poll_s
        self._settle_s = settle_s
        self._told = told
        self.fault = f"{self._where} has not answered yet"
        self._last_told: str | None = None
        self._control: tuple[int, ...] = ()
        self._shown: tuple[int, ...] = ()
        self._changed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to connect; a PLC that is not there yet is tried again and again."""
        self._bank.watch(self._changed.set)
        self._task = asyncio.create_task(self._run(), name="Modbus client")

    async def stop(self) -> None:
        """Take back what the PLC was shown, and leave. Harmless when not started."""
        if self._task is None:
            return
        self._stopping.set()
        self._changed.set()
        await self._task
        self._task = None

    async def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            try:
                await self._connect()
                while not self._stopping.is_set():
                    await self._exchange()
                    self.counters.connections, pause_s = 1, _FIRST_PAUSE_S
                    self._tell("")
                    await _within(self._poll_s, self._changed)
                await self._write(0, self._nothing())
            except Exception as error:  # noqa: BLE001 - whatever it is, the link begins anew
                self._lost(error)
            finally:
                self._client.close()
                self.counters.connections = 0
                self._bank.leave(self)
            await _within(pause_s, self._stopping)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _connect(self) -> None:
        self._gone.clear()
        if not await self._client.connect():
            msg = f"nothing answers at {self._where}"
            raise LinkLostError(msg)
        # The PLC did not see that the link was gone. All status bits down end whatever it waits
        # for; a ResultsAck that stayed up would be taken for one of the next record.
        self._shown = self._nothing()
        await self._write(0, self._shown)
        loop = asyncio.get_running_loop()
        place, mask = self._layout.held
        until_s = loop.time() + self._settle_s
        while (await self._read_control())[place] & mask and loop.time() < until_s:
            await _within(self._poll_s, self._stopping)
        self._control = ()

    async def _exchange(self) -> None:
        """What the PLC says, and then what the bank answers."""
        self.counters.requests += 1
        self._changed.clear()
        control = await self._read_control()
        if control != self._control:
            self._control = control
            self._bank.write(self, 0, control)
        await self._show(self._bank.input_words)

    async def _show(self, words: tuple[int, ...]) -> None:
        if words == self._shown:
            return
        first, end = self._layout.record
        if words[first:end] != self._shown[first:end]:
            place, mask = self._layout.valid
            if self._shown[place] & mask:
                await self._write(place, (self._shown[place] & ~mask,))
            await self._write(first, words[first:end])
        await self._write(0, words)
        self._shown = words

    async def _write(self, first: int, words: tuple[int, ...]) -> None:
        """Write a piece of the input block, and read it back."""
        address, count = self._input_address + first, len(words)
        await self._asked(
            self._client.write_registers(address, list(words), device_id=self._unit_id)
        )
        answer = await self._asked(
            self._client.read_holding_registers(address, count=count, device_id=self._unit_id)
        )
        kept = tuple(answer.registers)
        if kept != words:
            self.counters.read_back_failures += 1
            pairs = enumerate(zip(kept, words, strict=True), start=address)
            wrong = next(place for place, (read, written) in pairs if read != written)
            msg = (
                f"holding register {wrong} of {self._where} does not keep what is written to it: "
                "see that nothing else in the PLC writes there"
            )
            raise LinkLostError(msg)

    async def _read_control(self) -> tuple[int, ...]:
        answer = await self._asked(
            self._client.read_holding_registers(
                self._control_address, count=self._bank.control_words, device_id=self._unit_id
            )
        )
        return tuple(answer.registers)

    async def _asked(self, request: Awaitable[ModbusPDU]) -> ModbusPDU:
        # pymodbus 3.16.1 goes on waiting for the answer when the connection is gone.
        asked = asyncio.ensure_future(request)
        gone = asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait({asked, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                msg = f"{self._where} has closed the connection"
                raise LinkLostError(msg)
            answer = await asked
        finally:
            await _ended(asked, gone)
        if answer.isError():
            msg = (
                f"{self._where} refuses function {answer.function_code & 0x7F} with exception "
                f"{answer.exception_code:02X}: see the addresses and the unit"
            )
            raise LinkLostError(msg)
        return answer

    def _connection_changed(self, stands: bool) -> None:
        if not stands:
            self._gone.set()

    def _nothing(self) -> tuple[int, ...]:
        return (0,) * len(self._bank.input_words)

    def _lost(self, error: Exception) -> None:
        if self.counters.connections:
            self.counters.links_lost += 1
        text = str(error) if isinstance(error, LinkLostError) else f"{self._where}: {error}"
        self._tell(text)

    def _tell(self, what: str) -> None:
        self.fault = what
        if what != self._last_told:
            self._last_told = what
            self._told(what)


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Wait for the event, and so long at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def _ended(*tasks: asyncio.Future[Any]) -> None:
    """Cancel what still runs, and take what it leaves."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
