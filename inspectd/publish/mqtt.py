"""Verdicts and state to the MQTT broker: a thread of its own, which the line never waits for."""

import random
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

import structlog
from inspectd_drivers.mqtt import Broker, MqttLink

from inspectd.core.errors import ConfigurationError
from inspectd.core.outbox import Outbox
from inspectd.publish.mqtt_session import LOOK_EVERY_S, MqttSession, Totals
from inspectd.publish.topics import OFFLINE, STATE, state_json
from inspectd.settings.mqtt import MqttSettings

_CONNECT_TIMEOUT_S = 3.0
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
        self._state = state_json({})
        self._stopping = threading.Event()
        self._stop_at_s = 0.0
        self._waker: socket.socket | None = None

    def start(self) -> None:
        """Read password and CA, then begin. Raises ConfigurationError for those two only."""
        self._broker = _broker(self._settings, self._line)
        self._woken, self._waker = socket.socketpair()
        self._woken.settimeout(0.0)
        self._waker.settimeout(0.0)
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Say that the outbox has something new."""
        if self._waker is not None:
            # Full: it is awake already; closed: it has stopped.
            with suppress(OSError):
                self._waker.send(b"\0")

    def set_state(self, state: Mapping[str, object]) -> None:
        """Publish this as the retained state; of several in a row only the newest may go out."""
        self._state = state_json(state)
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
                self._totals.note(error)
                _log.warning("mqtt_down", error=self._totals.last_error)
            if self._stopping.is_set():
                return
            # A broker that accepts and then drops us has not earned a fast retry; a PUBACK has.
            if self._totals.last_puback_ns != heard_ns:
                pause_s = _FIRST_PAUSE_S
            # Jitter: a hall full of stations must not hit a restarted broker all at once.
            self._stopping.wait(random.uniform(_FIRST_PAUSE_S, pause_s))  # noqa: S311 - no secret
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _converse(self) -> None:
        link = MqttLink(self._broker)
        try:
            link.connect(_CONNECT_TIMEOUT_S)
            self._totals.connected = True
            _log.info("mqtt_up", broker=str(self._broker))
            session = MqttSession(link, self._line, self._outbox, self._totals)
            while not self._stopping.is_set():
                session.turn(self._state, self._woken, LOOK_EVERY_S)
            session.flush(self._state, self._woken, self._stop_at_s)
            session.farewell(_FAREWELL_S)
            link.close()
        finally:
            link.abort()
            self._totals.connected = False
            self._totals.in_flight = 0


def _broker(settings: MqttSettings, line: str) -> Broker:
    return Broker(
        host=settings.host,
        port=settings.port,
        client_id=f"inspectd-{line}",
        keepalive_s=settings.keepalive_s,
        will_topic=STATE.of(line),
        will_payload=OFFLINE,
        user=settings.user,
        password=_password(settings.password_file),
        tls=_tls(settings.ca_file),
    )


def _password(path: PurePath | None) -> str | None:
    if path is None:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"mqtt.password_file {path}: {error}: it must be a readable text file"
        raise ConfigurationError(msg) from error


def _tls(ca_file: PurePath | None) -> ssl.SSLContext | None:
    if ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except OSError as error:  # ssl.SSLError is one
        msg = f"mqtt.ca_file {ca_file}: {error}: it must hold CA certificates in PEM form"
        raise ConfigurationError(msg) from error
