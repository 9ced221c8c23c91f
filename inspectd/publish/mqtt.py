"""Verdicts and state to the MQTT broker: a thread of its own, which the line never waits for."""

import random
import socket
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog
from inspectd_drivers.mqtt import MqttLink
from inspectd_drivers.mqtt_fault import BrokerError, BrokerFault

from inspectd.core.alarms import Change
from inspectd.core.outbox import Outbox
from inspectd.publish.dialect import State
from inspectd.publish.mqtt_broker import fingerprint, make_broker, make_dialect
from inspectd.publish.mqtt_session import LOOK_EVERY_S, MqttSession, Totals
from inspectd.publish.mqtt_talk import Receive, Saying, Talk
from inspectd.publish.topics import ALARM, PICTURE, REPLY, alarm_json
from inspectd.settings.mqtt import MqttSettings

_CONNECT_TIMEOUT_S = 3.0
_MOST_SAYINGS = 64
_FAREWELL_S = 1.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MqttStatus:
    """Where the publisher stands. Health is the age of the last PUBACK while a backlog waits."""

    connected: bool
    in_flight: int
    backlog: int
    last_puback_age_s: float | None
    sent: int
    errors: int
    last_error: str
    # Why there is no connection; NONE while there is one, or before the first try has failed.
    fault: BrokerFault = BrokerFault.NONE


