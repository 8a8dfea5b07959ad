"""Words, folded: what the index of the search holds, and what it is asked for.

Letters lose their case and accents. Chinese, Japanese, Korean, Thai, Lao, Burmese and Khmer
are not written in words that begin where somebody searches: their runs are held as pairs of
characters, and found from any character on. An emoji is a word.
"""

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from heapq import merge
from itertools import chain
from typing import NamedTuple

from store.records import Message

MAX_KEY_CHARS = 40  # of a word in the index; the rest is compared afterwards
LINK = re.compile(r"https?://\w", re.IGNORECASE)
MAX_LETTERS = 200  # of a word in which we look for the very letters that were sought
_JOINERS = "\xad\u200b-\u200d"  # may stand inside a word, and say nothing


def _marks() -> str:
    """The combining marks of all scripts, as ranges for a character class."""
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
    # Thai, Lao, Burmese and Khmer, without their digits and signs.
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u1000-\u103f\u1050-\u108f"
    "\u109a-\u109f\ua9e0-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa7f\u1780-\u17d3\u17d7\u17dc\u17dd"
)
_EMOJI = (
    "\u231a-\u23ff\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001faff"
)
_FLAG = "\U0001f1e6-\U0001f1ff"  # two of them
_DRESS = "\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff"  # how an emoji looks
_LETTERS = rf"[^\W_{_RUN}]"
_WORD = re.compile(
    rf"([{_RUN}](?:[{_JOINERS}]*[{_RUN}])*)"
    rf"|{_LETTERS}+(?:[{_marks()}{_JOINERS}]+{_LETTERS}*)*"
    rf"|([{_FLAG}]{{2}}|[{_EMOJI}])[{_DRESS}]*"
)
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    f"\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed{_JOINERS}]+"
)
_ALIKE = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "\u0131": "i", "æ": "ae", "œ": "oe"}
    # Arabic: alef wasla, alef maqsura, teh marbuta, and the Persian yeh and kaf.
    | {"\u0671": "\u0627", "\u0649": "\u064a", "\u0629": "\u0647"}
    | {"\u06cc": "\u064a", "\u06a9": "\u0643"}
)


class Word(NamedTuple):
    """A word of a text, or a run of characters that are written without spaces."""

    start: int
    end: int
    folded: str
    is_run: bool


class Term(NamedTuple):
    """A term to find: the beginning of a word, or a part of a run."""

    folded: str
    is_run: bool

    def is_in(self, word: Word) -> bool:
        """True if this word has it. A single letter is a word by itself, or nothing."""
        if self.is_run != word.is_run:
            return False
        if self.is_run:
            return self.folded in word.folded
        if len(self.folded) == 1:
            return self.folded == word.folded
        return word.folded.startswith(self.folded)

    def held_as(self) -> list[tuple[str, bool]]:
        """The keys that the index must hold, each with whether it may go on after that."""
        if not self.is_run:
            return [(self.folded[:MAX_KEY_CHARS], 1 < len(self.folded) < MAX_KEY_CHARS)]
        if len(self.folded) == 1:
            return [(self.folded, True)]
        return [(pair, False) for pair in dict.fromkeys(_pairs(self.folded)[:-1])]


def searched_text(message: Message) -> str:
    """In which a message is found: its text, and the names of its files."""
    return "\n".join((message.text, *(file.name for file in message.files)))


def special(message: Message) -> set[str]:
    """The keys of a message that are no words: no word begins with such a sign."""
    found = {f"@{message.sender}", f"#{message.room}"}
    if "://" in message.text and LINK.search(message.text):
        found.add("!link")
    if message.files:
        found.add("!file")
    found.update(f">{name}" for name in message.mentions)
    return found


class Phrase(NamedTuple):
    """A phrase to find: these words, whole and in a row."""

    terms: tuple[Term, ...]

    def is_at(self, found: Sequence[Word], first: int) -> bool:
        """True if it begins with a word of a text."""
        some = found[first : first + len(self.terms)]
        if [word.is_run for word in some] != [term.is_run for term in self.terms]:
            return False
        last = len(some) - 1
        for at, (word, term) in enumerate(zip(some, self.terms, strict=True)):
            if not term.is_run or 0 < at < last:
                fits = word.folded == term.folded
            elif at == last:
                fits = word.folded.startswith(term.folded) or (not at and term.is_in(word))
            else:
                fits = word.folded.endswith(term.folded)
            if not fits:
                return False
        return True

    def held_as(self) -> list[tuple[str, bool]]:
        """The keys that the index must hold, each with whether it may go on after that."""
        whole = [term.folded[:MAX_KEY_CHARS] for term in self.terms if not term.is_run]
        runs = [term.held_as() for term in self.terms if term.is_run]
        return [*((key, False) for key in whole), *chain.from_iterable(runs)]


