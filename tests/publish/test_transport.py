"""The settings' way to a transport, and what the log says of clients that are refused."""

from pathlib import Path

import pytest
import structlog
from inspectd_drivers.modbus import ModbusServer
from support.certificates import Authority

from inspectd.core.errors import ConfigurationError
from inspectd.load import load_project, load_settings
from inspectd.publish import transport
from inspectd.publish.plc import LineEvents, PlcLink
from inspectd.settings.plc import PlcSettings


def tls(folder: Path) -> dict[str, Path]:
    authority = Authority(folder, "plant")
    certificate, key = authority.issue("inspectd")
    return {"certificate_file": certificate, "key_file": key, "ca_file": authority.ca_file}


async def test_with_tls_set_the_server_asks_for_certificates(
    tmp_path: Path, supervisor: LineEvents
) -> None:
    settings = PlcSettings.model_validate({"port": 0, "tls": tls(tmp_path)})
    link = PlcLink(settings, supervisor)
    server = link._transport
    assert isinstance(server, ModbusServer)
    assert server.tls is not None


async def test_a_key_that_is_missing_is_a_mistake_in_the_settings(
    tmp_path: Path, supervisor: LineEvents
) -> None:
    files = tls(tmp_path) | {"key_file": tmp_path / "missing.key"}
    settings = PlcSettings.model_validate({"port": 0, "tls": files})
    with pytest.raises(ConfigurationError, match=r"missing\.key"):
        PlcLink(settings, supervisor)


def test_a_client_that_tries_again_and_again_is_told_once_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now_s[0])
    refusals = transport._Refusals()
    with structlog.testing.capture_logs() as told:
        for _ in range(100):
            refusals("10.0.0.9", "expired")
        refusals("10.0.0.9", "no certificate")
        refusals("10.0.0.8", "expired")
        now_s[0] += 60.0
        refusals("10.0.0.9", "expired")
    assert [(line["event"], line["peer"], line["why"]) for line in told] == [
        ("modbus_client_refused", "10.0.0.9", "expired"),
        ("modbus_client_refused", "10.0.0.9", "no certificate"),
        ("modbus_client_refused", "10.0.0.8", "expired"),
        ("modbus_client_refused", "10.0.0.9", "expired"),
    ]


def test_certificates_stand_relative_to_the_settings_file(tmp_path: Path) -> None:
    (tmp_path / "line.toml").write_text(
        'recipe = "r.toml"\n[[stations]]\nname = "top"\n[stations.camera]\nserial = "1"\n'
        '[plc.tls]\ncertificate_file = "c.pem"\nkey_file = "k.pem"\nca_file = "ca.pem"\n'
    )
    found = load_settings(tmp_path / "line.toml").plc.tls
    assert found is not None
    assert found.ca_file == tmp_path / "ca.pem"


def test_check_config_names_a_certificate_that_is_missing_beside_other_mistakes(
    tmp_path: Path,
) -> None:
    (tmp_path / "line.toml").write_text(
        'recipe = "missing.toml"\n[[stations]]\nname = "top"\n[stations.camera]\nserial = "1"\n'
        '[plc.tls]\ncertificate_file = "c.pem"\nkey_file = "k.pem"\nca_file = "ca.pem"\n'
    )
    with pytest.raises(ConfigurationError) as caught:
        load_project(tmp_path / "line.toml")
    assert "missing.toml" in str(caught.value)
    assert "[plc.tls] ca_file" in str(caught.value)
