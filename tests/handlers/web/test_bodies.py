"""Hostile bodies: whatever is sent, the answer is a clear refusal, and nothing changes."""

import asyncio
import gzip
import json
import re
from typing import Any

import pytest

from handlers.web.logs import tame
from tests.conftest import Client
from tests.people import SOON, Person, problem

ALL = "/api/rooms/general/messages"
JSON = "application/json"

NOT_UNDERSTOOD = [
    b"",
    b" ",
    b"nonsense",
    b"{",
    b'{"text": "x"',
    b'{"text": "x"}}',
    b'{"text": "x"} {"text": "y"}',
    b"{'text': 'x'}",
    b'{"text": "x",}',
    b'{"text": NaN}',
    b'{"text": "x", "reply_to": NaN}',
    b'{"text": "x", "reply_to": Infinity}',
    b'{"text": "x", "reply_to": 1e999}',
    b'{"text": "x", "reply_to": ' + b"9" * 5_000 + b"}",
    b'{"text": "x", "reply_to": -' + b"9" * 5_000 + b"}",
    b'{"text": "x", "reply_to": 1.' + b"0" * 5_000 + b"}",
    b'{"text": "\xff"}',
    b'{"text": "\xed\xa0\x80"}',
    b'{"text": "raw \x00 nul"}',
    b'{"text": "\\x41"}',
    b'\xef\xbb\xbf{"text": "x"}',
    '{"text": "x"}'.encode("utf-16"),
    b"[" * 60_000,
    b'{"text": ' + b"[" * 60_000,
    b'{"a": ' * 9_000 + b"1" + b"}" * 9_000,
    b"[" * 30_000 + b"]" * 30_000,
    b'{"text": {"$ne": null}}',
    b'{"text": "x", "$where": "sleep(1000)"}',
    b'{"text": "x", "a\\u0000b": 1}',
    b'{"' + b"k" * 60_000 + b'": 1}',
    json.dumps({f"key{number}": number for number in range(3_000)}).encode(),
    b"null",
    b"true",
    b"5",
    b'"text"',
    b"[]",
    b'[{"text": "x"}]',
    b"text=x",
]


async def posted(
    person: Person, body: Any, kind: str = JSON, **headers: str
) -> tuple[int, str]:
    """Post bytes as a message: the status, and what kind of refusal it was."""
    given = {**person.headers, "Content-Type": kind, **headers}
    async with person.client.post(ALL, data=body, headers=given) as answer:
        return (201, "") if answer.status == 201 else await problem(answer)


@pytest.mark.parametrize("body", NOT_UNDERSTOOD, ids=lambda body: repr(body)[:40])
async def test_what_is_not_understood_is_refused(ben: Person, body: bytes) -> None:
    assert await posted(ben, body) == (400, "invalid")
    assert await ben.page("general") == []
    await ben.says("general", "still here")


async def test_any_text_is_kept_as_it_was_written(ben: Person) -> None:
    for text in ("a\x00b", "\u202ex", "\x1b[31m", "e\u0301" * 2_000, "\U0010ffff", "$ne"):
        said = await ben.says("general", text)
        assert said["text"] == text
        assert (await ben.page("general"))[-1] == said


async def test_of_a_key_said_twice_one_counts(ben: Person) -> None:
    assert await posted(ben, b'{"text": "one", "text": "two"}') == (201, "")
    assert [each["text"] for each in await ben.page("general")] == ["two"]


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "text/json", "application/x-www-form-urlencoded", "x", "*/*"]
    + ["multipart/form-data; boundary=x", "application/problem+json", "application/jsonx"],
)
async def test_only_json_is_read(ben: Person, kind: str) -> None:
    assert await posted(ben, b'{"text": "x"}', kind) == (415, "unsupported")


@pytest.mark.parametrize("kind", [f"{JSON}; charset=utf-8", "Application/JSON", f"{JSON};"])
async def test_json_may_be_said_in_many_ways(ben: Person, kind: str) -> None:
    assert await posted(ben, b'{"text": "x"}', kind) == (201, "")


async def test_a_body_over_the_limit_is_too_large(ben: Person) -> None:
    fits = b'{"text": "x"' + b" " * (64 * 1024 - 13) + b"}"
    assert len(fits) == 64 * 1024
    assert await posted(ben, fits) == (201, "")
    assert await posted(ben, b" " + fits) == (413, "too_large")
    assert await posted(ben, b" " * 900_000) == (413, "too_large")


async def test_a_body_without_a_length_has_the_same_limit(ben: Person) -> None:
    async def chunks() -> Any:
        for _ in range(100):
            yield b" " * 1_000

    assert await posted(ben, chunks()) == (413, "too_large")


async def test_a_large_form_is_too_large(client: Client) -> None:
    form = {"username": "ann", "password": "x" * 70_000}
    async with client.post("/api/auth/token", data=form) as answer:
        assert await problem(answer) == (413, "too_large")


async def test_a_packed_body_is_unpacked_within_the_limit(ben: Person) -> None:
    packing = {"Content-Encoding": "gzip"}
    assert await posted(ben, gzip.compress(b'{"text": "x"}'), **packing) == (201, "")
    bomb = gzip.compress(b" " * 20_000_000)
    assert (await posted(ben, bomb, **packing))[0] in {400, 413}
    await ben.says("general", "still here")


RAW = [
    ("Content-Encoding: gzip\r\nContent-Length: 9\r\n", b"not a zip"),
    ("Content-Encoding: deflate\r\nContent-Length: 4\r\n", b"\xff\xff\xff\xff"),
    ("Content-Encoding: br\r\nContent-Length: 4\r\n", b"\xff\xff\xff\xff"),
    ("Content-Encoding: nonsense\r\nContent-Length: 4\r\n", b"\xff\xff\xff\xff"),
    ("Transfer-Encoding: chunked\r\n", b"zz\r\nnonsense\r\n0\r\n\r\n"),
    ("Transfer-Encoding: chunked\r\n", b"5\r\nhelloXX\r\n0\r\n\r\n"),
    ("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", b"0\r\n\r\n"),
    ("Content-Length: -1\r\n", b"x"),
    ("Content-Length: 1\r\nContent-Length: 2\r\n", b"xx"),
]


@pytest.mark.parametrize(("headers", "body"), RAW, ids=lambda part: str(part)[:40])
async def test_a_body_that_breaks_off_or_is_packed_badly_is_refused(
    client: Client, ben: Person, caplog: pytest.LogCaptureFixture, headers: str, body: bytes
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    head = (
        f"POST {ALL} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {ben.token}\r\n"
        f"Content-Type: application/json\r\n{headers}\r\n"
    )
    writer.write(head.encode() + body)
    async with asyncio.timeout(SOON):
        answer = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.close()
    await writer.wait_closed()
    assert answer.split()[1].startswith("4")
    # Ours, or aiohttp's own, which says what was wrong and nothing of us.
    kind = re.search(r"^Content-Type: ([a-z/+]+)", answer, re.MULTILINE)
    assert kind
    assert kind[1] in {"application/problem+json", "text/plain"}
    await ben.says("general", "still here")
    assert not [each for each in caplog.records if tame(each) and each.exc_info]
