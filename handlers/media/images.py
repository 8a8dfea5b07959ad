"""Pictures: measured and made small by a process of their own, which may die of them."""

import asyncio
import logging
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from struct import Struct
from tempfile import TemporaryFile
from typing import IO, NamedTuple
from weakref import WeakValueDictionary

log = logging.getLogger(__name__)

MAX_SECONDS = 30  # for one picture by the clock; the worker's own limit counts CPU time
IDLE_SECONDS = 20  # until a worker without work ends: it holds 30 MB
_DECODER = Path(__file__).with_name("decoder.py")
# As in the decoder, which is not imported: Pillow is its own.
_REQUEST, _ANSWER = Struct("!cI"), Struct("!?III")
_LOOK, _FACE = b"l", b"f"


class Seen(NamedTuple):
    """A picture's size as it is shown, and a smaller one, if that saves anything."""

    size: tuple[int, int]
    preview: bytes


class Pictures:
    """Looks at pictures, one at a time, and of each person only one waits for its turn.

    So a picture that takes long delays those of others once, however many its sender has.
    """

    def __init__(self, most_pixels: int) -> None:
        self._most_pixels = most_pixels
        self._thread = ThreadPoolExecutor(1, "pictures")
        self._worker = _Worker()
        self._turns = WeakValueDictionary[str, asyncio.Lock]()
        self._idle: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """Look at nothing more."""
        if self._idle:
            self._idle.cancel()
        self._worker.kill()  # So the thread waits for nothing.
        self._thread.shutdown(cancel_futures=True)
        self._worker.end()

    async def look(self, user: str, pieces: AsyncIterator[bytes]) -> Seen | None:
        """Measure a picture and make its preview; nothing if it is not to be shown."""
        return await self._ask(_LOOK, user, pieces)

    async def face(self, user: str, pieces: AsyncIterator[bytes]) -> bytes | None:
        """The middle of a picture as a square WebP; nothing if it is not to be shown."""
        seen = await self._ask(_FACE, user, pieces)
        return seen.preview if seen else None

    async def _ask(
        self, act: bytes, user: str, pieces: AsyncIterator[bytes]
    ) -> Seen | None:
        async with self._turns.setdefault(user, asyncio.Lock()):
            # Its bytes may come slowly: nobody else waits for that.
            picture = TemporaryFile()  # noqa: SIM115 - the thread may need it longer than we
            try:
                async for piece in pieces:
                    picture.write(piece)
                picture.seek(0)
                request = _REQUEST.pack(act, self._most_pixels)
                asked = self._thread.submit(self._worker.ask, request, picture)
            except BaseException:
                picture.close()
                raise
            asked.add_done_callback(lambda _: picture.close())
            try:
                return await asyncio.wrap_future(asked)
            finally:
                self._end_when_idle()

    def _end_when_idle(self) -> None:
        if self._idle:
            self._idle.cancel()
        if not self._worker.is_closed:
            loop, submit = asyncio.get_running_loop(), self._thread.submit
            self._idle = loop.call_later(IDLE_SECONDS, submit, self._worker.end)


class _Worker:
    """The process with the decoders; there while there is work. For one thread."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self.is_closed = False

    def ask(self, request: bytes, picture: IO[bytes]) -> Seen | None:
        """Have a picture decoded; nothing if it is not to be shown, or cost too much."""
        if self._process and self._process.poll() is not None:
            self.end()  # Somebody else ended it; the picture is not to blame.
        connection = self._connection or self._start()
        try:
            connection.settimeout(MAX_SECONDS)
            socket.send_fds(connection, [request], [picture.fileno()])
            with connection.makefile("rb") as answer:
                head = answer.read(_ANSWER.size)
                is_shown, width, height, length = _ANSWER.unpack(head)
                preview = answer.read(length)
        except Exception:
            self.end()
            if not self.is_closed:
                log.warning("A picture took more than it may, and its worker ended.")
            return None
        return Seen((width, height), preview) if is_shown else None

    def kill(self) -> None:
        """Let whoever asks wait no longer, and start no other."""
        self.is_closed = True
        if process := self._process:
            process.kill()

    def end(self) -> None:
        """End the process, if there is one."""
        if self._connection:
            self._connection.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        self._process = self._connection = None

    def _start(self) -> socket.socket:
        self._connection, theirs = socket.socketpair()
        with theirs:
            # Of our environment, which has secrets, it gets nothing.
            self._process = subprocess.Popen(  # noqa: S603 - our own file
                [sys.executable, "-P", str(_DECODER)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env={"PYTHONPATH": ":".join(filter(None, sys.path))},
                start_new_session=True,  # Ctrl-C is for the server.
            )
        if self.is_closed:
            self._process.kill()
        return self._connection
