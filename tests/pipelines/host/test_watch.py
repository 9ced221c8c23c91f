"""A watched folder, without waiting: the clock of settling is turned by hand."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from support.side import picture

from inspectd.core.errors import StoreError
from inspectd.pipelines.host.settings import WatchSettings
from inspectd.pipelines.host.site import Site
from inspectd.pipelines.host.watch import Watcher


class Folder:
    """A watched folder, and a watcher that is asked to look."""

    def __init__(self, site: Site, path: Path) -> None:
        self.site, self.path = site, path
        path.mkdir(exist_ok=True)
        self.watcher = Watcher(site, WatchSettings(folder=path, pipeline="tint"))
        self.now_s = 0.0
        self.watcher._settling.clock_s = lambda: self.now_s

    def put(self, name: str, colour: tuple[int, int, int] = (200, 10, 10)) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(picture(colour))
        return file

    def look(self) -> None:
        self.watcher.look_at_all()
        self.now_s += 2.0
        self.watcher.take(self.watcher._settling.settled())

    def jobs(self) -> int:
        return sum(self.site.jobs.counts().values())


@pytest.fixture
def folder(site: Site, tmp_path: Path) -> Folder:
    return Folder(site, tmp_path / "watched")


def test_a_file_is_taken_when_it_has_stopped_changing(folder: Folder) -> None:
    file = folder.put("a.png")
    folder.watcher.look_at_all()
    folder.now_s += 0.5
    assert folder.watcher._settling.settled() == []
    file.write_bytes(picture((10, 200, 10)) + b"")
    os.utime(file, ns=(1, 1))
    folder.now_s += 0.9
    assert folder.watcher._settling.settled() == []
    folder.now_s += 1.1
    assert folder.watcher._settling.settled() == [file]


def test_a_file_that_was_taken_is_not_taken_again(folder: Folder) -> None:
    folder.put("a.png")
    folder.look()
    folder.look()
    assert folder.jobs() == 1
    assert folder.site.pictures.counts()[1] == 1
    folder.put("a.png", (10, 200, 10))
    folder.look()
    assert folder.jobs() == 2


def test_folders_that_were_moved_in_are_seen(folder: Folder, tmp_path: Path) -> None:
    stage = Folder(folder.site, tmp_path / "stage")
    stage.put("deep/er/a.png")
    shutil.move(tmp_path / "stage", folder.path / "moved")
    folder.look()
    assert folder.jobs() == 1


def test_a_folder_that_was_made_anew_is_seen(folder: Folder, tmp_path: Path) -> None:
    folder.put("a.png")
    folder.look()
    folder.path.rename(tmp_path / "rotated")
    folder.put("b.png", (10, 200, 10))
    folder.look()
    assert folder.jobs() == 2


@pytest.mark.parametrize("dies_in", ["receive", "ask", "watched"])
def test_whatever_ends_the_host_no_file_is_lost(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    for place in range(5):
        folder.put(f"{place}.png", (200, place, 10))

    class KilledError(Exception):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise KilledError

    owner: Any = {
        "receive": folder.site.inbox,
        "ask": folder.site,
        "watched": folder.site.pictures,
    }[dies_in]
    with monkeypatch.context() as patch:
        patch.setattr(owner, {"receive": "receive_file"}.get(dies_in, dies_in), die)
        with pytest.raises(KilledError):
            folder.look()
    again = Folder(folder.site, folder.path)
    again.look()
    assert again.jobs() == 5
    assert folder.site.pictures.counts()[0] == 5


def test_a_damaged_file_is_refused_once_and_the_others_are_taken(folder: Folder) -> None:
    folder.put("a.png")
    (folder.path / "b.tif").write_bytes(b"II*\x00" + b"\xff" * 40)
    folder.put("c.png", (10, 200, 10))
    folder.look()
    folder.look()
    assert folder.jobs() == 2
    assert folder.site.pictures.counts()[2] == 1


def test_a_name_that_is_no_text_is_a_name(folder: Folder) -> None:
    file = Path(os.fsdecode(os.fsencode(folder.path) + b"/caf\xe9.png"))
    file.write_bytes(picture())
    folder.look()
    folder.look()
    assert folder.jobs() == 1
    assert folder.site.pictures.counts()[1] == 1


def test_while_the_disk_is_full_files_wait_and_are_taken_later(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.put("a.png")

    def full(*_: Any) -> None:
        msg = "only 0.1 GB are free"
        raise StoreError(msg)

    with monkeypatch.context() as patch:
        patch.setattr(folder.site.inbox, "_check_room", full)
        with pytest.raises(StoreError):
            folder.look()
    assert folder.jobs() == 0
    folder.look()
    assert folder.jobs() == 1


def test_trouble_is_told_once_and_stops_nothing(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    def trouble() -> None:
        msg = "only 0.1 GB are free"
        raise StoreError(msg)

    for _ in range(3):
        folder.watcher._guarded(trouble)
    assert capsys.readouterr().out.count("only 0.1 GB are free") == 1


def test_what_programs_hide_or_still_write_is_not_taken(folder: Folder) -> None:
    for name in (".hidden.png", "a.part", "b.tmp", "c.png~"):
        folder.put(name)
    folder.look()
    assert folder.jobs() == 0
