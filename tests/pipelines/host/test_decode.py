import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from support.side import DATA, picture

from inspectd.core.errors import PictureError
from inspectd.pipelines.host.decode import decode_rgb, frames, look

_MANY = 100_000_000


def _saved(made: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    made.save(file, form, **options)
    return file.getvalue()


def test_a_picture_is_rgb_bytes_of_its_size() -> None:
    pixels = decode_rgb(picture((10, 200, 30), size=20), _MANY)
    assert pixels.shape == (20, 20, 3)
    assert pixels.dtype == np.uint8
    assert pixels[..., 1].mean() > 195


def test_sixteen_bits_are_scaled_and_not_cut_off() -> None:
    ramp = np.linspace(0, 65_535, 256).astype(np.uint16).reshape(16, 16)
    pixels = decode_rgb(_saved(Image.fromarray(ramp), "PNG"), _MANY)
    assert np.abs(pixels[..., 0].astype(int).ravel() - np.arange(256)).max() <= 1


def test_cmyk_becomes_rgb() -> None:
    pixels = decode_rgb(_saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG"), _MANY)
    assert pixels[0, 0, 0] > 200
    assert pixels[0, 0, 1:].max() < 60


def test_transparency_lies_on_white() -> None:
    pixels = decode_rgb(_saved(Image.new("RGBA", (4, 4), (0, 0, 0, 0)), "PNG"), _MANY)
    assert (pixels == 255).all()


def test_of_an_animation_the_first_picture_counts() -> None:
    pages = [Image.new("RGB", (6, 6), colour) for colour in ("red", "blue", "lime")]
    data = _saved(pages[0], "GIF", save_all=True, append_images=pages[1:])
    assert frames(data) == 3
    assert decode_rgb(data, _MANY)[0, 0].tolist() == [255, 0, 0]


def test_floating_point_is_stretched_over_its_range() -> None:
    values = np.linspace(-3, 9, 64, dtype=np.float32).reshape(8, 8)
    pixels = decode_rgb(_saved(Image.fromarray(values), "TIFF"), _MANY)
    assert (pixels.min(), pixels.max()) == (0, 255)


def test_values_that_are_no_numbers_are_refused() -> None:
    values = np.full((8, 8), np.nan, dtype=np.float32)
    with pytest.raises(PictureError, match="no numbers"):
        decode_rgb(_saved(Image.fromarray(values), "TIFF"), _MANY)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(orientation: int) -> None:
    upright = np.zeros((12, 20, 3), np.uint8)
    upright[:6, :10] = (255, 0, 0)
    upright[:6, 10:] = (0, 255, 0)
    stored = Image.fromarray(upright)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    if orientation in undo:
        stored = stored.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert (decode_rgb(_saved(stored, "PNG", exif=exif), _MANY) == upright).all()


def test_a_large_jpeg_can_be_read_small() -> None:
    data = picture(size=800, form="JPEG")
    assert decode_rgb(data, _MANY, at_most_px=100).shape == (100, 100, 3)
    assert decode_rgb(data, _MANY, at_most_px=900).shape == (800, 800, 3)


def test_a_picture_that_ends_too_soon_is_refused() -> None:
    for form in ("PNG", "JPEG", "TIFF", "BMP", "GIF"):
        data = picture(size=64, form=form)
        with pytest.raises(PictureError, match=r"ends too soon|header is damaged"):
            decode_rgb(data[: len(data) * 2 // 3], _MANY)


def _bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises more than its few bytes could hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 10_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    with pytest.raises(PictureError, match=r"60000 x 60000 pixels .* inbox.max_megapixels"):
        look(_bomb(60_000, 60_000), _MANY)
    with pytest.raises(PictureError, match="pixels are more"):
        decode_rgb(_bomb(100_000, 1), _MANY)


def test_text_is_no_picture() -> None:
    with pytest.raises(PictureError, match="no picture of a kind that is read here"):
        look(b"<svg xmlns='http://www.w3.org/2000/svg'/>", _MANY)


@given(st.binary(max_size=300), st.sampled_from(("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")))
def test_any_bytes_are_a_picture_or_an_error_that_is_told(noise: bytes, form: str) -> None:
    data = bytearray(picture(size=24, form=form))
    for place, value in enumerate(noise):
        data[(place * 37 + value) % len(data)] ^= value
    with contextlib.suppress(PictureError):
        assert decode_rgb(bytes(data), 10_000).shape[2] == 3


def test_the_corrupt_photo_of_the_shared_data_is_refused() -> None:
    files = [p for p in (DATA / "photos" / "duplicates").glob("*") if "corrupt" in p.name.lower()]
    if not files:
        pytest.skip(f"no corrupt photo in {DATA}/photos/duplicates (set INSPECTD_DATA)")
    with pytest.raises(PictureError):
        decode_rgb(files[0].read_bytes(), _MANY)


def _with_exif(form: str) -> bytes:
    made = Image.fromarray(np.arange(40 * 30 * 3, dtype=np.uint8).reshape(30, 40, 3))
    exif = made.getexif()
    exif[0x0112], exif[0x010E] = 6, "a description"
    return _saved(made, form, **({"exif": exif} if form != "GIF" else {}))


_WHOLE = [_with_exif(form) for form in ("JPEG", "PNG", "TIFF", "GIF", "WEBP")]


@given(
    whole=st.sampled_from(_WHOLE),
    flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=6),
    at_front=st.booleans(),
)
def test_damaged_bytes_are_a_picture_or_a_reason(
    whole: bytes, flips: list[tuple[int, int]], *, at_front: bool
) -> None:
    data = bytearray(whole)
    for place, value in flips:
        # The front is where the structure is.
        data[place % (min(len(data), 400) if at_front else len(data))] = value
    for read in (
        lambda: look(bytes(data), _MANY),
        lambda: frames(bytes(data)),
        lambda: decode_rgb(bytes(data), _MANY),
        lambda: decode_rgb(bytes(data), _MANY, at_most_px=8),
    ):
        with contextlib.suppress(PictureError):
            read()


# Offsets and types of a TIFF's tags, changed so that Pillow raises KeyError and TypeError.
@pytest.mark.parametrize("kind", [b"\x0c", b"\x00", b"\xff"])
def test_a_tiff_whose_tags_make_no_sense_is_refused(kind: bytes) -> None:
    data = bytearray(_WHOLE[2])
    start = struct.unpack_from("<I", data, 4)[0]
    for tag in range(struct.unpack_from("<H", data, start)[0]):
        data[start + 2 + 12 * tag + 2] = kind[0]
    with pytest.raises(PictureError, match=r"damaged|no picture|pixels"):
        decode_rgb(bytes(data), _MANY)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA"])
def test_a_small_copy_is_the_mean_of_the_large_one_and_upright(mode: str) -> None:
    made = Image.new(mode, (400, 200), "white")
    made.paste("black", (0, 0, 200, 200))
    exif = made.getexif()
    exif[0x0112] = 6
    small = decode_rgb(_saved(made, "PNG", exif=exif), _MANY, at_most_px=40)
    assert small.shape == (40, 20, 3)
    assert small[:18].max() < 40
    assert small[22:].min() > 215
