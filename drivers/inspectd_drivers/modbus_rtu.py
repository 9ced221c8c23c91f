"""Modbus RTU server on a serial line: the same registers for a PLC that has no Ethernet.

MODBUS over Serial Line, Specification and Implementation Guide V1.02, 2.5.1: address, PDU, CRC-16,
low byte first; frames are parted by 3.5 characters of silence. That silence cannot be measured by a
program, to which kernel and USB adapters hand bytes in lumps; so a frame ends where its length and
its CRC say, and silence only clears what makes no sense. On a line with several servers their
answers pass by, too, and are told from requests by their own length.
"""

import asyncio
import errno
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import serial

from inspectd.core.errors import PublishError
from inspectd_drivers.modbus import ModbusCounters
from inspectd_drivers.modbus_bank import RegisterBank
from inspectd_drivers.modbus_pdu import answer

_CRC_BYTES = 2
_SHORTEST = 4
_LONGEST = 256
_BROADCAST = 0
_WRITE_MANY = 16
_READS = (3, 4)
_PLAIN = 8
_BITS_PER_CHARACTER = 11
# Section 2.5.1.1: fixed above 19200 bit/s.
_SHORTEST_SILENCE_S = 0.00175
# No lump of a frame comes later after the one before: USB adapters wait 16 ms by default.
_CLEAR_AFTER_S = 0.05
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class SerialLine:
    """How the line is set: 8 data bits always, as RTU demands."""

    device: str
    baud: int
    parity: Literal["even", "odd", "none"]
    stop_bits: Literal[1, 2]


