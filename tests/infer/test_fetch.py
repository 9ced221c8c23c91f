"""Models fetched from a real HTTP server on loopback, which may misbehave."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from support.models import write_model

from inspectd.core.errors import ConfigurationError
from inspectd.infer.fetch import fetch_files
from inspectd.infer.manifest import Manifest
from inspectd.toml_file import load_model

Serve = Callable[[dict[str, bytes]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves files by path; `/hangs` never answers, `/short` ends too soon."""
    files: dict[str, bytes] = {}
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            if name == "hangs":
                ended.wait(60)
                return
            if name not in files:
                self.send_error(404)
                return
            self.send_response(200)
            more = 10 if self.path.startswith("/short") else 0
            self.send_header("Content-Length", str(len(files[name]) + more))
            self.end_headers()
            self.wfile.write(files[name])

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def start(served: dict[str, bytes]) -> str:
        files.update(served)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    ended.set()
    server.shutdown()
    thread.join()
    server.server_close()


def _manifest(folder: Path, net: str, labels: str) -> Manifest:
    made = load_model(write_model(folder) / "model.toml", Manifest)
    assert made.output is not None
    return made.model_copy(
        update={
            "file": made.file.model_copy(update={"address": net}),
            "output": made.output.model_copy(update={"labels_address": labels}),
        }
    )


def test_every_file_of_a_model_is_fetched(tmp_path: Path, serve: Serve) -> None:
    made = write_model(tmp_path / "made")
    at = serve({name: (made / name).read_bytes() for name in ("net.onnx", "labels.txt")})
    manifest = _manifest(tmp_path / "made", f"{at}/net.onnx", f"{at}/labels.txt")
    fetch_files(manifest, tmp_path)
    assert (tmp_path / "net.onnx").read_bytes() == (made / "net.onnx").read_bytes()


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("/net.onnx", "refused: sha256"),
        ("/missing", "the server answers 404"),
        ("/large.onnx", "sends more than the"),
        ("/hangs", "timed out"),
        ("/short/whole.onnx", r"refused: sha256|incomplete|IncompleteRead|bytes"),
    ],
)
def test_what_is_not_the_model_leaves_nothing_behind(
    tmp_path: Path, serve: Serve, address: str, why: str
) -> None:
    whole = (write_model(tmp_path / "made") / "net.onnx").read_bytes()
    at = serve(
        {
            "net.onnx": whole[:-1] + b"x",
            "large.onnx": whole + b"x" * 1_000_000,
            "whole.onnx": whole[:-4],
        }
    )
    manifest = _manifest(tmp_path / "made", at + address, f"{at}/labels.txt")
    with pytest.raises(ConfigurationError, match=why):
        fetch_files(manifest, tmp_path, silence_s=0.3)
    assert not (tmp_path / "net.onnx").exists()


def test_a_server_that_is_not_there_is_told(tmp_path: Path, serve: Serve) -> None:
    at = serve({})
    port = at.rpartition(":")[2]
    manifest = _manifest(tmp_path / "made", f"http://localhost:{int(port) - 1}/x", f"{at}/y")
    with pytest.raises(ConfigurationError, match="try again, or import it"):
        fetch_files(manifest, tmp_path, silence_s=0.3)


def test_a_file_that_is_published_nowhere_is_told(tmp_path: Path) -> None:
    manifest = load_model(write_model(tmp_path / "made") / "model.toml", Manifest)
    with pytest.raises(ConfigurationError, match="not published anywhere"):
        fetch_files(manifest, tmp_path)
