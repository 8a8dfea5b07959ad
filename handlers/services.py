"""Where everything that lives as long as the app is kept, and who is asking."""

import asyncio

from aiohttp import web

from handlers.media.images import Pictures
from handlers.socket.recent import Recent
from handlers.web.counts import Counts
from handlers.web.credentials import Credentials
from handlers.web.limits import Throttle, Turns
from hub import Hub
from settings import Settings
from store.chunks import Chunks
from store.cleanup import Sweeper
from store.database import Database
from store.log.read_marks import Marks
from store.log.writer import Log
from store.records import Session, Token, User
from store.search.follower import Follower
from store.search.query import Search

SETTINGS = web.AppKey("settings", Settings)
DB = web.AppKey("db", Database)
LOG = web.AppKey("log", Log)
MARKS = web.AppKey("marks", Marks)
CHUNKS = web.AppKey("chunks", Chunks)
SWEEPER = web.AppKey("sweeper", Sweeper)
PICTURES = web.AppKey("pictures", Pictures)
TRANSFERS = web.AppKey("transfers", Turns)
HUB = web.AppKey("hub", Hub)
RECENT = web.AppKey("recent", Recent)
NEWCOMERS = web.AppKey("newcomers", Turns)
# Held while somebody joins, leaves or gets a role, until that is told: in the order it was.
MOVES = web.AppKey("moves", asyncio.Lock)
ATTACHING = web.AppKey("attaching", asyncio.Semaphore)
CREDENTIALS = web.AppKey("credentials", Credentials)
SIGN_INS = web.AppKey("sign_ins", Throttle)
SIGN_UPS = web.AppKey("sign_ups", Throttle)
COUNTS = web.AppKey("counts", Counts)
SENDS = web.AppKey("sends", Throttle)
FOLLOWER = web.AppKey("follower", Follower)
SEARCH = web.AppKey("search", Search)
SEARCHES = web.AppKey("searches", Throttle)
ACTS = web.AppKey("acts", Throttle)
READS = web.AppKey("reads", Throttle)

USER = web.RequestKey("user", User)
SESSION = web.RequestKey("session", Session)  # of who asks with a sign-in
TOKEN = web.RequestKey("token", Token)  # of who asks with a token instead
ADDRESS = web.RequestKey("address", str)
ORIGIN = web.RequestKey("origin", str)
STRICT = web.RequestKey("strict", bool)  # whether its host speaks TLS, and is ours alone
REQUEST_ID = web.RequestKey("request_id", str)
