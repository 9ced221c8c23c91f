"""Who the broker is, and who we are: user, password, certificates."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspectd_drivers.mqtt_fault import BrokerFault
from structlog.testing import capture_logs
from support.certificates import Authority

from inspectd.core.errors import ConfigurationError
from inspectd.journal.journal import Journal
from inspectd.publish.mqtt import MqttPublisher
from inspectd.settings.mqtt import MqttSettings

Eventually = Callable[[Callable[[], bool]], None]
Begin = Callable[..., MqttPublisher]
Commit = Callable[..., None]
# As mosquitto_passwd writes it for the user "line" with the password "sesame".
_USERS = (
    "line:$7$101$vnEdmqFJfkwvwC+H$ITCpqM7LW7XdF+1Ld4WnazkwNaQxoV42E+xTD7ReVGvalE/dJG/"
    "dHjxwD6SWacSDOQ6UKN4fDbRcZBELlqnUkw==\n"
)


@pytest.mark.parametrize(("password", "right"), [("sesame", True), ("open", False)])
def test_the_broker_asks_for_user_and_password(
    password: str,
    right: bool,
    make_mosquitto: Any,
    begin: Begin,
    tmp_path: Path,
    eventually: Eventually,
) -> None:
    users = tmp_path / "users"
    users.write_text(_USERS)
    users.chmod(0o600)
    broker = make_mosquitto("allow_anonymous false", f"password_file {users}")
    secret = tmp_path / "secret"
    secret.write_text(f"{password}\n")
    publisher = begin(broker.port, user="line", password_file=secret)
    if right:
        eventually(lambda: publisher.status().connected)
    else:
        eventually(lambda: publisher.status().errors > 0)
        assert publisher.status().fault is BrokerFault.NOT_AUTHORISED
        assert "mqtt.password_file" in publisher.status().last_error


@pytest.mark.parametrize("key", ["password_file", "ca_file"])
def test_a_file_that_is_missing_is_named_with_its_key(
    key: str, journal: Journal, tmp_path: Path
) -> None:
    settings = MqttSettings.model_validate({"user": "line", key: tmp_path / "missing"})
    with pytest.raises(ConfigurationError, match=rf"mqtt\.{key} .*missing"):
        MqttPublisher(settings, "l1", journal).start()


def test_a_ca_file_without_certificates_is_refused(journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(ConfigurationError, match="in PEM form"):
        MqttPublisher(MqttSettings(ca_file=tmp_path / "ca.pem"), "l1", journal).start()


class Hall:
    """A mosquitto with TLS, and the CA of the hall."""

    def __init__(self, folder: Path, make_mosquitto: Any) -> None:
        self.authority = Authority(folder, "hall")
        self._make = make_mosquitto

    def broker(self, *lines: str, days: int = 1) -> Any:
        certificate, key = self.authority.issue("broker", days=days)
        return self._make(f"certfile {certificate}", f"keyfile {key}", *lines)

    def guarded(self) -> Any:
        """A broker that asks for a certificate of the hall's CA."""
        return self.broker(f"cafile {self.authority.ca_file}", "require_certificate true")


@pytest.fixture
def hall(make_mosquitto: Any, tmp_path: Path) -> Hall:
    return Hall(tmp_path, make_mosquitto)


# paho leaves the socket of a refused handshake to the garbage collector.
_LEFT_OPEN = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@_LEFT_OPEN
def test_only_a_broker_that_the_ca_vouches_for_is_told_anything(
    hall: Hall, begin: Begin, commit: Commit, tmp_path: Path, eventually: Eventually
) -> None:
    broker = hall.broker()
    commit(*range(1, 101))
    fooled = begin(broker.port, ca_file=Authority(tmp_path, "other").ca_file)
    eventually(lambda: fooled.status().fault is BrokerFault.CERTIFICATE_UNTRUSTED)
    assert "mqtt.ca_file" in fooled.status().last_error
    assert fooled.status().sent == 0
    fooled.stop(0.0)
    publisher = begin(broker.port, ca_file=hall.authority.ca_file)
    eventually(lambda: publisher.status().sent == 100)


