"""Emoji: their names between colons, as Slack and GitHub use them, and one form of each."""

import re
from collections.abc import Iterator

from emoji import EMOJI_DATA, STATUS

from handlers.markup.characters import LETTER

MAX_NAME = 60  # characters
_PICTURE = "\ufe0f"  # asks for the coloured form of what is a plain sign, too
_NAME = re.compile(rf":([a-z0-9_+'-]{{1,{MAX_NAME}}}):(?::skin-tone-([2-6]):)?")
_NAMES = (
    rf"(?<!{LETTER})(?<![:/.\\@#=&-])(?::[a-z0-9_+'-]{{1,{MAX_NAME}}}:)+(?!{LETTER}|[:/])"
)
_IN_TEXT = re.compile(_NAMES)
_FACES = {
    ":)": "🙂", ":-)": "🙂", ":(": "🙁", ":-(": "🙁", ";)": "😉", ";-)": "😉",
    ":D": "😃", ":-D": "😃", ":P": "😛", ":-P": "😛", ":p": "😛", ":'(": "😢", "<3": "❤️",
}  # fmt: skip
_FACE = rf"(?<!\S)(?:{'|'.join(map(re.escape, _FACES))})(?!\S)"
_ADDRESS = r"(?:://|www\.|\]\()\S*"  # What is in one stays as it is.
_AS_TYPED = re.compile(rf"(?P<address>{_ADDRESS})|(?P<names>{_NAMES})|(?P<face>{_FACE})")
_MAY_HOLD = re.compile(r":(?:[a-z0-9_+'-]+:|['-]?[)(DPp])|;['-]?[)(DPp]|<3")
_FENCE = re.compile(
    r"^[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)?(`{3,}+(?![^\n]*`)|~{3,}+)"
    r".*?(?:^[ \t>]*\1+[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_INDENTED = re.compile(r"(?:\A|(?<=\n\n))(?:(?: {4}|\t).*(?:\n|\Z))+")
# Slack's own names; what is not here is called as GitHub or Unicode call it.
_SLACK = """
octagonal_sign 🛑 first_place_medal 🥇 second_place_medal 🥈 third_place_medal 🥉
simple_smile 🙂 the_horns 🤘 face_palm 🤦 medal 🎖️ ladybug 🐞 eject ⏏️ keycap_star *️⃣
mostly_sunny 🌤️ barely_sunny 🌥️ partly_sunny_rain 🌦️ rain_cloud 🌧️ snow_cloud 🌨️
lightning 🌩️ tornado_cloud 🌪️ knife_fork_plate 🍽️ spock-hand 🖖 shopping_trolley 🛒
scooter 🛴 fencer 🤺 wrestlers 🤼 handball 🤾 juggling 🤹 kiwifruit 🥝 giraffe_face 🦒
zebra_face 🦓 mate_drink 🧉 calendar 📆 camel 🐫 egg 🥚 turkey 🦃 japan 🗾 kiss 💋 train 🚋
hand_with_index_and_middle_fingers_crossed 🤞 i_love_you_hand_sign 🤟
face_with_cowboy_hat 🤠 face_with_one_eyebrow_raised 🤨 grinning_face_with_star_eyes 🤩
grinning_face_with_one_large_and_one_small_eye 🤪 face_with_open_mouth_vomiting 🤮
face_with_finger_covering_closed_lips 🤫 shocked_face_with_exploding_head 🤯
serious_face_with_symbols_covering_mouth 🤬 person_doing_cartwheel 🤸
smiling_face_with_smiling_eyes_and_hand_covering_mouth 🤭 smiling_face_with_3_hearts 🥰
flag-england 🏴󠁧󠁢󠁥󠁮󠁧󠁿 flag-scotland 🏴󠁧󠁢󠁳󠁣󠁴󠁿 flag-wales 🏴󠁧󠁢󠁷󠁬󠁳󠁿 staff_of_aesculapius ⚕️
male-doctor 👨‍⚕️ female-doctor 👩‍⚕️
"""
_words = _SLACK.split()


def _whole() -> dict[str, str]:
    """Each emoji without what only asks for colour, and its fully-qualified form."""
    full = STATUS["fully_qualified"]
    return {
        symbol.replace(_PICTURE, ""): symbol
        for symbol, about in EMOJI_DATA.items()
        if about["status"] == full
    }


def _names() -> dict[str, str]:
    """The names that people use, then Unicode's own, which are long."""
    found = dict(zip(_words[::2], _words[1::2], strict=True))
    for key in ("alias", "en"):
        for symbol in _WHOLE.values():
            names = EMOJI_DATA[symbol].get(key, ())
            for name in [names] if isinstance(names, str) else names:
                found.setdefault(name.strip(":").lower(), symbol)
    return found


_WHOLE = _whole()
_NAMED = _names()


def qualified(text: str) -> str | None:
    """The fully-qualified form of one emoji; nothing if it is not just one."""
    return _WHOLE.get(text.replace(_PICTURE, ""))


def named(name: str) -> str | None:
    """The emoji of a name, as Slack or GitHub know it."""
    if found := _NAMED.get(name):
        return found
    if name.startswith("flag-") and len(name) == 7 and name[5:].isalpha():
        return qualified("".join(chr(ord(letter) + 0x1F185) for letter in name[5:]))
    name = name.replace("-", "_")
    for start, other in (("female_", "woman_"), ("male_", "man_"), ("large_", "")):
        if name.startswith(start):
            return _NAMED.get(other + name.removeprefix(start))
    return _NAMED.get(name)


def emojized(text: str) -> str:
    """Text with emoji for their names, but not within words, paths and addresses."""
    if ":" not in text:
        return text
    return _IN_TEXT.sub(lambda found: _replaced(found[0]), text)


def as_typed(text: str) -> str:
    """A typed text, with emoji for names and faces, but not in code."""
    if not _MAY_HOLD.search(text):
        return text
    return "".join(
        piece if is_code else _AS_TYPED.sub(_typed, piece)
        for piece, is_code in _pieces(text)
    )


def _typed(found: re.Match[str]) -> str:
    if found["names"]:
        return _replaced(found[0])
    return _FACES[found[0]] if found["face"] else found[0]


def _replaced(names: str) -> str:
    return _NAME.sub(_one, names)


def _one(found: re.Match[str]) -> str:
    symbol = named(found[1])
    if symbol is None:
        return found[0]
    if found[2]:
        return qualified(symbol + chr(0x1F3F9 + int(found[2]))) or symbol
    return symbol


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """A text in pieces, each code or not."""
    end = 0
    blocks = sorted(
        found.span() for pattern in (_FENCE, _INDENTED) for found in pattern.finditer(text)
    )
    for start, stop in blocks:
        if start >= end:
            yield from _spans(text[end:start])
            yield text[start:stop], True
            end = stop
    yield from _spans(text[end:])


def _spans(text: str) -> Iterator[tuple[str, bool]]:
    """The same without blocks of code: a span ends where as many backticks follow."""
    runs = [found.span() for found in re.finditer("`+", text)]
    next_of: dict[int, int] = {}
    closing: list[int | None] = [None] * len(runs)
    for index in range(len(runs) - 1, -1, -1):
        start, stop = runs[index]
        closing[index] = next_of.get(stop - start)
        next_of[stop - start] = index
    end = index = 0
    while index < len(runs):
        if (closed := closing[index]) is not None:
            yield text[end : runs[index][0]], False
            end = runs[closed][1]
            yield text[runs[index][0] : end], True
            index = closed
        index += 1
    yield text[end:], False
