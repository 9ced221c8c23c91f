"""Modbus TCP server: pipelined requests in order, a limit on connections, dead peers found.

Every request is answered in one call, on the loop's thread and without an await: so responses
keep the order of the requests however these were cut into segments, and no reader can see half of
a block that `RegisterBank.publish` replaces. pymodbus 3.16.1's own server keeps one request a
connection, loses the others of a segment, and limits nothing; with its handler, its
store and its exceptions replaced, only the listening would have been left of it.
"""

import asyncio
import errno
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

from inspectd.core.errors import PublishError
from inspectd_drivers.modbus_bank import RegisterBank
from inspectd_drivers.modbus_pdu import ExceptionCode, RequestRefusedError, answer, refusal
from inspectd_drivers.modbus_tls import HANDSHAKE_TIMEOUT_S, ModbusTls, role_of, why_refused

_MBAP = struct.Struct(">HHHB")
_LENGTH_END = 6
# Unit identifier and PDU: the MBAP length counts both (Messaging on TCP/IP V1.0b, 3.1.3).
_MIN_LENGTH = 2
_MAX_LENGTH = 254
# Addressed by IP, a server answers its own unit and the two that say "whoever is there".
_ANY_UNIT = (0, 255)
_IDLE_TIMEOUT_S = 60.0
# Silent for so long, a connection makes way for a new one when there are as many as may be.
_ROOM_AFTER_S = 5.0
_READ_BYTES = 4096
# Answered in one go; then others have their turn. Without it seven clients that asked as fast as
# they could held the loop, and every verdict in it, for 3.3 s (measured).
_AT_A_TURN = 8
# A dead peer is found after 10 + 3 * 3 s; the PLC's heartbeat finds it sooner.
_KEEPALIVE = (
    (socket.TCP_KEEPIDLE, 10),
    (socket.TCP_KEEPINTVL, 3),
    (socket.TCP_KEEPCNT, 3),
)


@dataclass(slots=True)
class ModbusCounters:
    """Totals since the server was made; `connections` is the number open now."""

    connections: int = 0
    connections_refused: int = 0
    idle_closed: int = 0
    requests: int = 0
    malformed: int = 0
    tls_refused: int = 0
    role_refused: int = 0
    links_lost: int = 0
    read_back_failures: int = 0