@_LEFT_OPEN
def test_an_expired_certificate_of_the_broker_is_told_as_such(
    hall: Hall, begin: Begin, eventually: Eventually
) -> None:
    publisher = begin(hall.broker(days=-1).port, ca_file=hall.authority.ca_file)
    eventually(lambda: publisher.status().fault is BrokerFault.CERTIFICATE_EXPIRED)


@_LEFT_OPEN
def test_a_certificate_for_another_name_is_told_as_such(
    hall: Hall, begin: Begin, eventually: Eventually
) -> None:
    publisher = begin(hall.broker().port, ca_file=hall.authority.ca_file, host="127.0.0.2")
    eventually(lambda: publisher.status().errors > 0)
    assert publisher.status().fault in (
        BrokerFault.CERTIFICATE_WRONG_NAME,
        BrokerFault.UNREACHABLE,  # where mosquitto listens on 127.0.0.1 alone
    )


def test_a_broker_that_asks_for_a_certificate_gets_ours(
    hall: Hall, begin: Begin, eventually: Eventually
) -> None:
    certificate, key = hall.authority.issue("line")
    publisher = begin(
        hall.guarded().port, ca_file=hall.authority.ca_file, cert_file=certificate, key_file=key
    )
    eventually(lambda: publisher.status().connected)


@_LEFT_OPEN
@pytest.mark.parametrize("which", ["none", "expired", "foreign"])
def test_a_certificate_of_ours_that_the_broker_refuses_is_told_as_such(
    which: str, hall: Hall, begin: Begin, tmp_path: Path, eventually: Eventually
) -> None:
    authority = Authority(tmp_path, "other") if which == "foreign" else hall.authority
    certificate, key = authority.issue("line", days=-1 if which == "expired" else 1)
    own = {} if which == "none" else {"cert_file": certificate, "key_file": key}
    publisher = begin(hall.guarded().port, ca_file=hall.authority.ca_file, **own)
    eventually(lambda: publisher.status().fault is BrokerFault.CLIENT_CERTIFICATE_REFUSED)
    assert "mqtt.cert_file" in publisher.status().last_error


def test_a_name_that_nobody_knows_is_told_as_such(begin: Begin, eventually: Eventually) -> None:
    publisher = begin(1883, host="broker.invalid")
    eventually(lambda: publisher.status().fault is BrokerFault.NAME_NOT_RESOLVED)


def test_a_broker_that_refuses_is_told_of_once_and_counted_every_time(
    begin: Begin, free_port: int, eventually: Eventually
) -> None:
    with capture_logs() as logs:
        publisher = begin(free_port)
        eventually(lambda: publisher.status().errors > 3)
    assert publisher.status().fault is BrokerFault.UNREACHABLE
    assert [entry["event"] for entry in logs] == ["mqtt_down"]


def test_another_broker_gets_what_the_first_has_not_confirmed(
    mosquitto: Any, begin: Begin, commit: Commit, free_port: int, eventually: Eventually
) -> None:
    publisher = begin(free_port)
    commit(*range(1, 11))
    eventually(lambda: publisher.status().errors > 0)
    assert publisher.change(MqttSettings(port=mosquitto.port))
    eventually(lambda: publisher.status().sent == 10)
    assert not publisher.change(MqttSettings(port=mosquitto.port))


def test_a_change_to_files_that_are_no_use_changes_nothing(
    mosquitto: Any, begin: Begin, tmp_path: Path, eventually: Eventually
) -> None:
    publisher = begin(mosquitto.port)
    eventually(lambda: publisher.status().connected)
    other = MqttSettings(port=mosquitto.port, ca_file=tmp_path / "missing.pem")
    with pytest.raises(ConfigurationError, match="missing"):
        publisher.change(other)
    assert publisher.status().connected
