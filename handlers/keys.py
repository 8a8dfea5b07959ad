"""Where everything that lives as long as the app is kept, and who is asking."""

from aiohttp import web

from handlers.counts import Counts
from handlers.credentials import Credentials
from handlers.throttle import Throttle
from hub import Hub
from settings import Settings
from store.database import Database
from store.log import Log
from store.marks import Marks
from store.records import Session, User

SETTINGS = web.AppKey("settings", Settings)
DB = web.AppKey("db", Database)
LOG = web.AppKey("log", Log)
MARKS = web.AppKey("marks", Marks)
HUB = web.AppKey("hub", Hub)
CREDENTIALS = web.AppKey("credentials", Credentials)
SIGN_INS = web.AppKey("sign_ins", Throttle)
COUNTS = web.AppKey("counts", Counts)
SENDS = web.AppKey("sends", Throttle)

USER = web.RequestKey("user", User)
SESSION = web.RequestKey("session", Session)
ADDRESS = web.RequestKey("address", str)
ORIGIN = web.RequestKey("origin", str)
REQUEST_ID = web.RequestKey("request_id", str)
