"""The scenarios, in the order in which they run; each adds figures, round by round."""

from collections.abc import Callable

from bench.bench import Bench
from bench.scenarios import disturbed, quiet, stored, talking, web

SCENARIOS: dict[str, Callable[[Bench], None]] = {
    "start": quiet.cold_start,
    "apps": quiet.apps_in_tests,
    "fanout": talking.beside_broadcasts,
    "engines": talking.beside_engines,
    "rooms": talking.many_rooms,
    "latency": talking.latency_against_load,
    "readers": disturbed.bad_readers,
    "catch-up": disturbed.catch_up,
    "comeback": disturbed.comeback,
    "sign-ins": disturbed.sign_ins,
    "transfers": disturbed.transfers,
    "welcome": disturbed.welcome,
    "absence": stored.absence,
    "history": stored.history,
    "growth": stored.growth,
    "connections": quiet.connections,
    "idle": quiet.idle,
    "web": web.first_view,
}
