"""The process that decodes pictures: the only place with Pillow.

Pictures come from strangers, and a few of their bytes can ask for gigabytes or minutes. So
they are decoded here, one at a time, by one of four decoders, with limits that the kernel
holds. `images.py` runs this file as a script and restarts it; the server never imports it.

A request is one byte, the act, then the most pixels, with the picture's file descriptor.
The answer is `ANSWER` and the small picture. The end of the connection is the end of the
process, however the server ended.
"""

import io
import math
import os
import resource
import socket
import struct
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import IO

from PIL import ExifTags, Image, ImageFile, ImageOps

# Pillow has dozens more, each a way in.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
PREVIEW_PIXELS = (720, 560)  # twice what a message shows, for dense screens
FACE_PIXELS = 256  # of an avatar's sides
REQUEST = struct.Struct("!cI")  # act, most pixels
ANSWER = struct.Struct("!?III")  # is it to be shown, width, height, bytes that follow
LOOK, FACE = b"l", b"f"

MAX_MEMORY_BYTES = 256_000_000  # beyond what the process has before its first picture
MAX_CPU_SECONDS = 4  # for one picture; 40 megapixels take about one
NICENESS = 10
_ON_ITS_SIDE = {5, 6, 7, 8}  # orientations that change width and height

Picture = tuple[tuple[int, int], bytes]


def main() -> None:
    """Decode what is sent, until the connection ends or memory has run out."""
    connection = socket.socket(fileno=0)
    Image.preinit()
    _limit()
    while True:
        asked, descriptors, _, _ = socket.recv_fds(connection, REQUEST.size, 1)
        if not descriptors:
            return
        act, most_pixels = REQUEST.unpack(asked)
        _start_clock()
        with os.fdopen(descriptors[0], "rb") as opened:
            try:
                size, content = (look if act == LOOK else face)(opened, most_pixels)
                answer = ANSWER.pack(True, *size, len(content)) + content
            except MemoryError:
                return  # What is left may be in pieces too small for the next picture.
            except Exception:  # Decoders raise anything over what is broken.
                answer = ANSWER.pack(False, 0, 0, 0)
        connection.sendall(answer)


def look(opened: IO[bytes], most_pixels: int) -> Picture:
    """A picture's size as it is shown, and a smaller one, if that saves anything."""
    with _open(opened, most_pixels) as picture:
        measured = width, height = picture.size
        box = PREVIEW_PIXELS
        if picture.getexif().get(ExifTags.Base.Orientation) in _ON_ITS_SIDE:
            measured, box = (height, width), (box[1], box[0])
        if picture.format != "MPO" and getattr(picture, "is_animated", False):
            picture.load()  # The first frame at least is sound.
            return measured, b""
        preview = _webp(_small(picture, box))
    return measured, preview if len(preview) < os.fstat(opened.fileno()).st_size else b""


def face(opened: IO[bytes], most_pixels: int) -> Picture:
    """The middle of a picture as a square WebP."""
    size = (FACE_PIXELS, FACE_PIXELS)
    with _open(opened, most_pixels) as picture:
        upright = _small(picture, (4 * FACE_PIXELS, 4 * FACE_PIXELS))
    return size, _webp(ImageOps.fit(upright, size, Image.Resampling.LANCZOS))


def _limit() -> None:
    """Give way to everything else, and get no more memory than a picture may take."""
    with suppress(OSError):
        os.nice(NICENESS)
    with suppress(OSError):  # Only Linux has it: if memory runs out, this goes first.
        Path("/proc/self/oom_score_adj").write_text("1000")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, ValueError):  # macOS may refuse.
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + MAX_MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    warnings.simplefilter("ignore")
    # Libraries in C tell it what they think of a picture.
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)


def _start_clock() -> None:
    """Have the kernel end this process when the next picture takes too long."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    end = math.ceil(time.process_time()) + MAX_CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (end, most))


def _open(opened: IO[bytes], most_pixels: int) -> Image.Image:
    picture = Image.open(opened, formats=FORMATS)
    if picture.width * picture.height > most_pixels:
        raise ValueError("It has more pixels than we decode.")
    # Browsers show a JPEG whose last bytes are missing, too.
    ImageFile.LOAD_TRUNCATED_IMAGES = picture.format in ("JPEG", "MPO")
    return picture


def _small(picture: Image.Image, box: tuple[int, int]) -> Image.Image:
    """The picture in a box, upright, in plain colours, and nothing else that it carried."""
    picture.draft("RGB", (2 * box[0], 2 * box[1]))  # JPEG is decoded small at once.
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    # Most are made small before a copy is made: a copy of a large one takes 160 MB.
    is_plain = picture.mode in ("RGB", "RGBA") and "transparency" not in picture.info
    plain = picture if is_plain else picture.convert(mode)
    plain.thumbnail(box, reducing_gap=2.0)
    plain = ImageOps.exif_transpose(plain)
    plain.info = {}
    return plain


def _webp(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "WEBP", quality=80)
    return written.getvalue()


if __name__ == "__main__":
    main()
