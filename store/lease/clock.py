"""The clock for everything that is stored: the database's.

Servers that take over from each other may have clocks that differ, and a clock may jump.
The database's clock is the same for all of them, and is told with every renewal of the
lease; in between, only what cannot jump is counted on.
"""

import time
from datetime import UTC, datetime, timedelta

TOLERANCE_SECONDS = 2.0  # in which a clock counts as right

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_start = time.time() - time.monotonic()  # of the monotonic clock, in seconds of the epoch


def now() -> datetime:
    """The time in UTC, in whole milliseconds: BSON keeps no more, and JSON must agree."""
    return _EPOCH + timedelta(milliseconds=int((time.monotonic() + _start) * 1000))


def adjust(moment: datetime) -> None:
    """Take note of what the database's clock has just said."""
    global _start
    ours, told = time.time(), moment.timestamp()
    is_right = abs(told - ours) <= TOLERANCE_SECONDS
    _start = (ours if is_right else told) - time.monotonic()
