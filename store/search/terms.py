"""Words, folded: what the index of the search holds, and what it is asked for.

Letters lose their case and accents. Chinese, Japanese and Korean are not written in words
that begin where somebody searches: their runs are held as pairs of characters, and found
from any character on.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from store.records import Message

LONGEST = 40  # characters of a word that the index holds; the rest is compared afterwards
LINK = re.compile(r"https?://\w", re.IGNORECASE)
MOST_LETTERS = 200  # of a word in which we look for the very letters that were sought
_JOINERS = "\xad\u200c\u200d"  # may stand inside a word, and say nothing


def _marks() -> str:
    """ReadMarks that belong to the letter before them, as ranges for a character class."""
    ranges: list[str] = []
    first = last = -2
    for code in (*range(0x300, 0x1E950), sys.maxunicode):
        if unicodedata.category(chr(code))[0] != "M":
            continue
        if code > last + 1 and first >= 0:
            ranges.append(f"{chr(first)}-{chr(last)}")
        first, last = (first, code) if code == last + 1 else (code, code)
    return "".join(ranges) + f"{chr(first)}-{chr(last)}"


_RUN = (
    "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303b"
    "\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u318e"
    "\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7fb"
    "\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003fffd"
)
_LETTERS = rf"[^\W_{_RUN}]"
_WORD = re.compile(rf"([{_RUN}]+)|{_LETTERS}+(?:[{_marks()}{_JOINERS}]+{_LETTERS}*)*")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_ACCENTS = re.compile(f"[\u0300-\u036f\u0591-\u05c7\u064b-\u0652{_JOINERS}]+")
_ALIKE = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "\u0131": "i", "æ": "ae", "œ": "oe"}
)


class Word(NamedTuple):
    """A word of a text, or a run of characters that are written without spaces."""

    start: int
    end: int
    folded: str
    is_run: bool


class Term(NamedTuple):
    """What is sought: how a word begins, or what a run contains."""

    folded: str
    is_run: bool

    def is_in(self, word: Word) -> bool:
        """Whether this word has it. A single letter is a word by itself, or nothing."""
        if self.is_run != word.is_run:
            return False
        if self.is_run:
            return self.folded in word.folded
        if len(self.folded) == 1:
            return self.folded == word.folded
        return word.folded.startswith(self.folded)

    def sought(self) -> list[tuple[str, bool]]:
        """What the index must hold: each key, and whether it may go on after that."""
        if not self.is_run:
            return [(self.folded[:LONGEST], 1 < len(self.folded) < LONGEST)]
        if len(self.folded) == 1:
            return [(self.folded, True)]
        return [(pair, False) for pair in dict.fromkeys(_pairs(self.folded)[:-1])]


def searched_text(message: Message) -> str:
    """In which a message is found: its text, and the names of its files."""
    return "\n".join((message.text, *(file.name for file in message.files)))


def special(message: Message) -> set[str]:
    """The keys of a message that are no words: no word begins with such a sign."""
    found = {f"@{message.sender}", f"#{message.room}"}
    if LINK.search(message.text):
        found.add("!link")
    if message.files:
        found.add("!file")
    return found


def fold(text: str) -> str:
    """Letters without their case and accents, in one spelling."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", apart)).translate(_ALIKE)


def words(text: str) -> Iterator[Word]:
    """The words of a text, and where they stand in it."""
    if text.isascii():
        for match in _ASCII_WORD.finditer(text.lower()):
            yield Word(match.start(), match.end(), match[0], is_run=False)
        return
    for match in _WORD.finditer(text):
        if folded := fold(match[0]):
            yield Word(match.start(), match.end(), folded, match[1] is not None)


def keys(text: str) -> set[str]:
    """Under what the index holds a text."""
    if text.isascii():
        return {word[:LONGEST] for word in _ASCII_WORD.findall(text.lower())}
    found: set[str] = set()
    for word in words(text):
        if word.is_run:
            found.update(_pairs(word.folded))
        else:
            found.add(word.folded[:LONGEST])
    return found


def terms(text: str) -> list[Term]:
    """What somebody seeks who writes this, each once."""
    return list(dict.fromkeys(Term(word.folded, word.is_run) for word in words(text)))


def match(text: str, sought: Sequence[Term]) -> list[tuple[int, int]] | None:
    """Where the terms stand in a text, in order and apart; nothing if one is missing."""
    if text.isascii() and not all(term.folded in text.lower() for term in sought):
        return None  # Soon told: many are read that have only some of the terms.
    missing = set(sought)
    spans: list[tuple[int, int]] = []
    for word in words(text):
        found = [term for term in sought if term.is_in(word)]
        missing.difference_update(found)
        for span in sorted(_span(text, word, term) for term in found):
            if spans and span[0] <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(span[1], spans[-1][1]))
            else:
                spans.append(span)
    return None if missing else spans


def _pairs(run: str) -> list[str]:
    """Each character with the next; the last one alone."""
    return [run[at : at + 2] for at in range(len(run))]


def _span(text: str, word: Word, term: Term) -> tuple[int, int]:
    """The characters that make up a term; folding may have made more or fewer of them."""
    written = text[word.start : word.end]
    first = word.folded.find(term.folded)
    last = first + len(term.folded)
    if not written.isascii() and len(written) > MOST_LETTERS:
        return word.start, word.end
    if not written.isascii():
        lengths = [len(fold(written[:end])) for end in range(len(written) + 1)]
        first = max(at for at, length in enumerate(lengths) if length <= first)
        last = max(
            next(at for at, length in enumerate(lengths) if length >= last),
            max(at for at, length in enumerate(lengths) if length <= last),
        )
    return word.start + first, word.start + last