Sought = Term | Phrase


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
        if folded := fold(match[2] or match[0]):
            yield Word(match.start(), match.end(), folded, match[1] is not None)


def keys(text: str) -> set[str]:
    """Under what the index holds a text."""
    if text.isascii():
        return {word[:MAX_KEY_CHARS] for word in _ASCII_WORD.findall(text.lower())}
    found: set[str] = set()
    for word in words(text):
        if word.is_run:
            found.update(_pairs(word.folded))
        else:
            found.add(word.folded[:MAX_KEY_CHARS])
    return found


def terms(text: str) -> list[Term]:
    """The terms of a written query, each once."""
    return list(dict.fromkeys(in_a_row(text)))


def in_a_row(text: str) -> tuple[Term, ...]:
    """The terms of a text, in its order."""
    return tuple(Term(word.folded, word.is_run) for word in words(text))


def contains(text: str, sought: Iterable[Sought]) -> bool:
    """True if all of these are in a text."""
    if text.isascii():
        lower = text.lower()
        return all(_pattern(each).search(lower) for each in sought)
    missing = set(sought)
    for _, each in _places([*words(text)], [*missing]):
        missing.discard(each)
        if not missing:
            break
    return not missing


def spans(text: str, sought: Sequence[Sought]) -> Iterator[tuple[int, int]]:
    """The places of any of these in a text, in order and apart; found as they are taken."""
    places: Iterable[tuple[int, int]]
    if text.isascii():
        lower = text.lower()
        hits = [_pattern(each).finditer(lower) for each in sought]
        places = merge(*(map(re.Match.span, some) for some in hits))
    else:
        found = [*words(text)]
        places = (_extent(text, found, *each) for each in _places(found, sought))
    first = last = -1
    for start, end in places:
        if start > last >= 0:
            yield first, last
        first, last = (start if start > last else first), max(end, last)
    if last >= 0:
        yield first, last


def _places(
    found: Sequence[Word], sought: Sequence[Sought]
) -> Iterator[tuple[int, Sought]]:
    """The numbers of the words in which something that is sought begins."""
    for at, word in enumerate(found):
        for each in sought:
            if each.is_in(word) if isinstance(each, Term) else each.is_at(found, at):
                yield at, each


@lru_cache(maxsize=1_000)
def _pattern(sought: Sought) -> re.Pattern[str]:
    """A pattern for texts of ASCII in small letters; 20 times as fast as their words."""
    said = "[^a-z0-9]+".join(re.escape(term.folded) for term in _terms_of(sought))
    is_whole = isinstance(sought, Phrase) or len(sought.folded) == 1
    return re.compile(f"(?<![a-z0-9]){said}{'(?![a-z0-9])' * is_whole}")


def _terms_of(sought: Sought) -> Sequence[Term]:
    return (sought,) if isinstance(sought, Term) else sought.terms


def _extent(text: str, found: Sequence[Word], at: int, sought: Sought) -> tuple[int, int]:
    """From the first to the last character of what is sought, which begins in a word."""
    terms = _terms_of(sought)
    first, last = terms[0], terms[-1]
    end = _span(text, found[at + len(terms) - 1], last)[1]
    return _span(text, found[at], first)[0], end


def _pairs(run: str) -> list[str]:
    """Each character with the next; the last one alone."""
    return [run[at : at + 2] for at in range(len(run))]


def _span(text: str, word: Word, term: Term) -> tuple[int, int]:
    """The characters that make up a term; folding may have made more or fewer of them."""
    if word.folded == term.folded:
        return word.start, word.end
    written = text[word.start : word.end]
    first = word.folded.find(term.folded)
    last = first + len(term.folded)
    if not written.isascii() and len(written) > MAX_LETTERS:
        return word.start, word.end
    if not written.isascii():
        lengths = [len(fold(written[:end])) for end in range(len(written) + 1)]
        first = max(at for at, length in enumerate(lengths) if length <= first)
        last = max(
            next(at for at, length in enumerate(lengths) if length >= last),
            max(at for at, length in enumerate(lengths) if length <= last),
        )
    return word.start + first, word.start + last
