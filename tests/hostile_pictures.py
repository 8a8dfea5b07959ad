"""Pictures that are made to cost much more than they are."""

import struct
import zlib

from PIL import Image

from tests.attachments import picture

BIG = 25_000_000  # bytes; as many as a file may have


def _chunk(name: bytes, content: bytes) -> bytes:
    checked = name + content
    return (
        struct.pack("!I", len(content)) + checked + struct.pack("!I", zlib.crc32(checked))
    )


def _png(*chunks: bytes, size: tuple[int, int] = (20, 12), depth: int = 8) -> bytes:
    head = _chunk(b"IHDR", struct.pack("!IIBBBBB", *size, depth, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + _chunk(b"IEND", b"")


def _zeros(size: int) -> bytes:
    return zlib.compress(bytes(size), 9)


def exif_in_pieces(segments: int) -> bytes:
    """A JPEG whose EXIF comes in pieces, each of which is put behind all before it."""
    whole = picture("JPEG")
    return whole[:2] + segments * b"\xff\xe1\x00\x0bExif\x00\x00abc" + whole[2:]


def _gif(comment: int) -> bytes:
    whole = picture("GIF", mode="P")
    start = 13 + 3 * 256  # after the colours
    blocks = comment // 256 * (b"\xff" + 255 * b"x")
    return whole[:start] + b"\x21\xfe" + blocks + b"\x00" + whole[start:]


def _webp(width: int, height: int) -> bytes:
    """An animated WebP of two small frames on a large canvas."""
    second = Image.new("RGB", (16, 16), "red")
    whole = bytearray(picture("WEBP", (16, 16), save_all=True, append_images=[second]))
    assert whole[12:16] == b"VP8X"
    whole[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(whole)


def _scans(size: tuple[int, int], scans: int) -> bytes:
    """A progressive JPEG that is gone over again and again."""
    whole = picture("JPEG", size, progressive=True)
    start = whole.rindex(b"\xff\xda")
    last = whole[start:-2]
    return whole[:-2] + scans * last + b"\xff\xd9"


HOSTILE = {
    "a GIF with a comment of 25 MB": lambda: _gif(BIG - 10_000),
    "an animated WebP of a few bytes and 40 megapixels": lambda: _webp(6_300, 6_300),
    "a JPEG of nothing but fill bytes": lambda: b"\xff\xd8\xff" + 1_000_000 * b"\xff",
    "EXIF in segments of eleven bytes": lambda: exif_in_pieces(400_000),
    "a progressive JPEG of 100 scans": lambda: _scans((4_000, 4_000), 100),
    "a PNG with 20 GB of text": lambda: _png(
        *20_000 * [_chunk(b"zTXt", b"a\x00\x00" + _zeros(1_000_000))]
    ),
    "a PNG with colours of 100 MB": lambda: _png(
        _chunk(b"iCCP", b"a\x00\x00" + _zeros(100_000_000))
    ),
    "a PNG of half a million chunks": lambda: _png(500_000 * _chunk(b"abCd", b"")),
    "a PNG of 40 megapixels, 16 bits each": lambda: _png(
        _chunk(b"IDAT", _zeros(6_300 * (6_300 * 8 + 1))), size=(6_300, 6_300), depth=16
    ),
}
