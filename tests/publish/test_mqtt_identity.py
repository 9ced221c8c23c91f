"""Who the broker is, and who we are: user, password, certificates."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inspectd.core.errors import ConfigurationError
from inspectd.journal.journal import Journal
from inspectd.publish.mqtt import MqttPublisher
from inspectd.settings.mqtt import MqttSettings

Eventually = Callable[[Callable[[], bool]], None]
Begin = Callable[..., MqttPublisher]
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


def _certificate(folder: Path, name: str) -> Path:
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    subject = ("-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1")
    files = ("-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem"))
    command = ["openssl", "req", "-x509", "-days", "2", *curve, *subject, *files]
    subprocess.run(command, check=True, capture_output=True)
    return folder / f"{name}.pem"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
# paho leaves the socket of a refused handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_only_a_broker_that_the_ca_vouches_for_is_told_anything(
    make_mosquitto: Any,
    begin: Begin,
    commit: Callable[..., None],
    tmp_path: Path,
    eventually: Eventually,
) -> None:
    ours, other = _certificate(tmp_path, "ours"), _certificate(tmp_path, "other")
    broker = make_mosquitto(f"certfile {ours}", f"keyfile {ours.with_suffix('.key')}")
    commit(*range(1, 101))
    fooled = begin(broker.port, ca_file=other)
    eventually(lambda: fooled.status().errors > 0)
    assert "certificate verify failed" in fooled.status().last_error
    assert fooled.status().sent == 0
    fooled.stop(0.0)
    publisher = begin(broker.port, ca_file=ours)
    eventually(lambda: publisher.status().sent == 100)
