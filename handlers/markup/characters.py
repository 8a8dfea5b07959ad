"""Kinds of characters, as parts of patterns."""

import re
import unicodedata

# Scripts without spaces between words: Thai to Burmese, Khmer, Chinese, Japanese, Korean.
SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff"
)
LETTER = rf"[^\W{SPACELESS}]"  # what makes a word longer, where words have spaces between
# What nobody sees, or what turns around what is next to it.
UNSEEN = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"
)
QUOTES = "\u00ab\u00bb\u2018-\u201f\u2039\u203a"
# Punctuation of full width, and what stands between it.
WIDE_PUNCTUATION = (
    "\u3000-\u3003\u3008-\u3011\u3014-\u301f\u30fb\ufe10-\ufe19\ufe30-\ufe6f"
    "\uff01-\uff03\uff05-\uff0f\uff1a-\uff20\uff3b-\uff3d\uff3f\uff5b-\uff65"
)
_JOINERS = "\u200c\u200d\ufe0f"  # unseen, but emoji and words of some scripts need them
_TAGS = re.compile(
    "(?<=\U0001f3f4)[\U000e0020-\U000e007e]+\U000e007f"
)  # flags of countries in one


def visible(text: str) -> str:
    """Text on one line, without what cannot be seen or turns text around.

    Empty if nothing of it can be seen.
    """
    flags = {found.start(): found[0] for found in _TAGS.finditer(text)}
    kept: list[str] = []
    skip = 0
    for index, each in enumerate(text):
        if index in flags:
            kept.append(flags[index])
            skip = index + len(flags[index])
        if index < skip:
            continue
        if each in _JOINERS or each.isspace():
            kept.append(each if each in _JOINERS else " ")
        elif unicodedata.category(each)[0] != "C" and not _IS_UNSEEN(each):
            kept.append(each)
    words = " ".join("".join(kept).split())
    return words if is_seen(words) else ""


def is_seen(text: str) -> bool:
    """True if anything of a text can be seen."""
    return bool(_SEEN.search(text))


_IS_UNSEEN = re.compile(f"[{UNSEEN}]").match
_SEEN = re.compile(rf"[^\s{UNSEEN}]")
