"""Slack's own markup, *mrkdwn*, turned into Markdown that shows the same."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from handlers.markup.emoji import emojized

MAX_TEXT = 10_000  # characters of one text; what follows is cut, as it costs time to read
MAX_UNSEEN = 1_000  # characters of a payload that show nothing, beyond what a message holds
_left: ContextVar[int | None] = ContextVar("characters that may be read", default=None)
_CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
_ANGLED = re.compile(r"<((?:[@#!]|[a-z][a-z0-9+.-]{0,20}:)[^<>\n]{1,3000})>", re.IGNORECASE)
_BEFORE, _AFTER = r"(?<![^\W_])", r"(?![^\W_])"  # Other marks may stand there.
_BOLD = re.compile(rf"{_BEFORE}(?<!\*)\*(?=\S)([^*\n]+)(?<=\S)\*(?!\*){_AFTER}")
_WHOLLY_MARKED = re.compile(r"([*_~])(?=\S)([^\n]+)(?<=\S)\1")
_STRUCK = re.compile(rf"{_BEFORE}(?<!~)~(?=\S)([^~\n]+)(?<=\S)~(?!~){_AFTER}")
# What would be markup in Markdown, and was none in Slack.
_LONE_STAR = re.compile(r"(?<![*\\])\*(?!\*)")
_INDENT = re.compile(r"^[ \t]{4,}|^ {0,3}\t[ \t]*", re.MULTILINE)
_HEADING = re.compile(r"^( {0,3})(#{1,6}(?=\s|$)|=+\s*$|-+\s*$)", re.MULTILINE)
_BACKSLASH = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_ENTITY = re.compile(r"&(?=#?\w{1,31};)")
_MARKS = re.compile(r"[*~`]|(?<!\w)_|_(?!\w)")
_MARKS_AND_BRACKETS = re.compile(rf"[\[\]]|{_MARKS.pattern}")
_BALANCED = re.compile(r"(?:[^\[\]]|\[[^\[\]]*\](?!\())*")
# In Markdown, a line after a quote or a list goes on with it; in Slack, it does not.
_AFTER_QUOTE = re.compile(r"^(>.*\n)(?=[^>\n])", re.MULTILINE)
_ITEM = r" {0,3}(?:[-*+]|\d{1,9}[.)]) "
_AFTER_ITEM = re.compile(rf"^({_ITEM}.*\n)(?=\S)(?!{_ITEM})", re.MULTILINE)
_HELD = re.compile("\ue000(\\d+)\ue001")
_EVERYBODY = {"channel", "here", "everyone"}


class _Held:
    """Pieces of a text that are Markdown already; nothing else may touch them."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def hold(self, markdown: str) -> str:
        """A sign that stands for a piece."""
        self._pieces.append(markdown)
        return f"\ue000{len(self._pieces) - 1}\ue001"

    def restored(self, text: str) -> str:
        """A text with its pieces; a label may hold code, and that a link, but no more."""
        for _ in range(3):
            text = _HELD.sub(lambda found: self._pieces[int(found[1])], text)
        return text


@contextmanager
def payload_of(most: int) -> Iterator[None]:
    """All that is read meanwhile: little more characters than a message holds."""
    before = _left.set(most + MAX_UNSEEN)
    try:
        yield
    finally:
        _left.reset(before)


def to_markdown(text: str) -> str:
    """Turn mrkdwn into Markdown."""
    held = _Held()

    def code(found: re.Match[str]) -> str:
        if found[1]:
            return held.hold(f"\n{fenced(_plain(found[1]))}\n")
        return held.hold(f"`{_plain(found[2])}`")

    text = _CODE.sub(code, _clean(text))
    text = _ANGLED.sub(lambda found: held.hold(_angled(found[1], _label)), text)
    text = _escape_lines(_decoded(emojized(text)))
    text = _BOLD.sub(lambda found: held.hold("**") + found[1] + held.hold("**"), text)
    text = _STRUCK.sub(r"~~\1~~", text)
    text = _LONE_STAR.sub(_star, text)
    text = _AFTER_ITEM.sub(r"\1\n", _AFTER_QUOTE.sub(r"\1\n", text))
    return re.sub(r"\n{3,}", "\n\n", held.restored(text)).strip()


