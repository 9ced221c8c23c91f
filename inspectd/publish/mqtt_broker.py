"""From the settings to a broker: its files are read here, and nowhere else."""

import hashlib
import ssl
from pathlib import Path, PurePath

from inspectd_drivers.mqtt import Broker

from inspectd.core.errors import ConfigurationError
from inspectd.publish.dialect import Dialect, JsonDialect
from inspectd.publish.sparkplug import SparkplugDialect
from inspectd.settings.mqtt import MqttSettings


def make_dialect(settings: MqttSettings, line: str) -> Dialect:
    """The form that verdicts go out in."""
    if settings.sparkplug is None:
        return JsonDialect(line)
    return SparkplugDialect(settings.sparkplug, line)


def make_broker(settings: MqttSettings, line: str) -> Broker:
    """Who the broker is, and who we are to it; the will is each connection's own.

    ConfigurationError for a file that is no use.
    """
    return Broker(
        host=settings.host,
        port=settings.port,
        client_id=f"inspectd-{line}",
        keepalive_s=settings.keepalive_s,
        user=settings.user,
        password=_password(settings.password_file),
        tls=_tls(settings),
    )


def fingerprint(settings: MqttSettings) -> str:
    """Changes whenever a new connection would be another one: with the files, too."""
    digest = hashlib.sha256(settings.model_dump_json().encode())
    for path in (settings.password_file, settings.ca_file, settings.cert_file, settings.key_file):
        if path is not None:
            digest.update(_read("", path))
    return digest.hexdigest()


def _password(path: PurePath | None) -> str | None:
    if path is None:
        return None
    try:
        return _read("password_file", path).decode().split("\n", 1)[0].rstrip("\r")
    except UnicodeDecodeError as error:
        msg = f"mqtt.password_file {path}: {error}: it must be a readable text file"
        raise ConfigurationError(msg) from error


def _tls(settings: MqttSettings) -> ssl.SSLContext | None:
    if settings.ca_file is None:
        return None
    try:
        context = ssl.create_default_context(cafile=str(settings.ca_file))
    except OSError as error:  # ssl.SSLError is one
        msg = f"mqtt.ca_file {settings.ca_file}: {error}: it must hold CA certificates in PEM form"
        raise ConfigurationError(msg) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.cert_file is not None:
        try:
            context.load_cert_chain(str(settings.cert_file), str(settings.key_file))
        except OSError as error:
            msg = (
                f"mqtt.cert_file {settings.cert_file}, key_file {settings.key_file}: {error}: they "
                "must be a certificate and its own key, in PEM form, without a passphrase"
            )
            raise ConfigurationError(msg) from error
    return context


def _read(key: str, path: PurePath) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        msg = f"mqtt.{key} {path}: {error}: it must be a readable text file"
        raise ConfigurationError(msg) from error
