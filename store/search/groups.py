"""Keys that begin alike, and who has them: one document of the index, packed.

Within a block of `SIZE` messages each has a slot; a set of them is a number with one bit
for each, so that what must hold together is found by `&`.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import reduce
from itertools import compress, pairwise
from operator import or_
from typing import Any

from bson import Binary

SIZE = 8192  # slots in a block
MAP = SIZE // 8  # bytes that can hold any set of them
EVERY = (1 << SIZE) - 1
MANY = 300  # slots, from which on a number is made faster from its 8,192 digits
FEW = 10  # keys, up to which each is looked for
_NOTHING, _SET = b"0" * SIZE, ord("1")


@dataclass(frozen=True, slots=True)
class Group:
    """Keys in order, a newline before and after each, and where the slots of each end."""

    keys: str
    ends: "array[int]"
    slots: bytes

    @classmethod
    def pack(cls, held: Iterable[tuple[str, "array[int]"]]) -> "Group":
        """Pack keys, which must come in order, and their slots."""
        names, ends, packed = [""], array("I"), bytearray()
        for key, slots in held:
            # A list of numbers or, where that is shorter, a map; no list is as long as one.
            is_short = 2 * len(slots) < MAP
            packed += slots.tobytes() if is_short else bits(slots).to_bytes(MAP, "little")
            names.append(key)
            ends.append(len(packed))
        return cls("\n".join([*names, ""]), ends, bytes(packed))

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Group":
        """A stored group."""
        return cls(document["keys"], array("I", document["ends"]), document["slots"])

    def content(self) -> dict[str, Any]:
        """As it is stored."""
        return {"keys": self.keys, "ends": Binary(self.ends.tobytes()), "slots": self.slots}

    def with_key(self, key: str, *, goes_on: bool = False) -> int:
        """Who has a key, or one that goes on after it."""
        sought = f"\n{key}" if goes_on else f"\n{key}\n"
        first = self.keys.find(sought)
        if first < 0:
            return 0
        at = self.keys.count("\n", 0, first)
        more = self.keys.count("\n", first, self.keys.rfind(sought)) if goes_on else 0
        start = self.ends[at - 1] if at else 0
        return self._union(pairwise([start, *self.ends[at : at + more + 1]]))

    def with_one_of(self, names: Set[str]) -> int:
        """Who has one of these keys."""
        if len(names) <= FEW:
            return reduce(or_, map(self.with_key, names), 0)
        keys = self.keys.split("\n")[1:-1]
        chosen = map(names.__contains__, keys)
        return self._union(compress(pairwise([0, *self.ends]), chosen))

    def unpacked(self) -> Iterator[tuple[str, "array[int]"]]:
        """The keys and their slots."""
        keys = self.keys.split("\n")[1:-1]
        for key, (start, end) in zip(keys, pairwise([0, *self.ends]), strict=True):
            slots = self.slots[start:end]
            if len(slots) == MAP:
                mask = int.from_bytes(slots, "little")
                yield key, array("H", reversed([*newest_first(mask)]))
            else:
                yield key, array("H", slots)

    def _union(self, spans: Iterable[tuple[int, int]]) -> int:
        """All that is in some lists and maps; lists in a row are read as one."""
        mask, few = 0, bytearray()
        first = last = 0
        for start, end in spans:
            if end - start == MAP:
                mask |= int.from_bytes(self.slots[start:end], "little")
            elif start == last:
                last = end
            else:
                few += self.slots[first:last]
                first, last = start, end
        few += self.slots[first:last]
        return mask | bits(array("H", few))


def bits(slots: Collection[int]) -> int:
    """A set of slots as a number."""
    if len(slots) < MANY:
        mask = bytearray(MAP)
        for slot in slots:
            mask[slot >> 3] |= 1 << (slot & 7)
        return int.from_bytes(mask, "little")
    digits = bytearray(_NOTHING)
    for slot in slots:
        digits[slot] = _SET
    digits.reverse()
    return int(digits, 2)


def newest_first(mask: int) -> Iterator[int]:
    """The slots in a number."""
    while mask:
        slot = mask.bit_length() - 1
        yield slot
        mask ^= 1 << slot