class MqttPublisher:
    """Sends the outbox at least once and in order, and keeps the retained state fresh.

    `start` once; `wake`, `set_state` and `status` from any thread, none of which blocks; `stop`
    before the journal stops. A broker that is away is waited for, at `start` as later.
    """

    def __init__(self, settings: MqttSettings, line_name: str, outbox: Outbox) -> None:
        self._settings = settings
        self._line = line_name
        self._outbox = outbox
        self._totals = Totals()
        self._state: State = {}
        self._fault = BrokerFault.NONE
        # What the log was told last: a broker that stays away is told of once.
        self._told = ""
        # A random of its own: whoever seeds the other must not have all stations knock at once.
        self._jitter = random.Random()  # noqa: S311 - no secret
        self._stopping = threading.Event()
        # Cuts a pause short.
        self._hurry = threading.Event()
        self._receive: Receive | None = None
        self._sayings: deque[Saying] = deque(maxlen=_MOST_SAYINGS)
        self._stop_at_s = 0.0
        self._waker: socket.socket | None = None

    def start(self) -> None:
        """Read the broker's files, then begin. Raises ConfigurationError for those only."""
        self._dialect = make_dialect(self._settings, self._line)
        self._broker = make_broker(self._settings, self._line)
        self._fingerprint = fingerprint(self._settings)
        self._woken, self._waker = socket.socketpair()
        self._woken.settimeout(0.0)
        self._waker.settimeout(0.0)
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._thread.start()

    def change(self, settings: MqttSettings) -> bool:
        """Go over to another broker, or to the same with other files; whether there is a change.

        Nothing is lost: what the old broker has not confirmed is sent to the new one. Raises
        ConfigurationError for files that are no use, and stays with the old broker then.
        """
        found = fingerprint(settings)
        if found == self._fingerprint:
            return False
        dialect = make_dialect(settings, self._line)
        broker = make_broker(settings, self._line)
        self._settings, self._fingerprint, self._dialect = settings, found, dialect
        # Last: the publisher's thread goes over to what this names.
        self._broker = broker
        self._hurry.set()
        self.wake()
        return True

    def listen(self, receive: Receive) -> None:
        """Have commands handed to this, from the publisher's thread. Before `start`."""
        self._receive = receive

    def reply(self, payload: bytes) -> None:
        """Send the answer to a command; of too many the oldest are dropped, and counted."""
        self._say(Saying(REPLY.of(self._line), payload, REPLY.qos))

    def picture(self, station: str, jpeg: bytes) -> None:
        """Send one station's last picture."""
        self._say(Saying(PICTURE.of(self._line, station), jpeg, PICTURE.qos))

    def alarm(self, change: Change) -> None:
        """Tell of an alarm's change; the retained state has those that stand."""
        self._say(Saying(ALARM.of(self._line), alarm_json(change), ALARM.qos))

    def _say(self, saying: Saying) -> None:
        if len(self._sayings) == self._sayings.maxlen:
            self._totals.sayings_dropped += 1
        self._sayings.append(saying)
        self.wake()

    def wake(self) -> None:
        """Say that the outbox has something new."""
        if self._waker is not None:
            # Full: it is awake already; closed: it has stopped.
            with suppress(OSError):
                self._waker.send(b"\0")

    def set_state(self, state: Mapping[str, object]) -> None:
        """Publish this as the retained state; of several in a row only the newest may go out."""
        self._state = state
        self.wake()

    def status(self) -> MqttStatus:
        """Totals so far."""
        totals = self._totals
        last_ns = totals.last_puback_ns
        return MqttStatus(
            connected=totals.connected,
            in_flight=totals.in_flight,
            backlog=self._outbox.backlog(),
            last_puback_age_s=None if last_ns is None else (time.monotonic_ns() - last_ns) / 1e9,
            sent=totals.sent,
            errors=totals.errors,
            last_error=totals.last_error,
            fault=self._fault,
        )

    def stop(self, timeout_s: float) -> None:
        """Send what is left within `timeout_s`, publish that the service is gone, disconnect.

        Without a connection one more is tried, which may take 6 s and the time to resolve the
        broker's name. What stays behind is in the outbox. Twice, or before `start`: harmless.
        """
        if self._waker is None:
            return
        self._stop_at_s = time.monotonic() + timeout_s
        self._stopping.set()
        self._hurry.set()
        self.wake()
        self._thread.join()
        self._woken.close()
        self._waker.close()

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            heard_ns = self._totals.last_puback_ns
            try:
                self._converse()
            except Exception as error:  # noqa: BLE001 - whatever it is: counted, told, and tried again
                self._down(error)
            if self._stopping.is_set():
                return
            # A broker that accepts and then drops us has not earned a fast retry; a PUBACK has.
            if self._totals.last_puback_ns != heard_ns:
                pause_s = _FIRST_PAUSE_S
            # Jitter: a hall full of stations must not hit a restarted broker all at once.
            if self._hurry.wait(self._jitter.uniform(_FIRST_PAUSE_S, pause_s)):
                self._hurry.clear()
                pause_s = _FIRST_PAUSE_S
            else:
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _down(self, error: Exception) -> None:
        self._totals.note(error)
        self._fault = error.fault if isinstance(error, BrokerError) else BrokerFault.LOST
        said = self._totals.last_error
        if said != self._told:
            self._told = said
            _log.warning("mqtt_down", fault=self._fault.value, error=said)

    def _converse(self) -> None:
        broker, dialect = self._broker, self._dialect
        will = dialect.will()
        link = MqttLink(
            replace(
                broker,
                will_topic=will.topic,
                will_payload=will.payload,
                will_retain=will.retain,
            )
        )
        try:
            link.connect(_CONNECT_TIMEOUT_S)
            self._totals.connected = True
            self._fault, self._told = BrokerFault.NONE, ""
            _log.info("mqtt_up", broker=str(broker))
            receive = self._receive if self._settings.commands else None
            talk = Talk(self._line, self._sayings, receive)
            session = MqttSession(link, dialect, self._outbox, self._totals, talk)
            dialect.begin(link, self._state)
            while not self._stopping.is_set() and broker is self._broker:
                session.turn(self._state, self._woken, LOOK_EVERY_S)
            if self._stopping.is_set():
                session.flush(self._state, self._woken, self._stop_at_s)
            session.farewell(_FAREWELL_S)
            link.close()
        finally:
            link.abort()
            self._totals.connected = False
            self._totals.in_flight = 0
