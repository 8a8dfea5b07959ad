"""What was asked and refused since the start, as plain numbers; `metrics.py` shows them."""

from collections import Counter

from store.counts import SECONDS, Histogram


class Counts:
    """Counted where it happens, at the price of adding one."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()  # method, route, status
        self.seconds = Histogram(*SECONDS)  # of requests, but not of sockets
        self.refusals: Counter[tuple[str, str]] = Counter()  # over http or socket, kind
        self.objects: Counter[str] = Counter()  # said by clients over the socket, by type
        self.sign_ins: Counter[str] = Counter()  # by how they ended
