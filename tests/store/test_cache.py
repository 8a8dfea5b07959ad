"""What a check has found holds for a moment, and no longer than it is true."""

from collections.abc import Callable

import pytest

from store import cache
from store.cache import Cache


class Check:
    """Counts how often it is made; it may be overtaken by what somebody else does."""

    def __init__(self) -> None:
        self.made = 0
        self.meanwhile: Callable[[], None] = lambda: None

    async def __call__(self) -> None:
        self.made += 1
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()


async def test_what_was_just_checked_is_not_checked_again() -> None:
    known, check = Cache(), Check()
    for key in ("ann", "ann", "ben", "ann"):
        await known.steadily(key, check)
    assert check.made == 2


async def test_whatever_is_forgotten_is_checked_again() -> None:
    known, check = Cache(), Check()
    forgets: list[Callable[[], None]] = [
        lambda: known.forget("somebody else"),
        lambda: known.amend("somebody else", repr),
        known.clear,
    ]
    for forget in forgets:
        await known.steadily("ann", check)
        before = check.made
        forget()
        await known.steadily("ann", check)
        assert check.made == before + 1


async def test_what_was_forgotten_during_a_check_is_checked_again() -> None:
    known, check = Cache(), Check()
    check.meanwhile = lambda: known.forget("ann")
    await known.steadily("ann", check)
    assert check.made == 2
    await known.steadily("ann", check)
    assert check.made == 2


async def test_what_ends_by_the_clock_is_checked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache, "STEADY_SECONDS", 0.0)
    known, check = Cache(), Check()
    await known.steadily("ann", check)
    await known.steadily("ann", check)
    assert check.made == 2


async def test_what_was_refused_is_asked_again() -> None:
    known, check = Cache(), Check()

    async def refuse() -> None:
        raise PermissionError

    with pytest.raises(PermissionError):
        await known.steadily("ann", refuse)
    await known.steadily("ann", check)
    assert check.made == 1
