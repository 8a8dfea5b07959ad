"""The status and the code of each error, for HTTP and the socket."""

from store.errors import (
    ApiError,
    Conflict,
    Forbidden,
    InsufficientStorage,
    Invalid,
    NotFound,
    TooLarge,
    TooMany,
    TooSlow,
    Unauthenticated,
    Unavailable,
    Unsupported,
)

STATUS: dict[type[ApiError], tuple[int, str]] = {
    Invalid: (400, "invalid"),
    Unauthenticated: (401, "unauthenticated"),
    Forbidden: (403, "forbidden"),
    NotFound: (404, "not_found"),
    TooSlow: (408, "too_slow"),
    Conflict: (409, "conflict"),
    TooLarge: (413, "too_large"),
    Unsupported: (415, "unsupported"),
    TooMany: (429, "too_many"),
    Unavailable: (503, "unavailable"),
    InsufficientStorage: (507, "insufficient_storage"),
}
BY_STATUS = {405: "method_not_allowed", **dict(STATUS.values())}
ERROR_CODES = (*BY_STATUS.values(), "internal")
