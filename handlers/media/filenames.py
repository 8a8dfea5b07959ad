"""Names of files: strangers chose them, and they go to other people's disks."""

import unicodedata
from urllib.parse import quote

from handlers.markup.characters import visible

MAX_NAME_BYTES = 200  # file systems take 255
MAX_ENDING_CHARS = 20
NAMELESS = "file"
_KEPT = "!#$&+-.^_`|~"  # what RFC 8187 lets stand, beside letters and digits


def tidy(name: str) -> str:
    """The last part of a name, without what cannot be seen or turns text around."""
    last = name.replace("\\", "/").rpartition("/")[2]
    words = visible(unicodedata.normalize("NFC", last))
    if not words.strip(". "):
        return NAMELESS
    return _short(words)


def disposition(name: str, *, inline: bool) -> str:
    """The Content-Disposition of a file, RFC 6266."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    for odd in '"\\%':
        plain = plain.replace(odd, "_")
    stem, dot, ending = plain.rpartition(".")
    if not stem.strip(" .") and not name.startswith("."):
        plain = NAMELESS + dot + ending if dot else plain
    how = "inline" if inline else "attachment"
    encoded = quote(name, safe=_KEPT)
    return f"{how}; filename=\"{plain.strip() or NAMELESS}\"; filename*=UTF-8''{encoded}"


def _short(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > MAX_ENDING_CHARS:
        stem, dot, ending = name, "", ""
    left = MAX_NAME_BYTES - len((dot + ending).encode())
    return stem.encode()[:left].decode(errors="ignore") + dot + ending
