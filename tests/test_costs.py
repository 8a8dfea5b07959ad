"""What one of us can cost the others at most, as SECURITY.md says."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

import server
from handlers.markup.characters import is_seen
from handlers.media import decoder
from handlers.messages import MAX_PINS
from handlers.services import MAX_READS_AT_ONCE, SERVICES, credentials
from handlers.socket import connect, frames, resume
from handlers.web import bodies
from handlers.web.quotas import CHANGE_BYTES, DAILY_SHARE
from settings import Limits
from store import disk, messages
from tests.conftest import Client, Start, owner_code
from tests.handlers.markup.test_bounds import MAX_SECONDS
from tests.handlers.web.test_limits import refusals, standstill
from tests.hostile_texts import MAX_TEXT, WORST
from tests.people import Person, sign_up
from tests.process import ROOT
from tests.programs import makes_bot, makes_hook

__all__ = ["standstill"]
MESSAGES = "/api/rooms/general/messages"
MAX_ROOM_BYTES = 2_000  # in a welcome
MAX_HELLO_ANSWER_BYTES = 128 * 1024
WORDS = ("a b " * 2_000, "é e\u0301 " * 1_600, "@ann " * 1_600)
TEXTS = [text[:MAX_TEXT] for text in (*WORST.values(), *WORDS) if is_seen(text)]


@asynccontextmanager
async def loop_watched() -> AsyncIterator[list[float]]:
    """How long the loop was held in one go: work of its thread, others use this machine."""
    held: list[float] = []

    async def look() -> None:
        while True:
            began = time.thread_time()
            await asyncio.sleep(0)
            held.append(time.thread_time() - began)

    task = asyncio.create_task(look())
    try:
        yield held
    finally:
        task.cancel()


@pytest.fixture
async def heavy(client: Client, ann: Person) -> Person:
    """Ann, in a room of messages that cost as much as may be."""
    for number in range(60):
        await ann.says("general", TEXTS[number % len(TEXTS)])
    assert client.app
    await client.app[SERVICES].indexer.complete()
    return ann


READS = (
    "rooms/general/messages?limit=200",
    "rooms/general/changes?since=0&limit=200",
    "rooms/general/members",
    "search?limit=200&q=a",
    "search?limit=200&q=e",
    "search?limit=200&q=has:link",
    "search?limit=200&q=x+-a+-b+-c+-d+-e+-f",
    'search?limit=200&q="a+b"',
)


async def test_no_page_and_no_search_holds_the_loop(client: Client, heavy: Person) -> None:
    headers = {"Authorization": f"Bearer {heavy.token}"}
    for path in READS:
        best = 1.0
        for _ in range(3):
            async with loop_watched() as held:
                await _read(client, f"/api/{path}", headers)
            best = min(best, max(held))
        assert best < MAX_SECONDS, path


async def test_one_s_pages_wait_for_each_other_and_others_come_between(
    client: Client, heavy: Person
) -> None:
    ben = await sign_up(client, "ben")
    headers = {"Authorization": f"Bearer {heavy.token}"}
    pages = [
        asyncio.create_task(_read(client, f"/api/{READS[0]}", headers)) for _ in range(40)
    ]
    await pages[0]
    await ben.does("GET", "/api/rooms")
    assert sum(page.done() for page in pages) < 20
    await asyncio.gather(*pages)


async def _read(client: Client, path: str, headers: dict[str, str]) -> None:
    async with client.get(path, headers=headers) as answer:
        assert answer.ok
        await answer.read()


async def test_a_room_in_a_welcome_and_a_cursor_of_a_hello_have_their_size(
    client: Client, ann: Person
) -> None:
    for number in range(99):
        room = {"name": f"{number:0>32}", "title": "語" * 80, "topic": "語" * 300}
        await ann.does("POST", "/api/rooms", room)
    hello = {"type": "hello", "cursors": {f"{number:0>50}": 0 for number in range(1_000)}}
    headers = {"Authorization": f"Bearer {ann.token}"}
    async with (
        client.ws_connect("/api/socket", headers=headers, max_msg_size=0) as socket,
        loop_watched() as held,
    ):
        await socket.send_json(hello)
        welcome, *gone = (await socket.receive_str()).encode().split(b"\n")
    assert len(welcome) < 100 * MAX_ROOM_BYTES
    assert len(gone) == 1_000
    assert sum(map(len, gone)) < MAX_HELLO_ANSWER_BYTES
    assert max(held) < MAX_SECONDS


LIMITS = Limits()
SECURITY = (ROOT / "SECURITY.md").read_text()
TABLE = SECURITY.partition("|---|---|---|---|\n")[2].partition("\n\n")[0]
ROWS = re.findall(r"^\| (?:(.*?) )?\| (.+?) \| (.+?) \| (.+?) \|$", TABLE, re.MULTILINE)
COSTS: dict[str, tuple[str, str]] = {}
last = ""
for who, what, most, by in ROWS:
    last = who or last
    COSTS[f"{last} {what}"] = most, by
FIGURES: dict[str, list[object]] = {
    "a member CPU: the loop in one go": [MAX_SECONDS * 1_000],
    "a member CPU: in a second": [
        LIMITS.sends, LIMITS.acts, LIMITS.reads, LIMITS.reads // connect.HELLO_READS,
        LIMITS.searches,
    ],
    "a member CPU: a picture": [decoder.MAX_CPU_SECONDS],
    "a member memory: pages that are made": [
        MAX_READS_AT_ONCE, messages.MAX_PAGE_BYTES / 1e6,
    ],
    "a member memory: what sockets have not read": [
        LIMITS.connections, LIMITS.backlog / 1_024, resume.MAX_ALL_PAST_BYTES / 2**20,
    ],
    "a member memory: a hello": [
        MAX_ROOM_BYTES / 1e3, MAX_HELLO_ANSWER_BYTES / 1_024, frames.MAX_CURSORS,
    ],
    "a member memory: files under way": [server.MAX_TRANSFERS, 1],
    "a member memory: a picture": [decoder.MAX_MEMORY_BYTES / 1e6],
    "a member disk: files": [LIMITS.storage / 1e9],
    "a member disk: messages, edits, reactions, pins": [
        LIMITS.storage / DAILY_SHARE / 1e6, LIMITS.storage / DAILY_SHARE / CHANGE_BYTES,
    ],
    "a member disk: lines of the log that one is too fast": [
        server.NOTES_AT_ONCE, server.NOTES_A_SECOND,
    ],
    "a member to others: messages": [LIMITS.burst, LIMITS.sends, LIMITS.text],
    "a member to others: rooms made": [LIMITS.new_rooms] * 2,
    "a member to others: people brought into rooms": [
        LIMITS.new_rooms * server.INVITATIONS_PER_ROOM,
    ] * 2,
    "a member to others: of the rooms that *they* may be in": [0, LIMITS.rooms],
    "a member to others: pins": [MAX_PINS],
    "an admin, a bot all": [],
    "a hook CPU: the loop in one go": [MAX_SECONDS * 1_000],
    "a hook disk": [],
    "a hook to others: messages": [LIMITS.burst, LIMITS.sends],
    "a stranger's network CPU: in 3 minutes": [LIMITS.sign_ins, credentials.THREADS],
    "a stranger's network CPU: in an hour": [LIMITS.sign_ups],
    "a stranger's network memory: sockets without a hello": [
        LIMITS.strangers, connect.MAX_PENDING_SOCKETS, LIMITS.hello,
    ],
    "a stranger's network memory: a body": [LIMITS.frame / 1_024, bodies.MAX_JSON_SECONDS],
    "a stranger's network disk: lines of the log": [
        server.LINES_AT_ONCE, server.LINES_A_SECOND,
    ],
    "a stranger's network to others": [0],
    "all together disk": [
        disk.FILES_RESERVE_BYTES / 1e9, disk.MESSAGES_RESERVE_BYTES / 1e6,
        disk.LOOK_SECONDS,
    ],
}  # fmt: skip


def test_the_table_has_these_rows() -> None:
    assert COSTS.keys() == FIGURES.keys()


@pytest.mark.parametrize("row", FIGURES)
def test_a_row_says_what_the_code_allows_and_names_tests_that_are_there(row: str) -> None:
    most, by = COSTS[row]
    numbers = re.findall(r"\d[\d,]*(?:\.\d+)?", most)
    assert [float(each.replace(",", "")) for each in numbers] == FIGURES[row]
    named = re.findall(r"`([a-z_/]+\.py)`", by)
    assert named
    for file in named:
        assert (ROOT / "tests" / file).is_file(), file


@pytest.mark.usefixtures("standstill")
async def test_everybody_says_thirty_at_once_and_then_waits(start: Start) -> None:
    client = await start(sends=LIMITS.sends)
    assert client.app
    ann = await sign_up(client, "ann", invite=owner_code(client.app))
    ben, bot = await sign_up(client, "ben"), await makes_bot(ann)
    hook = await makes_hook(ann, "general")
    for person in (ann, ben, bot):
        found = await refusals(person, "POST", MESSAGES, LIMITS.burst + 2, {"text": "x"})
        assert found == [201] * LIMITS.burst + [429] * 2
    said = [(await hook.says({"text": "x"}))[0] for _ in range(LIMITS.burst + 2)]
    assert said == [200] * LIMITS.burst + [429] * 2
