"""The clock for everything that is stored: the database's.

Servers that take over from each other may have clocks that differ, and a clock may jump.
The database's clock is the same for all of them, and is told with every renewal of the
lease.
"""

import time
from datetime import UTC, datetime, timedelta

TOLERANCE_SECONDS = 2.0  # in which a clock counts as right

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ahead = 0.0  # seconds of the database's clock, before ours


def now() -> datetime:
    """The time in UTC, in whole milliseconds: BSON keeps no more, and JSON must agree."""
    return _EPOCH + timedelta(milliseconds=int((time.time() + _ahead) * 1000))


def adjust(moment: datetime) -> None:
    """Take note of what the database's clock has just said."""
    global _ahead
    difference = moment.timestamp() - time.time()
    _ahead = difference if abs(difference) > TOLERANCE_SECONDS else 0.0
