"""`inspectd verify --config` and a service that is played here: joined, left alone, refused."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from inspectd.commands.verify_service import verify_on_line
from inspectd.core.errors import CalibrationError, PublishError
from inspectd.settings.web import WebSettings


class Played:
    """A service: `left` parts still to come, one less each time somebody asks."""

    def __init__(self) -> None:
        self.left = 0
        self.last: dict[str, Any] | None = {"at": "yesterday", "good": True}
        self.refuses = ""
        self.comes = True

    def arm(self) -> tuple[int, dict[str, Any]]:
        if self.left or self.refuses:
            return 409, {"error": self.refuses or "a verification is running"}
        self.left = 3
        return 202, self.document()

    def ask(self) -> tuple[int, dict[str, Any]]:
        if self.left and self.comes:
            self.left -= 1
            if not self.left:
                self.last = {"at": "now", "good": True}
        return 200, self.document()

    def document(self) -> dict[str, Any]:
        return {"left": self.left, "parts": 3, "last": self.last, "withheld": []}


@pytest.fixture
def played() -> Played:
    return Played()


@pytest.fixture
def web(played: Played) -> Iterator[WebSettings]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(*played.arm())

        def do_GET(self) -> None:
            self._answer(*played.ask())

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self, status: int, said: dict[str, Any]) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield WebSettings(host="127.0.0.1", port=server.server_port)
        server.shutdown()
        thread.join()


def test_one_that_runs_already_is_joined_and_its_record_is_the_answer(
    played: Played, web: WebSettings
) -> None:
    played.left = 3
    told: list[str] = []

    record = verify_on_line(web, 10.0, told.append)

    assert record["at"] == "now"
    assert told[0] == "a verification is running already: waiting for its end"
    assert "parts to come" in told[1]


def test_one_that_cannot_be_armed_is_still_an_error(played: Played, web: WebSettings) -> None:
    played.refuses = "the certificate ended"
    with pytest.raises(CalibrationError, match="the certificate ended"):
        verify_on_line(web, 10.0, lambda _: None)


def test_ctrl_c_says_that_the_service_goes_on(played: Played, web: WebSettings) -> None:
    played.comes = False
    told: list[str] = []

    def tell(text: str) -> None:
        told.append(text)
        if len(told) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify_on_line(web, 10.0, tell)

    assert "the service still takes the next 3 parts for the gauge" in told[1]


def test_ctrl_c_says_nothing_where_no_part_is_to_come(played: Played, web: WebSettings) -> None:
    told: list[str] = []

    def tell(text: str) -> None:
        told.append(text)
        played.left = 0
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify_on_line(web, 10.0, tell)

    assert len(told) == 1


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-other\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}",
    ],
)
def test_another_program_on_the_port_is_told_as_such(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(said)

        thread = threading.Thread(target=serve)
        thread.start()
        web = WebSettings(host="127.0.0.1", port=server.getsockname()[1])
        with pytest.raises(PublishError, match=r"no service answers at .*mend \[web\]"):
            verify_on_line(web, 10.0, lambda _: None)
        thread.join()
