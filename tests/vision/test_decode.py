"""decode_picture: pixels or PictureError, whatever the bytes."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inspectd.core.errors import PictureError
from inspectd.vision.decode import decode_picture, to_8_bit

Picture = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32]
EXTENSIONS = (".png", ".jpg", ".bmp", ".tiff")


def encoded(pixels: Picture, extension: str = ".png") -> bytes:
    done, data = cv2.imencode(extension, pixels)
    assert done
    return data.tobytes()


def noise(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("extension", [".png", ".bmp", ".tiff"])
@pytest.mark.parametrize("shape", [(40, 60), (40, 60, 3), (1, 1)])
def test_a_lossless_picture_comes_back_as_it_was(extension: str, shape: tuple[int, ...]) -> None:
    pixels = noise(*shape)
    assert np.array_equal(decode_picture(encoded(pixels, extension)), pixels)


@pytest.mark.parametrize("shape", [(40, 60), (40, 60, 3)])
def test_a_jpeg_keeps_its_shape_and_type(shape: tuple[int, ...]) -> None:
    decoded = decode_picture(encoded(noise(*shape), ".jpg"))
    assert decoded.shape == shape
    assert decoded.dtype == np.uint8


@pytest.mark.parametrize("extension", [".png", ".tiff"])
def test_sixteen_bit_grey_stays_sixteen_bit(extension: str) -> None:
    pixels = noise(40, 60).astype(np.uint16) * 257
    decoded = decode_picture(encoded(pixels, extension))
    assert decoded.dtype == np.uint16
    assert np.array_equal(decoded, pixels)


def test_sixteen_bit_colour_is_scaled_to_eight_bit() -> None:
    pixels = np.full((40, 60, 3), 65_535, np.uint16)
    pixels[:, :30] = 257 * 7
    decoded = decode_picture(encoded(pixels))
    assert decoded.dtype == np.uint8
    assert set(np.unique(decoded)) == {7, 255}


def test_every_sixteen_bit_level_becomes_the_nearest_of_eight_bits() -> None:
    levels = np.arange(65_536, dtype=np.uint16).reshape(256, 256)
    assert np.array_equal(to_8_bit(levels), np.rint(levels / 257.0))


def test_an_opaque_alpha_channel_is_dropped() -> None:
    pixels = noise(40, 60, 4)
    pixels[:, :, 3] = 255
    assert np.array_equal(decode_picture(encoded(pixels)), pixels[:, :, :3])


def test_a_see_through_picture_is_refused() -> None:
    pixels = noise(40, 60, 4)
    pixels[:, :, 3] = 255
    pixels[7, 9, 3] = 254
    with pytest.raises(PictureError, match="see-through"):
        decode_picture(encoded(pixels))


def test_float_pixels_are_refused() -> None:
    data = encoded(np.zeros((40, 60), np.float32), ".tiff")
    with pytest.raises(PictureError, match="float32"):
        decode_picture(data)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(PictureError, match="empty"):
        decode_picture(b"")


def test_a_text_file_is_refused() -> None:
    with pytest.raises(PictureError, match="not a PNG"):
        decode_picture(b"part 7 was fine\n")


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_file_cut_off_anywhere_is_refused(extension: str, share: float) -> None:
    data = encoded(noise(64, 64), extension)
    with pytest.raises(PictureError, match=r"cut off|damaged"):
        decode_picture(data[: int(len(data) * share)])


def test_a_flipped_byte_in_a_png_is_refused() -> None:
    data = bytearray(encoded(noise(64, 64)))
    data[len(data) // 2] ^= 0x40
    with pytest.raises(PictureError, match="damaged"):
        decode_picture(bytes(data))


def png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = b""
    for body in (header, b"IDAT" + zlib.compress(b"\0" * 100), b"IEND"):
        chunks += struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(("width", "height"), [(30_001, 10), (10, 30_001), (20_001, 20_000)])
def test_a_picture_that_would_fill_the_memory_is_refused_unread(width: int, height: int) -> None:
    with pytest.raises(PictureError, match=f"{width} x {height} px: each side must be"):
        decode_picture(png_header(width, height))


def test_a_header_that_promises_more_than_the_file_holds_is_refused() -> None:
    with pytest.raises(PictureError, match="damaged"):
        decode_picture(png_header(2_000, 2_000))


def test_opencv_writes_nothing_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    data = bytearray(encoded(noise(64, 64), ".bmp"))
    data[18:22] = struct.pack("<i", 640)
    with pytest.raises(PictureError):
        decode_picture(bytes(data))
    assert capfd.readouterr().err == ""


@given(st.binary(max_size=400))
def test_random_bytes_raise_nothing_but_picture_error(data: bytes) -> None:
    with pytest.raises(PictureError):
        decode_picture(data)


@given(st.sampled_from(EXTENSIONS), st.integers(0, 10_000), st.integers(0, 255))
def test_one_wrong_byte_gives_a_picture_or_picture_error(
    extension: str, position: int, value: int
) -> None:
    data = bytearray(encoded(noise(24, 24), extension))
    data[position % len(data)] = value
    try:
        decoded = decode_picture(bytes(data))
    except PictureError:
        return
    assert decoded.dtype in (np.uint8, np.uint16)
    assert decoded.ndim in (2, 3)


@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\0", b"MM\0*"]),
    st.binary(max_size=200),
)
def test_a_true_signature_before_random_bytes_raises_nothing_but_picture_error(
    signature: bytes, rest: bytes
) -> None:
    with pytest.raises(PictureError):
        decode_picture(signature + rest)
