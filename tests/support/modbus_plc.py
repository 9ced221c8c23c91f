"""A PLC that is itself a Modbus server: pymodbus's, with a program that works on its registers."""

from typing import Self

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from inspectd.publish.register_map import (
    CONTROL,
    CONTROL_BITS,
    CONTROL_WORDS,
    INPUT,
    INPUT_WORDS,
    STATUS_BITS,
    decode,
    encode,
    pack_bits,
    unpack_bits,
)

CONTROL_ADDRESS = 0
INPUT_ADDRESS = 100
_HOLDING = 3
_WRITE_HOLDING = 16


class ServingPlc:
    """`async with ServingPlc(port) as plc: await plc.write("TriggerEnable")`."""

    def __init__(self, port: int, *, registers: int = 200) -> None:
        self.port = port
        self.numbers: dict[str, int] = {}
        self.heartbeat = 0
        self.writes: list[tuple[int, list[int]]] = []
        # A register that the PLC's own program overwrites after each write.
        self.spoils: int | None = None
        self._registers = registers

    async def __aenter__(self) -> Self:
        await self.power_up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut_off()

    async def power_up(self) -> None:
        memory = SimData(0, count=self._registers, values=0, datatype=DataType.REGISTERS)
        device = SimDevice(id=1, simdata=[memory], action=self._action)
        self._server = ModbusTcpServer(device, address=("127.0.0.1", self.port))
        await self._server.serve_forever(background=True)

    async def cut_off(self) -> None:
        """The network or the power is gone."""
        await self._server.shutdown()  # type: ignore[no-untyped-call]

    async def write(self, *bits: str, **numbers: int) -> None:
        """Raise exactly these bits."""
        self.heartbeat += 1
        self.numbers |= numbers
        values = self.numbers | {"plc_heartbeat": self.heartbeat}
        values["control"] = pack_bits(CONTROL_BITS, dict.fromkeys(bits, 1))
        words = list(encode(CONTROL, values, "high_first"))
        assert len(words) == CONTROL_WORDS
        await self._server.async_setValues(1, _WRITE_HOLDING, CONTROL_ADDRESS, words)

    async def read(self) -> dict[str, int]:
        """The input block, as the PLC's program finds it in its own memory."""
        words = await self._server.async_getValues(1, _HOLDING, INPUT_ADDRESS, INPUT_WORDS)
        return decode(INPUT, [int(word) for word in words], "high_first")

    async def bits(self) -> set[str]:
        """Names of the status bits that are up."""
        status = unpack_bits(STATUS_BITS, (await self.read())["status"])
        return {name for name, up in status.items() if up}

    async def _action(
        self,
        function: int,
        start: int,
        address: int,
        count: int,
        registers: list[int],
        values: list[int] | list[bool] | None,
    ) -> None:
        del function, count
        if values is None:
            return
        if self.spoils is not None and address <= self.spoils < address + len(values):
            values[self.spoils - address] = 9  # type: ignore[call-overload]
        self.writes.append((address, [int(value) for value in values]))
        del start, registers
