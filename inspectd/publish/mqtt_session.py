"""What happens on one connection to the broker: outbox rows and the retained state go out."""

import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

from inspectd_drivers.mqtt import MqttLink

from inspectd.core.errors import JournalError, PublishError
from inspectd.core.outbox import Outbox, OutboxRow
from inspectd.publish.dialect import Dialect, Message, State
from inspectd.publish.mqtt_talk import Talk

# Enough to fill a round trip, few enough that little is sent twice when the link breaks.
MAX_IN_FLIGHT = 20
# Without a PUBACK for this long the link is given up, whatever it says of itself.
ACK_TIMEOUT_S = 10.0
# A verdict that goes out later than this after its commit is marked as a record, not news.
HISTORICAL_AFTER_S = 10.0
# The outbox is looked at this often even if nobody said that there is something in it.
LOOK_EVERY_S = 1.0
_NS = 1_000_000_000


@dataclass(slots=True)
class Totals:
    """Counted by the publisher's thread, read by any."""

    sent: int = 0
    errors: int = 0
    sayings_dropped: int = 0
    in_flight: int = 0
    connected: bool = False
    last_puback_ns: int | None = None
    last_error: str = ""

    def note(self, error: Exception) -> None:
        """Count one error and keep its message."""
        self.errors += 1
        self.last_error = str(error) or repr(error)


class MqttSession:
    """Sends in the order of the outbox, at most `MAX_IN_FLIGHT` rows ahead of the broker's word.

    Called by one thread: `turn` again and again, then perhaps `farewell`. A session starts at
    the oldest row not yet done, so what an earlier one sent without an answer is sent again.
    """

    def __init__(
        self,
        link: MqttLink,
        dialect: Dialect,
        outbox: Outbox,
        totals: Totals,
        talk: Talk,
    ) -> None:
        self._link = link
        self._dialect = dialect
        self._outbox = outbox
        self._totals = totals
        self._talk = talk
        talk.begin(link)
        # Row ids by the number of the broker's answer that confirms them.
        self._in_flight: dict[int, list[int]] = {}
        self._state: State | None = None
        self._state_number: int | None = None
        self._last_row_id = 0
        self._look = True
        self._look_at_s = self._heard_s = time.monotonic()

    def turn(self, state: State, wake: socket.socket, timeout_s: float) -> None:
        """Send what is to be sent, then wait for the broker or for `wake`."""
        if self._dialect.ready():
            self._send_state(state)
            self._send_rows()
        self._talk.turn(self._link)
        acked = self._link.poll(timeout_s, wake)
        self._look = _drained(wake) or self._look
        self._take(acked)
        for message in self._link.received():
            if not self._dialect.take(self._link, message):
                self._talk.take(message)

    def flush(self, state: State, wake: socket.socket, deadline_s: float) -> None:
        """Turn until the outbox is sent and answered, or the monotonic clock is past a time."""
        self._look = True
        while (self._look or self._in_flight) and (left_s := deadline_s - time.monotonic()) > 0:
            self.turn(state, wake, left_s if self._in_flight else 0.0)

    def farewell(self, timeout_s: float) -> None:
        """Publish that the service is gone, and wait until the broker has it."""
        deadline_s = time.monotonic() + timeout_s
        number = self._publish(self._dialect.farewell())
        while (left_s := deadline_s - time.monotonic()) > 0:
            acked = self._link.poll(left_s)
            self._take(acked)
            if number in acked:
                return

    def _send_state(self, state: State) -> None:
        if state is not self._state and self._state_number is None:
            self._state = state
            message = self._dialect.state(state)
            if message is not None:
                number = self._publish(message)
                self._state_number = number if message.qos else None

    def _send_rows(self) -> None:
        free = MAX_IN_FLIGHT - self._rows_in_flight()
        now_s = time.monotonic()
        if free == 0 or not (self._look or now_s >= self._look_at_s):
            return
        self._look_at_s = now_s + LOOK_EVERY_S
        try:
            rows = self._outbox.pending(self._last_row_id, free)
        except JournalError as error:
            # The link is well: look again with the next wake-up.
            self._totals.note(error)
            rows = []
        self._look = len(rows) == free
        if rows:
            self._send(rows)

    def _send(self, rows: Sequence[OutboxRow]) -> None:
        if not self._in_flight:
            self._heard_s = time.monotonic()
        sent = {}
        for row in rows:
            historical = _is_historical(row)
            number = self._publish(self._dialect.verdict(row.document, historical=historical))
            sent[number] = [row.row_id]
        answer = self._dialect.confirm(self._link)
        together = {answer: [row.row_id for row in rows]} if answer is not None else sent
        self._in_flight |= together
        self._last_row_id = rows[-1].row_id
        self._totals.in_flight = self._rows_in_flight()

    def _rows_in_flight(self) -> int:
        return sum(map(len, self._in_flight.values()))

    def _take(self, acked: list[int]) -> None:
        now_ns = time.monotonic_ns()
        if acked:
            self._heard_s = now_ns / _NS
            self._totals.last_puback_ns = now_ns
        elif self._in_flight and now_ns / _NS - self._heard_s > ACK_TIMEOUT_S:
            msg = f"the broker has confirmed nothing for {ACK_TIMEOUT_S:g} s: look at its load"
            raise PublishError(msg)
        if self._state_number in acked:
            self._state_number = None
        confirmed = [self._in_flight.pop(number, []) for number in acked]
        rows = [row_id for row_ids in confirmed for row_id in row_ids]
        if rows:
            self._outbox.done(rows)
        self._totals.sent += len(rows)
        self._totals.in_flight = self._rows_in_flight()

    def _publish(self, message: Message) -> int:
        return self._link.publish(
            message.topic, message.payload, qos=message.qos, retain=message.retain
        )


def _drained(wake: socket.socket) -> bool:
    try:
        return bool(wake.recv(4096))
    except BlockingIOError:
        return False


def _is_historical(row: OutboxRow) -> bool:
    age_s = (time.monotonic_ns() - row.committed_ns) / _NS
    return row.recovered or age_s > HISTORICAL_AFTER_S
