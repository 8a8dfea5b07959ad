"""Passwords that are guessed first.

The lists of the most common ones are variations of a few words, digits and rows of keys.
So what is refused is not a list of thousands, but such a word with a little around it.
"""

import re

_WORDS = (
    "admin", "administrator", "baseball", "basketball", "changeme", "charlie", "chelsea",
    "chocolate", "computer", "dragon", "flower", "football", "freedom", "hearth",
    "hello", "hockey", "iloveu", "iloveyou", "jennifer", "jordan", "killer", "letmein",
    "liverpool", "login", "lovely", "loveme", "master", "michael", "michelle", "monkey",
    "mustang", "ninja", "nothing", "passphrase", "passwd", "password", "pokemon",
    "princess", "secret", "shadow", "soccer", "starwars", "summer", "sunshine",
    "superman", "test", "trustno", "welcome", "whatever", "winter",
)  # fmt: skip
_ROWS = (
    "01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1q2w3e4r5t6y7u8i9o0p", "zaq12wsxcde34rfv",
    "qazwsxedcrfvtgbyhnujm", "q1w2e3r4t5y6u7i8o9p0", "a1b2c3d4e5f6g7h8i9j0",
    "1122334455667788990011", "147258369", "741852963",
)  # fmt: skip
_ALIKE = str.maketrans("@4301$57", "aaeoisst")
LONG = 24  # characters from which on nobody tries variations
LITTLE = 5  # characters around a word that are guessed along with it


def is_easy(text: str, name: str) -> bool:
    """Whether a password is among the first that somebody would try for this user."""
    lower = text.lower()
    spellings = (lower, lower.translate(_ALIKE))
    if len(set(lower)) < 3 or any(_is_around(name, each) for each in spellings):
        return True
    if len(lower) > LONG:
        return False
    return (
        re.fullmatch(r"(.{1,5}?)\1+", lower) is not None
        or any(_is_around(word, each) for each in spellings for word in _WORDS)
        or _is_along(lower)
    )


def _is_around(word: str, text: str) -> bool:
    """Whether a text is a word, or it twice, with little but digits and marks around it."""
    rest = text.replace(word, "")
    return rest != text and len(rest) <= LITTLE and not rest.isalpha()


def _is_along(text: str) -> bool:
    """Whether a text goes along rows of keys, but for a little."""
    at, astray = 0, 0
    while at < len(text) and astray < LITTLE:
        run = max(
            (
                length
                for row in _ROWS
                for length in range(3, len(row) + 1)
                if text[at : at + length] in row and at + length <= len(text)
            ),
            default=0,
        )
        astray += not run
        at += run or 1
    return astray < LITTLE and astray * 2 < len(text)