class ModbusServer:
    """Answers clients from a bank of registers.

    `refused` is told, on the loop's thread, who was not let in or not allowed to write, and why.
    `fault` stays empty: whether a PLC comes is the PLC's decision.
    """

    fault = ""

    def __init__(
        self,
        host: str,
        port: int,
        bank: RegisterBank,
        *,
        unit_id: int,
        max_connections: int,
        tls: ModbusTls | None = None,
        refused: Callable[[str, str], None] = lambda _peer, _why: None,
    ) -> None:
        self.counters = ModbusCounters()
        self.tls = tls
        self.refused = refused
        self.host = host
        self.port = port
        self.bank = bank
        self.units = (unit_id, *_ANY_UNIT)
        self._max_connections = max_connections
        self._connections: set[_Connection] = set()
        self._all_left = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises PublishError where the port cannot be had."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: _Connection(self), self.host, self.port)
        except OSError as error:
            raise PublishError(self._not_listening(error)) from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and every connection. Harmless when not started."""
        if self._server is None:
            return
        self._server.close()
        for connection in self._connections:
            connection.abort()
        while self._connections:
            self._all_left.clear()
            await self._all_left.wait()
        await self._server.wait_closed()
        self._server = None

    def admit(self, connection: "_Connection") -> bool:
        """Enter a new connection. False: there are as many as may be, and none of them is idle."""
        if len(self._connections) >= self._max_connections and not self._make_room():
            self.counters.connections_refused += 1
            return False
        self._connections.add(connection)
        self.counters.connections = len(self._connections)
        return True

    def _make_room(self) -> bool:
        """End whoever has been silent longest, as the messaging guide says (V1.0b, section 4.2).

        A PLC that comes back after a power cut would find its own dead connections in its way.
        The writer keeps its place: only the heartbeat tells whether it is alive.
        """
        others = [other for other in self._connections if not self.bank.is_writer(other)]
        oldest = min(others, key=lambda other: other.heard_s, default=None)
        if oldest is None or oldest.silent_s < _ROOM_AFTER_S:
            return False
        self.counters.idle_closed += 1
        self._forget(oldest)
        oldest.abort()
        return True

    def leave(self, connection: "_Connection") -> None:
        """Forget a connection that has ended."""
        self._forget(connection)
        self.bank.leave(connection)

    def _forget(self, connection: "_Connection") -> None:
        self._connections.discard(connection)
        self.counters.connections = len(self._connections)
        if not self._connections:
            self._all_left.set()

    def _not_listening(self, error: OSError) -> str:
        remedy = "set another plc.host or plc.port"
        if error.errno == errno.EADDRINUSE:
            remedy = "stop the program that holds it, or set another plc.port"
        elif error.errno == errno.EACCES:
            remedy = "set a plc.port above 1023, or grant CAP_NET_BIND_SERVICE"
        reason = errno.errorcode.get(error.errno or 0, "") or str(error)
        return f"Modbus: cannot listen on {self.host}:{self.port} ({reason}): {remedy}"


class _Connection(asyncio.BufferedProtocol):
    """One client: cuts its bytes into frames and answers each in turn.

    With a buffer of its own: asyncio's, of 256 KiB, is allocated for each read and given back,
    which takes 12 us where reading a request takes 1 (measured), a thousand times a second.
    """

    def __init__(self, server: ModbusServer) -> None:
        self._server = server
        self._received = memoryview(bytearray(_READ_BYTES))
        self._pending = bytearray()
        self._transport: asyncio.Transport
        self._idle: asyncio.TimerHandle | None = None
        # The loop's time of the last whole request: a drip of bytes keeps no connection alive.
        self.heard_s = 0.0
        # Set while whole requests still wait here, and while answers wait for the client to read.
        self._later: asyncio.Handle | None = None
        self._full = False
        self._peer = ""
        # With TLS: the handshake under way; until it has ended, nothing is answered.
        self._securing: asyncio.Task[None] | None = None
        self._role = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.heard_s = asyncio.get_running_loop().time()
        if not self._server.admit(self):
            transport.abort()
            return
        self._peer = str(transport.get_extra_info("peername", ("",))[0])
        peer: socket.socket = transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, number in _KEEPALIVE:
            peer.setsockopt(socket.IPPROTO_TCP, option, number)
        self._watch_idle()
        if self._server.tls is not None:
            # What arrives from here on is TLS's, and must not come to us as plain bytes.
            transport.pause_reading()
            self._securing = asyncio.create_task(self._secure(self._server.tls))

    async def _secure(self, tls: ModbusTls) -> None:
        loop = asyncio.get_running_loop()
        try:
            secured = await loop.start_tls(
                self._transport,
                self,
                tls.context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_TIMEOUT_S,
            )
        except OSError as error:
            self._end_unsecured(error)
            return
        # Contrary to its annotation: None where the client left without a word (CPython 3.11 to
        # 3.13, `SSLProtocol.connection_lost`).
        if secured is None:
            self._end_unsecured(ConnectionResetError())
            return
        self._transport = secured
        peer = secured.get_extra_info("ssl_object").getpeercert(binary_form=True)
        self._role = role_of(peer)
        self._securing = None
        self.heard_s = loop.time()
        self._answer_some()

    def _end_unsecured(self, error: OSError) -> None:
        """Leave by ourselves: asyncio tells the protocol nothing of a handshake that fails."""
        self._server.counters.tls_refused += 1
        self._server.refused(self._peer, why_refused(error))
        self._transport.abort()
        self.connection_lost(error)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        if self._idle is not None:
            self._idle.cancel()
        self._server.leave(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 (asyncio's signature)
        return self._received

    def buffer_updated(self, nbytes: int) -> None:
        self._pending += self._received[:nbytes]
        # The first request may come before `start_tls` has returned.
        if self._later is None and self._securing is None:
            self._answer_some()

    def _answer_some(self) -> None:
        """Answer what is whole, a few at a time; what is left is not added to meanwhile."""
        self._later = None
        for _ in range(_AT_A_TURN):
            if self._transport.is_closing() or (frame := self._next_frame()) is None:
                break
            self._answer(frame)
        else:
            self._go_on()
        self._settle_reading()

    def _go_on(self) -> None:
        if not self._full and self._later is None:
            self._later = asyncio.get_running_loop().call_soon(self._answer_some)

    def _next_frame(self) -> bytes | None:
        if len(self._pending) < _LENGTH_END:
            return None
        protocol, length = struct.unpack_from(">HH", self._pending, 2)
        if protocol != 0 or not _MIN_LENGTH <= length <= _MAX_LENGTH:
            # Where the next frame starts is anyone's guess now: only a new connection helps.
            self._server.counters.malformed += 1
            self._transport.abort()
            return None
        end = _LENGTH_END + length
        if len(self._pending) < end:
            return None
        frame = bytes(self._pending[:end])
        del self._pending[:end]
        return frame

    def pause_writing(self) -> None:
        # A client that asks and never reads must not fill our memory.
        self._full = True
        self._settle_reading()

    def resume_writing(self) -> None:
        self._full = False
        self._go_on()
        self._settle_reading()

    def _settle_reading(self) -> None:
        if self._full or self._later is not None:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    @property
    def silent_s(self) -> float:
        """Since the last whole request, or since the client came."""
        return asyncio.get_running_loop().time() - self.heard_s

    def abort(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    def read(self, function: int, address: int, count: int) -> bytes:
        """As `modbus_pdu.Registers.read`."""
        return self._server.bank.read(function, address, count)

    def write(self, address: int, words: tuple[int, ...]) -> None:
        """As `modbus_pdu.Registers.write`, in this connection's name."""
        tls = self._server.tls
        if tls is not None and tls.writer_role and self._role != tls.writer_role:
            self._server.counters.role_refused += 1
            named = f"role {self._role!r}" if self._role else "no role"
            why = f"it may not write: its certificate has {named}, not {tls.writer_role!r}"
            self._server.refused(self._peer, why)
            raise RequestRefusedError(ExceptionCode.ILLEGAL_FUNCTION)
        self._server.bank.write(self, address, words)

    def _answer(self, frame: bytes) -> None:
        transaction, _, _, unit = _MBAP.unpack_from(frame)
        request = frame[_MBAP.size :]
        self.heard_s = asyncio.get_running_loop().time()
        self._server.counters.requests += 1
        if unit in self._server.units:
            pdu = answer(request, self)
        else:
            code = ExceptionCode.GATEWAY_TARGET_DEVICE_FAILED_TO_RESPOND
            pdu = refusal(request[0], code)
        self._transport.write(_MBAP.pack(transaction, 0, len(pdu) + 1, unit) + pdu)

    def _watch_idle(self) -> None:
        loop = asyncio.get_running_loop()
        left_s = _IDLE_TIMEOUT_S - self.silent_s
        if left_s <= 0:
            self._server.counters.idle_closed += 1
            self._transport.abort()
            return
        self._idle = loop.call_later(left_s, self._watch_idle)