class ModbusSerialServer:
    """Answers one master from a bank of registers. All calls on the loop's thread.

    `told` hears of the line: "" when it is open, or why it is not; each reason once.
    """

    port = 0

    def __init__(
        self,
        line: SerialLine,
        bank: RegisterBank,
        *,
        unit_id: int,
        told: Callable[[str], None],
    ) -> None:
        self.counters = ModbusCounters()
        self._line = line
        self._bank = bank
        self._unit_id = unit_id
        self._told = told
        self.fault = ""
        self._serial: serial.Serial | None = None
        self._pending = bytearray()
        self._clearing: asyncio.TimerHandle | None = None
        self._opening: asyncio.TimerHandle | None = None
        self._answering: asyncio.TimerHandle | None = None
        self._pause_s = _FIRST_PAUSE_S
        self._silence_s = max(3.5 * _BITS_PER_CHARACTER / line.baud, _SHORTEST_SILENCE_S)

    async def start(self) -> None:
        """Open the device. Raises PublishError where it cannot be had."""
        try:
            self._open()
        except OSError as error:
            msg = f"Modbus: cannot open {self._line.device} ({_name(error)}): {_remedy(error)}"
            raise PublishError(msg) from error

    async def stop(self) -> None:
        """Close the device. Harmless when not started."""
        for timer in (self._clearing, self._opening, self._answering):
            if timer is not None:
                timer.cancel()
        self._close()

    def read(self, function: int, address: int, count: int) -> bytes:
        """As `modbus_pdu.Registers.read`."""
        return self._bank.read(function, address, count)

    def write(self, address: int, words: tuple[int, ...]) -> None:
        """As `modbus_pdu.Registers.write`; the line is one client, whoever speaks on it."""
        self._bank.write(self, address, words)

    def _open(self) -> None:
        line = self._line
        self._serial = serial.Serial(
            line.device,
            line.baud,
            parity=line.parity[0].upper(),
            stopbits=line.stop_bits,
            timeout=0,
            write_timeout=0,
            exclusive=True,
        )
        self._pending.clear()
        asyncio.get_running_loop().add_reader(self._serial.fileno(), self._received)
        self.counters.connections = 1
        self._pause_s = _FIRST_PAUSE_S
        self._tell("")

    def _close(self) -> None:
        if self._serial is None:
            return
        asyncio.get_running_loop().remove_reader(self._serial.fileno())
        self._serial.close()
        self._serial = None
        self.counters.connections = 0
        self._bank.leave(self)

    def _lost(self, error: OSError) -> None:
        """An adapter that was pulled out comes back under the same name."""
        self._close()
        self.counters.links_lost += 1
        self._tell(f"{self._line.device}: {error}")
        self._open_later()

    def _tell(self, what: str) -> None:
        self.fault = what
        self._told(what)

    def _open_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._opening = loop.call_later(self._pause_s, self._open_again)
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    def _open_again(self) -> None:
        pause_s = self._pause_s
        try:
            self._open()
        except OSError:
            self._pause_s = pause_s
            self._open_later()

    def _received(self) -> None:
        assert self._serial is not None
        try:
            received = self._serial.read(_LONGEST)
        except OSError as error:
            self._lost(error)
            return
        self._pending += received
        while (frame := self._next_frame()) is not None:
            self._take(frame)
        if self._clearing is not None:
            self._clearing.cancel()
        if self._pending:
            loop = asyncio.get_running_loop()
            self._clearing = loop.call_later(_CLEAR_AFTER_S, self._clear)

    def _next_frame(self) -> bytes | None:
        """The first frame that ends where its length and its CRC say; None: not all is here."""
        for length in _lengths(self._pending, ours=self._unit_id):
            frame = bytes(self._pending[:length])
            if len(frame) == length and crc(frame) == 0:
                del self._pending[:length]
                return frame
        return None

    def _clear(self) -> None:
        """Silence: a whole frame of a function that we do not know, or nonsense."""
        frame = bytes(self._pending[:_LONGEST])
        self._pending.clear()
        if len(frame) >= _SHORTEST and crc(frame) == 0:
            self._take(frame)
        else:
            self.counters.malformed += 1

    def _take(self, frame: bytes) -> None:
        # A broadcast gets no answer (2.1), and one that writes would have a PLC that speaks to all
        # its drives write our control block.
        if frame[0] != self._unit_id:
            return
        self.counters.requests += 1
        pdu = bytes((self._unit_id,)) + answer(frame[1:-_CRC_BYTES], self)
        # The master needs its silence between two frames, too.
        self._answering = asyncio.get_running_loop().call_later(
            self._silence_s, self._send, pdu + crc(pdu).to_bytes(_CRC_BYTES, "little")
        )

    def _send(self, frame: bytes) -> None:
        if self._serial is None:
            return
        try:
            self._serial.write(frame)
        except OSError as error:
            self._lost(error)


def crc(frame: bytes) -> int:
    """CRC-16 of the guide's section 6.2.2; 0 over a frame with its own CRC behind it."""
    value = 0xFFFF
    for byte in frame:
        value = value >> 8 ^ _CRC_OF_BYTE[(value ^ byte) & 0xFF]
    return value


def _lengths(pending: bytearray, ours: int) -> tuple[int, ...]:
    """How long a frame that starts so may be; none where that cannot be told."""
    if len(pending) < _SHORTEST:
        return ()
    address, function = pending[0], pending[1]
    if function not in (*_READS, 6, _WRITE_MANY):
        return ()
    lengths = [_PLAIN]
    if function == _WRITE_MANY:
        # A request names its bytes in the seventh; another server's answer is of plain length.
        lengths = [] if address == ours else [_PLAIN]
        if len(pending) > struct.calcsize(">BBHH"):
            lengths.append(9 + pending[6])
    elif function in _READS and address != ours:
        lengths.append(5 + pending[2])
    return tuple(length for length in lengths if length <= _LONGEST)


def _crc_of(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


_CRC_OF_BYTE = tuple(map(_crc_of, range(256)))


def _name(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, "") or str(error)


def _remedy(error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return "plug the adapter in, or set another plc.serial.device (ls /dev/serial/by-id)"
    if error.errno == errno.EACCES:
        return "put the service's user into the group dialout"
    if error.errno in (errno.EAGAIN, errno.EBUSY):
        return "stop the program that holds it"
    return "set a plc.serial.device that is a serial port"
