"""The scenarios, in the order in which they run; each notes its figures."""

from collections.abc import Callable

from bench.bench import Bench
from bench.scenarios import conditions, crowds, engines, fanout, reading, start, web

SCENARIOS: dict[str, Callable[[Bench], None]] = {
    "start": start.cold_start,
    "fanout": fanout.closed_loop,
    "engines": engines.beside_engines,
    "rooms": fanout.many_rooms,
    "latency": fanout.latency_against_load,
    "readers": conditions.bad_readers,
    "catch-up": conditions.catch_up,
    "comeback": conditions.comeback,
    "sign-ins": conditions.sign_ins,
    "transfers": conditions.transfers,
    "welcome": reading.welcome,
    "history": reading.history,
    "growth": reading.growth,
    "connections": crowds.connections,
    "idle": crowds.idle,
    "web": web.first_view,
}
