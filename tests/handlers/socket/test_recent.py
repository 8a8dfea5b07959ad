"""What is remembered of each room: complete, or not used at all; and never too much."""

from handlers.schemas.responses import MAX_CHANGES
from handlers.services.recent import EncodedEvent, Recent


def lines(*states: tuple[int, int]) -> list[EncodedEvent]:
    return [EncodedEvent(rev, seq, f"{seq}@{rev}".encode()) for rev, seq in states]


def posts(first: int, last: int) -> list[EncodedEvent]:
    return lines(*((rev, rev) for rev in range(first, last + 1)))


def since(recent: Recent, room: str, cursor: int, until: int) -> list[bytes] | None:
    found = recent.since(room, cursor, until)
    return None if found is None else [line.text for line in found]


def test_who_was_away_for_a_moment_gets_what_is_newer() -> None:
    recent = Recent()
    recent.note("general", posts(5, 8))
    assert since(recent, "general", 6, 8) == [b"7@7", b"8@8"]
    assert since(recent, "general", 4, 8) == [b"5@5", b"6@6", b"7@7", b"8@8"]


def test_each_message_comes_once_in_its_latest_state_in_the_order_of_changes() -> None:
    recent = Recent()
    recent.note("general", lines((1, 1), (2, 2), (3, 1)))
    assert since(recent, "general", 0, 3) == [b"2@2", b"1@3"]


def test_what_changed_after_the_head_is_left_to_be_heard() -> None:
    recent = Recent()
    recent.note("general", lines((1, 1), (2, 2), (3, 1)))
    assert since(recent, "general", 0, 2) == [b"2@2"]


def test_what_is_not_complete_is_not_used() -> None:
    recent = Recent()
    assert since(recent, "general", 0, 1) is None
    recent.note("general", posts(5, 8))
    assert since(recent, "general", 3, 8) is None
    assert since(recent, "general", 5, 9) is None
    recent.note("general", posts(12, 12))  # Nobody listened meanwhile.
    assert since(recent, "general", 7, 12) is None
    assert since(recent, "general", 11, 12) == [b"12@12"]


def test_a_room_is_remembered_for_as_long_as_anybody_may_catch_up() -> None:
    recent = Recent()
    recent.note("general", posts(1, 2 * MAX_CHANGES))
    assert since(recent, "general", MAX_CHANGES - 1, 2 * MAX_CHANGES) is None
    caught_up = since(recent, "general", MAX_CHANGES, 2 * MAX_CHANGES)
    assert caught_up is not None
    assert len(caught_up) == MAX_CHANGES


def test_the_quietest_rooms_are_forgotten_first() -> None:
    recent = Recent(most=30)
    recent.note("attic", posts(1, 5))
    recent.note("general", posts(1, 5))
    recent.note("general", posts(6, 8))
    assert since(recent, "attic", 4, 5) is None
    assert since(recent, "general", 7, 8) == [b"8@8"]
    recent.note("general", posts(9, 50))
    assert since(recent, "general", 49, 50) is None
