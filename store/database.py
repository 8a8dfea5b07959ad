"""The database: connect, indexes, disconnect."""

import asyncio
import logging
import secrets
import threading
from contextlib import suppress

import pymongo
from pymongo.errors import (
    ConfigurationError,
    DuplicateKeyError,
    InvalidName,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)

from store.cache import Cache
from store.counts import StoreCounts
from store.errors import CannotStart, Unavailable
from store.indexes import INDEXES
from store.lease.fenced import FencedCollection
from store.lease.lease import Lease
from store.lease.timeouts import DB_SECONDS, SELECT_SECONDS
from store.mongod import support
from store.mongod.client import Client, make_client
from store.records import Kind, now
from store.upgrade import UPGRADE_SECONDS, require_known_version, upgrade

log = logging.getLogger("hearth.database")

MIN_VERSION = (5, 0)  # has all we use; the oldest MongoDB that the tests ran on is 6.0
DEFAULT_ROOM = "general"
CLOSE_SECONDS = 1.0  # for a clean disconnect
RETRY_SECONDS = 2.0  # between attempts to reach a database that is away
_REFUSED = {8000, 13, 18}  # authentication failed, or not authorised

COLLECTIONS = (
    "users", "access", "rooms", "members", "messages", "invites", "hooks", "avatars",
    "push", "slack", "meta",
)  # fmt: skip
UNFINISHED = "unfinished"  # the document of `meta` that is there while a restore ends
GRIDFS = {"files": "fs.files", "chunks": "fs.chunks"}  # what we call them: its own names
OURS = {theirs: ours for ours, theirs in GRIDFS.items()}
Collection = FencedCollection


