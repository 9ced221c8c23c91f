"""What a picture file says of itself, read before any decoder touches it.

A few bytes can promise 100,000 x 100,000 pixels; the promise is checked before it is believed.
Only what the file needs for that is parsed: PNG (W3C PNG 3rd edition, section 11.2.1), JPEG
(ITU-T T.81, annex B), BMP (BITMAPCOREHEADER and later) and TIFF 6.0, section 2.
"""

import struct
import zlib
from collections.abc import Callable, Iterator

from inspectd.core.errors import PictureError

Size = tuple[int, int]

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_JPEG_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
_JPEG_SCAN = 0xDA
_JPEG_END = b"\xff\xd9"
_BMP_CORE_HEADER_BYTES = 12
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_TIFF_FORMATS = {3: "H", 4: "I"}


def read_size(data: bytes) -> Size:
    """(width, height) in pixels as the header of a PNG, JPEG, BMP or TIFF file states it.

    Raises PictureError where the format is another, or the file ends before it should.
    """
    reader = next((read for magic, read in _READERS.items() if data.startswith(magic)), None)
    if reader is None:
        msg = f"not a PNG, JPEG, BMP or TIFF picture (it starts with {data[:8].hex(' ')})"
        raise PictureError(msg)
    try:
        return reader(data)
    except (struct.error, IndexError) as error:
        raise _truncated(data) from error


def _truncated(data: bytes) -> PictureError:
    return PictureError(f"the picture file is cut off or damaged ({len(data)} bytes)")


def _png(data: bytes) -> Size:
    names = list(_png_chunks(data))
    if names[0] != b"IHDR" or names[-1] != b"IEND":
        raise _truncated(data)
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _png_chunks(data: bytes) -> Iterator[bytes]:
    """Chunk names up to IEND, each with its CRC checked: decoders may only warn of a wrong one."""
    position, name = len(PNG_SIGNATURE), b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, position)
        (crc,) = struct.unpack_from(">I", data, position + 8 + length)
        if zlib.crc32(memoryview(data)[position + 4 : position + 8 + length]) != crc:
            raise _truncated(data)
        yield name
        position += 12 + length


def _jpeg(data: bytes) -> Size:
    size: Size | None = None
    position = 2
    while True:
        if data[position] != 0xFF:  # noqa: PLR2004 - T.81 B.1.1.2: every marker starts with it
            raise _truncated(data)
        marker = data[position + 1]
        if marker == 0xFF or marker in _JPEG_BARE_MARKERS:  # noqa: PLR2004 - a fill byte
            position += 1 if marker == 0xFF else 2  # noqa: PLR2004
            continue
        if marker in _JPEG_FRAME_MARKERS:
            height, width = struct.unpack_from(">HH", data, position + 5)
            size = (width, height)
        (length,) = struct.unpack_from(">H", data, position + 2)
        position += 2 + length
        if marker == _JPEG_SCAN:
            # libjpeg fills what is missing with grey and calls it a warning.
            if size is None or data.find(_JPEG_END, position) < 0:
                raise _truncated(data)
            return size


def _bmp(data: bytes) -> Size:
    file_bytes, header_bytes = struct.unpack_from("<I8xI", data, 2)
    if len(data) < file_bytes:
        raise _truncated(data)
    layout = "<HH" if header_bytes == _BMP_CORE_HEADER_BYTES else "<ii"
    width, height = struct.unpack_from(layout, data, 18)
    return abs(width), abs(height)  # a negative height means rows from the top


def _tiff(data: bytes) -> Size:
    order = "<" if data[:2] == b"II" else ">"
    (directory,) = struct.unpack_from(order + "I", data, 4)
    (entries,) = struct.unpack_from(order + "H", data, directory)
    found: dict[int, int] = {}
    for index in range(entries):
        at = directory + 2 + 12 * index
        tag, kind = struct.unpack_from(order + "HH", data, at)
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT) and kind in _TIFF_FORMATS:
            (found[tag],) = struct.unpack_from(order + _TIFF_FORMATS[kind], data, at + 8)
    if len(found) < 2:  # noqa: PLR2004 - a width and a height
        raise _truncated(data)
    return found[_TIFF_WIDTH], found[_TIFF_HEIGHT]


_READERS: dict[bytes, Callable[[bytes], Size]] = {
    PNG_SIGNATURE: _png,
    b"\xff\xd8\xff": _jpeg,
    b"BM": _bmp,
    b"II*\x00": _tiff,
    b"MM\x00*": _tiff,
}
