"""Slack's own markup, *mrkdwn*, turned into Markdown that shows the same."""

import re

from handlers.slack.emoji import EMOJI

_EMOJI = re.compile(r":([a-z0-9_+-]{1,40}):(?::skin-tone-[2-6]:)?")

_CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
LONGEST = 10_000  # characters of one text; what follows is cut, as it costs time to read
_ANGLED = re.compile(r"<((?:[@#!]|[a-z][a-z0-9+.-]{0,20}:)[^<>\n]{1,3000})>", re.IGNORECASE)
_BEFORE, _AFTER = r"(?<![\w*~])", r"(?![\w*~])"
_BOLD = re.compile(rf"{_BEFORE}\*(?=\S)([^*\n]+)(?<=\S)\*{_AFTER}")
_STRUCK = re.compile(rf"{_BEFORE}~(?=\S)([^~\n]+)(?<=\S)~{_AFTER}")
# What would be markup in Markdown, and was none in Slack.
_INDENT = re.compile(r"^[ \t]{4,}|^ {0,3}\t[ \t]*", re.MULTILINE)
_HEADING = re.compile(r"^( {0,3})(#{1,6}(?=\s|$)|=+\s*$|-+\s*$)", re.MULTILINE)
_WITHIN_WORD = re.compile(r"(?<=\w)\*(?=\w)")
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


def to_markdown(text: str) -> str:
    """Turn mrkdwn into Markdown."""
    held: list[str] = []

    def hold(markdown: str) -> str:
        """Set aside what is Markdown already; nothing below may touch it."""
        held.append(markdown)
        return f"\ue000{len(held) - 1}\ue001"

    def code(found: re.Match[str]) -> str:
        if found[1]:
            return hold("\n```\n" + _plain(found[1]).strip("\n") + "\n```\n")
        return hold(f"`{_plain(found[2])}`")

    text = re.sub("[\ue000\ue001\x00]", "", text[:LONGEST]).replace("\r\n", "\n")
    text = _CODE.sub(code, text)
    text = _ANGLED.sub(lambda found: hold(_angled(found[1])), text)
    text = _BOLD.sub(r"**\1**", emojized(text))
    text = _STRUCK.sub(r"~~\1~~", text)
    text = _WITHIN_WORD.sub(r"\\*", _escape_lines(_decoded(text)))
    text = _AFTER_ITEM.sub(r"\1\n", _AFTER_QUOTE.sub(r"\1\n", text))
    while _HELD.search(text):  # A label may hold code.
        text = _HELD.sub(lambda found: held[int(found[1])], text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def plain_to_markdown(text: str) -> str:
    """Turn text without any markup into Markdown that shows just it."""
    text = _escape_lines(_decoded(emojized(text[:LONGEST]))).strip()
    marks = _MARKS if _BALANCED.fullmatch(text) else _MARKS_AND_BRACKETS
    return marks.sub(r"\\\g<0>", text)


def link(url: str, label: str) -> str:
    """A link in Markdown; its label is Markdown already, or the address itself."""
    if not re.match(r"(?i)(https?://|mailto:)[^\s\x00-\x1f]+\Z", url):
        return label
    for odd, escaped in (("<", "%3C"), (">", "%3E"), ("\\", "%5C")):
        url = url.replace(odd, escaped)
    if label == url:
        return f"<{url}>"
    return f"[{label}](<{url}>)" if re.search("[()]", url) else f"[{label}]({url})"


def emojized(text: str) -> str:
    """Names between colons, like `:fire:`, turned into emoji."""
    return _EMOJI.sub(lambda found: EMOJI.get(found[1], found[0]), text)


def _angled(inside: str) -> str:
    """What stands between angle brackets: a link, or a mention."""
    target, _, label = inside.partition("|")
    if target.startswith("!"):
        word, _, rest = target[1:].partition("^")
        if word in _EVERYBODY:
            return "@all"
        return plain_to_markdown(label or f"@{rest.partition('^')[0] or word}")
    if target.startswith(("@", "#")):
        sign, name = target[0], label.lstrip("@#") or target[1:]
        return plain_to_markdown(sign + name).replace("\\_", "_")
    url = _plain(target)
    return link(url, plain_to_markdown(label) or url)


def _plain(text: str) -> str:
    """Text inside code: what was marked as a link is its label or address."""
    return _decoded(_ANGLED.sub(lambda found: found[1].rpartition("|")[2], text))


def _decoded(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _escape_lines(text: str) -> str:
    text = _BACKSLASH.sub(r"\\\\", text)
    text = _ENTITY.sub(r"\\&", text)
    return _HEADING.sub(r"\1\\\2", _INDENT.sub("   ", text))
