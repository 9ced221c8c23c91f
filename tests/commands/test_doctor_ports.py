"""What `doctor` says of the way to the PLC: listened, connected to, or a serial line."""

import os
import pty
import socket
from pathlib import Path

from inspectd.commands.checks import Check
from inspectd.commands.doctor_ports import check_ports
from inspectd.settings.root import Settings
from inspectd.simulate.ports import free_port


def plc_check(plc: dict[str, object]) -> Check:
    settings = Settings.model_validate(
        {"recipe": "r.toml", "stations": [{"name": "top", "camera": {}}], "plc": plc}
    )
    return check_ports(settings)[0]


def test_a_port_that_another_program_has_is_bad() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        found = plc_check({"port": other.getsockname()[1]})
    assert found.state == "bad"
    assert "[plc] port" in found.remedy


def test_a_plc_that_is_the_server_is_asked_whether_it_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as plc:
        port = plc.getsockname()[1]
        assert plc_check({"client": {"host": "127.0.0.1", "port": port}}).state == "good"
    silent = plc_check({"client": {"host": "127.0.0.1", "port": free_port()}})
    assert silent.state == "note"
    assert "[plc.client]" in silent.remedy


def test_a_serial_line_is_a_device_that_is_there(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    assert plc_check({"serial": {"device": os.ttyname(slave)}}).state == "good"
    os.close(master)
    os.close(slave)
    missing = plc_check({"serial": {"device": str(tmp_path / "ttyUSB0")}})
    assert missing.state == "bad"
    assert "by-id" in missing.remedy
