"""Metrics of the store: Prometheus' own classes, in the registry of one app."""

from prometheus_client import CollectorRegistry, Counter, Histogram

SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class StoreCounts:
    """Commits, and operations that found the database away."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._sizes = Histogram(
            "hearth_commit_size", "Changes in one commit.", registry=self.registry,
            buckets=SIZES,
        )  # fmt: skip
        self._seconds = Histogram(
            "hearth_commit_seconds", "Seconds until one is journaled.",
            registry=self.registry, buckets=SECONDS,
        )  # fmt: skip
        self.away = Counter(
            "hearth_database_errors", "Operations that found it away.",
            registry=self.registry,
        )  # fmt: skip

    def commit(self, size: int, seconds: float) -> None:
        """Count one commit of the log."""
        self._sizes.observe(size)
        self._seconds.observe(seconds)
