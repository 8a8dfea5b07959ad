"""The log: one event a line, with the request it belongs to, and nothing secret in it."""

import json
import logging
import re
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from aiohttp import web
from aiohttp.http import HttpProcessingError

from handlers.services import REQUEST_ID

CURRENT: ContextVar[web.Request | None] = ContextVar("request", default=None)
MAX_VALUE_CHARS = 2_000  # of one value
# What could begin a line, move a terminal's cursor, turn text around, or is no text at all.
_ODD = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
# Whoever sent it was answered: aiohttp logs it once more when it reads on in vain.
_NO_HTTP = (HttpProcessingError, web.RequestPayloadError)
_PLAIN = re.compile(r"[\w./:@~{}+-]+", re.ASCII)


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """The fields of a record beside its message: the request's id, and what it is about."""
    request = CURRENT.get()
    known = {"request": request[REQUEST_ID]} if request and REQUEST_ID in request else {}
    about: Mapping[str, Any] = getattr(record, "about", {})
    return {**known, **{name: value for name, value in about.items() if value is not None}}


class TextFormatter(logging.Formatter):
    """A line for people; what follows of a traceback begins with a bar."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as one line, whatever is in it."""
        said = [
            moment(record),
            record.levelname,
            f"{record.name}:",
            escaped(record.getMessage()),
            *(f"{name}={_value(each)}" for name, each in fields_of(record).items()),
        ]
        trace = [f"  | {escaped(line)}" for line in explained(record)]
        return "\n".join([" ".join(said), *trace])


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as JSON; so nothing in it can make a second line."""
        entry: dict[str, Any] = {
            "time": moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage()[:MAX_VALUE_CHARS],
            **fields_of(record),
        }
        if trace := list(explained(record)):
            entry["exception"] = "\n".join(trace)
        return json.dumps(entry, default=str)


def log_to_stderr(kind: str, level: str) -> None:
    """Send everything from a level on to standard error."""
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(JsonFormatter() if kind == "json" else TextFormatter())
    stream.addFilter(tame)
    logging.basicConfig(level=level.upper(), handlers=[stream])


def tame(record: logging.LogRecord) -> bool:
    """Let a request that is no HTTP, or whose body is not what it says, be one line."""
    if record.exc_info and isinstance(record.exc_info[1], _NO_HTTP):
        record.msg, record.args = "No HTTP: %s", (record.exc_info[0].__name__,)
        record.exc_info, record.levelno, record.levelname = None, logging.INFO, "INFO"
    return True


def moment(record: logging.LogRecord) -> str:
    """When it happened, in UTC."""
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{seconds}.{int(record.msecs):03d}Z"


def escaped(text: str) -> str:
    """A text that stays in its line, and is shown as it is."""
    return _ODD.sub(
        lambda odd: odd[0].encode("unicode_escape").decode(), text[:MAX_VALUE_CHARS]
    )


def explained(record: logging.LogRecord) -> Iterator[str]:
    """The lines of a record's traceback, with those of its causes before them."""
    if record.exc_info and (error := record.exc_info[1]):
        yield from _lines(error, 0)


def _lines(error: BaseException, depth: int) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause and depth < 5:
        yield from _lines(cause, depth + 1)
        yield "That led to:"
    for part in traceback.format_tb(error.__traceback__):
        yield from part.rstrip().split("\n")
    # The database's errors quote the documents that it refused: messages, and hashes.
    is_quoting = hasattr(error, "details")
    said = f"code {getattr(error, 'code', None)}" if is_quoting else str(error)[:300]
    yield f"{type(error).__qualname__}: {said}"


def _value(value: object) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else escaped(json.dumps(text, ensure_ascii=False))
