"""Metrics for Prometheus: read where they are kept, at the moment somebody asks."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from handlers.services import ADDRESS, SERVICES, Services
from handlers.web import routes
from handlers.web.auth import public
from handlers.web.forwarded import asker, is_near, is_own_host
from handlers.web.serving import always
from settings import VERSION
from store.counts import Histogram
from store.errors import NotFound

Metric = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily


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
    # An app has a registry of its own: several live in one process.
    registry = CollectorRegistry()
    registry.register(AppCollector(services))
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(request.headers.get(hdrs.ACCEPT, ""))
    return web.Response(body=encode(registry), headers={hdrs.CONTENT_TYPE: content_type})


class AppCollector(Collector):
    """What one app counts; nothing of it touches a library while people talk."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """Everything that can be read."""
        yield from self._about_people()
        yield from self._about_the_log()
        yield from self._about_requests()

    def _about_people(self) -> Iterator[Metric]:
        hub = self._services.hub
        open_now = hub.everyone()
        owed = [peer.unsent_bytes() for peer in open_now]
        yield _gauge("info", "Its label is the version.", {("version", VERSION): 1})
        yield _gauge("connections", "Open sockets whose user is known.", len(open_now))
        yield _gauge(
            "strangers", "Open sockets that have not said hello.", hub.unauthenticated
        )
        yield _gauge("users_present", "Users who are here.", len(hub.present()))
        yield _gauge("backlog_bytes", "Bytes that readers have not taken.", sum(owed))
        most = max(owed, default=0)
        yield _gauge("backlog_bytes_max", "Of them, those of the slowest.", most)
        yield _counter("frames_written", "Frames written to sockets.", hub.frames)
        yield _counter(
            "deliveries", "Events handed to readers, once for each reader.", hub.deliveries
        )
        yield _counter("connections_cut", "Sockets closed by us.", hub.cuts, "code")
        said = self._services.counts.objects
        yield _counter("objects_heard", "Objects said by clients.", said, "kind")

    def _about_the_log(self) -> Iterator[Metric]:
        db, log = self._services.db, self._services.log
        counts = db.counts
        yield _spread("commit_size", "Changes in one commit.", counts.sizes)
        yield _spread("commit_seconds", "Seconds until one is journaled.", counts.seconds)
        yield _gauge("log_waiting", "Changes that wait for a commit.", log.waiting())
        yield _gauge("log_up", "Whether the writer is well.", log.is_well())
        if (free := self._services.disk.free_bytes) is not None:
            yield _gauge("disk_free_bytes", "Free on the database's disk.", free)
        lease = db.lease
        yield _gauge("serving", "Whether this server serves.", lease.is_held())
        yield _gauge("lease_term", "The term that it serves, if it does.", lease.term)
        yield _counter("terms", "How often it began to serve.", lease.terms)
        yield _gauge("database_up", "Whether the database answers.", db.is_well())
        yield _counter("database_errors", "Operations that found it away.", counts.away)

    def _about_requests(self) -> Iterator[Metric]:
        counts = self._services.counts
        yield _counter(
            "http_requests", "Requests.", counts.requests, "method", "route", "status"
        )
        yield _spread("http_request_seconds", "Seconds for one.", counts.seconds)
        yield _counter("refusals", "What was turned down.", counts.refusals, "over", "kind")
        yield _counter("sign_ins", "By how they ended.", counts.sign_ins, "outcome")


def _gauge(name: str, about: str, value: float | Mapping[tuple[str, str], int]) -> Metric:
    if not isinstance(value, Mapping):
        return GaugeMetricFamily(f"hearth_{name}", about, value)
    labels = [label for label, _ in value]
    family = GaugeMetricFamily(f"hearth_{name}", about, labels=labels)
    for (_, text), number in value.items():
        family.add_metric([text], number)
    return family


def _counter(name: str, about: str, value: int | Mapping[Any, int], *labels: str) -> Metric:
    if isinstance(value, int):
        return CounterMetricFamily(f"hearth_{name}", about, value)
    family = CounterMetricFamily(f"hearth_{name}", about, labels=labels)
    for key, number in value.items():
        family.add_metric(_texts(key), number)
    return family


def _spread(name: str, about: str, spread: Histogram) -> Metric:
    buckets = [
        ("+Inf" if bound == float("inf") else str(bound), count)
        for bound, count in spread.buckets()
    ]
    return HistogramMetricFamily(f"hearth_{name}", about, buckets, spread.sum)


def _texts(key: Any) -> list[str]:
    return [str(each) for each in (key if isinstance(key, tuple) else (key,))]


ROUTES = [
    routes.get("/metrics", show_metrics, "text/plain", refuses=(404,)),
]
