"""What the store has done since it opened, as plain numbers for whoever wants to know."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Histogram:
    """How values are spread over buckets; adding one costs less than a microsecond."""

    def __init__(self, *bounds: float) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """Count a value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self.sum += value

    def buckets(self) -> Iterator[tuple[float, int]]:
        """Each bound, the last one infinite, and how many values were not above it."""
        return zip((*self._bounds, float("inf")), accumulate(self._counts), strict=True)


class Counts:
    """Commits, and operations that found the database away."""

    def __init__(self) -> None:
        self.sizes, self.seconds = Histogram(*SIZES), Histogram(*SECONDS)
        self.away = 0

    def commit(self, size: int, seconds: float) -> None:
        """Count one commit of the log."""
        self.sizes.add(size)
        self.seconds.add(seconds)
