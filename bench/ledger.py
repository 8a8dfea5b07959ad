"""What was sent and what was heard: nothing lost, nothing doubled, one order; how late."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

MARK = "zq"
LETTERS = 16  # of a token: the mark, six digits of the phase, eight of the number
FILLER = (
    " and so we talk about nothing at all, just to see how long it takes to be heard" * 2
)
PLACES = {"p50": 0.5, "p99": 0.99, "max": 1.0}


class Faults(NamedTuple):
    """What went wrong between sending and hearing, over all members."""

    lost: int
    doubled: int
    disordered: int


def token(phase: int, number: int) -> str:
    """What tells a message from all others; plain text, so it survives any encoding."""
    return f"{MARK}{phase:06x}{number:08x}"


def text(phase: int, number: int, characters: int = 128) -> str:
    """A message of this many characters."""
    # What ends in a space is no plain text to Hearth: it would render it.
    said = (token(phase, number) + FILLER)[:characters]
    return said.rstrip().ljust(characters, ".")


def number_of(found: str, phase: int) -> int | None:
    """The number in a token, if it is one of this phase."""
    if found[: LETTERS - 8] != token(phase, 0)[: LETTERS - 8]:
        return None
    return int(found[LETTERS - 8 : LETTERS], 16)


def judge(sent: int, heard: Iterable[Sequence[int]]) -> Faults:
    """Compare what each member of a room heard with what was sent, and with the others.

    A member is in disorder if those messages that both have come in another order than the
    first member heard them.
    """
    lost = doubled = disordered = 0
    order: Sequence[int] = ()
    for numbers in heard:
        known = set(numbers)
        lost += sent - len(known)
        doubled += len(numbers) - len(known)
        order = order or list(dict.fromkeys(numbers))
        if len(known) != len(numbers) or numbers != order:
            common = known & set(order)
            mine = [each for each in dict.fromkeys(numbers) if each in common]
            disordered += mine != [each for each in order if each in common]
    return Faults(lost, doubled, disordered)


def percentiles(seconds: Iterable[float]) -> dict[str, float]:
    """The middle, the tail and the last of some times, in milliseconds."""
    ordered = sorted(seconds)
    last = len(ordered) - 1
    return {
        name: round(ordered[int(place * last)] * 1000, 3)
        for name, place in PLACES.items()
        if ordered
    }
