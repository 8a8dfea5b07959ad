"""File types, by their bytes and a list; others are only downloaded."""

from typing import NamedTuple

DOWNLOAD = "application/octet-stream"
PDF = "application/pdf"
IMAGES = {"image/gif", "image/jpeg", "image/png", "image/webp"}


class Sign(NamedTuple):
    """Bytes that a kind of file has at a place, and what such a file may call itself."""

    at: int
    found: bytes
    types: tuple[str, ...]


_FILM = ("video/mp4", "audio/mp4")
_SIGNS = [
    Sign(0, b"\x89PNG\r\n\x1a\n", ("image/png",)),
    Sign(0, b"\xff\xd8\xff", ("image/jpeg",)),
    Sign(0, b"GIF87a", ("image/gif",)),
    Sign(0, b"GIF89a", ("image/gif",)),
    Sign(8, b"WEBP", ("image/webp",)),
    Sign(8, b"WAVE", ("audio/wav",)),
    Sign(0, b"%PDF-", (PDF,)),
    Sign(0, b"OggS", ("audio/ogg", "video/ogg")),
    Sign(0, b"fLaC", ("audio/flac",)),
    Sign(0, b"ID3", ("audio/mpeg",)),
    Sign(0, b"\xff\xfb", ("audio/mpeg",)),
    Sign(0, b"\xff\xf3", ("audio/mpeg",)),
    Sign(4, b"ftypM4A", ("audio/mp4",)),
    *(
        Sign(4, b"ftyp" + brand, _FILM)
        for brand in (b"avc1", b"dash", b"iso", b"M4V", b"mp4")
    ),
]
_EBML, _WEBM = b"\x1a\x45\xdf\xa3", ("video/webm", "audio/webm")


def kind_of(head: bytes, claimed: str) -> str:
    """The type of a file that begins with these bytes; a claim only chooses among them."""
    for at, found, types in _SIGNS:
        if head.startswith(found, at) and (at != 8 or head.startswith(b"RIFF")):
            return claimed if claimed in types else types[0]
    if head.startswith(_EBML) and b"webm" in head[:64]:
        return claimed if claimed in _WEBM else _WEBM[0]
    return DOWNLOAD
