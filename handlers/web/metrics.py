"""Metrics for Prometheus: read where they are kept, at the moment somebody asks."""

from collections.abc import Callable
from math import nan
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from prometheus_client import Gauge, disable_created_metrics
from prometheus_client.exposition import choose_encoder

from handlers.services import ADDRESS, SERVICES, Services
from handlers.web import routes
from handlers.web.auth import public
from handlers.web.forwarded import asker, is_near, is_own_host
from handlers.web.serving_only import always
from settings import VERSION
from store.errors import NotFound

# A second series for each counter, for a time that nobody asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]


@always
@public
async def show_metrics(request: web.Request) -> web.Response:
    """Show how the server is doing, to whoever the settings name."""
    services = request.app[SERVICES]
    settings = services.settings
    _, _, host = asker(request, settings.trusted_proxies)
    own = urlsplit(settings.public_url).hostname or ""
    if not is_near(request, request[ADDRESS], settings.metrics):
        raise NotFound("There is nothing here.")
    if not is_own_host(host, own):
        raise NotFound("Ask by an address, by localhost, or by HEARTH_PUBLIC_URL's name.")
    gather(services)
    encode, content_type = choose_encoder(request.headers.get(hdrs.ACCEPT, ""))
    body = encode(services.counts.registry)
    return web.Response(body=body, headers={hdrs.CONTENT_TYPE: content_type})


def add_gauges(services: Services) -> None:
    """Show what is read at the moment somebody asks; once for each app."""
    registry = services.counts.registry

    def gauge(name: str, about: str, read: Callable[[], float]) -> None:
        Gauge(f"hearth_{name}", about, registry=registry).set_function(read)

    def unsent() -> list[int]:
        return [peer.unsent_bytes() for peer in services.hub.everyone()]

    about = "Its label is the version."
    Gauge("hearth_info", about, ["version"], registry=registry).labels(VERSION).set(1)
    gauge("connections", "Open sockets whose user is known.", lambda: len(unsent()))
    about = "Open sockets that have not said hello."
    gauge("strangers", about, lambda: services.hub.unauthenticated)
    gauge("users_present", "Users who are here.", lambda: len(services.hub.present()))
    gauge("backlog_bytes", "Bytes that readers have not taken.", lambda: sum(unsent()))
    about = "Of them, those of the slowest."
    gauge("backlog_bytes_max", about, lambda: max(unsent(), default=0))
    about = "Changes that wait for a commit."
    gauge("log_waiting", about, lambda: services.log.waiting())
    gauge("log_up", "Whether the writer is well.", lambda: services.log.is_well())
    about = "Free on the database's disk; NaN where nobody can tell."
    gauge("disk_free_bytes", about, lambda: _or_nan(services.disk.free_bytes))
    gauge("serving", "Whether this server serves.", lambda: services.lease.is_held())
    about = "The term that it serves, if it does."
    gauge("lease_term", about, lambda: services.lease.term)
    gauge("database_up", "Whether the database answers.", lambda: services.db.is_well())


def gather(services: Services) -> None:
    """Add what was counted as plain numbers, as a lock for each frame would cost more."""
    counts, hub, lease = services.counts, services.hub, services.lease
    counts.frames.inc(hub.frames)
    counts.deliveries.inc(hub.deliveries)
    for code, number in hub.cuts.items():
        counts.cuts.labels(code).inc(number)
    counts.terms.inc(lease.terms)
    hub.frames = hub.deliveries = lease.terms = 0
    hub.cuts.clear()


def _or_nan(number: float | None) -> float:
    return nan if number is None else number


ROUTES = [
    routes.get("/metrics", show_metrics, "text/plain", refuses=(404,)),
]
