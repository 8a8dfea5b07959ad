"""All errors of ours, in one tree.

HearthError
├── ApiError               the asker is told, and nothing has changed
│   ├── Invalid           the request is not understood
│   ├── Unauthenticated   we do not know who is asking
│   ├── Forbidden         we know, and they may not
│   ├── NotFound          it does not exist, or not for them
│   ├── Conflict          it does not fit what is there
│   ├── TooLarge          the body is over the limit
│   ├── TooSlow           the body does not come
│   ├── Unsupported       the body is of a kind we do not read
│   ├── TooMany           they should slow down
│   ├── Unavailable       we cannot now; the same request may succeed later
│   │   └── NotServing    another server serves, or we do not know that we do
│   └── InsufficientStorage   there is no room for it
├── CannotStart           the server ends, and says what to do
│   └── FolderInUse       or it stands by, if it was asked to
└── Failed                a verb of the command line ends, and says what to do
"""

from dataclasses import dataclass

from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    WaitQueueTimeoutError,
    WTimeoutError,
)

# Server error codes that mean "unavailable for now": step-down, shutdown, interruption, out
# of disk space.
_AWAY_CODES = {11600, 11602, 10107, 13435, 13436, 189, 91, 14031, 64, 50, 262}
_AWAY = (
    ConnectionFailure,
    NetworkTimeout,
    NotPrimaryError,
    ExecutionTimeout,
    WTimeoutError,
    WaitQueueTimeoutError,
)


class HearthError(Exception):
    """The root of the tree."""


class CannotStart(HearthError):
    """One paragraph that says what is wrong and what to do."""


class FolderInUse(CannotStart):
    """Another process has the data folder open."""

    def __init__(self, detail: str, owner: str) -> None:
        super().__init__(detail)
        self.owner = owner


class Failed(HearthError):
    """One paragraph that says why a verb did not do what it was told."""


class ApiError(HearthError):
    """A request that is turned down; the text is for the asker."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in one field of a request."""

    field: str
    reason: str


class Invalid(ApiError):
    """The request is not understood."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.faults = () if field is None else (Fault(field, reason),)


class Unauthenticated(ApiError):
    """We do not know who is asking."""


class Forbidden(ApiError):
    """The asker may see it, but not do this."""


class NotFound(ApiError):
    """It does not exist, or the asker is a stranger to it."""


class Conflict(ApiError):
    """It does not fit what is there."""


class TooLarge(ApiError):
    """The body is over the limit."""


class TooSlow(ApiError):
    """The body does not come; the peer is stuck, or wants us to be."""


class Unsupported(ApiError):
    """The body is of a kind that is not read here."""


class TooMany(ApiError):
    """Too often; `retry_after` is in seconds."""

    def __init__(self, detail: str, retry_after: float) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(ApiError):
    """Not now; `retry_after` is in seconds."""

    def __init__(self, detail: str, retry_after: float = 2.0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class InsufficientStorage(ApiError):
    """There is no room for it, on the disk or in what one may keep."""


class NotServing(Unavailable):
    """Not by this server: it does not hold the lease, or not without a doubt.

    `status` is there if nothing was done at all, and a proxy has asked to hear so.
    """

    def __init__(self, detail: str, status: int | None = None) -> None:
        super().__init__(detail, 1.0)
        self.status = status


def is_away(error: BaseException) -> bool:
    """True if an error says that the database cannot answer now, not that we erred."""
    if isinstance(error, NotServing):
        return True
    if isinstance(error, BulkWriteError):
        codes = {fault["code"] for fault in error.details["writeErrors"]}
        return bool(error.details["writeConcernErrors"]) or bool(codes & _AWAY_CODES)
    if isinstance(error, OperationFailure) and error.code in _AWAY_CODES:
        return True
    return isinstance(error, _AWAY) or (isinstance(error, PyMongoError) and error.timeout)


def reason_of(error: Exception) -> str:
    """The words of the driver for an error, without its times and the topology."""
    return str(error).partition(" (configured")[0].partition(", Timeout")[0][:300]
