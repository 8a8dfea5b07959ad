"""Delivery: pushes on their way to the services that reach the devices.

A queue for each user, with the latest push of each room for each device; users take turns.
A few are under way at once, of one user fewer, so that services which hang hold up nobody
else.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, hdrs
from prometheus_client import Counter

from handlers.push.encryption import Vapid, encode, encrypt
from handlers.push.notice import Notice
from store.database import Database
from store.errors import is_away
from store.push import devices
from store.records import Device

log = logging.getLogger("hearth.push")

MAX_QUEUED_OF_USER = 100  # pushes; of more, those that wait longest go
MAX_UNDER_WAY, MAX_UNDER_WAY_OF_USER = 8, 2
PAUSE_SECONDS = 0.005  # between two, and so many times as long as the first took to word:
REST_FACTOR = 3  # messages have the process and the database between them
REST_SECONDS, MAX_REST_SECONDS = 30, 3_600  # of a device that could not be reached
TTL_SECONDS, RINGING_TTL_SECONDS = 86_400, 30  # that a service keeps it for the device
GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}

# What a push says to a device at the moment when it leaves; None if it is not wanted now.
Compose = Callable[[Device, Notice], Awaitable[bytes | None]]


@dataclass(slots=True)
class _Push:
    device: Device
    notice: Notice
    may_repeat: bool = True


class Delivery:
    """Sends pushes, a few at a time."""

    def __init__(
        self, db: Database, counts: Counter, open_session: Callable[[], ClientSession]
    ) -> None:
        self._db, self._counts, self.open_session = db, counts, open_session
        # By user, and then by device and room.
        self._queues: dict[str, dict[tuple[str, str], _Push]] = {}
        self._under_way: dict[str, _Push] = {}  # by device
        self._resting: dict[str, float] = {}  # devices, and until when
        self._slots = asyncio.Semaphore(MAX_UNDER_WAY)
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, compose: Compose) -> None:
        """Begin to send."""
        self._vapid = Vapid(self._db.vapid_seed)
        self._http = self.open_session()
        self.compose = compose
        self._begin(self._run())

    async def close(self) -> None:
        """Drop what waits."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.close()

    @property
    def public_key(self) -> str:
        """The key with which browsers subscribe."""
        return self._vapid.public

    def is_idle(self) -> bool:
        """True if no push waits or is under way."""
        return not self._queues and not self._under_way

    def put(self, device: Device, notice: Notice) -> None:
        """Send a push, instead of an earlier one of its room that waits."""
        self._put(_Push(device, notice))

    def drop(self, room: str, seq: int) -> None:
        """Do not send what waits of a message."""
        for user, queue in tuple(self._queues.items()):
            for key, waiting in tuple(queue.items()):
                if (waiting.notice.room, waiting.notice.seq) == (room, seq):
                    self._take(user, key)
        for sent in self._under_way.values():
            if (sent.notice.room, sent.notice.seq) == (room, seq):
                sent.may_repeat = False

    def _put(self, waiting: _Push) -> None:
        queue = self._queues.setdefault(waiting.device.user, {})
        queue[waiting.device.id, waiting.notice.room] = waiting
        if len(queue) > MAX_QUEUED_OF_USER:
            del queue[next(iter(queue))]
            self._counts.labels("dropped").inc()
        self._news.set()

    def _take(self, user: str, key: tuple[str, str]) -> _Push:
        """Take a push out of its queue; its user's next turn is after all others'."""
        queue = self._queues.pop(user)
        taken = queue.pop(key)
        if queue:
            self._queues[user] = queue
        return taken

    async def _run(self) -> None:
        while True:
            await self._slots.acquire()
            while (waiting := self._next()) is None:
                self._news.clear()
                await self._news.wait()
            began = asyncio.get_running_loop().time()
            self._under_way[waiting.device.id] = waiting
            plain = await self._worded(waiting)
            self._begin(self._deliver(waiting, plain))
            took = asyncio.get_running_loop().time() - began
            await asyncio.sleep(max(PAUSE_SECONDS, REST_FACTOR * took))

    def _next(self) -> _Push | None:
        users = [each.device.user for each in self._under_way.values()]
        moment = asyncio.get_running_loop().time()
        for user, queue in self._queues.items():
            if users.count(user) < MAX_UNDER_WAY_OF_USER:
                for key in queue:
                    is_resting = self._resting.get(key[0], 0) > moment
                    if key[0] not in self._under_way and not is_resting:
                        return self._take(user, key)
        return None

    async def _worded(self, waiting: _Push) -> bytes | None:
        try:
            return await self.compose(waiting.device, waiting.notice)
        except Exception as error:
            if not is_away(error):
                log.exception("A push could not be worded")
            return None

    async def _deliver(self, waiting: _Push, plain: bytes | None) -> None:
        outcome, device = "failed", waiting.device
        try:
            outcome = await self._send(waiting, plain) if plain else "unwanted"
        except Exception as error:
            if not is_away(error):
                log.exception("A push could not be sent")
        finally:
            del self._under_way[device.id]
            self._counts.labels(outcome).inc()
            self._slots.release()
            self._news.set()

    async def _send(self, waiting: _Push, plain: bytes) -> str:
        device = waiting.device
        status, after = await self._post(device, waiting.notice, plain)
        self._resting.pop(device.id, None)
        if status in GONE:
            await devices.end(self._db, device)
            return "ended"
        is_reached = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
        await devices.note_outcome(self._db, device, reached=is_reached)
        if is_reached:
            return "sent"
        may_pass = status in {0, HTTPStatus.TOO_MANY_REQUESTS} or status >= 500
        if may_pass:
            # Of more digits than a number may have, the first ones are long enough.
            rest = int(after[:9]) if after.isdecimal() else REST_SECONDS
            rest = min(rest, MAX_REST_SECONDS)
            loop = asyncio.get_running_loop()
            self._resting[device.id] = loop.time() + rest
            loop.call_later(rest, self._news.set)
            newer = device.id, waiting.notice.room
            if waiting.may_repeat and newer not in self._queues.get(device.user, {}):
                self._put(_Push(device, waiting.notice, may_repeat=False))
                return "retried"
        return "failed"

    async def _post(self, device: Device, notice: Notice, plain: bytes) -> tuple[int, str]:
        """The status of the answer, 0 without one, and when to try again."""
        topic = encode(sha256(notice.room.encode()).digest())[:32]
        headers = {
            hdrs.AUTHORIZATION: self._vapid.authorization(device.endpoint, device.home),
            hdrs.CONTENT_TYPE: "application/octet-stream",
            hdrs.CONTENT_ENCODING: "aes128gcm",
            "TTL": str(RINGING_TTL_SECONDS if notice.is_ringing else TTL_SECONDS),
            "Urgency": "high" if notice.is_urgent else "normal",
            "Topic": topic,
        }
        with suppress(ClientError, OSError, TimeoutError, ValueError):
            async with self._http.post(
                device.endpoint,
                data=encrypt(plain, device.p256dh, device.auth),
                headers=headers,
                allow_redirects=False,  # It would lead to what nobody has checked.
            ) as answer:
                return answer.status, answer.headers.get(hdrs.RETRY_AFTER, "")
        return 0, ""

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
