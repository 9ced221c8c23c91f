import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.side import MakeSettings, picture

from inspectd.core.errors import PictureError, StoreError
from inspectd.pipelines.host.inbox import shown_name
from inspectd.pipelines.host.site import Site


def test_the_same_bytes_are_the_same_picture_whatever_they_are_called(site: Site) -> None:
    first = site.inbox.receive([picture()], "a.png", "test")
    second = site.inbox.receive([picture()], "b.png", "test")
    assert (first.is_new, second.is_new) == (True, False)
    assert first.picture.sha256 == second.picture.sha256
    assert [each.name for each in site.pictures.last_arrivals(5)] == ["b.png", "a.png"]
    assert site.pictures.named("b.png") == [first.picture.sha256]


def test_a_pictures_kind_is_told_by_its_bytes_and_not_its_name(site: Site) -> None:
    received = site.inbox.receive([picture(form="JPEG")], "holiday.png", "test")
    assert received.picture.media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is empty"),
        (b"hello", "no picture of a kind"),
        (b"\x00\x00\x00\x18ftypheic" + b"\0" * 200, "HEIC needs a decoder"),
        (b"\x00\x00\x00\x18ftypavif" + b"\0" * 200, "AVIF is not read"),
        (b"GIF89a" + b"\0" * 200, "no picture of a kind"),
        (picture(size=64)[:40], "header is damaged|no picture"),
    ],
)
def test_what_is_refused_is_noted_with_name_and_reason(site: Site, data: bytes, why: str) -> None:
    with pytest.raises(PictureError, match=f"^odd.png: .*({why})"):
        site.inbox.receive([data], "odd.png", "test")
    (arrival,) = site.pictures.last_arrivals(5, refused_only=True)
    assert arrival.name == "odd.png"
    assert arrival.refused is not None
    assert list(site.blobs.names()) == []
    assert site.pictures.counts() == (0, 1, 1)


def test_a_file_that_is_too_large_is_not_read_to_its_end(make_settings: MakeSettings) -> None:
    with Site(make_settings(inbox={"max_mb": 0.001})) as site:
        sent = iter([b"\x89PNG\r\n\x1a\n" + b"x" * 2000, b"never"])
        with pytest.raises(PictureError, match=r"larger than the 0\.001 MB"):
            site.inbox.receive(sent, "big.png", "test")
        assert next(sent) == b"never"
        assert list(site.blobs.names()) == []


def test_too_many_pixels_are_refused_when_they_come(make_settings: MakeSettings) -> None:
    settings = make_settings(inbox={"max_megapixels": 0.001})
    with Site(settings) as site, pytest.raises(PictureError, match="64 x 64 pixels"):
        site.inbox.receive([picture(size=64)], "big.png", "test")


def test_nothing_is_taken_in_when_the_disk_is_nearly_full(make_settings: MakeSettings) -> None:
    settings = make_settings(store={"min_free_gb": 1_000_000})
    with Site(settings) as site, pytest.raises(StoreError, match=r"below store\.min_free_gb"):
        site.inbox.receive([picture()], "a.png", "test")


def test_files_that_cannot_be_read_are_refused(site: Site, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    for path in (tmp_path, tmp_path / "missing.png", pipe):
        with pytest.raises(PictureError, match=path.name):
            site.inbox.receive_file(path, "test")
    assert site.pictures.counts() == (0, 3, 3)


def test_a_changed_blob_is_never_looked_at(site: Site) -> None:
    received = site.inbox.receive([picture()], "a.png", "test")
    site.blobs.path(received.picture.sha256).write_bytes(b"other")
    with pytest.raises(StoreError, match="damaged"):
        site.blobs.read(received.picture.sha256)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\x.png", "x.png"),
        ("a/b/", "b"),
        ("..", ".."),
        ("\x00\n", "unnamed"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("", "unnamed"),
    ],
)
def test_a_name_is_its_last_step_and_readable(sent: str, shown: str) -> None:
    assert shown_name(sent) == shown


@given(st.text(max_size=400))
def test_no_name_can_be_a_path_or_hide_anything(name: str) -> None:
    shown = shown_name(name)
    assert shown
    assert len(shown) <= 255
    assert not set(shown) & {"/", "\\", "\n", "\r", "\0", "\u202e"}


def test_a_picture_called_like_a_path_lands_in_the_store(site: Site, tmp_path: Path) -> None:
    received = site.inbox.receive([picture()], "../../../escape.png", "test")
    assert received.picture.name == "escape.png"
    assert not list(tmp_path.rglob("escape.png"))
