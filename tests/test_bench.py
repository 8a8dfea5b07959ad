"""The bench must see what goes wrong, and a message must stay short on the wire."""

import msgspec
import pytest

from bench.figures import Figure, compare
from bench.ledger import Faults, judge, number_of, text, token
from handlers.schemas import responses
from hub import encode
from store.records import Message, now
from tests.people import Person


@pytest.mark.parametrize(
    ("heard", "faults"),
    [
        ([[0, 1, 2], [0, 1, 2]], Faults(0, 0, 0)),
        ([[0, 1, 2], [0, 2]], Faults(1, 0, 0)),
        ([[0, 1, 2], []], Faults(3, 0, 0)),
        ([[0, 1, 2], [0, 1, 1, 2]], Faults(0, 1, 0)),
        ([[0, 1, 2], [0, 2, 1]], Faults(0, 0, 1)),
        ([[0, 1], [2, 1, 0]], Faults(1, 0, 1)),
    ],
)
def test_the_bench_sees_what_is_lost_doubled_or_out_of_order(
    heard: list[list[int]], faults: Faults
) -> None:
    assert judge(3, heard) == faults


def test_a_message_of_the_bench_is_known_by_its_token() -> None:
    said = text(7, 1234, 128)
    assert len(said) == 128
    assert number_of(said, 7) == 1234
    assert number_of(token(6, 1234), 7) is None


async def test_128_characters_of_plain_text_are_at_most_350_bytes_on_the_wire(
    ann: Person,
) -> None:
    await ann.makes("a-room-with-a-name-of-32-letters")
    async with ann.listening() as inbox:
        await ann.says("a-room-with-a-name-of-32-letters", text(1, 1, 128))
        heard = await inbox.next("message")
    assert "html" not in heard
    longest = Message(
        room="a" * 32, seq=10**7, rev=10**7, sender="b" * 32, id="c" * 16,
        text=text(1, 1, 128), html=None, mentions=(), created_at=now(),
    )  # fmt: skip
    assert len(encode(responses.Message.of(longest))) <= 350
    assert heard.keys() == msgspec.to_builtins(responses.Message.of(longest)).keys()


@pytest.mark.parametrize(
    ("name", "unit", "was", "now", "verdict"),
    [
        ("p99 of a page", "ms", (4.0, 5.0), (2.0, 2.5), "level"),  # machine: twice as fast
        ("p99 of a page", "ms", (4.0, 5.0), (5.0, 6.0), "worse"),
        ("p99 of a page", "ms", (4.0, 5.0), (1.0, 1.2), "better"),
        ("deliveries against aiohttp", "x", (1.0, 1.1), (2.0, 2.2), "better"),
        ("deliveries against aiohttp", "x", (1.0, 1.1), (0.5, 0.6), "worse"),
        ("deliveries against aiohttp", "x", (1.0, 2.0), (0.5, 1.0), "level"),  # overlap
        ("memory", "KB", (20.0,), (40.0,), "worse"),
        ("dropped", "", (0.0,), (3.0,), "worse"),
    ],
)
def test_a_run_says_what_moved_since_the_published_one(
    name: str, unit: str, was: tuple[float, ...], now: tuple[float, ...], verdict: str
) -> None:
    def figures(rounds: tuple[float, ...], peer_us: float) -> list[Figure]:
        mine = Figure("any", name, sum(rounds) / len(rounds), unit, list(rounds))
        return [mine, Figure("any", "CPU", peer_us, "µs", [peer_us], "aiohttp")]

    *moved, summary = compare(figures(now, 5.0), figures(was, 10.0))
    assert f"1 {verdict}" in summary
    assert [line.split(":")[0].strip() for line in moved] == [verdict] * (
        verdict != "level"
    )
