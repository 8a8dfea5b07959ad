"""Services that live as long as the app, and the keys of a request."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import web

from handlers.media.images import Pictures
from handlers.push.delivery import Delivery
from handlers.push.notice import Notices
from handlers.services.calls import Calls
from handlers.services.counts import Counts
from handlers.services.credentials import Credentials
from handlers.services.limits import ConcurrencyLimit, Share, Throttle, Turns
from handlers.services.recent import Recent
from hub import Hub
from settings import Settings
from store.database import Database
from store.disk import Disk
from store.gridfs.chunks import Chunks
from store.gridfs.cleanup import FileCleanup
from store.lease.lease import Lease
from store.log.read_marks import ReadMarks
from store.log.unread import Unread
from store.log.writer import Log
from store.records import Access, User
from store.search.indexer import Indexer
from store.search.query import Search

# Of one user; others wait, so that other people come between.
MAX_READS_AT_ONCE = 2
MAX_OBJECTS_AT_ONCE = 10  # on all sockets of a user


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The rate limits of a user, or of an address."""

    sends: Throttle
    writes: Throttle  # other changes than messages
    reads: Throttle
    written: Throttle  # bytes of messages
    searches: Throttle
    new_rooms: Throttle
    invitations: Throttle  # of people into rooms
    test_pushes: Throttle
    sign_ins: Throttle
    sign_ups: Throttle
    new_sessions: Throttle  # sign-ins that were right
    lines: Throttle  # of the log, of those who are not signed in
    notes: Throttle  # lines of the security log that say that it was too much


@dataclass(slots=True)
class Services:
    """Everything that a request may need; `server.py` builds it, opens it and closes it.

    What remembers anything of the database is another after another server has served.
    """

    settings: Settings
    lease: Lease
    db: Database
    disk: Disk
    log: Log
    read_marks: ReadMarks
    unread: Unread
    chunks: Chunks
    file_cleanup: FileCleanup
    indexer: Indexer
    search: Search
    notices: Notices
    delivery: Delivery
    hub: Hub
    recent: Recent
    calls: Calls
    counts: Counts
    credentials: Credentials
    images: Pictures
    rates: RateLimits
    file_slots: ConcurrencyLimit  # uploads and downloads under way, by user
    pending_sockets: ConcurrencyLimit  # sockets without a hello, by user or address
    resume_slots: asyncio.Semaphore  # connections that catch up at the same time
    when_changed: list[Callable[[], Awaitable[None]]]  # told when serving begins or ends
    # Serialises membership changes with their announcements, so that clients hear them in
    # the order in which they were stored.
    membership_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    pin_lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # while pins are counted
    reads_at_once: Turns = field(default_factory=partial(Turns, MAX_READS_AT_ONCE))
    objects: Share = field(default_factory=partial(Share, MAX_OBJECTS_AT_ONCE))
    told: set[str] = field(default_factory=set)  # warnings that are given once
    # Requests, and whether each is a socket.
    under_way: dict["asyncio.Task[Any]", bool] = field(default_factory=dict)


SERVICES = web.AppKey("services", Services)

USER = web.RequestKey("user", User)
ACCESS = web.RequestKey("access", Access)  # the session or token of who asks
ADDRESS = web.RequestKey("address", str)
ORIGIN = web.RequestKey("origin", str)
# Whether to send HSTS: the request came over TLS and Hearth owns the whole host.
STRICT = web.RequestKey("strict", bool)
REQUEST_ID = web.RequestKey("request_id", str)
