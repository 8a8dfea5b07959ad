"""Pictures: the only place with Pillow.

What is here came from strangers: it is measured before it is decoded, by one of four
decoders, in a thread of its own.
"""

import asyncio
import io
from collections.abc import Callable
from typing import IO, NamedTuple, TypeVar

from PIL import ExifTags, Image, ImageOps

from handlers.web.threads import threads

T = TypeVar("T")

FORMATS = ("JPEG", "PNG", "GIF", "WEBP")  # Pillow has dozens more, each a way in
PREVIEW = (720, 560)  # twice what a message shows, for dense screens
FACE = 256  # pixels of an avatar's sides
_ON_ITS_SIDE = {5, 6, 7, 8}  # orientations that change width and height


class Seen(NamedTuple):
    """A picture's size as it is shown, and a smaller one, if that saves anything."""

    size: tuple[int, int]
    preview: bytes


class Pictures:
    """Looks at pictures, one at a time: each may take 160 MB for a moment."""

    def __init__(self, most_pixels: int) -> None:
        self._most = most_pixels
        self._thread = threads(1, "pictures")

    def close(self) -> None:
        """Look at nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def look(self, opened: IO[bytes], size: int) -> Seen | None:
        """Measure a picture and make its preview; nothing if it is not to be shown."""
        return await self._run(lambda: self._look(opened, size))

    async def face(self, content: bytes) -> bytes | None:
        """The middle of a picture as a square WebP; nothing if it is not to be shown."""
        return await self._run(lambda: self._face(io.BytesIO(content)))

    async def _run(self, act: Callable[[], T]) -> T | None:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, act)
        except Exception:  # Decoders raise anything over what is broken, or made to break.
            return None

    def _look(self, opened: IO[bytes], size: int) -> Seen:
        with self._open(opened) as picture:
            measured = width, height = picture.size
            box = PREVIEW
            if picture.getexif().get(ExifTags.Base.Orientation) in _ON_ITS_SIDE:
                measured, box = (height, width), (PREVIEW[1], PREVIEW[0])
            if picture.format != "MPO" and getattr(picture, "is_animated", False):
                picture.load()  # The first frame at least is sound.
                return Seen(measured, b"")
            preview = _webp(_small(picture, box))
        return Seen(measured, preview if len(preview) < size else b"")

    def _face(self, opened: IO[bytes]) -> bytes:
        with self._open(opened) as picture:
            upright = _small(picture, (4 * FACE, 4 * FACE))
        return _webp(ImageOps.fit(upright, (FACE, FACE), Image.Resampling.LANCZOS))

    def _open(self, opened: IO[bytes]) -> Image.Image:
        picture = Image.open(opened, formats=FORMATS)
        if picture.width * picture.height > self._most:
            raise ValueError("It has more pixels than we decode.")
        return picture


def _small(picture: Image.Image, box: tuple[int, int]) -> Image.Image:
    """The picture in a box, upright, in plain colours, and nothing else that it carried."""
    picture.draft("RGB", (2 * box[0], 2 * box[1]))  # JPEG is decoded small at once.
    plain = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    plain.thumbnail(box, reducing_gap=2.0)
    plain = ImageOps.exif_transpose(plain)
    plain.info = {}
    return plain


def _webp(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "WEBP", quality=80)
    return written.getvalue()
