"""The log: one line a request, with an id, and neither secrets nor a second line in it."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator

import pytest
from pymongo.errors import BulkWriteError

from handlers.web.logs import JsonFormatter, TextFormatter
from server import LINES_AT_ONCE
from settings import LOCAL
from tests.conftest import Client, Start, owner_code
from tests.people import PASSWORD, Person, sign_in, sign_up

Lines = Callable[[], list[str]]
TRUSTED = {"trusted_proxies": LOCAL}


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What was written to the log as text since the last look."""
    yield from written(TextFormatter(), logging.INFO)


@pytest.fixture
def everything() -> Iterator[Lines]:
    yield from written(JsonFormatter(), logging.DEBUG)


def written(formatter: logging.Formatter, level: int) -> Iterator[Lines]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger = logging.getLogger("hearth")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(level)

    def look() -> list[str]:
        text = stream.getvalue()
        stream.seek(0)
        stream.truncate()
        return text.splitlines()

    yield look
    logger.removeHandler(handler)
    logger.setLevel(before)


def access(lines: list[str]) -> list[str]:
    return [line for line in lines if " hearth.access: " in line]


async def test_a_request_leaves_one_line(ann: Person, lines: Lines) -> None:
    lines()
    async with await ann.ask("GET", "/api/rooms/general?x=secret") as answer:
        id = answer.headers["X-Request-ID"]
    (line,) = access(lines())
    said, _, ms = line.partition(" ms=")
    assert said.partition("Z ")[2] == (
        f"INFO hearth.access: GET /api/rooms/general 200 request={id} "
        "user=ann address=127.0.0.1"
    )
    assert float(ms) > 0


async def test_who_only_asks_how_we_are_leaves_none(client: Client, lines: Lines) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/web/main.js"):
        await client.get(path)
    assert lines() == []


async def test_a_socket_leaves_a_line_when_it_has_ended(
    client: Client, ann: Person, lines: Lines
) -> None:
    async with ann.listening():
        pass
    await client.close()
    (line,) = [line for line in access(lines()) if "socket" in line]
    assert "GET /api/socket 101" in line


@pytest.mark.parametrize(
    ("changes", "given", "is_taken"),
    [
        ({}, "abcdef0123456789", False),
        (TRUSTED, "abcdef0123456789", True),
        (TRUSTED, "4bf92f35-77b3-4da6.a3ce_929d0e0e4736", True),
        (TRUSTED, "short", False),
        (TRUSTED, "a" * 65, False),
        (TRUSTED, "abcdef01 user=owner", False),
        (TRUSTED, "", False),
    ],
)
async def test_only_a_trusted_proxy_names_a_request(
    start: Start, lines: Lines, changes: dict[str, object], given: str, is_taken: bool
) -> None:
    client = await start(**changes)
    headers = {"X-Request-ID": given} if given else {}
    async with client.get("/api/config", headers=headers) as answer:
        id = answer.headers["X-Request-ID"]
    assert (id == given) == is_taken
    assert f"request={id} " in access(lines())[0]
    async with client.get("/api/config", headers=headers) as answer:
        assert (answer.headers["X-Request-ID"] == id) == is_taken


async def test_strangers_do_not_fill_the_log(
    client: Client, ann: Person, lines: Lines
) -> None:
    lines()
    for number in range(LINES_AT_ONCE + 50):
        await client.get(f"/nowhere/{number}")
    found = access(lines())
    assert len(found) < LINES_AT_ONCE + 30  # one more for each second
    await ann.does("GET", "/api/rooms")
    found += access(lines())
    told = sum(map(int, re.findall("left_out=([0-9]+)", "\n".join(found))))
    assert len(found) + told == LINES_AT_ONCE + 50 + 1


async def test_the_log_has_no_secrets_and_no_messages(
    client: Client, ann: Person, everything: Lines
) -> None:
    invite = await ann.does("POST", "/api/invites", {"note": "a private note"})
    dan = await sign_up(client, "dan", invite=invite["code"])
    await sign_in(client, "dan", "a wrong password")
    await sign_in(client, "My Password 1!", "x" * 10)
    await client.get(invite["path"])
    await client.get(invite["path"] + ".")
    async with dan.listening(token=dan.token) as inbox:
        frame = {"type": "send", "id": "a", "room": "general", "text": "words of a socket"}
        await inbox.say(frame, {**frame, "id": "b", "room": "nowhere"})
        await inbox.next("error")
    said = await dan.says("general", "words of a message")
    path = f"/api/rooms/general/messages/{said['seq']}"
    await dan.does("PATCH", path, {"text": "other words of"})
    await dan.refused("POST", "/api/rooms/nowhere/messages", {"text": "words of a"})
    text = "\n".join(everything())
    assert len(text) > 1_000
    for secret in (PASSWORD, "wrong password", "My Password", dan.token, invite["code"]):
        assert secret not in text
    for words in ("words of", "private note"):
        assert words not in text