class Database:
    """The collections, and what is remembered of them. Nothing opens before `open`."""

    users: Collection
    access: Collection
    rooms: Collection
    members: Collection
    messages: Collection
    invites: Collection
    hooks: Collection
    avatars: Collection
    push: Collection
    slack: Collection
    files: Collection
    chunks: Collection
    meta: Collection

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self.cache = Cache()
        self.counts = StoreCounts()
        self.url = self.epoch = self.vapid_seed = ""
        self.one_at_a_time = asyncio.Lock()
        self.one_avatar_at_a_time = asyncio.Lock()
        self.prepared = asyncio.Event()
        self.away = False
        self._client: Client | None = None
        self._task: asyncio.Task[None] | None = None
        self._question: asyncio.Task[None] | None = None

    async def open(self, url: str, *, exclusive: bool = False, place: str = "") -> None:
        """Make a client; nothing is asked yet. `exclusive` if no other server can reach it.

        Raises:
            CannotStart: if waiting would not help: a bad URL.
        """
        self.url = url
        try:
            self._client = make_client(
                url,
                timeoutMS=int(DB_SECONDS * 1000),
                serverSelectionTimeoutMS=int(SELECT_SECONDS * 1000),
            )
            database = self._client.get_default_database("hearth")
        except (ConfigurationError, InvalidURI, InvalidName, ValueError) as error:
            raise CannotStart(
                f"HEARTH_MONGODB_URL is not understood: {error}. It should look like "
                "mongodb://user:password@host:27017/hearth?authSource=admin."
            ) from None
        for name in (*COLLECTIONS, *GRIDFS):
            driver_s = database[GRIDFS.get(name, name)]
            setattr(self, name, FencedCollection(driver_s, self.lease))
        self.lease.bind(database["meta"], exclusive=exclusive, place=place)

    async def prepare(self) -> None:
        """Make the indexes and the first documents: we serve this database from now on.

        Raises:
            PyMongoError: if it is away.
        """
        assert self._client is not None
        with pymongo.timeout(UPGRADE_SECONDS):
            made = [
                getattr(self, name).create_indexes(each) for name, each in INDEXES.items()
            ]
            await asyncio.gather(*made)
            await upgrade(self._client.get_default_database("hearth"))
        self.epoch, self.vapid_seed, _ = await asyncio.gather(
            self._first("epoch", 9), self._first("vapid", 48), self._make_default_room()
        )
        self.away = False
        self.prepared.set()

    def forget(self) -> None:
        """Remember nothing: another server has written since."""
        self.prepared.clear()
        self.away, self.epoch, self.cache = False, "", Cache()

    async def close(self) -> None:
        """Disconnect, within a moment; whoever still asks is refused."""
        self.prepared.clear()
        for task in filter(None, (self._task, self._question)):
            task.cancel()
        if self._client is not None:
            # It says goodbye over the network, and would block the loop for 30 s if the
            # database is frozen.
            closing = threading.Thread(target=self._client.close, daemon=True)
            closing.start()
            await asyncio.to_thread(closing.join, CLOSE_SECONDS)

    def require(self) -> None:
        """Refuse at once while the database is away, instead of waiting for it in vain.

        Raises:
            Unavailable: if it is not there, or not yet.
        """
        if self.away or not self.prepared.is_set():
            raise Unavailable("The database is away; please try again.", RETRY_SECONDS)
        self.lease.require()

    def is_well(self) -> bool:
        """True if the database answered when it was last asked."""
        return self.prepared.is_set() and not self.away and self.lease.is_held()

    async def answers(self, within: float) -> bool:
        """Ask the database whether it is there: an idle server would never find out."""
        if not self.is_well():
            return False
        # One question for all who want to know, and it goes on when they have gone.
        if self._question is None or self._question.done():
            self._question = asyncio.create_task(self._ask())
        await asyncio.wait([self._question], timeout=within)
        return self._question.done() and self.is_well()

    async def _ask(self) -> None:
        try:
            await self.meta.find_one({"_id": "epoch"})
        except PyMongoError:
            self.lost()

    def lost(self) -> None:
        """Take note that an operation found the database away; ask it until it is back."""
        self.counts.away.inc()
        if not self.away and self.prepared.is_set() and self._client is not None:
            log.warning("The database does not answer; answering 503 until it does.")
            self.away = True
            self._task = asyncio.create_task(self._keep_trying())

    async def _keep_trying(self) -> None:
        while self.away:
            with suppress(PyMongoError):
                await self.meta.find_one({"_id": "epoch"})
                self.away = False
                log.warning("The database answers.")
                return
            await asyncio.sleep(RETRY_SECONDS)

    async def check(self) -> None:
        """See whether it can be served.

        Raises:
            CannotStart: if waiting would not help: refused credentials, too old.
            PyMongoError: if it is away.
        """
        assert self._client is not None
        try:
            info = await self._client.server_info()
            await self.meta.find_one({})  # needs a right, as nothing above does
        except OperationFailure as error:
            if error.code in _REFUSED:
                raise CannotStart(
                    "MongoDB refused the user or password in HEARTH_MONGODB_URL: "
                    f"{(error.details or {}).get('errmsg')}. Check them, and that "
                    "authSource names the database in which the user was made."
                ) from None
            raise
        if tuple(info["versionArray"][:2]) < MIN_VERSION:
            raise CannotStart(
                f"MongoDB {info['version']} is too old: Hearth needs "
                f"{'.'.join(map(str, MIN_VERSION))} or later. Upgrade it, or leave "
                "HEARTH_MONGODB_URL unset and Hearth runs one of its own."
            )
        for fault in support.faults(info, await self._client.admin.command("hello")):
            log.warning("%s", fault)

    async def check_data(self) -> None:
        """See whether the data are whole, and of a version that we know.

        Raises:
            CannotStart: if a newer server has changed them, or half a restore.
            PyMongoError: if the database is away.
        """
        if await self.meta.find_one({"_id": UNFINISHED}):
            raise CannotStart(
                "A restore or an import into this database was not finished. Do it again, "
                "with --replace."
            )
        await require_known_version(self.meta)

    async def _first(self, key: str, count: int) -> str:
        """A value of so many random bytes, made by the first start."""
        document = await self.meta.find_one_and_update(
            {"_id": key},
            {"$setOnInsert": {"value": secrets.token_urlsafe(count)}},
            upsert=True,
            return_document=True,
        )
        return str(document["value"])

    async def _make_default_room(self) -> None:
        with suppress(DuplicateKeyError):  # Not the first start.
            await self.rooms.insert_one(
                {
                    "_id": DEFAULT_ROOM,
                    "title": "General",
                    "topic": "For everyone",
                    "kind": Kind.PUBLIC.value,
                    "created_by": "",
                    "created_at": now(),
                    "archived": False,
                }
            )