def plain_to_markdown(text: str) -> str:
    """Turn text without any markup into Markdown that shows just it."""
    return _label_text(_cut(text))


def literal_to_markdown(text: str) -> str:
    """The same of text in which not even emoji have names."""
    return _escaped(_clean(text)).replace("<", "\\<")


def with_links(text: str) -> str:
    """Text without markup but for links, as it stands in titles and footers."""
    held = _Held()
    text = " ".join(_clean(text).split())
    text = _ANGLED.sub(lambda found: held.hold(_angled(found[1])), text)
    return held.restored(_label_text(text))


def _label_text(text: str) -> str:
    """Text without any markup, of what has been counted."""
    return _escaped(emojized(text))


def fenced(code: str) -> str:
    """A block of code, whatever is in it."""
    longest = max(map(len, re.findall(r"^\s*(`{3,})", code, re.MULTILINE)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{code.strip(chr(10))}\n{fence}"


def link(url: str, label: str) -> str:
    """A link in Markdown; its label is Markdown already, or the address itself."""
    if not re.match(r"(?i)(https?://|mailto:)[^\s\x00-\x1f]+\Z", url):
        return label
    for odd, escaped in (("<", "%3C"), (">", "%3E"), ("\\", "%5C")):
        url = url.replace(odd, escaped)
    if label == url:
        return f"<{url}>"
    return f"[{label}](<{url}>)" if re.search("[()]", url) else f"[{label}]({url})"


def _angled(inside: str, labelled: Callable[[str], str] = _label_text) -> str:
    """A link or a mention, between angle brackets."""
    target, _, label = inside.partition("|")
    if target.startswith("!"):
        word, _, rest = target[1:].partition("^")
        if word in _EVERYBODY:
            return "@all"
        return _label_text(label or f"@{rest.partition('^')[0] or word}")
    if target.startswith(("@", "#")):
        sign, name = target[0], label.lstrip("@#") or target[1:]
        if name.isalnum():
            return sign + name
        return _label_text(sign + name).replace("\\_", "_")
    url = _plain(target)
    return link(url, labelled(label) or url)


def _label(text: str) -> str:
    """The label of a link in mrkdwn, which may have marks around all of it."""
    found = _WHOLLY_MARKED.fullmatch(text)
    if found is None or found[1] in found[2]:
        return _label_text(text)
    mark = found[1] if found[1] == "_" else 2 * found[1]
    return f"{mark}{_label(found[2])}{mark}"


def _star(found: re.Match[str]) -> str:
    """A star that is no markup in Slack; one that begins an item is one for Markdown."""
    text, start = found.string, found.start()
    begins = text.rfind("\n", 0, start) + 1
    is_item = text[begins:start].strip(" ") == "" and text[start + 1 : start + 2] == " "
    is_alone = text[start - 1 : start].isspace() and text[start + 1 : start + 2].isspace()
    return "*" if is_item or is_alone else r"\*"


def _clean(text: str) -> str:
    """A text of bounded length, without the signs that stand for what is held."""
    return re.sub("[\ue000\ue001\x00]", "", _cut(text)).replace("\r\n", "\n")


def _cut(text: str) -> str:
    left = _left.get()
    if left is None:
        return text[:MAX_TEXT]
    text = text[: min(left, MAX_TEXT)]
    _left.set(left - len(text))
    return text


def _plain(text: str) -> str:
    """Text inside code: what was marked as a link is its label or address."""
    return _decoded(_ANGLED.sub(lambda found: found[1].rpartition("|")[2], text))


def _decoded(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _escaped(text: str) -> str:
    text = _escape_lines(_decoded(text)).strip()
    marks = _MARKS if _BALANCED.fullmatch(text) else _MARKS_AND_BRACKETS
    return marks.sub(r"\\\g<0>", text)


def _escape_lines(text: str) -> str:
    text = _BACKSLASH.sub(r"\\\\", text)
    text = _ENTITY.sub(r"\\&", text)
    return _HEADING.sub(r"\1\\\2", _INDENT.sub("   ", text))
