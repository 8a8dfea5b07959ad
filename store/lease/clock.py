"""The clock for everything that is stored: the database's.

Servers that take over from each other may have clocks that differ, and a clock may jump.
The database's clock is the same for all of them, and is told with every renewal of the
lease.
"""

from datetime import UTC, datetime, timedelta

TOLERANCE = timedelta(seconds=2)  # in which a clock counts as right

_ahead = timedelta()  # of the database's clock, before ours


def now() -> datetime:
    """The time in UTC, in whole milliseconds: BSON keeps no more, and JSON must agree."""
    moment = datetime.now(UTC) + _ahead
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def adjust(moment: datetime) -> None:
    """Take note of what the database's clock has just said."""
    global _ahead
    difference = moment - datetime.now(UTC)
    _ahead = difference if abs(difference) > TOLERANCE else timedelta()
