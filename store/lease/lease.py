"""The lease: which of several servers serves a database; the others stand by.

One document in `meta` says who holds it, for which term (it grows with each holder), and
until when, by the database's own clock. A holder renews it, and trusts it for less long
than the others wait: so a process that was stopped, or cut off, knows that it may not serve
before anybody else begins to.
"""

import asyncio
import hashlib
import logging
import secrets
import time
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from msgspec import Struct
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from store.errors import CannotStart, NotServing, is_away
from store.lease import clock
from store.lease.timeouts import (
    LEASE_SECONDS,
    LOOK_SECONDS,
    RENEW_SECONDS,
    RENEWAL_SECONDS,
    SEEN_SECONDS,
    TRUST_SECONDS,
)

log = logging.getLogger("hearth.lease")
T = TypeVar("T")

DATA_VERSION = "1"  # grows when servers of two versions cannot share a database

_LEASE = "lease"
_STANDBY = "standby "  # and the id of a server: one document for each that stands by
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_NAMES = {
    "secret": "HEARTH_SECRET",
    "public_url": "HEARTH_PUBLIC_URL",
    "data": "the version of Hearth's data",
}


class State(StrEnum):
    """The state of a server: it serves, stands by, or knows neither."""

    STARTING = "starting"  # not asked yet, or the database does not answer
    STANDING_BY = "standing by"
    SERVING = "serving"


class Holder(Struct, frozen=True):
    """The holder of the lease."""

    host: str
    term: int
    since: datetime | None
    is_over: bool