FORGED = "x\r\n2026-01-01T00:00:00.000Z INFO hearth.security: signed_in user=owner"


@pytest.mark.parametrize(
    "path",
    [
        "/%0d%0a2026%20forged",
        "/api/rooms/%1b[2J%0aforged",
        "/api/users/%e2%80%a8forged",
    ]
    + ["/api/users/%e2%80%aeforged", "/api/users/%c2%9b2Jforged", "/" + "x" * 5_000],
    ids=lambda path: path[:20],
)
async def test_no_path_makes_a_second_line(
    client: Client, ann: Person, lines: Lines, path: str
) -> None:
    lines()
    url = client.make_url("/").with_path(path, encoded="%" in path)
    await client.session.get(url, headers=ann.headers)
    (line,) = lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\S+Z INFO hearth\.access: GET /\S*.*", line)
    assert line.isprintable()
    assert len(line) < 600


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
def test_whatever_is_logged_stays_in_its_line(formatter: logging.Formatter) -> None:
    odd = FORGED + "\x1b[2J\x9b\u2028\u202e\ud800\x00"
    record = logging.LogRecord("hearth", logging.INFO, "", 0, "%s", (odd,), None)
    record.about = {"user": odd, "empty": None, "ms": 1.5}
    line = formatter.format(record)
    assert "\n" not in line
    assert line.isprintable()
    line.encode()


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
def test_a_traceback_shows_where_and_not_what(formatter: logging.Formatter) -> None:
    document = {"_id": 1, "text": "words of a message"}
    try:
        try:
            raise ValueError(FORGED)
        except ValueError as error:
            raise BulkWriteError({"writeErrors": [{"op": document}]}) from error
    except BulkWriteError as error:
        info = (BulkWriteError, error, error.__traceback__)
    record = logging.LogRecord("hearth", logging.ERROR, "", 0, "It failed", (), info)
    text = formatter.format(record)
    assert "test_access_log.py" in text
    assert "BulkWriteError: code 65" in text
    assert "ValueError: x" in text
    assert "words of" not in text
    assert not [line for line in text.splitlines()[1:] if not line.startswith("  | ")]


def test_json_lines_have_fields() -> None:
    record = logging.LogRecord("hearth", logging.INFO, "", 0, "signed_in", (), None)
    record.about = {"user": "ann", "address": None}
    found = json.loads(JsonFormatter().format(record))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found.pop("time"))
    assert found == {
        "level": "info", "logger": "hearth", "message": "signed_in", "user": "ann"
    }  # fmt: skip


async def test_what_matters_for_security_is_noted(start: Start, everything: Lines) -> None:
    client = await start(sign_ins=3)
    assert client.app is not None
    ann = await sign_up(client, "ann", invite=owner_code(client.app))
    ben = await sign_up(client, "ben")
    await ann.makes("lair", "private", "ben")
    await ann.does("PUT", "/api/rooms/lair/members/ben", {"role": "owner"})
    said = await ben.says("lair", "hello")
    await ann.does("DELETE", f"/api/rooms/lair/messages/{said['seq']}")
    await ann.does("DELETE", "/api/rooms/lair/members/ben")
    await ann.does("DELETE", "/api/rooms/lair")
    await ann.does("PATCH", "/api/users/ben", {"role": "admin"})
    await ann.does("PATCH", "/api/users/ben", {"disabled": True})
    invite = await ann.does("POST", "/api/invites")
    await ann.does("DELETE", f"/api/invites/{invite['id']}")
    changes = {"current": PASSWORD, "password": PASSWORD + "2"}
    await ann.refused("POST", "/api/auth/password", {**changes, "current": "wrong"})
    await ann.does("POST", "/api/auth/password", changes)
    await sign_in(client, "ann", PASSWORD + "2")
    for _ in range(4):
        await sign_in(client, "ann", "wrong")
    found = [json.loads(line) for line in everything()]
    noted = [each for each in found if each["logger"] == "hearth.security"]
    assert [(each["message"], each.get("user")) for each in noted] == [
        ("signed_up", "ann"),
        ("signed_up", "ben"),
        ("room_role_changed", "ann"),
        ("message_removed", "ann"),
        ("member_removed", "ann"),
        ("room_deleted", "ann"),
        ("role_changed", "ann"),
        ("disabled_changed", "ann"),
        ("invite_made", "ann"),
        ("invite_revoked", "ann"),
        ("password_wrong", "ann"),
        ("password_changed", "ann"),
        ("signed_in", "ann"),
        ("sign_in_failed", "ann"),
        ("sign_in_failed", "ann"),
        ("sign_in_failed", "ann"),
        ("rate_limited", None),
    ]
    assert {each["address"] for each in noted} == {"127.0.0.1"}
    assert all(each["request"] for each in noted)
    bad = {each["message"] for each in noted if each["level"] == "warning"}
    assert bad == {"password_wrong", "sign_in_failed", "rate_limited"}
