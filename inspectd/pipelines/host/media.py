"""Which kind of file this is, by its first bytes; a name's ending says nothing here.

Sources: the signatures of RFC 2083 (PNG), JFIF, TIFF 6.0, GIF89a, RFC 9649 (WebP), ISO/IEC 23008-12
(HEIF brands), DICOM PS3.10 7.1.
"""

HEAD_BYTES = 132

_HEIF_BRANDS = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"))
_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)
# What any pipeline may see as pixels. Others (DICOM) are taken only where a pipeline reads them.
PICTURES = frozenset(
    ("image/jpeg", "image/png", "image/tiff", "image/gif", "image/bmp", "image/webp")
)


def media_type(head: bytes) -> str | None:
    """The media type that the first `HEAD_BYTES` bytes tell; None for one not read here."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _of_brand(head[8:12])
    if head[128:132] == b"DICM":
        return "application/dicom"
    return None


def _of_brand(brand: bytes) -> str | None:
    if brand in (b"avif", b"avis"):
        return "image/avif"
    return "image/heic" if brand in _HEIF_BRANDS else None