class Lease:
    """One server's part in it. Whoever writes, answers or announces asks `require`."""

    def __init__(self, host: str) -> None:
        self.host, self.id = host, secrets.token_urlsafe(9)
        self.term = 0  # ours, while we serve
        self.terms = 0  # how often we began to serve
        self.until = _LONG_AGO  # by the database's clock
        self.served_before: datetime | None = None  # when another one last renewed it
        self.state = State.STARTING
        self.serves = ""  # the host for which we stand by
        self.place = ""  # of the data folder, if nobody else has it open
        self.is_exclusive = False  # nobody else can reach the database: it is our own
        self.ended = asyncio.Event()  # somebody else has had it
        self._fingerprints: dict[str, str] = {}
        self._meta: Any = None
        self.renewed = 0.0
        self._seen: tuple[Any, float] = (None, 0.0)  # what it was, and since when
        self._tried = 0.0  # to take it
        self._writes: set[asyncio.Future[Any]] = set()  # of ours that are under way
        self._is_told = False  # that we stand by
        self._renewing: asyncio.Task[None] | None = None

    def bind(self, meta: Any, *, exclusive: bool, place: str = "") -> None:
        """Say where it is kept; `exclusive` if no other server can reach that."""
        self._meta, self.is_exclusive, self.place = meta, exclusive, place

    def agree_on(self, secret: str, public_url: str) -> None:
        """Say what all servers of a database must share; digests of it are kept.

        A verb that holds the lease says nothing, and keeps what the last server said.
        """
        texts = {"secret": secret, "public_url": public_url, "data": DATA_VERSION}
        self._fingerprints = {
            name: hashlib.sha256(f"hearth {name} {text}".encode()).hexdigest()[:16]
            for name, text in texts.items()
        }

    def is_held(self) -> bool:
        """True if it is ours without a doubt, at this moment."""
        return self.term > 0 and time.monotonic() - self.renewed < TRUST_SECONDS

    def require(self) -> None:
        """Refuse to do anything that counts, unless we surely serve.

        Raises:
            NotServing: if we stand by, or do not know whether we still serve.
        """
        if not self.is_held():
            raise NotServing(self.why_not())

    def why_not(self) -> str:
        """Why nothing is done for anybody now."""
        if self.state is State.STANDING_BY:
            return f"This server is standing by for {self.serves or 'another'}."
        return "The database is away; please try again."

    async def is_worth_taking(self) -> bool:
        """True unless somebody surely has it: a small read, for those who look often."""
        document = await self._meta.find_one({"_id": _LEASE})
        if document is None:
            return True
        self._note_seen(document)
        now = time.monotonic()
        return (
            self.is_exclusive
            or self.state is not State.STANDING_BY
            or document["expires"] <= _LONG_AGO
            or document["holder"] == self.id
            or now - self._seen[1] > LEASE_SECONDS
            # At any rate now and then: it tells that we stand by, and finds what changed.
            or now - self._tried > RENEW_SECONDS
        )

    async def take(self) -> bool:
        """Take it, if it is free, has expired, or cannot be anybody else's.

        Raises:
            CannotStart: if another server holds it whose settings are not ours.
        """
        began = self._tried = time.monotonic()
        document = await self._meta.find_one_and_update(
            {"_id": _LEASE, **self._is_free()},
            [{"$set": self._held()}],
            return_document=ReturnDocument.AFTER,
        )
        if document is None:
            return await self._look()
        self._note_renewal(document, began)
        self.served_before = document.get("served_before")
        self.term, self.terms, self.state = document["term"], self.terms + 1, State.SERVING
        self.ended.clear()
        self._renewing = asyncio.create_task(self._keep(), name="hearth.lease")
        return True

    def stand_by_for(self, host: str) -> None:
        """Take note of who serves instead of us."""
        if (self.state, self.serves) != (State.STANDING_BY, host):
            log.warning("Standing by for %s.", host)
            self.state, self.serves = State.STANDING_BY, host

    async def confirm(self) -> None:
        """Ask whether it is still ours, after a write that has changed nothing.

        Raises:
            NotServing: if it is not: then the write came too late.
        """
        if not self.is_exclusive:
            self.require()
            await self._renew()
            self.require()

    async def hold(self) -> None:
        """Renew what is overdue: a verb may have worked for long without a pause.

        Raises:
            NotServing: if somebody else has had it meanwhile.
        """
        if not self.is_held():
            await self._renew()
        self.require()

    async def finish(self, write: Awaitable[T]) -> T:
        """Wait for a write, which is finished also if whoever asked for it is cancelled.

        It is good until the lease would have ended, so that is kept until it is over.
        """
        under_way = asyncio.ensure_future(write)
        self._writes.add(under_way)
        under_way.add_done_callback(self._finished)
        await asyncio.wait([under_way])
        return under_way.result()

    def _finished(self, write: asyncio.Future[Any]) -> None:
        self._writes.discard(write)
        if not write.cancelled():
            write.exception()  # Whoever waited may be gone; that is no error of ours.

    async def release(self) -> None:
        """Let it go: from now on nothing is done, and another one may serve at once.

        It is not let go while a write of ours is under way: then it ends by itself.
        """
        term, self.term = self.term, 0
        if self._renewing:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])
        if self._meta is None:
            return
        with suppress(PyMongoError, TimeoutError):
            async with asyncio.timeout(RENEWAL_SECONDS):
                if self._writes:
                    await asyncio.wait(self._writes)
                if term:
                    mine = {"_id": _LEASE, "holder": self.id, "term": term}
                    await self._meta.update_one(mine, {"$set": {"expires": _LONG_AGO}})
                await self._withdraw()

    def _is_free(self) -> dict[str, Any]:
        if self.is_exclusive:
            return {}
        ways: list[dict[str, Any]] = [{"$expr": {"$lte": ["$expires", "$$NOW"]}}]
        if self.place:  # Its holder had our data folder open, and has it no more.
            ways.append({"place": self.place})
        seen, since = self._seen
        # Nobody has renewed it while we looked on: it has expired, whatever the clock of
        # the database says, which may be another machine's by now. Or we took it ourselves,
        # and the answer was lost.
        is_over = time.monotonic() - since > LEASE_SECONDS
        if seen and (is_over or seen[0] == self.id):
            ways.append(dict(zip(("holder", "term", "renewals"), seen, strict=True)))
        return {"$or": ways}

    def _held(self) -> dict[str, Any]:
        return {
            "holder": self.id,
            "host": {"$literal": self.host},
            "place": self.place,
            "fingerprints": self._fingerprints or "$fingerprints",
            "term": {"$add": ["$term", 1]},
            "since": "$$NOW",
            # A verb, which shares nothing, serves nobody.
            "served": "$$NOW" if self._fingerprints else "$served",
            "served_before": "$served",
            "expires": {"$add": ["$$NOW", int(LEASE_SECONDS * 1000)]},
            "renewals": 0,
        }

    async def _look(self) -> bool:
        """See who has it, and tell them that we stand by; true if we have it after all."""
        document = await self._meta.find_one({"_id": _LEASE})
        if document is None:
            with suppress(DuplicateKeyError):
                first = {"_id": _LEASE, "term": 0, "expires": _LONG_AGO}
                await self._meta.insert_one(first)
            return await self.take()
        self._note_seen(document)
        theirs, ours = document.get("fingerprints", {}), self._fingerprints
        differing = [
            _NAMES[key] for key in ours.keys() & theirs if theirs[key] != ours[key]
        ]
        host = document.get("host", "")
        if differing:
            raise CannotStart(
                f"Hearth on {host} serves this database, and this one cannot stand by for "
                f"it, because they differ in {' and '.join(differing)}. Set the same, or "
                "stop the other one."
            )
        self.stand_by_for(host)
        self._is_told = True
        await self._meta.update_one(
            {"_id": _STANDBY + self.id},
            [{"$set": {"host": {"$literal": self.host}, "seen": "$$NOW"}}],
            upsert=True,
        )
        return False

    async def _withdraw(self) -> None:
        if self._is_told:
            await self._meta.delete_one({"_id": _STANDBY + self.id})
            self._is_told = False

    def _note_seen(self, document: Mapping[str, Any]) -> None:
        seen = tuple(document.get(name) for name in ("holder", "term", "renewals"))
        if seen != self._seen[0]:
            self._seen = (seen, time.monotonic())

    async def _keep(self) -> None:
        """Renew it until somebody else has had it; first tell that we stand by no more."""
        with suppress(PyMongoError):
            await self._withdraw()
        while not self.ended.is_set():
            await asyncio.sleep(RENEW_SECONDS if self.is_held() else LOOK_SECONDS)
            try:
                async with asyncio.timeout(RENEWAL_SECONDS):
                    if not self.is_held():
                        # Renewals that come late would keep others out, and help nobody.
                        await self._meta.find_one({"_id": _LEASE})
                    await self._renew()
            except Exception as error:
                if not is_away(error) and not isinstance(error, TimeoutError):
                    log.exception("The lease could not be renewed; trying again")

    async def _renew(self) -> None:
        began, term = time.monotonic(), self.term
        longer = {
            **{name: self._held()[name] for name in ("expires", "served")},
            "renewals": {"$add": ["$renewals", 1]},
        }
        document = await self._meta.find_one_and_update(
            {"_id": _LEASE, "holder": self.id, "term": term},
            [{"$set": longer}],
            return_document=ReturnDocument.AFTER,
        )
        if term != self.term or began < self.renewed:
            return  # It was released meanwhile, or a later renewal was answered before.
        if document is not None:
            self._note_renewal(document, began)
        elif not self.ended.is_set():
            log.error("Another server has taken over; this one serves no more.")
            self.term, self.state = 0, State.STANDING_BY
            self.ended.set()

    def _note_renewal(self, document: Mapping[str, Any], began: float) -> None:
        self.renewed, self.until = began, document["expires"]
        if time.monotonic() - began < clock.TOLERANCE_SECONDS:
            clock.adjust(self.until - timedelta(seconds=LEASE_SECONDS))


async def holder(meta: Any) -> Holder | None:
    """The server that serves, or did last."""
    found = await meta.aggregate(
        [
            {"$match": {"_id": _LEASE}},
            {"$set": {"is_over": {"$lte": ["$expires", "$$NOW"]}}},
        ]
    ).to_list(1)
    if not found or "host" not in found[0]:
        return None
    lease = found[0]
    return Holder(lease["host"], lease["term"], lease["since"], lease["is_over"])


async def standbys(meta: Any) -> list[str]:
    """The hosts of those who stand by."""
    earliest = {"$subtract": ["$$NOW", int(SEEN_SECONDS * 1000)]}
    query = {"_id": {"$regex": f"^{_STANDBY}"}, "$expr": {"$gte": ["$seen", earliest]}}
    return sorted([document["host"] async for document in meta.find(query)])
