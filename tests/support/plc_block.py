"""A PLC that runs the Structured Text of `inspectd plc map`, compiled by MATIEC.

All that is decided is decided in the function block; here words are carried between it and
pymodbus, as a PLC's Modbus driver does.
"""

import asyncio
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from pymodbus.client import AsyncModbusTcpClient

from inspectd.publish.register_map import CONTROL_WORDS, INPUT_WORDS
from inspectd.publish.register_st import structured_text
from support.tools import program, tool

_OUTPUTS = (
    "Ready",
    "Answered",
    "AnsweredPart",
    "Pass",
    "Reject",
    "Reason",
    "RejectPrevious",
    "WaitingParts",
    "MapWrong",
    "VisionAlive",
    "TriggerTimeout",
    "AckTimeout",
    "CommandDone",
    "CommandFailed",
)


def compile_block(folder: Path) -> Path:
    """The program that runs one scan a line; skips where there is no MATIEC or no C compiler."""
    matiec, compiler = tool("matiec"), program("gcc")
    source = folder / "inspectd.st"
    source.write_text(structured_text())
    compiled = (matiec / "iec2c", "-I", matiec / "lib", "-T", folder, source)
    subprocess.run(compiled, check=True, capture_output=True)
    harness = Path(__file__).with_name("handshake_block.c")
    built = folder / "block"
    include = ("-I", folder, "-I", matiec / "lib" / "C")
    subprocess.run((compiler, "-w", *include, harness, "-o", built, "-lm", "-lrt"), check=True)
    return built


@dataclass
class Inputs:
    """What the PLC's program sets."""

    enable: int = 1
    start: int = 0
    part_id: int = 0
    lot_id: int = 0
    recipe: int = 0
    changeover: int = 0


@dataclass
class BlockPlc:
    """`async with BlockPlc(built, port) as plc: await plc.scan()`."""

    built: Path
    port: int
    inputs: Inputs = field(default_factory=Inputs)
    outputs: dict[str, int] = field(default_factory=dict)
    # (part, passes, reason) of every answer.
    answers: list[tuple[int, bool, int]] = field(default_factory=list)
    now_ms: int = 4_294_967_000  # wraps within the first second

    async def __aenter__(self) -> Self:
        self._block = await asyncio.create_subprocess_exec(
            self.built, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        self._words = [0] * INPUT_WORDS
        self._client = AsyncModbusTcpClient("127.0.0.1", port=self.port)
        assert await self._client.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._client.close()
        assert self._block.stdin is not None
        self._block.stdin.close()
        await self._block.wait()

    async def scan(self, *, later_ms: int = 10) -> dict[str, int]:
        """Read, decide, write."""
        answer = await self._client.read_input_registers(0, count=INPUT_WORDS, device_id=1)
        self._words = list(answer.registers)
        written = await self._decide(later_ms, fresh=1, connected=1)
        await self._client.write_registers(0, written, device_id=1)
        return self.outputs

    async def scan_alone(self, *, later_ms: int, connected: int = 0) -> dict[str, int]:
        """A scan in which nothing new was read."""
        await self._decide(later_ms, fresh=0, connected=connected)
        return self.outputs

    async def reconnect(self) -> None:
        """Lose the connection, and make another."""
        self._client.close()
        await self.scan_alone(later_ms=10)
        self._client = AsyncModbusTcpClient("127.0.0.1", port=self.port)
        assert await self._client.connect()

    async def ready(self) -> None:
        """Scan until a part may be started."""
        for _ in range(10):
            if (await self.scan())["Ready"]:
                return
        msg = f"never ready: {self.outputs}"
        raise AssertionError(msg)

    async def start(self, part_id: int) -> None:
        """Announce one part, through to the end of the trigger's handshake."""
        self.inputs.start, self.inputs.part_id = 1, part_id
        await self.scan()
        self.inputs.start = 0
        await self.scan()
        await self.scan()

    async def _decide(self, later_ms: int, *, fresh: int, connected: int) -> list[int]:
        self.now_ms = (self.now_ms + later_ms) % (1 << 32)
        given = self.inputs
        numbers = [fresh, connected, self.now_ms, given.enable, given.start, given.part_id]
        numbers += [given.lot_id, given.recipe, given.changeover, *self._words]
        assert self._block.stdin is not None
        assert self._block.stdout is not None
        self._block.stdin.write(" ".join(map(str, numbers)).encode() + b"\n")
        line = [int(number) for number in (await self._block.stdout.readline()).split()]
        self.outputs = dict(zip(_OUTPUTS, line, strict=False))
        if self.outputs["Answered"]:
            assert self.outputs["Pass"] != self.outputs["Reject"]
            answered = self.outputs["AnsweredPart"], bool(self.outputs["Pass"])
            self.answers.append((*answered, self.outputs["Reason"]))
        words = line[len(_OUTPUTS) :]
        assert len(words) == CONTROL_WORDS
        return words
