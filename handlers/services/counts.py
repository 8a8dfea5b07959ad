"""Metrics of an app: Prometheus' own classes, beside those of its store."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from store.counts import SECONDS


class Counts:
    """Counted where it happens; the hub's are gathered when somebody asks."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(f"hearth_{name}", about, labels, registry=registry)

        self.registry = registry
        self.requests = counter("http_requests", "Requests.", "method", "route", "status")
        self.seconds = Histogram(  # of requests, but not of sockets
            "hearth_http_request_seconds", "Seconds for one.", buckets=SECONDS,
            registry=registry,
        )  # fmt: skip
        self.refusals = counter("refusals", "What was turned down.", "over", "kind")
        self.sign_ins = counter("sign_ins", "By how they ended.", "outcome")
        objects = counter("objects_heard", "Objects said by clients.", "kind")
        self.object_heard = cache(lambda kind: objects.labels(kind.__name__.lower()))
        self.frames = counter("frames_written", "Frames written to sockets.")
        self.deliveries = counter(
            "deliveries", "Events handed to readers, once for each reader."
        )
        self.cuts = counter("connections_cut", "Sockets closed by us.", "code")
        self.pushes = counter("pushes", "Pushes to devices, by how they ended.", "outcome")
        self.terms = counter("terms", "How often it began to serve.")
        self.left_out = 0  # lines of the log, since the last that says so
        ProcessCollector(registry=registry)
